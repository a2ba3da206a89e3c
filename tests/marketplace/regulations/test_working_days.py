"""Working days in England and Wales."""

from __future__ import annotations

import socket
from datetime import date, timedelta

import pytest

from marketplace.kernel.errors import Refused
from marketplace.regulations import working_days


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 8, 31),  # the summer bank holiday of England, not that of Scotland
        date(2026, 12, 28),  # instead of Boxing Day, a Saturday
        date(2023, 5, 8),  # the coronation
        date(2026, 11, 21),  # a Saturday
        date(2026, 11, 22),  # a Sunday
    ],
)
def test_weekends_and_bank_holidays_are_no_working_days(day: date) -> None:
    assert not working_days.is_working_day(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 8, 3),  # a bank holiday in Scotland alone
        date(2027, 1, 4),  # and another
        date(2026, 3, 17),  # and one in Northern Ireland alone
        date(2024, 12, 24),
    ],
)
def test_the_holidays_of_scotland_and_northern_ireland_are_working_days(day: date) -> None:
    assert working_days.is_working_day(day)


def test_the_day_itself_counts_when_it_is_a_working_day() -> None:
    assert working_days.counted(date(2026, 12, 24), 3) == (
        date(2026, 12, 24),
        date(2026, 12, 29),
        date(2026, 12, 30),
    )


def test_what_comes_after_a_day_does_not_count_the_day() -> None:
    assert working_days.after(date(2026, 12, 24), 1) == date(2026, 12, 29)


def test_nothing_is_counted_below_one() -> None:
    with pytest.raises(ValueError, match="1 working day or more"):
        working_days.counted(date(2026, 1, 2), 0)


@pytest.mark.parametrize("outside", ["before", "after"])
def test_a_day_whose_bank_holidays_are_not_published_is_refused(outside: str) -> None:
    days = {
        "before": working_days.known_from() - timedelta(days=1),
        "after": working_days.known_to() + timedelta(days=1),
    }
    with pytest.raises(Refused, match="cannot be counted"):
        working_days.is_working_day(days[outside])


def test_the_last_year_that_is_known_is_known_to_its_end() -> None:
    assert date(working_days.known_to().year, 12, 25) in working_days.bank_holidays() or any(
        day.month == 12 and day.day in (27, 28)
        for day in working_days.bank_holidays()
        if day.year == working_days.known_to().year
    )


def test_the_holidays_come_with_the_package_and_not_from_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    working_days.bank_holidays.cache_clear()
    assert date(2026, 12, 25) in working_days.bank_holidays()
