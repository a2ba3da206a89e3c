"""Tiers: validation, standing, and an award that equals brute force and charges nobody over its ceiling."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.aggregation import tiers
from marketplace.aggregation.tiers import FirmQuantity, Reason, Tier

LAPTOPS = [Tier(1, 500), Tier(100, 450), Tier(200, 400)]


@st.composite
def falling(draw: st.DrawFn) -> list[Tier]:
    """Tiers with rising thresholds and falling prices."""
    count = draw(st.integers(1, 5))
    thresholds = sorted(draw(st.sets(st.integers(1, 60), min_size=count, max_size=count)))
    prices = sorted(draw(st.sets(st.integers(1, 30), min_size=count, max_size=count)), reverse=True)
    return [Tier(*pair) for pair in zip(thresholds, prices, strict=True)]


firm = st.builds(FirmQuantity, st.uuids(), st.integers(1, 25), st.integers(1, 35))
pools = st.lists(firm, max_size=7, unique_by=lambda one: one.id)


def a_firm(quantity: int, ceiling: int) -> FirmQuantity:
    return FirmQuantity(uuid.uuid4(), quantity, ceiling)


def brute_force(listed: Sequence[Tier], pool: Sequence[FirmQuantity], minimum: int) -> tuple[int, ...]:
    """The best (surplus, units, -price) over every tier and every set of trusts to serve at its price."""
    best: tuple[int, ...] = (0, 0, 0)
    for tier in listed:
        for chosen in range(1, 2 ** len(pool)):
            served = [one for place, one in enumerate(pool) if chosen >> place & 1]
            units = sum(one.quantity for one in served)
            if min(one.ceiling_pence for one in served) < tier.unit_price_pence:
                continue
            if units < max(tier.from_units, minimum):
                continue
            surplus = sum((one.ceiling_pence - tier.unit_price_pence) * one.quantity for one in served)
            best = max(best, (surplus, units, -tier.unit_price_pence))
    return best


@given(falling(), pools, st.integers(1, 60))
def test_the_award_is_the_best_of_every_tier_and_every_set_of_trusts(
    listed: list[Tier], pool: list[FirmQuantity], minimum: int
) -> None:
    award = tiers.award(listed, pool, minimum)
    price = award.tier.unit_price_pence if award.tier else 0
    assert (award.surplus_pence, award.units, -price) == brute_force(listed, pool, minimum)


@given(falling(), pools)
def test_nobody_pays_over_its_ceiling_and_the_tier_is_reached_by_those_who_pay(
    listed: list[Tier], pool: list[FirmQuantity]
) -> None:
    award = tiers.award(listed, pool)
    if award.tier is None:
        assert award.served == ()
        return
    assert all(one.ceiling_pence >= award.tier.unit_price_pence for one in award.served)
    assert sum(one.quantity for one in award.served) == award.units >= award.tier.from_units
    assert award.value_pence == award.units * award.tier.unit_price_pence


@given(falling(), pools, st.randoms(use_true_random=False))
def test_the_order_of_the_input_never_matters(
    listed: list[Tier], pool: list[FirmQuantity], chance: random.Random
) -> None:
    before = tiers.award(listed, pool), tiers.standing(listed, [one.quantity for one in pool])
    chance.shuffle(listed)
    chance.shuffle(pool)
    assert before == (tiers.award(listed, pool), tiers.standing(listed, [one.quantity for one in pool]))


@given(falling(), pools, firm)
def test_one_more_commitment_never_raises_the_price(
    listed: list[Tier], pool: list[FirmQuantity], joiner: FirmQuantity
) -> None:
    before, after = tiers.award(listed, pool).tier, tiers.award(listed, [*pool, joiner]).tier
    if before is not None:
        assert after is not None
        assert after.unit_price_pence <= before.unit_price_pence


@given(falling(), pools, st.integers(1, 60))
def test_everybody_is_served_or_told_by_how_much_it_missed(
    listed: list[Tier], pool: list[FirmQuantity], minimum: int
) -> None:
    award = tiers.award(listed, pool, minimum)
    assert {one.id for one in award.served} | {one.id for one in award.unserved} == {one.id for one in pool}
    for missed in award.unserved:
        assert (missed.pence_short > 0) == (award.tier is not None)
        assert (missed.units_short > 0) == (missed.short_of is not None)


def test_a_price_counts_only_for_the_volume_that_is_willing_to_pay_it() -> None:
    pool = [a_firm(60, 500), a_firm(60, 449)]  # 120 together, but only 60 would pay £4.50
    assert tiers.award(LAPTOPS, pool).tier == LAPTOPS[0]


def test_the_award_serves_those_who_accept_its_price_and_says_why_the_others_are_not() -> None:
    yes, no = a_firm(150, 460), a_firm(20, 430)
    award = tiers.award(LAPTOPS, [yes, no])
    assert award.tier == LAPTOPS[1]
    assert (award.served, award.units, award.value_pence, award.surplus_pence) == ((yes,), 150, 67_500, 1_500)
    (missed,) = award.unserved
    assert (missed.reason, missed.pence_short, missed.units_short) == (Reason.PRICE_ABOVE_CEILING, 20, 30)
    assert tiers.explain(missed, award.tier, ("laptop", "laptops")) == (
        "The awarded price, £4.50, is £0.20 above your ceiling of £4.30. "
        "The price within your ceiling, £4.00, was 30 laptops short of the quantity that it needed."
    )


def test_without_an_award_everybody_hears_which_quantity_was_short() -> None:
    award = tiers.award([Tier(100, 450)], [a_firm(99, 500)])
    (missed,) = award.unserved
    assert (award.tier, missed.reason, missed.units_short) == (None, Reason.TIER_SHORT, 1)
    assert tiers.explain(missed, None, ("laptop", "laptops")) == (
        "The price within your ceiling, £4.50, was 1 laptop short of the quantity that it needed."
    )


def test_a_ceiling_below_every_price_is_said_to_be_so() -> None:
    (missed,) = tiers.award(LAPTOPS, [a_firm(500, 399)]).unserved
    assert tiers.explain(missed, None, ("laptop", "laptops")) == (
        "No price on the list was within your ceiling of £3.99."
    )


def test_the_minimum_of_a_round_is_reached_by_those_who_pay() -> None:
    pool = [a_firm(80, 500), a_firm(20, 399)]
    assert tiers.award(LAPTOPS, pool, minimum_units=80).units == 80
    assert tiers.award(LAPTOPS, pool, minimum_units=81).tier is None


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
