"""Numbers asked of one browser for one purpose: each is answered once, within ten minutes."""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.people.factor_models import Challenge, Purpose
from marketplace.people.services import digest

LASTS = timedelta(minutes=10)
SWEPT = 200
URL_SAFE = re.compile(r"[A-Za-z0-9_-]{1,200}")


class TooLate(DomainError):
    """The challenge was answered already, is too old, or was another browser's or purpose's."""

    code = "challenge-too-late"
    status = 409

    def __init__(self) -> None:
        super().__init__("This took too long, or was begun in another window. Start again.")


def ask(session: Session, purpose: Purpose, browser: str, person_id: uuid.UUID | None = None) -> str:
    """A new challenge, 256 random bits as base64url, for the browser that holds the secret `browser`."""
    _sweep(session)
    value = secrets.token_urlsafe(32)
    session.add(
        Challenge(
            purpose=purpose,
            browser_digest=digest(browser),
            value=value,
            expires_at=clock.now() + LASTS,
            person_id=person_id,
        )
    )
    session.flush()
    return value


def spend(session: Session, purpose: Purpose, browser: str, value: str) -> uuid.UUID | None:
    """End a challenge and give the person it was made for; TooLate when it cannot be answered (any more)."""
    if not URL_SAFE.fullmatch(value):  # a NUL would be an error of PostgreSQL
        raise TooLate
    mine = sa.delete(Challenge).where(
        Challenge.purpose == purpose,
        Challenge.browser_digest == digest(browser),
        Challenge.value == value,
        Challenge.expires_at > clock.now(),
    )
    found = session.execute(mine.returning(Challenge.person_id)).one_or_none()
    if found is None:
        raise TooLate
    person_id: uuid.UUID | None = found.person_id
    return person_id


def _sweep(session: Session) -> None:
    """Whatever nobody answered goes."""
    old = sa.select(Challenge.id).where(Challenge.expires_at <= clock.now()).limit(SWEPT)
    session.execute(sa.delete(Challenge).where(Challenge.id.in_(old)))
