"""Events are told at once, in the announcer's own transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import events
from marketplace.kernel.mail import MailboxMessage


@dataclass(frozen=True)
class BellRung(events.Event):
    """Only these tests announce it."""

    key: str


@dataclass(frozen=True)
class NobodyListens(events.Event):
    """Nobody subscribes to it."""


def write_it_down(session: Session, event: BellRung) -> None:
    if event.key == "refused":
        raise ValueError("the subscriber failed")
    session.add(MailboxMessage(key=event.key, recipient="a@b.example", subject="", text=""))


events.subscribe(BellRung, write_it_down)
events.subscribe(BellRung, write_it_down)


def messages(session: Session, key: str) -> int:
    statement = sa.select(sa.func.count(MailboxMessage.id)).where(MailboxMessage.key == key)
    return session.scalar(statement) or 0


def test_a_subscriber_writes_in_the_same_transaction(session: Session) -> None:
    key = str(uuid.uuid4())
    events.announce(session, BellRung(key))
    assert messages(session, key) == 1
    session.rollback()
    assert messages(session, key) == 0


def test_a_subscriber_that_fails_fails_the_announcer(session: Session) -> None:
    with pytest.raises(ValueError, match="the subscriber failed"):
        events.announce(session, BellRung("refused"))


def test_an_event_that_nobody_hears_is_no_error(session: Session) -> None:
    events.announce(session, NobodyListens())
