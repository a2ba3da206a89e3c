"""The award of whole rounds: known optima, brute force with each rule on and off, the same award always."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marketplace.aggregation.award import direct
from marketplace.aggregation.award.branch import LotSolver, SolverFailed
from marketplace.aggregation.award.engine import award
from marketplace.aggregation.award.instance import Instance, Rules, read
from marketplace.aggregation.award.lot import lots
from marketplace.aggregation.award.outcome import Progress
from marketplace.aggregation.award.verify import verify
from tests.factories.award_rounds import a_large_round, a_round, a_small_round
from tests.marketplace.aggregation.award.brute import best_value

ROUNDS = Path(__file__).parents[3] / "rounds"
N_ROUNDS = int(os.environ.get("AWARD_ROUNDS", "12"))
"""How many small rounds are compared with brute force; AWARD_ROUNDS=1000 for the full count."""
RULES: dict[str, dict[str, Any]] = {
    "no rule": {},
    "one supplier": {"max_suppliers": 1},
    "two suppliers": {"max_suppliers": 2},
    "a share of spend": {"max_share_bp": 6_000},
    "one supplier a lot": {"one_supplier_per_lot": True},
    "one supplier a school": {"one_supplier_per_school": True},
    "price and quality": {"quality_weight_pence": 1},
    "discounts on total spend": {},
    "several": {"max_suppliers": 2, "one_supplier_per_lot": True, "quality_weight_pence": 1},
}


def under(seed: int, rule: str) -> Instance:
    return a_small_round(seed, Rules(**RULES[rule]), discounts=rule == "discounts on total spend")


@pytest.mark.parametrize("name", ["small-101", "small-102", "small-N2-101", "regional-101", "regional-102"])
def test_the_divisible_award_of_an_open_round_is_the_known_optimum(name: str) -> None:
    instance = read(ROUNDS / f"{name}.json")
    found = award(instance)
    assert found.value_pence == found.bound_pence == instance.answers["unit_divisible_optimum_pence"]
    assert verify(instance, found) == []


@pytest.mark.parametrize("name", ["small-101", "small-102", "regional-101", "regional-102"])
def test_whole_requests_of_an_open_round_come_to_the_best_known_at_least(name: str) -> None:
    instance = read(ROUNDS / f"{name}.json")
    found = award(instance, whole=True)
    known = (
        instance.answers.get("whole_request_optimum_pence") or instance.answers["whole_request_best_pence"]
    )
    assert known <= found.value_pence <= found.bound_pence <= instance.answers["unit_divisible_optimum_pence"]
    if "whole_request_optimum_pence" in instance.answers:
        assert found.value_pence == known == found.bound_pence
    assert verify(instance, found) == []


@pytest.mark.parametrize("whole", [False, True], ids=["divisible", "whole"])
@pytest.mark.parametrize("rule", RULES)
def test_small_rounds_are_awarded_as_by_trying_everything(rule: str, whole: bool) -> None:
    for seed in range(N_ROUNDS):
        instance = under(seed, rule)
        found = award(instance, whole=whole)
        assert (found.value_pence, verify(instance, found)) == (best_value(instance, whole=whole), []), seed
        assert found.is_proven


@pytest.mark.parametrize("whole", [False, True], ids=["divisible", "whole"])
@pytest.mark.parametrize("rule", RULES)
def test_the_way_of_large_rounds_keeps_the_rules_and_its_bound_holds(
    rule: str, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "PAIRS", -1)
    for seed in range(N_ROUNDS // 2):
        instance = under(seed, rule)
        found = award(instance, whole=whole)
        assert verify(instance, found) == [], seed
        assert found.value_pence <= best_value(instance, whole=whole) <= found.bound_pence, seed


def permuted(instance: Instance, seed: int) -> tuple[Instance, np.ndarray[Any, np.dtype[np.int64]]]:
    order = np.random.default_rng(seed).permutation(instance.n_requests)
    columns = {
        key: getattr(instance, key)[order] for key in ("school", "lot", "region", "qty", "reserve", "qmin")
    }
    return replace(instance, **columns), order


@pytest.mark.parametrize("whole", [False, True], ids=["divisible", "whole"])
def test_the_order_of_requests_and_offers_changes_nothing(whole: bool) -> None:
    instance = a_large_round(3, 60, 4, 6, 2)
    # No two requests are alike, so that each can be found again.
    instance = replace(instance, school=np.arange(instance.n_requests), n_schools=instance.n_requests)
    first = award(instance, whole=whole)
    for seed in range(3):
        other, order = permuted(instance, seed)
        again = award(other, whole=whole)
        lines = sorted(zip(order[again.request], again.offer, again.units, strict=True))
        assert lines == sorted(zip(first.request, first.offer, first.units, strict=True))
        assert (again.value_pence, again.bound_pence) == (first.value_pence, first.bound_pence)


def test_an_equal_saving_goes_to_fewer_suppliers() -> None:
    offers = [{"supplier": s, "lot": 0, "capacity": 12 if s else 6, "tiers": [[1, 80]]} for s in (0, 1)]
    assert award(a_round(offers=offers, quality=[70, 70])).tier.tolist() == [-1, 0]


@pytest.mark.parametrize("whole", [False, True], ids=["divisible", "whole"])
def test_of_equal_savings_the_one_with_more_units_is_awarded(whole: bool) -> None:
    # The second request pays exactly its ceiling: it saves nothing, and is served all the same.
    offers = [{"supplier": 0, "lot": 0, "capacity": 20, "tiers": [[1, 90]]}]
    found = award(a_round(offers=offers), whole=whole)
    assert found.value_pence == 50
    assert found.served(3).tolist() == [5, 7, 0]


def test_progress_is_told_after_each_lot_and_ends_with_the_award() -> None:
    told: list[Progress] = []
    found = award(a_round(), report=told.append)
    assert [(p.lots_done, p.lots) for p in told] == [(1, 2), (2, 2)]
    assert (told[-1].value_pence, told[-1].bound_pence) == (found.value_pence, found.bound_pence)


def test_a_round_without_requests_or_offers_awards_nothing() -> None:
    columns = ("school", "lot", "region", "qty", "reserve", "qmin")
    for instance in (a_round(offers=[]), a_round(requests={key: [] for key in columns})):
        for whole in (False, True):
            found = award(instance, whole=whole)
            assert (found.value_pence, found.bound_pence, len(found.units)) == (0, 0, 0)
            assert verify(instance, found) == []


def test_a_larger_round_is_proven_and_its_whole_requests_come_within_a_thousandth() -> None:
    instance = a_large_round(1, 400, 3, 8, 3)
    found, whole = award(instance), award(instance, whole=True)
    assert found.is_proven
    assert found.value_pence > 0
    assert verify(instance, found) == verify(instance, whole) == []
    assert whole.gap < 1e-3
    assert whole.bound_pence == found.bound_pence


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        (Rules(max_suppliers=3), 1e-4),
        (Rules(max_suppliers=3, one_supplier_per_lot=True, quality_weight_pence=2), 1e-4),
        (Rules(max_share_bp=4_000), 0.05),
        (Rules(one_supplier_per_school=True), 1.0),
    ],
)
def test_a_larger_round_under_a_rule_states_how_far_it_may_be_from_the_best(
    rules: Rules, most: float
) -> None:
    instance = replace(a_large_round(2, 150, 4, 8, 3), rules=rules)
    for whole in (False, True):
        found = award(instance, whole=whole)
        assert verify(instance, found) == []
        assert 0 < found.value_pence <= found.bound_pence
        assert found.gap <= (most if not whole else max(10 * most, 0.02))


@pytest.mark.parametrize("seed", [2, 5])
def test_a_larger_round_with_discounts_on_total_spend_comes_close_to_its_bound(seed: int) -> None:
    instance = a_large_round(seed, 150, 4, 8, 3)
    most = int(instance.qty @ instance.reserve)
    discounted = replace(instance, spend_discounts=(((most // 20, 9_800), (most // 5, 9_500)),) * 8)
    without = award(instance).value_pence
    for whole in (False, True):
        found = award(discounted, whole=whole)
        assert verify(discounted, found) == []
        assert without < found.value_pence <= found.bound_pence
        assert found.gap <= (0.1 if whole else 0.01)


def test_a_programme_that_highs_cannot_solve_even_from_the_start_is_a_failure_that_says_so() -> None:
    solver = LotSolver(next(lots(a_large_round(1, 400, 3, 8, 3))).chain)
    solver._highs.setOptionValue("simplex_iteration_limit", 1)
    with pytest.raises(SolverFailed, match="HiGHS answered"):
        solver.solve()
