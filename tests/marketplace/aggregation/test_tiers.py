"""Tiers: validation, and where a pool stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.aggregation import tiers
from marketplace.aggregation.tiers import Tier

LAPTOPS = [Tier(1, 500), Tier(100, 450), Tier(200, 400)]


@st.composite
def falling(draw: st.DrawFn) -> list[Tier]:
    """Tiers with rising thresholds and falling prices."""
    count = draw(st.integers(1, 5))
    thresholds = sorted(draw(st.sets(st.integers(1, 60), min_size=count, max_size=count)))
    prices = sorted(draw(st.sets(st.integers(1, 30), min_size=count, max_size=count)), reverse=True)
    return [Tier(*pair) for pair in zip(thresholds, prices, strict=True)]


@pytest.mark.parametrize(
    ("volume", "current", "upcoming", "to_go"),
    [
        (0, None, LAPTOPS[0], 1),
        (1, LAPTOPS[0], LAPTOPS[1], 99),
        (99, LAPTOPS[0], LAPTOPS[1], 1),
        (100, LAPTOPS[1], LAPTOPS[2], 100),
        (200, LAPTOPS[2], None, 0),
    ],
)
def test_a_pool_stands_at_the_tier_that_its_volume_reaches(
    volume: int, current: Tier | None, upcoming: Tier | None, to_go: int
) -> None:
    found = tiers.standing(LAPTOPS, [volume])
    assert (found.current, found.next, found.units_to_go) == (current, upcoming, to_go)


def test_a_saving_is_the_baseline_less_the_price_and_may_be_negative() -> None:
    assert tiers.saving(500, 450, 10) == 500
    assert tiers.saving(400, 450, 10) == -500
    assert tiers.saving(None, 450, 10) is None


@pytest.mark.parametrize(
    ("listed", "row", "column"),
    [
        ([], 0, "from_units"),
        ([Tier(0, 5)], 0, "from_units"),
        ([Tier(1, 0)], 0, "unit_price_pence"),
        ([Tier(1, 5), Tier(1, 4)], 1, "from_units"),
        ([Tier(1, 5), Tier(2, 5)], 1, "unit_price_pence"),
        ([Tier(1, 5), Tier(2, 6)], 1, "unit_price_pence"),
        ([Tier(n, 50 - n) for n in range(1, 8)], 6, "from_units"),
    ],
)
def test_a_fault_names_its_row_and_column(listed: list[Tier], row: int, column: str) -> None:
    assert [(fault.row, fault.column) for fault in tiers.faults(listed)] == [(row, column)]


@given(falling())
def test_rising_thresholds_with_falling_prices_have_no_fault(listed: list[Tier]) -> None:
    assert tiers.faults(listed) == []


def test_a_promise_costs_its_ceiling_or_the_dearest_price_at_the_most() -> None:
    assert [tiers.most_net_pence(LAPTOPS, 10, ceiling) for ceiling in (420, 500, 501, 900)] == [
        4_200,
        5_000,
        5_000,
        5_000,
    ]


def test_only_a_ceiling_between_the_lowest_price_and_twice_the_dearest_is_taken() -> None:
    taken = [tiers.ceiling_fault(LAPTOPS, ceiling, "laptop") is None for ceiling in (399, 400, 1_000, 1_001)]
    assert taken == [False, True, True, False]
