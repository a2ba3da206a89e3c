"""The only calls to the system clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Let the clock of this thread stand at an instant: the demonstration tells what happened before."""
    token = _told.set(instant)
    try:
        yield
    finally:
        _told.reset(token)


def today() -> date:
    """The date in London: 217 of 366 London midnights fall on another UTC day."""
    return london_date(now())


def london_date(instant: datetime) -> date:
    """The London date on which an instant falls."""
    return instant.astimezone(LONDON).date()
