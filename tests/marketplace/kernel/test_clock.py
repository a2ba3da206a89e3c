"""Instants are UTC, dates are London's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from freezegun import freeze_time

from marketplace.kernel import clock


def test_now_is_aware_and_utc() -> None:
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("instant", "on"),
    [
        (datetime(2027, 1, 1, 0, 30, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2027, 7, 1, 23, 30, tzinfo=UTC), date(2027, 7, 2)),
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), date(2027, 3, 28)),  # the clocks go forward at 01:00
        (datetime(2027, 3, 28, 23, 0, tzinfo=UTC), date(2027, 3, 29)),
        (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), date(2027, 3, 27)),
        (datetime(2027, 10, 30, 23, 0, tzinfo=UTC), date(2027, 10, 31)),  # and back at 01:00 UTC
        (datetime(2027, 10, 31, 23, 0, tzinfo=UTC), date(2027, 10, 31)),
    ],
)
def test_a_date_is_the_one_in_london(instant: datetime, on: date) -> None:
    assert clock.london_date(instant) == on
    with freeze_time(instant):
        assert clock.today() == on


def test_on_more_than_half_of_all_days_half_an_hour_before_midnight_utc_is_tomorrow_in_london() -> None:
    nights = [datetime(2028, 1, 1, 23, 30, tzinfo=UTC) + timedelta(days=n) for n in range(366)]
    assert sum(clock.london_date(night) != night.date() for night in nights) == 217
