"""School terms: a trust's own dates, and the national ones where it gives none. Pure.

The national terms are those of the Burgundy Book (conditions of service for school teachers): autumn from
1 September, spring from 1 January, summer from 1 May, each until the day before the next.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
FIRST_MONTH = 8
"""A term that begins in August, as in Leicestershire, belongs to the school year that follows."""


class TermName(enum.Enum):
    """The terms of a school year, in their order."""

    AUTUMN = "autumn"
    SPRING = "spring"
    SUMMER = "summer"


TERM_WORDS = {
    TermName.AUTUMN: "Autumn term",
    TermName.SPRING: "Spring term",
    TermName.SUMMER: "Summer term",
}
NATIONAL_STARTS = {TermName.AUTUMN: (9, 1), TermName.SPRING: (1, 1), TermName.SUMMER: (5, 1)}


@dataclass(frozen=True)
class Term:
    """One term, both days included."""

    name: TermName
    starts_on: date
    ends_on: date


def school_year(day: date) -> int:
    """The calendar year in which the school year of a day began."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def year_words(year: int) -> str:
    """2026 to 2027."""
    return f"{year} to {year + 1}"


def national(year: int) -> list[Term]:
    """The national terms of the school year that begins in a calendar year."""
    autumn, spring, summer = (
        date(year if name is TermName.AUTUMN else year + 1, *NATIONAL_STARTS[name]) for name in TermName
    )
    ends = (spring - ONE_DAY, summer - ONE_DAY, date(year + 1, *NATIONAL_STARTS[TermName.AUTUMN]) - ONE_DAY)
    return [Term(name, *days) for name, *days in zip(TermName, (autumn, spring, summer), ends, strict=True)]


def calendar(own: Iterable[Term], first_year: int, last_year: int) -> list[Term]:
    """The terms of these school years by date: a trust's own in each year for which it gave them."""
    given = sorted(own, key=lambda term: term.starts_on)
    years = {year: [one for one in given if school_year(one.starts_on) == year] for year in _years(given)}
    return [term for year in range(first_year, last_year + 1) for term in years.get(year) or national(year)]


def starts(own: Iterable[Term], first: date, count: int) -> list[date]:
    """The first day of the term in which `first` lies, and those of the `count` terms that follow.

    A term is charged until the next one begins, so holidays belong to the term before them.
    """
    year = school_year(first)
    days = [term.starts_on for term in calendar(own, year - 1, year + count // len(TermName) + 2)]
    begun = max(index for index, day in enumerate(days) if day <= first)
    return days[begun : begun + count + 1]


def faults(terms: Sequence[Term], year: int) -> dict[TermName, str]:
    """What is wrong with the terms of one school year, by term, as sentences."""
    found: dict[TermName, str] = {}
    before: Term | None = None
    over = national(year)[-1].ends_on
    for term in terms:
        if term.ends_on <= term.starts_on:
            found[term.name] = "The last day must be after the first"
        elif school_year(term.starts_on) != year:
            found[term.name] = f"Enter a first day in the school year {year_words(year)}"
        elif term.ends_on > over:
            found[term.name] = f"The last day must be {over.day} {over:%B %Y} at the latest"
        elif before is not None and term.starts_on <= before.ends_on:
            found[term.name] = f"The first day must be after the last day of the {before.name.value} term"
        before = term
    return found


def _years(terms: Iterable[Term]) -> set[int]:
    return {school_year(term.starts_on) for term in terms}
