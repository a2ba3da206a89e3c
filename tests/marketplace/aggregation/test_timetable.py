"""The dates of a round."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from marketplace.aggregation import timetable


@pytest.mark.parametrize(
    ("closes_on", "instant"),
    [
        (date(2027, 1, 29), datetime(2027, 1, 30, 0, 0, tzinfo=UTC)),
        (date(2027, 3, 27), datetime(2027, 3, 28, 0, 0, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 23, 0, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 11, 1, 0, 0, tzinfo=UTC)),
    ],
)
def test_a_round_closes_at_midnight_in_london_whatever_the_clocks_do(
    closes_on: date, instant: datetime
) -> None:
    assert timetable.closing_instant(closes_on) == instant


def test_reminders_are_weekly_from_the_day_after_the_close() -> None:
    closed = date(2027, 1, 29)
    days = [date(2027, 1, 29), date(2027, 1, 30), date(2027, 2, 5), date(2027, 2, 6)]
    assert [timetable.reminder_number(closed, day) for day in days] == [None, 0, 0, 1]


def test_a_contract_of_a_year_ends_the_day_before_its_anniversary() -> None:
    assert timetable.last_day(date(2027, 4, 1), 12) == date(2028, 3, 31)


def test_a_round_is_late_once_the_day_of_its_start_is_over() -> None:
    starts_on = date(2027, 5, 1)
    assert not timetable.is_late(starts_on, starts_on)
    assert timetable.is_late(starts_on, date(2027, 5, 2))
