"""Whole requests: each is served by one mode or not at all.

The divisible award splits few requests. With the same tiers open those few, and the requests whose supplier
matters least, are placed again by a small integer programme; all others stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketplace.aggregation.award.assign import assign
from marketplace.aggregation.award.branch import LotAward, LotSolver
from marketplace.aggregation.award.exchange import Exchange, Placement
from marketplace.aggregation.award.instance import Booleans, Integers
from marketplace.aggregation.award.model import Chain
from marketplace.aggregation.award.outcome import UNSERVED


@dataclass(frozen=True)
class Effort:
    """How long a lot is worked at: `enough` is the part of its divisible saving not worth looking for.

    `programme`: the part that is worth an integer programme, which places so many `neighbours` again.
    """

    enough: float
    programme: float
    neighbours: tuple[int, ...]
    nodes: int


# A lot of thousands of requests can nearly always be filled to the unit; in a small one each request counts.
LARGE = Effort(4e-6, 1.5e-5, (100,), 20)
SMALL = Effort(1e-9, 1e-9, (60, 200), 200)
LARGE_LOT = 500


def place_whole(solver: LotSolver, award: LotAward) -> Placement:
    """The best placement found for a lot, with the tiers of the divisible award and others it has tried."""
    best = Placement(np.full(len(solver.chain.demand.qty), UNSERVED, dtype=np.int64), 0.0)
    effort = LARGE if len(best.mode) > LARGE_LOT else SMALL
    for chosen, value in _tier_sets(solver, award):
        if value <= best.value * (1 + effort.programme):
            break
        found = _place(solver, chosen, effort)
        if found is not None and found.value > best.value:
            best = found
    return best


def _tier_sets(solver: LotSolver, award: LotAward) -> list[tuple[Booleans, float]]:
    """Sets of open modes that branching met, the best first, with their divisible saving."""
    sets = {**solver.tried, award.open.tobytes(): award.value}
    ordered = sorted(sets.items(), key=lambda item: (-item[1], item[0]))
    return [(np.frombuffer(key, dtype=np.bool_), value) for key, value in ordered]


def _place(solver: LotSolver, chosen: Booleans, effort: Effort) -> Placement | None:
    """Whole requests on these open modes: by exchanges, and by an integer programme where they fall short."""
    fixed = solver.fixed_tiers(chosen)
    if fixed is None:
        return None
    award, scarcity = fixed
    exchange = Exchange.of(solver.chain, chosen, scarcity, *_start(solver.chain, award))
    best = exchange.by_sums(award.value * (1 - effort.enough))
    for size in effort.neighbours:
        if best is not None and best.value >= award.value * (1 - effort.programme):
            break
        found = exchange.by_programme(size, effort.enough, effort.nodes)
        if found is not None and (best is None or found.value > best.value):
            best = found
    return best


def _start(chain: Chain, award: LotAward) -> tuple[Integers, Booleans]:
    """Each position's mode in the divisible award, the one with most of it, and which positions it splits."""
    position, mode, units = assign(chain, award)
    start = np.full(len(chain.demand.qty), UNSERVED, dtype=np.int64)
    order = np.lexsort((-mode, units, position))
    start[position[order]] = mode[order]
    parts = np.zeros(len(start), dtype=np.int64)
    np.add.at(parts, position, np.where(units == chain.demand.qty[position], 0, 1))
    return start, parts > 0
