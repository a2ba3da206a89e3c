"""Units of work that are parts of a greater one; those of their own are tested with the session."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.kernel import units
from marketplace.kernel.mail import MailboxMessage


def test_units_within_a_session_are_written_and_not_committed(session: Session) -> None:
    message = MailboxMessage(key="a", recipient="x", subject="", text="")
    unit = units.within(session)
    assert unit(lambda inside: inside.add(message)) is None
    assert message not in session.new
    assert unit(lambda inside: inside is session)
    session.rollback()
    assert session.get(MailboxMessage, message.id) is None
