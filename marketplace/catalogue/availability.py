"""Which dated capacity an order needs, and what is left of it. Pure."""

from __future__ import annotations

import calendar
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

ONE_DAY = timedelta(days=1)
Span = tuple[date, date]
"""A first and a last day, both included."""


@dataclass(frozen=True)
class Period:
    """So many units from one day to another, both included, of which some are taken."""

    period_id: uuid.UUID
    starts_on: date
    ends_on: date
    units: int
    taken: int

    @property
    def left(self) -> int:
        """Units that can still be taken."""
        return self.units - self.taken

    @property
    def words(self) -> str:
        """The month it is, or its days."""
        return period_words(self.starts_on, self.ends_on)


def month_words(day: date) -> str:
    """September 2027."""
    return f"{calendar.month_name[day.month]} {day.year}"


def first_of_month(day: date) -> date:
    """The first day of the month in which a day lies."""
    return day.replace(day=1)


def month_number(day: date) -> int:
    """The months since the year 0."""
    return day.year * 12 + day.month - 1


def months(first: date, last: date) -> list[Span]:
    """The first and the last day of every month from the one of `first` to the one of `last`."""
    counted = range(month_number(first), month_number(last) + 2)
    firsts = [date(number // 12, number % 12 + 1, 1) for number in counted]
    return [(day, following - ONE_DAY) for day, following in pairwise(firsts)]


def span_words(first: date, last: date) -> str:
    """April 2027, or April 2027 to July 2027 (4 months): which months have a day of [first, last]."""
    count = len(months(first, last))
    if count == 1:
        return month_words(first)
    return f"{month_words(first)} to {month_words(last)} ({count} months)"


def covering(periods: Iterable[Period], starts_on: date, ends_on: date) -> list[Period]:
    """The periods that have a day of [starts_on, ends_on], by date."""
    touched = [period for period in periods if period.starts_on <= ends_on and period.ends_on >= starts_on]
    return sorted(touched, key=lambda period: period.starts_on)


def gaps(periods: Iterable[Period], starts_on: date, ends_on: date) -> list[Span]:
    """The days of [starts_on, ends_on] that no period has, as spans by date."""
    found, day = [], starts_on
    for period in covering(periods, starts_on, ends_on):
        if period.starts_on > day:
            found.append((day, period.starts_on - ONE_DAY))
        day = max(day, period.ends_on + ONE_DAY)
    return [*found, (day, ends_on)] if day <= ends_on else found


def scarcest(periods: Sequence[Period]) -> Period | None:
    """The period with the least left, the earliest of several; None when there is none."""
    return min(periods, key=lambda period: (period.left, period.starts_on), default=None)


@dataclass(frozen=True)
class Change:
    """What becomes of a time: so many units, of which `taken` are taken; `before` is None where none were.

    `in_the_way` is a period with other days that offers something on some of these.
    """

    starts_on: date
    ends_on: date
    units: int
    before: int | None
    taken: int
    in_the_way: Period | None

    @property
    def words(self) -> str:
        """September 2027, or 6 September to 17 October 2027."""
        return period_words(self.starts_on, self.ends_on)

    @property
    def is_below_taken(self) -> bool:
        """Whether more is taken than there would be."""
        return self.taken > self.units

    @property
    def is_possible(self) -> bool:
        """Whether it can be done."""
        return self.in_the_way is None and not self.is_below_taken


def changes(periods: Sequence[Period], wanted: Mapping[Span, int]) -> list[Change]:
    """What it would mean to offer `wanted` units in these times, by date."""
    known = {(period.starts_on, period.ends_on): period for period in periods}
    found = []
    for span, units in sorted(wanted.items()):
        here = known.get(span)
        others = [one for one in covering(periods, *span) if one is not here and one.units > 0]
        before, taken = (here.units, here.taken) if here else (None, 0)
        found.append(Change(*span, units, before, taken, others[0] if others else None))
    return found


def period_words(starts_on: date, ends_on: date) -> str:
    """September 2027 for a whole month, else 6 September 2027 to 17 October 2027."""
    if months(starts_on, ends_on) == [(starts_on, ends_on)]:
        return month_words(starts_on)
    return f"{day_words(starts_on)} to {day_words(ends_on)}"


def day_words(day: date) -> str:
    """6 September 2027."""
    return f"{day.day} {month_words(day)}"
