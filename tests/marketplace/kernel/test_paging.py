"""Keyset pages: every row once, newest first."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.errors import Refused
from marketplace.kernel.mail import MailboxMessage
from marketplace.kernel.paging import page, page_by


def test_walking_the_pages_meets_every_row_once_newest_first(session: Session) -> None:
    made = [MailboxMessage(key=str(uuid.uuid4()), recipient="walk", subject="", text="") for _ in range(7)]
    session.add_all(made)
    session.flush()
    statement = sa.select(MailboxMessage.id).where(MailboxMessage.recipient == "walk")
    seen: list[uuid.UUID] = []
    after: uuid.UUID | None = None
    for expected in (3, 3, 1):
        found = page(session, statement, MailboxMessage.id, after, size=3)
        assert len(found.rows) == expected
        seen += [row.id for row in found.rows]
        after = found.next_after
    assert after is None
    assert seen == sorted((message.id for message in made), reverse=True)


def test_a_last_page_that_is_full_promises_no_more(session: Session) -> None:
    session.add_all(
        MailboxMessage(key=str(uuid.uuid4()), recipient="full", subject="", text="") for _ in range(3)
    )
    statement = sa.select(MailboxMessage.id).where(MailboxMessage.recipient == "full")
    assert page(session, statement, MailboxMessage.id, None, size=3).next_after is None


def test_a_row_that_comes_meanwhile_moves_no_page(session: Session) -> None:
    def add() -> None:
        session.add(MailboxMessage(key=str(uuid.uuid4()), recipient="busy", subject="", text=""))
        session.flush()

    for _ in range(4):
        add()
    statement = sa.select(MailboxMessage.id).where(MailboxMessage.recipient == "busy")
    first = page(session, statement, MailboxMessage.id, None, size=2)
    add()
    second = page(session, statement, MailboxMessage.id, first.next_after, size=2)
    assert len({row.id for row in [*first.rows, *second.rows]}) == 4


def test_a_list_in_another_order_is_walked_without_a_row_twice(session: Session) -> None:
    made = [
        MailboxMessage(key=str(uuid.uuid4()), recipient="order", subject=subject, text="")
        for subject in "baabcab"
    ]
    session.add_all(made)
    session.flush()
    order = (MailboxMessage.subject, MailboxMessage.id)
    statement = sa.select(MailboxMessage.id).where(MailboxMessage.recipient == "order")
    seen: list[uuid.UUID] = []
    after: uuid.UUID | None = None
    for expected in (3, 3, 1):
        found = page_by(session, statement, order, after, size=3)
        assert len(found.rows) == expected
        seen += [row.id for row in found.rows]
        after = found.next_after
    assert after is None
    assert seen == [each.id for each in sorted(made, key=lambda row: (row.subject, row.id), reverse=True)]


def test_a_list_goes_on_only_after_a_row_of_its_own(session: Session) -> None:
    theirs = MailboxMessage(key=str(uuid.uuid4()), recipient="theirs", subject="", text="")
    session.add(theirs)
    session.flush()
    statement = sa.select(MailboxMessage.id).where(MailboxMessage.recipient == "mine")
    with pytest.raises(Refused):
        page_by(session, statement, (MailboxMessage.subject, MailboxMessage.id), theirs.id)
