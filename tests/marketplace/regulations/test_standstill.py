"""Standstill: the five published examples, weekends, and the end of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import Refused
from marketplace.regulations import working_days
from marketplace.regulations.standstill import standstill


@pytest.mark.parametrize(
    ("notice_on", "last_day", "first_signing_day"),
    [
        (date(2024, 12, 24), date(2025, 1, 7), date(2025, 1, 8)),
        (date(2026, 3, 2), date(2026, 3, 11), date(2026, 3, 12)),
        (date(2026, 3, 30), date(2026, 4, 10), date(2026, 4, 11)),
        (date(2026, 8, 24), date(2026, 9, 3), date(2026, 9, 4)),
        (date(2026, 12, 21), date(2027, 1, 4), date(2027, 1, 5)),
    ],
)
def test_the_last_day_is_the_eighth_working_day_and_one_signs_on_the_day_after(
    notice_on: date, last_day: date, first_signing_day: date
) -> None:
    found = standstill(notice_on)
    assert (found.last_day, found.first_signing_day) == (last_day, first_signing_day)


def test_a_notice_on_a_saturday_counts_from_the_monday() -> None:
    found = standstill(date(2026, 2, 28))
    assert found.working_days[0] == date(2026, 3, 2)
    assert found.last_day == date(2026, 3, 11)


def test_a_notice_on_a_bank_holiday_counts_from_the_next_working_day() -> None:
    assert standstill(date(2026, 4, 3)).working_days[0] == date(2026, 4, 7)


def test_who_may_sign_on_a_saturday_is_told_the_next_working_day() -> None:
    sentences = [one.sentence for one in standstill(date(2026, 3, 30)).findings]
    assert any("which is no working day; the next working day is 13 April 2026" in one for one in sentences)


def test_who_may_sign_on_a_working_day_is_told_no_other() -> None:
    assert not any("no working day" in one.sentence for one in standstill(date(2026, 3, 2)).findings)


@given(st.dates(date(2012, 1, 1), date(2028, 12, 10)))
def test_eight_working_days_are_counted_and_none_is_left_out(notice_on: date) -> None:
    found = standstill(notice_on)
    span = [notice_on + timedelta(days=n) for n in range((found.last_day - notice_on).days + 1)]
    assert [day for day in span if working_days.is_working_day(day)] == list(found.working_days)
    assert len(found.working_days) == 8
    assert found.first_signing_day - found.last_day == timedelta(days=1)


def test_a_standstill_that_ends_with_the_calendar_can_still_be_told() -> None:
    last = [working_days.known_to() - timedelta(days=n) for n in range(40)]
    latest = next(day for day in last if _known(day))
    assert standstill(latest).last_day <= working_days.known_to()


def _known(notice_on: date) -> bool:
    try:
        standstill(notice_on)
    except Refused:
        return False
    return True


def test_beyond_the_known_bank_holidays_nothing_is_guessed() -> None:
    with pytest.raises(Refused, match="Bank holidays are known here from 1 January 2012 to") as refused:
        standstill(working_days.known_to())
    assert refused.value.field == "notice_on"
