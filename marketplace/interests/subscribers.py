"""What the register does about events of other floors."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests.models import DeclaredPerson
from marketplace.kernel import events
from marketplace.people.events import PersonErased


def subscribe_all() -> None:
    """Hear what lower floors announce."""
    events.subscribe(PersonErased, forget_account)


def forget_account(session: Session, event: PersonErased) -> None:
    """A trust must keep its register, so the entry stays; whose account it was is forgotten."""
    theirs = DeclaredPerson.person_id == event.person_id
    session.execute(sa.update(DeclaredPerson).where(theirs).values(person_id=None))
