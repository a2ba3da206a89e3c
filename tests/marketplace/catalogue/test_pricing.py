"""Charge periods tile an order's time, and their sums lose no penny."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marketplace.catalogue import pricing
from marketplace.catalogue.kinds import Cadence
from marketplace.trusts import terms

ONE_DAY = timedelta(days=1)
ANCHORS = st.dates(date(2024, 1, 1), date(2040, 12, 31))
LEAP_DAY = date(2028, 2, 29)
CLOCKS_FORWARD, CLOCKS_BACK = date(2027, 3, 28), date(2027, 10, 31)


def starts(charged: list[pricing.Charge]) -> list[date]:
    return [charge.starts_on for charge in charged]


@given(st.sampled_from(Cadence), ANCHORS, st.integers(1, 60))
@example(Cadence.MONTHLY, LEAP_DAY, 60)
@example(Cadence.ANNUAL, LEAP_DAY, 5)
@example(Cadence.TERMLY, LEAP_DAY, 15)
@example(Cadence.MONTHLY, CLOCKS_FORWARD, 12)
@example(Cadence.MONTHLY, CLOCKS_BACK, 12)
@example(Cadence.TERMLY, CLOCKS_BACK, 3)
def test_periods_tile_the_time_without_gap_or_overlap(cadence: Cadence, starts_on: date, count: int) -> None:
    count = min(count, pricing.MOST_PERIODS[cadence])
    charged = pricing.charges(cadence, 26_500, 2, starts_on, count)
    assert charged[0].starts_on == starts_on
    if cadence is not Cadence.TERMLY:
        assert charged[-1].ends_on == pricing.last_day(cadence, starts_on, count)
    assert all(before.ends_on + ONE_DAY == after.starts_on for before, after in itertools.pairwise(charged))
    assert all(charge.starts_on <= charge.ends_on for charge in charged)
    assert len(charged) == (1 if cadence is Cadence.ONCE else count)


def test_a_year_of_months_from_any_day_has_one_charge_a_month_and_ends_before_its_anniversary() -> None:
    for starts_on in (date(2027, 3, 1) + ONE_DAY * offset for offset in range(366)):
        charged = pricing.charges(Cadence.MONTHLY, 100, 1, starts_on, 12)
        assert charged[-1].ends_on == pricing.add_months(starts_on, 12) - ONE_DAY
        assert len({(start.year, start.month) for start in starts(charged)}) == 12


def test_months_are_counted_from_the_anchor_never_chained() -> None:
    charged = pricing.charges(Cadence.MONTHLY, 100, 1, date(2027, 1, 31), 3)
    assert starts(charged) == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]


def test_years_from_a_leap_day_come_back_to_it() -> None:
    charged = pricing.charges(Cadence.ANNUAL, 100, 1, LEAP_DAY, 5)
    assert starts(charged)[1] == date(2029, 2, 28)
    assert starts(charged)[4] == date(2032, 2, 29)


@given(ANCHORS, st.integers(1, 15), st.integers(1, 10**7), st.integers(1, 1_000))
def test_only_the_first_term_is_charged_by_its_days(
    starts_on: date, count: int, price: int, quantity: int
) -> None:
    charged = pricing.charges(Cadence.TERMLY, price, quantity, starts_on, count)
    first, last = term_of(starts_on)
    days, left = (last - first).days + 1, (last - starts_on).days + 1
    assert abs(charged[0].net_pence * days - price * quantity * left) * 2 <= days
    assert {charge.net_pence for charge in charged[1:]} <= {price * quantity}


@given(ANCHORS, st.integers(1, 10**7))
def test_a_term_in_two_parts_costs_what_the_whole_costs(starts_on: date, price: int) -> None:
    first, last = term_of(starts_on)
    late = pricing.charges(Cadence.TERMLY, price, 1, starts_on, 1)[0].net_pence
    whole = pricing.charges(Cadence.TERMLY, price, 1, first, 1)[0].net_pence
    assert whole == price
    assert 0 <= late <= whole
    assert (late == whole) or starts_on != first
    assert pricing.charges(Cadence.TERMLY, price, 1, first, 1)[0].ends_on == last


def term_of(day: date) -> tuple[date, date]:
    """The national term in which a day lies."""
    first, following = terms.starts((), day, 1)
    return first, following - ONE_DAY


def test_terms_of_the_sellers_own_tile_the_time_too() -> None:
    own = [date(2026, 9, 3), date(2027, 1, 5), date(2027, 4, 12)]
    charged = pricing.charges(Cadence.TERMLY, 12_300, 1, date(2026, 9, 3), 2, own)
    assert charged == [
        pricing.Charge(date(2026, 9, 3), date(2027, 1, 4), 12_300),
        pricing.Charge(date(2027, 1, 5), date(2027, 4, 11), 12_300),
    ]


def test_a_term_of_the_sellers_own_that_is_begun_late_is_charged_by_its_days() -> None:
    own = [date(2026, 9, 3), date(2027, 1, 5)]
    (charge,) = pricing.charges(Cadence.TERMLY, 12_400, 1, date(2026, 12, 5), 1, own)
    assert (charge.ends_on, charge.net_pence) == (date(2027, 1, 4), 3_100)  # 31 of 124 days


def test_what_is_charged_once_covers_the_whole_time() -> None:
    charged = pricing.charges(Cadence.ONCE, 5_000, 3, date(2027, 9, 1), 12)
    assert charged == [pricing.Charge(date(2027, 9, 1), date(2028, 8, 31), 15_000)]


def test_the_whole_life_is_the_sum_of_every_charge() -> None:
    charged = pricing.charges(Cadence.MONTHLY, 26_500, 2, date(2027, 9, 1), 12)
    assert pricing.whole_life_pence(charged) == 26_500 * 2 * 12


@pytest.mark.parametrize("cadence", Cadence)
@pytest.mark.parametrize("beyond", [0, -1, 61])
def test_too_few_or_too_many_periods_are_refused(cadence: Cadence, beyond: int) -> None:
    with pytest.raises(ValueError, match="count"):
        pricing.charges(cadence, 100, 1, date(2027, 1, 1), beyond)


SEPTEMBER, IDES = date(2026, 9, 1), date(2027, 3, 15)


@pytest.mark.parametrize(
    ("starts_on", "parts"),
    [
        (date(2026, 9, 1), [(SEPTEMBER, date(2027, 3, 31), 7), (date(2027, 4, 1), date(2027, 8, 31), 5)]),
        (date(2026, 4, 1), [(date(2026, 4, 1), date(2027, 3, 31), 12)]),
        (IDES, [(IDES, date(2027, 3, 31), 1), (date(2027, 4, 1), date(2028, 3, 14), 11)]),
    ],
)
def test_a_year_split_in_april_is_charged_by_its_months_in_each_financial_year(
    starts_on: date, parts: list[tuple[date, date, int]]
) -> None:
    charged = pricing.split_in_april(pricing.charges(Cadence.ANNUAL, 1_200, 1, starts_on, 1))
    assert [(one.starts_on, one.ends_on, one.net_pence) for one in charged] == [
        (first, last, months * 100) for first, last, months in parts
    ]


@given(ANCHORS, st.integers(1, 5), st.integers(1, 10**7))
def test_splitting_years_loses_no_day_and_no_penny(starts_on: date, count: int, price: int) -> None:
    whole = pricing.charges(Cadence.ANNUAL, price, 1, starts_on, count)
    parts = pricing.split_in_april(whole)
    assert pricing.whole_life_pence(parts) == pricing.whole_life_pence(whole)
    assert (parts[0].starts_on, parts[-1].ends_on) == (starts_on, whole[-1].ends_on)
    assert all(before.ends_on + ONE_DAY == after.starts_on for before, after in itertools.pairwise(parts))
