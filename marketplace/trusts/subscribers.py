"""What the trusts hear of the accounts below them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.kernel import events
from marketplace.people.events import PersonErased
from marketplace.trusts import services


def subscribe_all() -> None:
    """Hear of people who are erased."""
    events.subscribe(PersonErased, leave_everywhere)


def leave_everywhere(session: Session, event: PersonErased) -> None:
    """Nobody acts any more in the name of somebody erased."""
    services.end_memberships(session, event.person_id)
