"""What somebody typed into a form that could not be sent, or is not complete, sealed for that person alone.

The key of each is derived from Sharewell's own and from the person: nobody else's opens it. It is kept for a
short while, and never holds a password, a bank account or a file.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.database import Base, Identified, shared

AFTER_A_TIME_OUT = timedelta(days=1)
UNFINISHED = timedelta(days=30)
MOST = 20
"""Of one person: the oldest goes when there are more."""
LONGEST_ADDRESS = 1_000
LONGEST = 200_000
"""Characters of what was typed in all; more is not kept."""
Pairs = Sequence[tuple[str, str]]


class KeptForm(Identified, Base):
    """One form of one person, for the organisation that they acted for: its page, and what was typed.

    Where the form goes is sealed with what was typed.
    """

    __tablename__ = "kept_forms"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    """Which a higher floor knows; None for who acts for none."""
    address: Mapped[str] = mapped_column(sa.String(LONGEST_ADDRESS))
    sealed: Mapped[str] = mapped_column(sa.Text)
    expires_at: Mapped[datetime]


shared(KeptForm.__table__, "a form is kept and found before any organisation acts; each is sealed")


@dataclass(frozen=True)
class Page:
    """Whose form it is, for which organisation, and on which page it is shown."""

    person_id: uuid.UUID
    organisation_id: uuid.UUID | None
    address: str
    goes_to: str = ""
    """The path to which the form is sent: a page may have several, and another one tomorrow."""
    is_of_many: bool = False
    """Whether several forms of this page are kept beside each other, as of something new."""


def keep(session: Session, secret_key: str, page: Page, typed: Pairs, lasts: timedelta) -> uuid.UUID | None:
    """Keep what was typed in place of what was kept for the page before; None when it is too much.

    Of a page that is_of_many nothing is replaced.
    """
    text = json.dumps({"goes_to": page.goes_to, "typed": list(typed)})
    if len(text) > LONGEST or len(page.address) > LONGEST_ADDRESS:
        return None
    _make_room(session, page)
    kept = KeptForm(
        person_id=page.person_id,
        organisation_id=page.organisation_id,
        address=page.address,
        sealed=_box(secret_key, page.person_id).encrypt(text.encode()).decode(),
        expires_at=clock.now() + lasts,
    )
    session.add(kept)
    session.flush()
    return kept.id


def find(session: Session, person_id: uuid.UUID, kept_id: uuid.UUID) -> KeptForm | None:
    """A form that is kept for this person; None for another's, and for what has ended."""
    mine = (KeptForm.id == kept_id, KeptForm.person_id == person_id, KeptForm.expires_at > clock.now())
    return session.scalars(sa.select(KeptForm).where(*mine)).one_or_none()


def typed(kept: KeptForm, secret_key: str) -> Pairs:
    """What was typed; nothing when Sharewell's key was changed since."""
    return [(str(name), str(value)) for name, value in _opened(kept, secret_key).get("typed", ())]


def goes_to(kept: KeptForm, secret_key: str) -> str:
    """The path to which its form is sent."""
    return str(_opened(kept, secret_key).get("goes_to", ""))


def kept_for(
    session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID, addresses: Iterable[str]
) -> Sequence[KeptForm]:
    """The forms that are kept for these pages, the oldest first."""
    statement = sa.select(KeptForm).where(
        KeptForm.person_id == person_id,
        KeptForm.organisation_id == organisation_id,
        KeptForm.address.in_(list(addresses)),
        KeptForm.expires_at > clock.now(),
    )
    return session.scalars(statement.order_by(KeptForm.id)).all()


def forget(session: Session, person_id: uuid.UUID, kept_id: uuid.UUID) -> None:
    """It was sent, or is not wanted any more."""
    mine = (KeptForm.id == kept_id, KeptForm.person_id == person_id)
    session.execute(sa.delete(KeptForm).where(*mine))


def forget_person(session: Session, person_id: uuid.UUID) -> None:
    """Everything that is kept for somebody."""
    session.execute(sa.delete(KeptForm).where(KeptForm.person_id == person_id))


def forget_old(session: Session) -> None:
    """What nobody came back for in time."""
    session.execute(sa.delete(KeptForm).where(KeptForm.expires_at <= clock.now()))


def _make_room(session: Session, page: Page) -> None:
    mine = sa.select(KeptForm.id).where(KeptForm.person_id == page.person_id)
    same = sa.and_(
        KeptForm.person_id == page.person_id,
        KeptForm.organisation_id == page.organisation_id
        if page.organisation_id
        else KeptForm.organisation_id.is_(None),
        KeptForm.address == page.address,
    )
    if not page.is_of_many:
        session.execute(sa.delete(KeptForm).where(same))
    oldest = session.scalars(mine.order_by(KeptForm.id.desc()).offset(MOST - 1)).all()
    session.execute(sa.delete(KeptForm).where(KeptForm.id.in_(oldest)))


def _opened(kept: KeptForm, secret_key: str) -> dict[str, Any]:
    try:
        text = _box(secret_key, kept.person_id).decrypt(kept.sealed.encode())
    except InvalidToken:
        return {}
    content = json.loads(text)
    return content if isinstance(content, dict) else {}  # a list, of before it was kept where a form goes


def _box(secret_key: str, person_id: uuid.UUID) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"kept form of " + person_id.bytes)
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret_key.encode())))
