"""Units of work that begin again when another was in the way. Knows no Flask."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from marketplace.kernel import database

R = TypeVar("R")
TRIES = 5


class Unit(Protocol):
    """Carries work out as a unit of its own, which is committed when it returns."""

    def __call__(self, work: Callable[[Session], R], /) -> R: ...


def run(maker: sessionmaker[Session], work: Callable[[Session], R]) -> R:
    """One unit of work: commit, or begin again when another was in the way (five tries, with jitter)."""
    for attempt in range(1, TRIES + 1):
        with maker() as session:
            try:
                result = work(session)
                session.commit()
            except sa.exc.DBAPIError as error:
                if attempt == TRIES or not database.is_retryable(error):
                    raise
            else:
                return result
        pause(attempt)
    raise AssertionError("the last try returns or raises")


def within(session: Session) -> Unit:
    """Units that are parts of a greater one, which is committed elsewhere."""

    def unit(work: Callable[[Session], R], /) -> R:
        result = work(session)
        session.flush()
        return result

    return unit


def pause(attempt: int) -> None:
    """Wait a little longer each time, at random, so that two units do not meet again."""
    time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  jitter, not a secret
