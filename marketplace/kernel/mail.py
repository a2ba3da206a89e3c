"""E-mail, owed through the outbox: SMTP by setting, in the demonstration a mailbox page."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel import outbox
from marketplace.kernel.database import Base, Identified, shared
from marketplace.kernel.settings import Settings

KIND = "send-email"
SECONDS = 20


@dataclass(frozen=True)
class Email:
    """A plain text message; the subject begins with what to do."""

    to: str
    subject: str
    text: str
    path: str = ""
    """The page that the message is about; it is put under the text as a whole address."""
    links: Sequence[tuple[str, str]] = ()
    """Pages that the text leads to, each after its words and as a whole address."""


class MailboxMessage(Identified, Base):
    """An e-mail that the demonstration shows on a page instead of sending it."""

    __tablename__ = "mailbox_messages"
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    recipient: Mapped[str] = mapped_column(sa.String(320), index=True)
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)


shared(MailboxMessage.__table__, "the mailbox of a demonstration is everybody's", by_jobs=True)


def owe_email(session: Session, key: str, email: Email) -> None:
    """Send an e-mail after this unit of work commits; the same key is sent once."""
    outbox.owe(session, KIND, f"{KIND}:{key}", asdict(email))


def is_owed(session: Session, key: str) -> bool:
    """Whether the e-mail of this key waits to be sent, or was."""
    return outbox.state_of(session, f"{KIND}:{key}") is not None


def forget(session: Session, address: str) -> None:
    """Remove every message to an address: those kept, those sent, and those that wait to be sent."""
    session.execute(sa.delete(MailboxMessage).where(MailboxMessage.recipient == address))
    is_to = outbox.OutboxJob.payload["to"].as_string() == address
    session.execute(sa.delete(outbox.OutboxJob).where(outbox.OutboxJob.kind == KIND, is_to))


def init(settings: Settings) -> None:
    """Choose how e-mail leaves; what stood in one, such as a link to sign in, is not kept once it is sent."""
    outbox.keep_when_done(KIND, frozenset({"to", "subject"}))
    if settings.smtp_url is None:
        outbox.handle(KIND, Mailbox(settings.public_url))
    else:
        outbox.handle_outside(KIND, SmtpSender(settings.smtp_url, settings.mail_from, settings.public_url))


def _whole_text(email: Email, public_url: str) -> str:
    links = [f"{words}\n{public_url}{path}" for words, path in email.links]
    paths = [f"{public_url}{email.path}"] if email.path else []
    return "\n\n".join([email.text, *links, *paths]) + "\n"


@dataclass(frozen=True)
class Mailbox:
    """Keeps messages for the demonstration's mailbox page."""

    public_url: str

    def __call__(self, session: Session, work: outbox.Work) -> None:
        email = Email(**work.payload)
        text = _whole_text(email, self.public_url)
        session.add(MailboxMessage(key=work.key, recipient=email.to, subject=email.subject, text=text))


@dataclass(frozen=True)
class SmtpSender:
    """Sends over SMTP; a repeated try carries the same Message-ID, so that a mail program shows it once."""

    url: str
    sender: str
    public_url: str

    def __call__(self, work: outbox.Work) -> None:
        message = self.compose(work)
        parts = urlsplit(self.url)
        with self._connect(parts.scheme, parts.hostname or "", parts.port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)

    def compose(self, work: outbox.Work) -> EmailMessage:
        """The message of a piece of work."""
        email = Email(**work.payload)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = (
            self.sender,
            email.to,
            " ".join(email.subject.split()),
        )
        domain = parseaddr(self.sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{hashlib.sha256(work.key.encode()).hexdigest()}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_whole_text(email, self.public_url))
        return message

    @staticmethod
    def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=context)
        server = smtplib.SMTP(host, port or 587, timeout=SECONDS)
        if host not in {"localhost", "127.0.0.1"}:
            server.starttls(context=context)
        return server
