"""Each reason, in a sentence with its figure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marketplace.aggregation.award.engine import award
from marketplace.aggregation.award.explain import Code, Explainer, Reason, why_supplier, why_unserved
from marketplace.aggregation.award.instance import Instance
from tests.factories.award_rounds import a_document, a_large_round, a_round


def one(qty: int = 5, ceiling: int = 100, qmin: int = 0) -> dict[str, list[int]]:
    """A single request, of the first lot."""
    return {"school": [0], "lot": [0], "region": [0], "qty": [qty], "reserve": [ceiling], "qmin": [qmin]}


def an_offer(supplier: int = 0, capacity: int = 20, tiers: Any = ((1, 80),)) -> dict[str, Any]:
    return {"supplier": supplier, "lot": 0, "capacity": capacity, "tiers": [list(tier) for tier in tiers]}


def reason(instance: Instance, request: int = 0, *, whole: bool = False) -> Reason:
    return why_unserved(instance, award(instance, whole=whole), request)


def test_nobody_covers_the_region() -> None:
    found = reason(a_round(coverage=[[0], [0]]))
    assert found == Reason(Code.NO_COVERAGE, 0, "No supplier who offers this serves the school's region.")


def test_no_supplier_is_good_enough() -> None:
    found = reason(a_round(requests=one(qmin=75)))
    words = "It asks for a quality of 75 points or more; the best supplier in the region has 70."
    assert found == Reason(Code.QUALITY, 5, words)


def test_every_price_is_above_the_ceiling() -> None:
    found = reason(a_round(requests=one(ceiling=77)))
    words = "Its ceiling of £0.77 is £0.03 below the lowest price that any supplier quoted, £0.80."
    assert found == Reason(Code.PRICE_ABOVE_CEILING, 3, words)


def test_a_tier_is_not_reached() -> None:
    found = reason(a_round(requests=one(), offers=[an_offer(tiers=[(1, 120), (12, 90)])]))
    words = "The prices within its ceiling of £1.00 needed 7 more units to be reached."
    assert found == Reason(Code.TIER_SHORT, 7, words)


def test_the_suppliers_are_full() -> None:
    found = reason(a_round(requests=one(qty=9), offers=[an_offer(capacity=4)]))
    words = "The suppliers within its ceiling have 0 units left; it is 5 units short."
    assert found == Reason(Code.CAPACITY, 5, words)


def test_a_whole_request_does_not_fit_into_what_is_left() -> None:
    requests = {**a_document()["requests"], "lot": [0, 0, 0], "qmin": [0, 0, 0]}
    found = reason(a_round(requests=requests, offers=[an_offer(capacity=9)]), 1, whole=True)
    words = "The suppliers within its ceiling have 4 units left; it is 3 units short."
    assert found == Reason(Code.CAPACITY, 3, words)


def test_a_limit_on_suppliers_stands_in_the_way() -> None:
    instance = a_round(rules={"max_suppliers": 1})
    found = reason(instance, 2)
    words = "The round awards to 1 supplier at most, and another would be needed."
    assert found == Reason(Code.SUPPLIER_LIMIT, 1, words)
    assert why_supplier(instance, award(instance), 1, 1).code == Code.SUPPLIER_LIMIT


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (
            {"one_supplier_per_school": True},
            "The round has one supplier for each school, and another would be needed.",
        ),
        (
            {"max_share": 0.88},
            "The round gives a supplier 88% of what is spent at most, and this would be more.",
        ),
    ],
)
def test_other_limits_have_their_words(rules: dict[str, Any], words: str) -> None:
    lots = a_document()["offers"]
    roomy = [lots[0], {**lots[2], "capacity": 9}]
    requests = {**a_document()["requests"], "reserve": [100, 90, 41]}
    instance = a_round(rules=rules, offers=roomy, requests=requests)
    found = award(instance)
    unserved = np.flatnonzero(found.served(3) < instance.qty)
    assert words in {why_unserved(instance, found, int(request)).sentence for request in unserved}


def test_a_request_served_in_full_says_so() -> None:
    assert reason(a_round()).code == Code.SERVED


def test_a_price_equal_to_the_ceiling_saves_nothing() -> None:
    instance = a_round(requests=one(ceiling=80))
    # The engine would serve it; an award that does not is as good.
    nothing = award(replace(instance, offers=instance.offers[1:]))
    opened = replace(
        nothing,
        tier=np.array([0, -1, -1]),
        offer=nothing.offer[:0],
        request=nothing.request[:0],
        units=nothing.units[:0],
    )
    one_tier = replace(instance, offers=(replace(instance.offers[0], tiers=((1, 80),)), *instance.offers[1:]))
    assert why_unserved(one_tier, opened, 0).code == Code.NO_SAVING


def test_a_winner_is_worth_what_the_lot_would_lose_without_it() -> None:
    instance = a_round()
    found = why_supplier(instance, award(instance), 0, 0)
    # Alone the second supplier serves the first request, 5 units at 15 pence below its ceiling.
    words = "Awarded 12 units at £0.80. Without this supplier the lot would save £0.95 less."
    assert found == Reason(Code.WON, 170 - 75, words)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"offers": [an_offer(0)]}, Reason(Code.NO_OFFER, 0, "This supplier made no offer for the lot.")),
        (
            {"coverage": [[1], [0]]},
            Reason(Code.NO_COVERAGE, 0, "No request of the lot is in a region that this supplier serves."),
        ),
        (
            {"requests": one(qmin=60)},
            Reason(
                Code.QUALITY,
                10,
                "Every request that it covers asks for 10 quality points more than it has, or above.",
            ),
        ),
        (
            {"offers": [an_offer(0), an_offer(1, tiers=[(1, 104)])]},
            Reason(
                Code.PRICE_ABOVE_CEILING,
                4,
                "Its lowest price is £0.04 above the highest ceiling it could serve.",
            ),
        ),
        (
            {"offers": [an_offer(0), an_offer(1, tiers=[(8, 60)])]},
            Reason(
                Code.TIER_SHORT,
                3,
                "The requests willing to pay its prices are 3 units short of its nearest threshold.",
            ),
        ),
        (
            {"offers": [an_offer(0), an_offer(1, capacity=2, tiers=[(4, 60)])]},
            Reason(Code.CAPACITY, 2, "Its capacity is 2 units short of its first threshold."),
        ),
        (
            {"offers": [an_offer(0), an_offer(1, tiers=[(2, 84)])], "requests": one(), "quality": [70, 70]},
            Reason(Code.OTHERS_SAVE_MORE, 8, "With this supplier the lot would save £0.08 less."),
        ),
        (
            {"offers": [an_offer(0), an_offer(1)], "requests": one()},
            Reason(
                Code.OTHERS_SAVE_MORE,
                0,
                "An award with it saves as much; ties go to fewer suppliers, then by order.",
            ),
        ),
    ],
)
def test_a_supplier_learns_why_it_did_not_win(changes: dict[str, Any], expected: Reason) -> None:
    instance = a_round(**changes)
    assert why_supplier(instance, award(instance), 1, 0) == expected


def test_every_unserved_request_of_a_larger_round_has_a_reason_that_is_true() -> None:
    instance = a_large_round(4, 120, 3, 5, 3)
    found = award(instance)
    explainer = Explainer(instance, found)
    unserved = np.flatnonzero(found.served(instance.n_requests) < instance.qty)
    reasons = [explainer.request(int(request)) for request in unserved]
    assert len(unserved) > 10
    assert {reason.code for reason in reasons} <= {
        Code.NO_COVERAGE,
        Code.QUALITY,
        Code.PRICE_ABOVE_CEILING,
        Code.TIER_SHORT,
        Code.CAPACITY,
        Code.OTHERS_SAVE_MORE,
    }
    for request, reason in zip(unserved, reasons, strict=True):
        prices = [p for o in instance.offers if o.lot == instance.lot[request] for _, p in o.tiers]
        if reason.code == Code.PRICE_ABOVE_CEILING:
            assert min(prices) <= instance.reserve[request] + reason.figure
