"""Thresholds and routes: the answer for programs, pools, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import Refused
from marketplace.regulations import procurement
from marketplace.regulations.procurement import Kind, Route

NEW_YEAR_S_EVE, NEW_YEAR = date(2025, 12, 31), date(2026, 1, 1)
EVE, IN_FORCE = date(2025, 2, 23), date(2025, 2, 24)


@pytest.mark.parametrize(
    ("pence", "on", "is_above", "threshold_pence"),
    [
        (207_719_99, NEW_YEAR_S_EVE, False, 214_904_00),
        (207_720_00, NEW_YEAR_S_EVE, False, 214_904_00),
        (207_719_99, NEW_YEAR, False, 207_720_00),
        (207_720_00, NEW_YEAR, True, 207_720_00),
        (214_903_99, NEW_YEAR_S_EVE, False, 214_904_00),
        (214_904_00, NEW_YEAR_S_EVE, True, 214_904_00),
    ],
)
@pytest.mark.parametrize("kind", [Kind.GOODS, Kind.SERVICES])
def test_the_threshold_is_that_of_the_day_on_which_the_procurement_starts(
    kind: Kind, pence: int, on: date, is_above: bool, threshold_pence: int
) -> None:
    found = procurement.deal(kind, pence, on)
    assert (found.above_threshold, found.threshold_pence) == (is_above, threshold_pence)


@pytest.mark.parametrize(
    ("kind", "pence", "on", "route"),
    [
        (Kind.GOODS, 9_999_99, NEW_YEAR, Route.LOW_VALUE),
        (Kind.GOODS, 10_000_00, NEW_YEAR, Route.THREE_QUOTES),
        (Kind.WORKS, 40_000_00, NEW_YEAR, Route.THREE_QUOTES),
        (Kind.LIGHT_TOUCH, 40_000_01, NEW_YEAR, Route.HIGH_VALUE),
        (Kind.SERVICES, 207_719_99, NEW_YEAR, Route.HIGH_VALUE),
        (Kind.SERVICES, 207_720_00, NEW_YEAR, Route.COMPETITION),
        (Kind.WORKS, 5_193_000_00, NEW_YEAR, Route.COMPETITION),
        (Kind.LIGHT_TOUCH, 663_540_00, NEW_YEAR, Route.LIGHT_TOUCH),
        (Kind.GOODS, 214_904_00, IN_FORCE, Route.COMPETITION),
        (Kind.GOODS, 214_904_00, EVE, Route.EARLIER_REGULATIONS),
        (Kind.GOODS, 214_903_99, EVE, Route.HIGH_VALUE),
    ],
)
def test_the_route_follows_from_kind_value_and_date(kind: Kind, pence: int, on: date, route: Route) -> None:
    assert procurement.deal(kind, pence, on).route is route


def test_nothing_of_the_act_is_said_about_a_procurement_that_started_before_it() -> None:
    rules = {one.rule for one in procurement.deal(Kind.GOODS, 214_904_00, EVE, 2).findings}
    assert rules == {"threshold-goods-and-services", "procurement-act", "pooled-needs"}


def test_a_public_contract_is_told_its_duties_and_a_smaller_one_its_quotes() -> None:
    above = [one.rule for one in procurement.deal(Kind.GOODS, 207_720_00, NEW_YEAR).findings]
    below = [one.rule for one in procurement.deal(Kind.GOODS, 207_719_99, NEW_YEAR).findings]
    assert above == [
        "threshold-goods-and-services",
        "standstill",
        "contract-details-notice",
        "payments-by-schools",
        "arrangements-between-trusts",
    ]
    assert below == [
        "threshold-goods-and-services",
        "high-value",
        "schools-below-threshold",
        "other-bodies-below-threshold",
        "arrangements-between-trusts",
    ]


def test_one_penny_below_30_000_no_notice_of_other_bodies_is_spoken_of() -> None:
    rules = [one.rule for one in procurement.deal(Kind.GOODS, 29_999_99, NEW_YEAR).findings]
    assert "other-bodies-below-threshold" not in rules


def test_one_buyer_alone_hears_nothing_of_pools() -> None:
    rules = {one.rule for one in procurement.deal(Kind.GOODS, 207_720_00, NEW_YEAR, 1).findings}
    assert not rules & {"pooled-needs", "joint-buyers"}


def test_a_pool_is_crossed_by_the_joiner_who_reaches_the_threshold() -> None:
    pool = procurement.pool(Kind.GOODS, NEW_YEAR, [100_000_00, 107_719_99, 1, 50_00])
    assert (pool.deal.value_pence, pool.deal.buyers, pool.deal.above_threshold) == (207_770_00, 4, True)
    assert pool.crossed_by == 2
    assert pool.crossing is not None
    assert "with buyer 3 of 4: £207,719.99 before it joined, £207,720.00 after" in pool.crossing.sentence
    assert pool.crossing.source == "Procurement Act 2023, section 4 and Schedule 3"


def test_a_pool_below_the_threshold_is_crossed_by_nobody() -> None:
    pool = procurement.pool(Kind.GOODS, NEW_YEAR, [100_000_00, 107_719_99])
    assert (pool.crossed_by, pool.crossing, pool.deal.above_threshold) == (None, None, False)


def test_the_same_pool_is_crossed_in_2026_and_not_in_2025() -> None:
    values = [70_000_00, 70_000_00, 67_720_00]
    assert procurement.pool(Kind.GOODS, NEW_YEAR_S_EVE, values).crossed_by is None
    assert procurement.pool(Kind.GOODS, NEW_YEAR, values).crossed_by == 2


@given(st.lists(st.integers(0, 150_000_00), min_size=1, max_size=8), st.sampled_from(list(Kind)))
def test_who_crosses_is_the_first_at_whom_the_sum_is_not_less(values: list[int], kind: Kind) -> None:
    pool = procurement.pool(kind, NEW_YEAR, values)
    sums = [sum(values[: count + 1]) for count in range(len(values))]
    reached = [place for place, sum_ in enumerate(sums) if sum_ >= pool.deal.threshold_pence]
    assert pool.crossed_by == (reached[0] if reached else None)
    assert pool.deal.above_threshold == bool(reached)


@given(st.integers(0, 10**12), st.dates(date(2024, 1, 1), date(2099, 12, 31)), st.sampled_from(list(Kind)))
def test_every_finding_has_a_sentence_a_source_and_dates_that_hold(pence: int, on: date, kind: Kind) -> None:
    found = procurement.deal(kind, pence, on, 2)
    assert found.above_threshold == (pence >= found.threshold_pence)
    for one in found.findings:
        assert one.sentence.endswith(".")
        assert one.source
        assert one.to_on is None or one.from_on <= one.to_on
        assert one.from_on <= on or one.rule == "procurement-act"


def test_a_date_before_the_table_is_refused_beside_its_field() -> None:
    with pytest.raises(Refused, match="begin on 1 January 2024") as refused:
        procurement.deal(Kind.GOODS, 1, date(2023, 12, 31))
    assert refused.value.field == "starts_on"


@pytest.mark.parametrize(("pence", "buyers"), [(-1, 1), (1, 0)])
def test_a_negative_value_and_no_buyer_are_faults_of_the_program(pence: int, buyers: int) -> None:
    with pytest.raises(ValueError, match="1 buyer or more"):
        procurement.deal(Kind.GOODS, pence, NEW_YEAR, buyers)
