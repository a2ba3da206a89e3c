"""Rules that tie lots to one another: exact for small rounds, else the best found with its proven bound."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

from marketplace.aggregation.award import coupled, direct, schools, separate, spending
from marketplace.aggregation.award.instance import WHOLE_BP, Instance, Integers
from marketplace.aggregation.award.lot import Lot, lots
from marketplace.aggregation.award.outcome import Award, Progress, Report, settle


def couple(instance: Instance) -> bool:
    """Whether a rule ties lots to one another."""
    return _limit(instance) or instance.rules.one_supplier_per_school or any(instance.spend_discounts)


def _limit(instance: Instance) -> bool:
    """Whether a rule limits how many suppliers there are, or what part is spent with one."""
    rules = instance.rules
    suppliers = {offer.supplier for offer in instance.offers}
    return (rules.max_suppliers is not None and rules.max_suppliers < len(suppliers)) or (
        rules.max_share_bp is not None and rules.max_share_bp < WHOLE_BP
    )


def award(instance: Instance, *, whole: bool, report: Report | None) -> Award:
    """The award under rules that couple the lots."""
    started = time.perf_counter()
    made = list(lots(instance))
    build = time.perf_counter() - started
    found = _award(instance, made, whole, report)
    if report is not None:
        report(Progress(len(made), len(made), found.value_pence, found.bound_pence))
    seconds = {"place": 0.0, **found.seconds, "build": build}
    seconds["solve"] = time.perf_counter() - started - build - seconds["place"]
    return replace(found, seconds=seconds)


def _award(instance: Instance, made: list[Lot], whole: bool, report: Report | None) -> Award:
    exact = _exact(instance, made, whole) if _pairs(instance, made) <= direct.PAIRS else None
    if exact is not None and exact.is_proven:
        return exact
    found = _found(instance, made, whole, report)
    if exact is None:
        return found
    best = max(exact, found, key=lambda award: award.value_pence)
    return replace(best, bound_pence=min(exact.bound_pence, found.bound_pence))


def _found(instance: Instance, made: list[Lot], whole: bool, report: Report | None) -> Award:
    if not instance.rules.one_supplier_per_school:
        return _way(instance)(instance, made, whole=whole, report=report)
    free = replace(instance, rules=replace(instance.rules, one_supplier_per_school=False))
    relaxed = _without_schools(free, whole, report, None)
    return schools.award(
        instance, relaxed, lambda only: _without_schools(free, whole, report, only), whole=whole
    )


def _way(instance: Instance) -> Callable[..., Award]:
    """Mixing patterns serves every rule; where only spend counts, branching on its levels comes further."""
    return coupled.award if _limit(instance) else spending.award


def _without_schools(instance: Instance, whole: bool, report: Report | None, only: Integers | None) -> Award:
    if couple(instance):
        made = list(lots(instance, only))
        return _way(instance)(instance, made, whole=whole, report=report)
    return separate.award(instance, whole=whole, report=report, only=only)


def _pairs(instance: Instance, made: list[Lot]) -> int:
    """Pairs of a request and a mode, each as often as its supplier's spend has levels."""
    levels = max((len(steps) + 1 for steps in instance.spend_discounts), default=1)
    return sum(lot.n_pairs for lot in made) * levels


def _exact(instance: Instance, made: list[Lot], whole: bool) -> Award:
    solution = direct.solve(instance, made, whole=whole)
    found = settle(instance, solution.lines, 0, whole=whole)
    return found if solution.is_proven else replace(found, bound_pence=math.floor(solution.bound))
