"""What a rule comes to in each month: days of the week are counted, holidays left out by choice. Pure.

Bank holidays and term dates are passed in. Where a trust gave no dates of its own the usual weeks of schools
in England are taken; the preview shows them, and other days can be named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.catalogue.availability import Span, months
from marketplace.kernel.corrections import day_of
from marketplace.scheduling.kinds import RuleKind

ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(weeks=1)
FRIDAY = 4
MOST_DAYS = 366
FIRST_MONTH = 8
"""From August on a day belongs to the school year that begins."""


@dataclass(frozen=True)
class Rule:
    """So many units on each of some days of the week, or in each month; `left_out` are whole days."""

    kind: RuleKind
    first_month: date
    last_month: date
    units: int
    weekdays: frozenset[int] = frozenset()
    except_months: frozenset[int] = frozenset()
    leaves_out_bank_holidays: bool = False
    leaves_out_school_holidays: bool = False
    left_out: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Holidays:
    """What is known of days off: bank holidays, and until when they are published; school holidays."""

    bank: frozenset[date]
    bank_known_to: date
    school: Sequence[Span]


def units_by_month(rule: Rule, holidays: Holidays) -> dict[Span, int]:
    """The units of every month from the first to the last; 0 in a month that is left out."""
    off = days_off(rule, holidays)
    return {
        span: 0 if span[0].month in rule.except_months else _units(rule, span, off)
        for span in months(rule.first_month, rule.last_month)
    }


def days_off(rule: Rule, holidays: Holidays) -> frozenset[date]:
    """Every day that the rule leaves out."""
    bank = holidays.bank if rule.leaves_out_bank_holidays else frozenset()
    school = holidays.school if rule.leaves_out_school_holidays else ()
    return bank | {day for span in (*school, *rule.left_out) for day in days(span)}


def is_guessed(rule: Rule, holidays: Holidays) -> bool:
    """Whether the rule leaves out bank holidays that are not published yet."""
    last = months(rule.first_month, rule.last_month)[-1][1]
    return rule.leaves_out_bank_holidays and last > holidays.bank_known_to


def days(span: Span) -> list[date]:
    """Every day of a span."""
    return [span[0] + timedelta(days=number) for number in range((span[1] - span[0]).days + 1)]


def _units(rule: Rule, month: Span, off: Collection[date]) -> int:
    open_days = [day for day in days(month) if day not in off]
    if rule.kind is RuleKind.EACH_MONTH:
        return rule.units if open_days else 0
    return rule.units * sum(day.weekday() in rule.weekdays for day in open_days)


def read_days(text: str) -> tuple[Span, ...]:
    """Days and spans as people write them, one a line: 23/12/2027, or 23/12/2027 to 4/1/2028.

    ValueError, in words, for a line that is none.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        first, _, last = line.strip().partition(" to ")
        try:
            span = (day_of(first.strip(), 2000, 2100), day_of((last or first).strip(), 2000, 2100))
        except ValueError as error:
            raise ValueError(f"Line {number}: {error}") from error
        if span[1] < span[0] or (span[1] - span[0]).days > MOST_DAYS:
            raise ValueError(f"Line {number}: enter a first and a later last day, at most a year apart")
        found.append(span)
    return tuple(found)


def school_holidays(own_terms: Iterable[Span], first: date, last: date) -> list[Span]:
    """The weeks without school from one day to another, by date.

    Of a school year whose terms the trust gave, what lies between them; else the usual weeks. The half terms
    are the usual ones in both.
    """
    terms = sorted(own_terms)
    found: set[Span] = set()
    for year in range(school_year(first), school_year(last) + 1):
        found.update(half_terms(year))
        own = [term for term in terms if school_year(term[0]) == year]
        found.update(_between(own, year) if own else usual_holidays(year))
    return sorted(span for span in found if span[0] <= last and span[1] >= first)


def school_year(day: date) -> int:
    """The calendar year in which the school year of a day begins."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def _between(terms: Sequence[Span], year: int) -> list[Span]:
    """The days of a school year in none of its terms."""
    found, day, end = [], date(year, FIRST_MONTH, 1), date(year + 1, FIRST_MONTH, 1)
    for starts_on, ends_on in terms:
        if day < starts_on:
            found.append((day, starts_on - ONE_DAY))
        day = max(day, ends_on + ONE_DAY)
    return [*found, (day, end - ONE_DAY)] if day < end else found


def usual_holidays(year: int) -> list[Span]:
    """Summer, Christmas and Easter as most schools in England have them."""
    christmas, good_friday = _monday(date(year, 12, 25)), easter(year + 1) - 2 * ONE_DAY
    return [
        (date(year, FIRST_MONTH, 1), date(year, 8, 31)),
        _weeks(christmas, 2),
        _weeks(_monday(good_friday), 2),
        (date(year + 1, 7, 22), date(year + 1, 7, 31)),
    ]


def half_terms(year: int) -> list[Span]:
    """The weeks of the last Monday in October, the third in February and the last in May."""
    return [
        _weeks(_monday(date(year, 10, 31)), 1),
        _weeks(_monday(date(year + 1, 2, 21)), 1),
        _weeks(_monday(date(year + 1, 5, 31)), 1),
    ]


def easter(year: int) -> date:
    """Easter Sunday: the Sunday after the full moon of the church on or after 21 March."""
    golden, century = year % 19, year // 100
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon = epact - (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(days=moon - weekday)


def _monday(day: date) -> date:
    """The Monday on or before a day."""
    return day - timedelta(days=day.weekday())


def _weeks(monday: date, count: int) -> Span:
    """From a Monday to a Friday."""
    return monday, monday + (count - 1) * ONE_WEEK + FRIDAY * ONE_DAY
