"""A JSON POST with an Idempotency-Key has its effect once, however often it is sent."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.database import Base, Identified, insert_into, new_id, shared
from marketplace.kernel.errors import Refused

LONGEST_KEY = 100


class IdempotencyKey(Identified, Base):
    """A key that a person sent, and the answer that was given; written in the effect's own transaction."""

    __tablename__ = "idempotency_keys"
    person_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int | None] = mapped_column(default=None)
    body: Mapped[str | None] = mapped_column(sa.Text, default=None)
    location: Mapped[str | None] = mapped_column(sa.String(500), default=None)
    __table_args__ = (sa.UniqueConstraint("person_id", "key"),)


shared(IdempotencyKey.__table__, "a key is a person's, and is looked up with the person")


@dataclass(frozen=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: str
    location: str | None


def fingerprint(organisation_id: uuid.UUID, method: str, path: str, body: bytes) -> str:
    """What makes two requests the same one: a person may act for several organisations."""
    words = [str(organisation_id).encode(), method.encode(), path.encode(), body]
    return hashlib.sha256(b"\n".join(words)).hexdigest()


def begin(session: Session, person_id: uuid.UUID, key: str, print_: str) -> Answer | None:
    """Take the key, or give the answer it had; Refused when it came with another request.

    A second taker waits on the first one's row: it then finds the answer, or its own turn.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Refused(f"The Idempotency-Key header must have 1 to {LONGEST_KEY} printable characters.")
    if _take(session, person_id, key, print_):
        return None
    known = session.scalars(_row(person_id, key)).one()
    if known.fingerprint != print_:
        raise Refused("This Idempotency-Key was used for another request. Use a new key for each command.")
    return Answer(known.status or 500, known.body or "", known.location)


def finish(session: Session, person_id: uuid.UUID, key: str, answer: Answer) -> None:
    """Keep the answer; it commits with the effect."""
    known = session.scalars(_row(person_id, key)).one()
    known.status, known.body, known.location = answer.status, answer.body, answer.location


def _row(person_id: uuid.UUID, key: str) -> sa.Select[IdempotencyKey]:
    return sa.select(IdempotencyKey).where(IdempotencyKey.person_id == person_id, IdempotencyKey.key == key)


def _take(session: Session, person_id: uuid.UUID, key: str, print_: str) -> bool:
    """INSERT .. ON CONFLICT DO NOTHING, which both databases know."""
    values = {
        "id": new_id(),
        "created_at": clock.now(),
        "person_id": person_id,
        "key": key,
        "fingerprint": print_,
    }
    statement = insert_into(session, IdempotencyKey).values(values).on_conflict_do_nothing()
    return session.execute(statement.returning(IdempotencyKey.id)).one_or_none() is not None
