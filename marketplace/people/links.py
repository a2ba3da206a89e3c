"""What an e-mailed link proves, once.

A link is bound to its purpose, its person or address, and to what was so when it was made (for a person their
address and password, so that a change of either ends it). A newer link of the same purpose ends those before
it. Only digests are kept. Mail scanners fetch links: a page shows what `find` finds, its button uses it.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.people.models import Person, SingleUseLink
from marketplace.people.services import digest

KEPT = timedelta(days=1)


class LinkEnded(DomainError):
    """The link was used, is too old, was followed by a newer one, or never was: which of them is not said."""

    code = "link-ended"
    status = 410

    def __init__(self) -> None:
        super().__init__(
            "This link does not work any more. A link works once, for a short time, "
            "and only the newest one does. Ask for a new one."
        )


def make(
    session: Session,
    purpose: str,
    *,
    email: str,
    lasts: timedelta,
    person_id: uuid.UUID | None = None,
    bound: str = "",
) -> str:
    """The secret of a new link to be sent to an address; earlier ones of that purpose and address end.

    `bound` is what must be given again, by find and use.
    """
    address = email.strip().lower()
    _forget_old(session)
    _end_earlier(session, purpose, address, person_id)
    secret = secrets.token_urlsafe(32)
    link = SingleUseLink(
        purpose=purpose,
        person_id=person_id,
        email=address,
        secret_digest=digest(secret),
        bound_digest=_bound(session, purpose, person_id, address, bound),
        expires_at=clock.now() + lasts,
    )
    session.add(link)
    session.flush()
    return secret


def find(session: Session, purpose: str, secret: str, bound: str = "") -> SingleUseLink:
    """The link of a secret while it works, else LinkEnded; it can still be used afterwards."""
    found = session.scalars(
        sa.select(SingleUseLink).where(
            SingleUseLink.secret_digest == digest(secret), *_works(purpose, clock.now())
        )
    ).one_or_none()
    if found is None or found.bound_digest != _bound(session, purpose, found.person_id, found.email, bound):
        raise LinkEnded
    return found


def use(session: Session, purpose: str, secret: str, bound: str = "") -> SingleUseLink:
    """The link of a secret, which works no more from now on; LinkEnded for the second of two at once."""
    found = find(session, purpose, secret, bound)
    now = clock.now()
    used = session.execute(
        sa.update(SingleUseLink)
        .where(SingleUseLink.id == found.id, *_works(purpose, now))
        .values(ended_at=now)
        .returning(SingleUseLink.id)
    ).one_or_none()
    if used is None:
        raise LinkEnded
    return found


def end_all(session: Session, person_id: uuid.UUID) -> None:
    """No link that was mailed to a person works any more."""
    mine = SingleUseLink.person_id == person_id
    session.execute(sa.update(SingleUseLink).where(mine, *_open()).values(ended_at=clock.now()))


def _forget_old(session: Session) -> None:
    """An address that somebody typed is kept for a day after its link ended, with an account or without."""
    session.execute(sa.delete(SingleUseLink).where(SingleUseLink.expires_at < clock.now() - KEPT))


def _end_earlier(session: Session, purpose: str, address: str, person_id: uuid.UUID | None) -> None:
    same = SingleUseLink.email == address
    if person_id is not None:
        same = sa.or_(same, SingleUseLink.person_id == person_id)
    earlier = sa.update(SingleUseLink).where(SingleUseLink.purpose == purpose, same, *_open())
    session.execute(earlier.values(ended_at=clock.now()))


def _open() -> list[sa.ColumnElement[bool]]:
    return [SingleUseLink.ended_at.is_(None)]


def _works(purpose: str, now: object) -> list[sa.ColumnElement[bool]]:
    return [SingleUseLink.purpose == purpose, SingleUseLink.expires_at > now, *_open()]


def _bound(session: Session, purpose: str, person_id: uuid.UUID | None, address: str, bound: str) -> str:
    """The digest of everything that a link holds to."""
    person = None if person_id is None else session.get(Person, person_id)
    of_person = ("", "") if person is None else (person.email, person.password_hash or "")
    return digest("\n".join([purpose, str(person_id), address, bound, *of_person]))
