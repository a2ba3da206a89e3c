"""What the trusts hear of the accounts below them."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import events, jobs
from marketplace.kernel.outbox import Work
from marketplace.people import kept_forms
from marketplace.people import services as people
from marketplace.people.events import PersonErased
from marketplace.trusts import services
from marketplace.trusts.models import Membership, Organisation


def subscribe_all() -> None:
    """Hear of people who are erased; forget forms in time; tell what no password may be made of."""
    events.subscribe(PersonErased, leave_everywhere)
    jobs.every_day("forget-kept-forms", forget_kept_forms)
    people.tell_words(names_of_organisations)


def leave_everywhere(session: Session, event: PersonErased) -> None:
    """Nobody acts any more in the name of somebody erased."""
    services.end_memberships(session, event.person_id)
    kept_forms.forget_person(session, event.person_id)


def forget_kept_forms(session: Session, work: Work) -> None:
    """What somebody typed is kept for a short while."""
    kept_forms.forget_old(session)


def names_of_organisations(session: Session, person_id: uuid.UUID) -> list[str]:
    """Of the organisations a person belongs to: words that no password of theirs may be made of."""
    mine = sa.select(Membership.organisation_id).where(Membership.person_id == person_id)
    return list(session.scalars(sa.select(Organisation.name).where(Organisation.id.in_(mine))))
