"""The only calls to the system clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The date in London: 217 of 366 London midnights fall on another UTC day."""
    return london_date(now())


def london_date(instant: datetime) -> date:
    """The London date on which an instant falls."""
    return instant.astimezone(LONDON).date()
