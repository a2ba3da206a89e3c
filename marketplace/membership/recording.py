"""Acts of people who do not act for the organisation (yet): claimants, invited people, the operator."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from marketplace.kernel import audit
from marketplace.kernel.database import Identified

BY_OPERATOR: Mapping[str, str] = {"by": "operator"}


@dataclass(frozen=True)
class About:
    """What is kept beside the chain and erased with the person: whom an act is about, the reason given."""

    person_id: uuid.UUID | None = None
    name: str | None = None
    reason: str | None = None


NOTHING = About()


def record(
    session: Session,
    organisation_id: uuid.UUID,
    person_id: uuid.UUID | None,
    action: str,
    subject: Identified,
    after: Mapping[str, Any],
    about: About = NOTHING,
) -> None:
    """Add an act to the chain of an organisation, under the person who did it (None: a day's job)."""
    personal = {"name": about.name, "reason": about.reason}
    act = audit.Act(
        organisation_id=organisation_id,
        person_id=person_id,
        action=action,
        subject_kind=getattr(subject, "__tablename__", type(subject).__name__),
        subject_id=subject.id,
        after=after,
        personal={key: value for key, value in personal.items() if value is not None},
        about_id=about.person_id,
    )
    audit.record(session, act)
