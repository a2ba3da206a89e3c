"""What an equal unit price promises: in a lot with one uncapacitated supplier whose prices fall."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.aggregation.award.engine import award
from marketplace.aggregation.award.instance import Instance, Offer, Rules
from marketplace.aggregation.award.outcome import Award, unit_prices
from tests.factories.award_rounds import a_small_round

CASES = int(os.environ.get("AWARD_CASES", "100"))
"""Cases a property is tried on; AWARD_CASES=10000 for the full count."""


@st.composite
def lots(draw: st.DrawFn) -> Instance:
    """One lot, up to 6 requests, one supplier with up to 4 tiers."""
    n = draw(st.integers(1, 6))
    steps = draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))
    falls = draw(st.lists(st.integers(1, 5), min_size=len(steps), max_size=len(steps)))
    thresholds, prices = np.cumsum(steps).tolist(), (30 - np.cumsum(falls)).tolist()
    return Instance(
        name="one lot", n_schools=n, n_lots=1, n_suppliers=1, n_regions=1,
        school=np.arange(n), lot=np.zeros(n, np.int64), region=np.zeros(n, np.int64),
        qty=column(draw, n, 1, 9), reserve=column(draw, n, 5, 35), qmin=np.zeros(n, np.int64),
        coverage=np.ones((1, 1), np.bool_), quality=np.array([50]),
        offers=(Offer(0, 0, 1_000, tuple(zip(thresholds, prices, strict=True))),),
        spend_discounts=((),), rules=Rules(),
    )  # fmt: skip


def column(draw: st.DrawFn, n: int, least: int, most: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(draw(st.lists(st.integers(least, most), min_size=n, max_size=n)), dtype=np.int64)


def only(instance: Instance, keep: np.ndarray[Any, np.dtype[np.int64]]) -> Instance:
    names = ("school", "lot", "region", "qty", "reserve", "qmin")
    return replace(instance, **{name: getattr(instance, name)[keep] for name in names})


def price(instance: Instance, found: Award) -> int | None:
    """What everybody pays; None when nothing is awarded."""
    return int(unit_prices(instance, found.tier)[0]) if len(found.units) else None


@settings(max_examples=CASES, deadline=None)
@given(lots(), st.data())
def test_a_lower_ceiling_never_lowers_ones_price(instance: Instance, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, instance.n_requests - 1))
    lower = instance.reserve.copy()
    lower[at] = data.draw(st.integers(0, int(lower[at])))
    honest, shaded = award(instance), award(replace(instance, reserve=lower))
    before, after = price(instance, honest), price(instance, shaded)
    if before is not None and after is not None and honest.served(instance.n_requests)[at]:
        assert after >= before


@settings(max_examples=CASES, deadline=None)
@given(lots(), st.data())
def test_a_request_more_raises_nobodys_price(instance: Instance, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, instance.n_requests - 1))
    without = only(instance, np.delete(np.arange(instance.n_requests), at))
    before, after = price(without, award(without)), price(instance, award(instance))
    if before is not None:
        assert after is not None
        assert after <= before


@settings(max_examples=CASES, deadline=None)
@given(lots(), st.data())
def test_no_group_does_better_alone(instance: Instance, data: st.DataObject) -> None:
    everybody = np.arange(instance.n_requests)
    group = np.array(sorted(data.draw(st.sets(st.sampled_from(everybody.tolist()), min_size=1))))
    found = award(instance)
    paid = price(instance, found)
    together = (
        0 if paid is None else int((instance.reserve - paid)[group] @ found.served(len(everybody))[group])
    )
    assert award(only(instance, group)).value_pence <= together


@pytest.mark.parametrize("whole", [False, True], ids=["divisible", "whole"])
def test_everybody_in_an_awarded_lot_of_a_supplier_pays_the_same_and_nobody_above_its_ceiling(
    whole: bool,
) -> None:
    for seed in range(CASES):
        instance = a_small_round(seed)
        found = award(instance, whole=whole)
        prices = unit_prices(instance, found.tier)
        assert (prices[found.offer] <= instance.reserve[found.request]).all()
