"""Which capacity an order needs."""

from __future__ import annotations

import itertools
import uuid
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue import availability
from marketplace.catalogue.availability import ONE_DAY, Period

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def a_period(starts_on: date, ends_on: date, units: int = 5, taken: int = 0) -> Period:
    return Period(uuid.uuid4(), starts_on, ends_on, units, taken)


def by_month(first: date, last: date) -> list[Period]:
    return [a_period(*span) for span in availability.months(first, last)]


@given(DAYS, st.integers(0, 120))
def test_months_tile_the_time_from_the_first_day_of_one_to_the_last_of_another(
    first: date, later: int
) -> None:
    last = min(first + ONE_DAY * 30 * later, date(2060, 12, 31))
    spans = availability.months(first, last)
    assert spans[0][0] == first.replace(day=1)
    assert all(after[0] == before[1] + ONE_DAY for before, after in itertools.pairwise(spans))
    assert spans[-1][0] <= last <= spans[-1][1]


def test_february_of_a_leap_year_has_29_days() -> None:
    assert availability.months(date(2028, 2, 10), date(2028, 2, 10)) == [
        (date(2028, 2, 1), date(2028, 2, 29))
    ]


def test_no_months_lie_between_a_month_and_an_earlier_one() -> None:
    assert availability.months(date(2027, 5, 1), date(2027, 4, 30)) == []


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "count"),
    [
        (date(2027, 1, 31), date(2027, 2, 1), 2),
        (date(2027, 2, 1), date(2027, 2, 28), 1),
        (date(2027, 1, 15), date(2027, 4, 14), 4),
        (date(2026, 12, 1), date(2026, 12, 31), 0),
    ],
)
def test_an_order_needs_every_month_in_which_it_has_a_day(starts_on: date, ends_on: date, count: int) -> None:
    year = by_month(date(2027, 1, 1), date(2027, 12, 31))
    assert len(availability.covering(reversed(year), starts_on, ends_on)) == count


@given(DAYS, st.integers(0, 400))
def test_whole_months_leave_no_gap(starts_on: date, days: int) -> None:
    ends_on = min(starts_on + ONE_DAY * days, date(2060, 12, 31))
    assert availability.gaps(by_month(starts_on, ends_on), starts_on, ends_on) == []


def test_gaps_are_found_before_between_and_after() -> None:
    january, march = by_month(date(2027, 1, 1), date(2027, 3, 1))[::2]
    assert availability.gaps([march, january], date(2026, 12, 20), date(2027, 4, 5)) == [
        (date(2026, 12, 20), date(2026, 12, 31)),
        (date(2027, 2, 1), date(2027, 2, 28)),
        (date(2027, 4, 1), date(2027, 4, 5)),
    ]


def test_without_periods_everything_is_a_gap() -> None:
    span = (date(2027, 1, 1), date(2027, 1, 2))
    assert availability.gaps([], *span) == [span]


def test_the_scarcest_period_is_the_earliest_of_those_with_least_left() -> None:
    much = a_period(date(2027, 1, 1), date(2027, 1, 31), 5, 1)
    early, late = (a_period(date(2027, m, 1), date(2027, m, 28), 5, 3) for m in (2, 3))
    assert availability.scarcest([much, late, early]) is early
    assert availability.scarcest([]) is None


def test_a_period_is_named_for_its_month_and_knows_what_is_left() -> None:
    period = a_period(date(2027, 3, 1), date(2027, 3, 31), 5, 2)
    assert (period.words, period.left) == ("March 2027", 3)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2027, 4, 1), date(2027, 4, 30), "April 2027"),
        (date(2027, 4, 1), date(2027, 6, 30), "April 2027 to June 2027 (3 months)"),
        (date(2027, 4, 15), date(2027, 7, 14), "April 2027 to July 2027 (4 months)"),
        (date(2027, 12, 31), date(2028, 1, 1), "December 2027 to January 2028 (2 months)"),
    ],
)
def test_the_months_of_a_time_are_said_with_their_number(first: date, last: date, words: str) -> None:
    assert availability.span_words(first, last) == words
