"""The verifier finds each kind of fault in an award that was right before."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marketplace.aggregation.award.engine import award
from marketplace.aggregation.award.instance import Instance, Rules
from marketplace.aggregation.award.outcome import Award
from marketplace.aggregation.award.verify import verify
from tests.factories.award_rounds import a_large_round, a_round


def numbers(*values: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def an_award(**changes: Any) -> Award:
    """Of a_round: both requests of the first lot at 80 pence from the first offer, 2 units of the other."""
    right = Award(numbers(0, 1, 2), numbers(0, 0, 2), numbers(5, 7, 2), numbers(1, -1, 0), 190, 190)
    return replace(right, **changes)


def codes(instance: Instance, found: Award) -> set[str]:
    return {fault.code for fault in verify(instance, found)}


def test_a_right_award_has_no_violations_and_is_what_the_engine_finds() -> None:
    assert verify(a_round(), an_award()) == []
    found = award(a_round())
    assert (found.value_pence, found.units.tolist(), found.tier.tolist()) == (190, [5, 7, 2], [1, -1, 0])


@pytest.mark.parametrize(
    ("code", "changes", "round_changes"),
    [
        ("VALUE", {"value_pence": 189}, {}),
        ("BOUND", {"bound_pence": 189}, {}),
        ("CAPACITY", {"units": numbers(5, 7, 3), "value_pence": 200, "bound_pence": 200}, {}),
        ("QUANTITY", {"units": numbers(6, 7, 2)}, {}),
        ("UNITS", {"units": numbers(5, 7, 0)}, {}),
        ("THRESHOLD", {"units": numbers(5, 4, 2)}, {}),
        ("CHEAPER", {"tier": numbers(0, -1, 0)}, {}),
        ("CEILING", {"tier": numbers(0, -1, 0)}, {}),
        ("TIER", {"tier": numbers(1, 0, 0)}, {}),
        ("TIER", {"tier": numbers(1, -1, -1)}, {}),
        ("LOT", {"offer": numbers(0, 0, 0)}, {}),
        ("QUALITY", {"offer": numbers(0, 1, 2), "tier": numbers(0, 0, 0)}, {}),
        ("COVERAGE", {}, {"coverage": [[0], [1]]}),
        ("SPLIT", {"is_whole": True}, {}),
        ("SPLIT", {"is_whole": True, "request": numbers(0, 0, 2), "units": numbers(3, 2, 2)}, {}),
        ("SUPPLIERS", {}, {"rules": {"max_suppliers": 1}}),
        ("SHARE", {}, {"rules": {"max_share": 0.9}}),
        ("SEVERAL", {}, {"rules": {"one_supplier_per_school": True}}),
        ("SEVERAL", {"offer": numbers(0, 1, 2)}, {"rules": {"one_supplier_per_lot": True}}),
        ("SHAPE", {"tier": numbers(1, -1)}, {}),
        ("SHAPE", {"tier": numbers(2, -1, 0)}, {}),
        ("SHAPE", {"tier": numbers(1, -2, 0)}, {}),
        ("SHAPE", {"units": numbers(5, 7)}, {}),
        ("SHAPE", {"request": numbers(0, 1, 3)}, {}),
        ("SHAPE", {"request": numbers(0, 1, -1)}, {}),
        ("SHAPE", {"offer": numbers(0, 0, 3)}, {}),
        ("SHAPE", {"offer": numbers(0, 0, -1)}, {}),
    ],
)
def test_each_fault_is_found(code: str, changes: dict[str, Any], round_changes: dict[str, Any]) -> None:
    found = verify(a_round(**round_changes), an_award(**changes))
    assert code in {fault.code for fault in found}
    assert all(fault.place and fault.sentence for fault in found)


def test_limits_are_kept_when_they_are_just_met() -> None:
    assert codes(a_round(rules={"max_suppliers": 2}), an_award()) == set()
    # 960 of 1,040 pence are spent with the first supplier.
    assert codes(a_round(rules={"max_share": 0.9231}), an_award()) == set()
    assert codes(a_round(rules={"max_share": 0.923}), an_award()) == {"SHARE"}
    assert codes(a_round(coverage=[[1], [1]], quality=[60, 50]), an_award()) == set()
    assert codes(a_round(), an_award(bound_pence=191)) == set()
    assert codes(a_round(rules={"one_supplier_per_lot": True}), an_award()) == set()
    alone = {
        "request": numbers(0, 1),
        "offer": numbers(0, 0),
        "units": numbers(5, 7),
        "tier": numbers(1, -1, -1),
    }
    only = an_award(**alone, value_pence=170, bound_pence=170)
    assert codes(a_round(rules={"max_share": 1, "one_supplier_per_school": True}), only) == set()


def test_a_single_unit_at_its_ceiling_that_just_reaches_its_tier_is_right() -> None:
    offers = [{"supplier": 0, "lot": 0, "capacity": 1, "tiers": [[1, 100]]}]
    found = Award(numbers(0), numbers(0), numbers(1), numbers(0), 0, 0)
    assert codes(a_round(offers=offers), found) == set()


def test_a_cheaper_tier_that_is_just_reached_must_be_the_price() -> None:
    offers = [{"supplier": 0, "lot": 0, "capacity": 9, "tiers": [[1, 90], [5, 80]]}]
    found = Award(numbers(0), numbers(0), numbers(5), numbers(0), 50, 50)
    assert codes(a_round(offers=offers), found) == {"CHEAPER"}


def test_value_counts_quality_and_discounts_on_total_spend_to_the_penny() -> None:
    weighed = a_round(rules={"quality_weight_pence": 2})
    assert codes(weighed, an_award(value_pence=2070, bound_pence=2070)) == set()
    # 5% off 960 pence is 48; 10% off 80 would need 81 pence of spend; 0.5 pence is rounded up.
    discounted = a_round(spend_discounts=[[[960, 9500]], [[81, 9000]]])
    assert codes(discounted, an_award(value_pence=238, bound_pence=238)) == set()
    assert codes(a_round(spend_discounts=[[], [[80, 9944]]]), an_award()) == set()
    assert (
        codes(a_round(spend_discounts=[[], [[80, 9937]]]), an_award(value_pence=191, bound_pence=191))
        == set()
    )


def test_whole_requests_may_be_left_out_but_not_split() -> None:
    whole = an_award(
        request=numbers(0, 1),
        offer=numbers(0, 0),
        units=numbers(5, 7),
        tier=numbers(1, -1, -1),
        value_pence=170,
        bound_pence=190,
        is_whole=True,
    )
    assert codes(a_round(), whole) == set()
    parts = replace(whole, request=numbers(0, 0, 1), offer=numbers(0, 0, 0), units=numbers(2, 3, 7))
    assert codes(a_round(), parts) == {"SPLIT"}


def test_the_verifier_loads_no_solver() -> None:
    program = "import sys, marketplace.aggregation.award.verify; print('highspy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_changed_unit_anywhere_in_a_large_award_is_found() -> None:
    instance = replace(a_large_round(5, 80, 2, 5, 2), rules=Rules())
    right = award(instance)
    for at in range(0, len(right.units), 7):
        units = right.units.copy()
        units[at] += 1
        assert verify(instance, replace(right, units=units))
