"""The dates of a round, as London counts days. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from marketplace.catalogue import pricing
from marketplace.catalogue.kinds import Cadence
from marketplace.kernel.clock import LONDON

MOST_MONTHS = pricing.MOST_PERIODS[Cadence.ONCE]


def closing_instant(closes_on: date) -> datetime:
    """The end of the London day on which a round closes: the first instant that is too late."""
    midnight = datetime.combine(closes_on + timedelta(days=1), time(0), LONDON)
    return midnight.astimezone(UTC)


def last_day(starts_on: date, months: int) -> date:
    """The last day of a contract of so many months."""
    return pricing.last_day(Cadence.ONCE, starts_on, months)


def is_late(starts_on: date, on: date) -> bool:
    """Whether a round can no longer be awarded: the day on which its contracts were to start is over."""
    return on > starts_on


def reminder_number(closed_on: date, today: date) -> int | None:
    """Which weekly reminder a round that closed on one day deserves on another; None while it is open."""
    days = (today - closed_on).days
    return None if days < 1 else (days - 1) // 7


def words(on: date) -> str:
    """1 April 2027."""
    return f"{on:%-d %B %Y}"
