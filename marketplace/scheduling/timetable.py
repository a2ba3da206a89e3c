"""A listing's capacity as a calendar: a row a month or period, in school years. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.catalogue import availability
from marketplace.catalogue.availability import Period, Span
from marketplace.catalogue.pricing import add_months
from marketplace.scheduling.queueing import Waiter

FIRST_MONTH = 9
"""Academies count their years from September."""
MONTHS_SHOWN = 24


@dataclass(frozen=True)
class Row:
    """What is offered in one time, what is taken (with what is held) and who waits; not offered: no units."""

    starts_on: date
    ends_on: date
    units: int | None
    taken: int = 0
    waiting: int = 0
    waiting_units: int = 0

    @property
    def free(self) -> int:
        """Units that can still be taken."""
        return (self.units or 0) - self.taken

    @property
    def words(self) -> str:
        """September 2027, or the days of another period."""
        return availability.period_words(self.starts_on, self.ends_on)

    @property
    def used_percent(self) -> int | None:
        """How much of what is offered is taken, in whole percent; None where nothing is offered."""
        return round(100 * self.taken / self.units) if self.units else None

    @property
    def is_full(self) -> bool:
        """Whether something is offered and nothing of it is left."""
        return bool(self.units) and self.free == 0


@dataclass(frozen=True)
class SchoolYear:
    """The rows that begin in one school year."""

    words: str
    rows: Sequence[Row]


def rows(periods: Iterable[Period], span: Span, waiters: Sequence[Waiter] = ()) -> list[Row]:
    """The periods that have a day of a span and, by month, the days in between that are not offered."""
    known = availability.covering(periods, *span)
    found = [_row(period, waiters) for period in known]
    for first, last in availability.gaps(known, *span):
        for begins, ends in availability.months(first, last):
            days = (max(first, begins), min(last, ends))
            found.append(Row(*days, None, 0, *_wanted(days, waiters)))
    return sorted(found, key=lambda row: row.starts_on)


def shown(periods: Sequence[Period], today: date) -> Span:
    """The months that a calendar shows: from this one on, to the last one offered within two years."""
    first = availability.first_of_month(today)
    ahead = [period.ends_on for period in periods if period.ends_on >= first and period.units > 0]
    last = availability.months(first, add_months(first, MONTHS_SHOWN - 1))[-1][1]
    return first, min(last, max(ahead)) if ahead else availability.months(first, first)[0][1]


def goes_on_until(periods: Iterable[Period], today: date) -> date | None:
    """The last day that is offered after what a calendar shows; None when it shows everything."""
    known = list(periods)
    _, last = shown(known, today)
    return max((one.ends_on for one in known if one.starts_on > last and one.units > 0), default=None)


def by_school_year(found: Iterable[Row]) -> list[SchoolYear]:
    """The rows in the school years in which they begin."""
    years: dict[int, list[Row]] = {}
    for row in found:
        begun = row.starts_on.year if row.starts_on.month >= FIRST_MONTH else row.starts_on.year - 1
        years.setdefault(begun, []).append(row)
    return [SchoolYear(f"School year {year} to {year + 1}", inside) for year, inside in years.items()]


def _row(period: Period, waiters: Sequence[Waiter]) -> Row:
    days = (period.starts_on, period.ends_on)
    return Row(*days, period.units, period.taken, *_wanted(days, waiters))


def _wanted(days: Span, waiters: Sequence[Waiter]) -> tuple[int, int]:
    """How many wait for something in a time, and for how many units together."""
    here = [one.quantity for one in waiters if one.starts_on <= days[1] and one.ends_on >= days[0]]
    return len(here), sum(here)
