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
    """Whom an act is about; the name is kept apart from the chain and erased with the person."""

    person_id: uuid.UUID
    name: str


def record(
    session: Session,
    organisation_id: uuid.UUID,
    person_id: uuid.UUID | None,
    action: str,
    subject: Identified,
    after: Mapping[str, Any],
    about: About | None = None,
) -> None:
    """Add an act to the chain of an organisation, under the person who did it (None: a day's job)."""
    act = audit.Act(
        organisation_id=organisation_id,
        person_id=person_id,
        action=action,
        subject_kind=getattr(subject, "__tablename__", type(subject).__name__),
        subject_id=subject.id,
        after=after,
        personal={"name": about.name} if about else {},
        about_id=about.person_id if about else None,
    )
    audit.record(session, act)
