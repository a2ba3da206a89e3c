"""Codes as a second proof: five tries in a quarter of an hour, counted before a code is looked at."""

from __future__ import annotations

import uuid
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.database import insert_into
from marketplace.kernel.errors import DomainError
from marketplace.people import authenticators, factor_changes, recovery
from marketplace.people.factor_models import FactorTries

MOST = 5
WINDOW = timedelta(minutes=15)
"""480 tries a day against three codes of a million: one chance in 700 a day for whoever has the password."""


class TooManyTries(DomainError):
    """No code is looked at, right or wrong, until the window ends."""

    code = "too-many-tries"
    status = 429

    def __init__(self) -> None:
        minutes = round(WINDOW.total_seconds() / 60)
        super().__init__(f"Too many codes were tried. Wait {minutes} minutes, then enter a new code.")


def count_try(session: Session, person_id: uuid.UUID) -> bool:
    """Whether one more code may be looked at.

    For a unit of work of its own, which stays when the code is wrong. One guarded statement, so that many at
    once are no more than one after the other.
    """
    _begin(session, person_id)
    tries = _counted(session, person_id)
    if tries == MOST:
        _warn(session, person_id)
    return tries is not None


def by_code(session: Session, person_id: uuid.UUID, secret_key: str, code: str) -> None:
    """Accept a code of the authenticator app; WrongCode or Unreadable."""
    authenticators.check(session, person_id, secret_key, code)
    _forget_tries(session, person_id)


def by_recovery_code(session: Session, person_id: uuid.UUID, code: str) -> int:
    """Accept a recovery code; how many are left. WrongRecoveryCode."""
    left = recovery.use(session, person_id, code)
    _forget_tries(session, person_id)
    return left


def _begin(session: Session, person_id: uuid.UUID) -> None:
    row = insert_into(session, FactorTries).values(person_id=person_id, tries=0, since_at=clock.now())
    session.execute(row.on_conflict_do_nothing())


def _counted(session: Session, person_id: uuid.UUID) -> int | None:
    """The number of this try within its window; None when there were too many."""
    now = clock.now()
    is_over = FactorTries.since_at <= now - WINDOW
    counted = (
        sa.update(FactorTries)
        .where(FactorTries.person_id == person_id, sa.or_(FactorTries.tries < MOST, is_over))
        .values(
            tries=sa.case((is_over, 1), else_=FactorTries.tries + 1),
            since_at=sa.case((is_over, now), else_=FactorTries.since_at),
        )
        .returning(FactorTries.tries)
        .execution_options(synchronize_session=False)
    )
    tries: int | None = session.scalar(counted)
    return tries


def _forget_tries(session: Session, person_id: uuid.UUID) -> None:
    session.execute(sa.delete(FactorTries).where(FactorTries.person_id == person_id))


def _warn(session: Session, person_id: uuid.UUID) -> None:
    factor_changes.tell(
        session,
        person_id,
        "codes-tried",
        f"{MOST} codes were tried to sign in as you",
        "Whoever did so knows your password or reads your email.",
    )
