"""A calendar has a row for every month, also for those in which nothing is offered."""

from __future__ import annotations

import uuid
from datetime import date

from marketplace.catalogue.availability import Period
from marketplace.scheduling import timetable
from marketplace.scheduling.queueing import Waiter

SEPTEMBER = Period(uuid.UUID(int=1), date(2027, 9, 1), date(2027, 9, 30), 10, 10)
AUTUMN = Period(uuid.UUID(int=2), date(2027, 11, 1), date(2027, 12, 17), 4, 1)


def test_months_between_are_not_offered_and_periods_keep_their_days() -> None:
    rows = timetable.rows([AUTUMN, SEPTEMBER], (date(2027, 9, 1), date(2027, 12, 31)))
    assert [(row.words, row.units, row.free) for row in rows] == [
        ("September 2027", 10, 0),
        ("October 2027", None, 0),
        ("1 November 2027 to 17 December 2027", 4, 3),
        ("18 December 2027 to 31 December 2027", None, 0),
    ]
    assert [row.is_full for row in rows] == [True, False, False, False]
    assert [row.used_percent for row in rows] == [100, None, 25, None]


def test_whoever_waits_is_counted_in_each_time_they_want() -> None:
    line = [
        Waiter(uuid.uuid4(), 3, date(2027, 9, 30), date(2027, 10, 1)),
        Waiter(uuid.uuid4(), 2, date(2027, 9, 1), date(2027, 9, 30)),
    ]
    rows = timetable.rows([SEPTEMBER], (date(2027, 9, 1), date(2027, 10, 31)), line)
    assert [(row.waiting, row.waiting_units) for row in rows] == [(2, 5), (1, 3)]


def test_two_years_are_shown_at_most_and_only_what_is_offered() -> None:
    far = Period(uuid.UUID(int=3), date(2035, 9, 1), date(2035, 9, 30), 1, 0)
    assert timetable.shown([SEPTEMBER, far], date(2027, 8, 15)) == (date(2027, 8, 1), date(2029, 7, 31))
    assert timetable.shown([SEPTEMBER], date(2027, 8, 15)) == (date(2027, 8, 1), date(2027, 9, 30))
    assert timetable.shown([], date(2027, 8, 15)) == (date(2027, 8, 1), date(2027, 8, 31))


def test_a_calendar_that_ends_before_the_last_day_offered_says_so() -> None:
    in_sight = Period(uuid.UUID(int=3), date(2029, 7, 1), date(2029, 8, 31), 1, 0)
    far = Period(uuid.UUID(int=4), date(2035, 9, 1), date(2035, 9, 30), 1, 0)
    nothing = Period(uuid.UUID(int=5), date(2036, 9, 1), date(2036, 9, 30), 0, 0)
    today = date(2027, 8, 15)
    assert timetable.goes_on_until([SEPTEMBER, in_sight, far, nothing], today) == date(2035, 9, 30)
    assert timetable.goes_on_until([SEPTEMBER, in_sight, nothing], today) is None, "a row shows it whole"
    assert timetable.goes_on_until([], today) is None


def test_rows_are_grouped_by_school_year() -> None:
    rows = timetable.rows([SEPTEMBER], (date(2027, 8, 1), date(2027, 9, 30)))
    years = [(year.words, len(year.rows)) for year in timetable.by_school_year(rows)]
    assert years == [("School year 2026 to 2027", 1), ("School year 2027 to 2028", 1)]
