"""What is spent in which financial year: by the days of each charge, in whole pence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.kernel import money

ONE_DAY = timedelta(days=1)
YearOf = Callable[[date], tuple[date, date]]
"""The first and the last day of the financial year in which a day lies."""


@dataclass(frozen=True)
class Part:
    """What is charged for some days, both included, net."""

    starts_on: date
    ends_on: date
    net_pence: int


def by_year(year_of: YearOf, parts: Iterable[Part]) -> dict[date, int]:
    """Pence by the first day of the year; differences of cumulative figures, so that no penny is lost."""
    found: dict[date, int] = {}
    for part in parts:
        for begins, pence in _years(year_of, part):
            found[begins] = found.get(begins, 0) + pence
    return dict(sorted(found.items()))


def _years(year_of: YearOf, part: Part) -> Iterable[tuple[date, int]]:
    days, spent, day = (part.ends_on - part.starts_on).days + 1, 0, part.starts_on
    while day <= part.ends_on:
        begins, ends = year_of(day)
        done = (min(ends, part.ends_on) - part.starts_on).days + 1
        up_to_here = money.part(part.net_pence, done, days)
        yield begins, up_to_here - spent
        spent, day = up_to_here, ends + ONE_DAY
