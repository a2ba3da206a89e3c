"""E-mail: what is owed reaches a real mail server, once to whoever reads it."""

from __future__ import annotations

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from dataclasses import asdict
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session

from marketplace.kernel import mail, outbox
from marketplace.kernel.mail import Email, Mailbox, MailboxMessage, SmtpSender, owe_email
from marketplace.kernel.outbox import OutboxJob, Work
from marketplace.kernel.session import Database


class Inbox:
    """What a mail server has received."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A mail server on this machine."""
    found = Inbox()
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    yield found
    controller.stop()


def sender(inbox: Inbox) -> SmtpSender:
    url = f"smtp://127.0.0.1:{inbox.port}"
    return SmtpSender(url, "Sharewell <noreply@sharewell.example>", "https://sharewell.example")


def work(key: str = "send-email:order:1", **changes: str) -> Work:
    message = Email("head@school.example", "Approve order ORD-1", "An order waits for you.", "/orders/1")
    return Work(key, asdict(message) | changes)


def test_a_mail_server_receives_the_message(inbox: Inbox) -> None:
    sender(inbox)(work())
    (message,) = inbox.messages
    assert (message["To"], message["Subject"]) == ("head@school.example", "Approve order ORD-1")
    assert message["From"] == "Sharewell <noreply@sharewell.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == (
        "An order waits for you.\n\nhttps://sharewell.example/orders/1\n"
    )


def test_a_second_try_carries_the_same_message_id(inbox: Inbox) -> None:
    for key in ("send-email:order:1", "send-email:order:1", "send-email:order:2"):
        sender(inbox)(work(key))
    first, second, other = (str(message["Message-ID"]) for message in inbox.messages)
    assert first == second != other
    assert re.fullmatch(r"<[0-9a-f]{64}@sharewell\.example>", first)


@pytest.mark.parametrize("key", ["send-email:" + "k" * 180, "send-email:Bäckerei <x>\r\nBcc: y"])
def test_a_message_id_is_one_word_whatever_the_key(inbox: Inbox, key: str) -> None:
    sender(inbox)(work(key))
    (message,) = inbox.messages
    assert str(message["Message-ID"]).isascii()
    assert " " not in str(message["Message-ID"])
    assert message["Bcc"] is None


def test_other_names_than_english_ones_arrive(inbox: Inbox) -> None:
    sender(inbox)(work(subject="Zoë Łukasz 東京 wants to join", text="Ysgol Tâf مدرسة"))
    (message,) = inbox.messages
    assert message["Subject"] == "Zoë Łukasz 東京 wants to join"
    assert message.get_content().startswith("Ysgol Tâf مدرسة")


@pytest.mark.parametrize(
    "subject", ["Hello\r\nBcc: all@x.example", "Hello\nBcc: all@x.example", "Hello\u2028Bcc: a@x.example"]
)
def test_a_subject_cannot_add_a_header(inbox: Inbox, subject: str) -> None:
    sender(inbox)(work(subject=subject))
    (message,) = inbox.messages
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Hello Bcc:")
    assert inbox.recipients == ["head@school.example"]


def test_an_address_cannot_add_a_header(inbox: Inbox) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        sender(inbox)(work(to="a@x.example\nBcc: all@x.example"))
    assert inbox.messages == []


def test_an_email_is_owed_with_its_cause_and_once(session: Session) -> None:
    for _ in range(2):
        owe_email(session, "order:1", Email("a@b.example", "Approve", "Text"))
    jobs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == mail.KIND)).all()
    assert [job.key for job in jobs] == ["send-email:order:1"]
    sent = {"to": "a@b.example", "subject": "Approve", "text": "Text", "path": "", "links": []}
    assert jobs[0].payload == sent


def test_the_demonstration_keeps_a_message_once(session: Session) -> None:
    mailbox = Mailbox("http://127.0.0.1:8000")
    mailbox(session, work())
    session.flush()
    (message,) = session.scalars(sa.select(MailboxMessage)).all()
    assert (message.recipient, message.subject) == ("head@school.example", "Approve order ORD-1")
    assert message.text.endswith("http://127.0.0.1:8000/orders/1\n")
    mailbox(session, work())
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_a_mail_server_that_is_away_is_tried_again(session: Session, inbox: Inbox) -> None:
    away = SmtpSender("smtp://127.0.0.1:1", "noreply@sharewell.example", "")
    with pytest.raises(OSError, match="refused"):
        away(work())
    assert mail.KIND in outbox._inside


def test_what_stood_in_an_email_is_not_kept_once_it_was_sent(
    isolated: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_inside", {})
    monkeypatch.setattr(outbox, "_outside", {mail.KIND: sender(inbox)})
    with isolated.writing() as session:
        owe_email(session, "k", Email("a@b.example", "Sign in", "Secret", "/sign-in/link/secret"))
        session.commit()
        job = session.scalars(sa.select(OutboxJob)).one()
        assert outbox.carry_out(isolated.writing, job.id)
        session.refresh(job)
    assert "/sign-in/link/secret" in inbox.messages[0].get_content()
    assert job.payload == {"to": "a@b.example", "subject": "Sign in"}
