"""Rules that tie lots to one another: exact for small rounds, else the best found with its proven bound."""

from __future__ import annotations

import math
import time
from dataclasses import replace

from marketplace.aggregation.award import direct
from marketplace.aggregation.award.instance import Instance
from marketplace.aggregation.award.lot import Lot, lots
from marketplace.aggregation.award.outcome import Award, Progress, Report, settle


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
    from marketplace.aggregation.award import coupled

    found = coupled.award(instance, made, whole=whole, report=report)
    if exact is None:
        return found
    best = max(exact, found, key=lambda award: award.value_pence)
    return replace(best, bound_pence=min(exact.bound_pence, found.bound_pence))


def _pairs(instance: Instance, made: list[Lot]) -> int:
    """Pairs of a request and a mode, each as often as its supplier's spend has levels."""
    levels = max((len(steps) + 1 for steps in instance.spend_discounts), default=1)
    return sum(lot.n_pairs for lot in made) * levels


def _exact(instance: Instance, made: list[Lot], whole: bool) -> Award:
    solution = direct.solve(instance, made, whole=whole)
    found = settle(instance, solution.lines, 0, whole=whole)
    return found if solution.is_proven else replace(found, bound_pence=math.floor(solution.bound))
