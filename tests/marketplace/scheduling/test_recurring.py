"""A rule is counted by days, and leaves out what it is told to."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.regulations import working_days
from marketplace.scheduling import recurring
from marketplace.scheduling.kinds import RuleKind
from marketplace.scheduling.recurring import Holidays, Rule, units_by_month

BANK = Holidays(working_days.bank_holidays(), working_days.known_to(), ())
SEPTEMBER, DECEMBER = date(2027, 9, 1), date(2027, 12, 1)


def counted(**more: object) -> list[int]:
    columns: dict[str, object] = {
        "kind": RuleKind.EACH_DAY,
        "first_month": SEPTEMBER,
        "last_month": DECEMBER,
        "units": 7,
        "weekdays": frozenset({1, 3}),
    }
    rule = Rule(**(columns | more))  # type: ignore[arg-type]
    school = recurring.school_holidays((), rule.first_month, date(2028, 8, 31))
    return list(units_by_month(rule, Holidays(BANK.bank, BANK.bank_known_to, school)).values())


def test_days_of_the_week_are_counted_in_each_month() -> None:
    # September 2027 has 4 Tuesdays and 5 Thursdays, October 4 and 4, November 5 and 4, December 4 and 5.
    assert counted() == [63, 56, 63, 63]


def test_school_holidays_are_left_out_by_choice() -> None:
    # Half term is 25 to 29 October, Christmas 20 to 31 December: two days and four less.
    assert counted(leaves_out_school_holidays=True) == [63, 42, 63, 35]


def test_bank_holidays_are_left_out_by_choice() -> None:
    mondays = frozenset({0})
    august = {"first_month": date(2027, 8, 1), "last_month": date(2027, 8, 1), "weekdays": mondays}
    assert counted(**august) == [35]
    assert counted(**august, leaves_out_bank_holidays=True) == [28]


def test_the_same_in_each_month_except_some() -> None:
    assert counted(kind=RuleKind.EACH_MONTH, units=10, except_months=frozenset({10})) == [10, 0, 10, 10]


def test_other_days_are_left_out_by_name() -> None:
    days = recurring.read_days("2/9/2027\n\n7 September 2027 to 9.9.2027")
    assert counted(left_out=days) == [42, 56, 63, 63]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("32/9/2027", "Line 1: Enter a real date"),
        ("1/9/2027\nsoon", "Line 2: Enter a date"),
        ("2/9/2027 to 1/9/2027", "later last day"),
        ("1/9/2027 to 1/9/2029", "a year apart"),
    ],
)
def test_days_that_cannot_be_read_are_named_by_their_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        recurring.read_days(text)


def test_a_trusts_own_terms_take_the_place_of_the_usual_holidays() -> None:
    terms = [(date(2027, 9, 6), date(2027, 12, 10)), (date(2028, 1, 10), date(2028, 3, 31))]
    found = recurring.school_holidays(terms, SEPTEMBER, date(2028, 3, 31))
    assert (date(2027, 8, 1), date(2027, 9, 5)) in found
    assert (date(2027, 12, 11), date(2028, 1, 9)) in found
    assert (date(2027, 10, 25), date(2027, 10, 29)) in found
    assert (date(2027, 12, 20), date(2027, 12, 31)) not in found


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2024, date(2024, 3, 31)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
        (2076, date(2076, 4, 19)),
    ],
)
def test_easter_falls_on_its_sunday(year: int, sunday: date) -> None:
    assert recurring.easter(year) == sunday


def test_bank_holidays_that_are_not_published_are_not_guessed() -> None:
    rule = Rule(RuleKind.EACH_MONTH, SEPTEMBER, date(2099, 1, 1), 1, leaves_out_bank_holidays=True)
    assert recurring.is_guessed(rule, BANK)
