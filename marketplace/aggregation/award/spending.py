"""Discounts on total spend: branch and bound on the level that the spend of each supplier reaches.

Where a supplier's level is still open its best price is counted: a bound. Where spend must reach a level, or
stay below one, a shadow price tells the lots so; whatever the shadow prices are, what comes of them bounds
every award within these levels (a Lagrangian bound). Each award met on the way counts at what is truly paid.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

import numpy as np

from marketplace.aggregation.award.branch import TIE, LotAward, LotSolver
from marketplace.aggregation.award.direct import Level, levels
from marketplace.aggregation.award.instance import WHOLE_BP, Instance, Integers
from marketplace.aggregation.award.lot import Lot
from marketplace.aggregation.award.model import Floats
from marketplace.aggregation.award.outcome import Award, Lines, Progress, Report, lines, pays_bp, settle
from marketplace.aggregation.award.whole import place_whole

CLOSE = 1e-6
"""The gap at which nobody looks further."""
ROUNDS = 400
"""How often all lots are solved at most; no limit in seconds, or the answer would depend on the machine."""
TRIES = 7
"""Shadow prices tried for one choice of levels."""
FIRST_STEP = 0.04
"""Pence on a penny of spend by which a shadow price first moves."""
WIDER, NARROWER = 1.6, 0.4
SLACK = 0.02
"""The part of a level within which a shadow price is left as it is."""


def award(instance: Instance, made: list[Lot], *, whole: bool, report: Report | None) -> Award:
    """The best award found, and what no award can exceed."""
    search = _Search(instance, [lot for lot in made if len(lot.chain.modes)], report)
    search.run()
    bound = math.floor(search.bound + 0.5)
    parts = search.placed() if whole else search.divided()
    return settle(instance, lines(parts), bound, whole=whole)


@dataclass(frozen=True, order=True)
class _Node:
    """The lowest and the highest level of each supplier, with shadow prices and the spend that they led to.

    `order` is the bound, negative. A shadow price above zero draws spend to a supplier, one below zero away.
    """

    order: float
    number: int
    low: Integers = field(compare=False)
    high: Integers = field(compare=False)
    shadow: Floats = field(compare=False)
    spend: Integers = field(compare=False)


@dataclass(eq=False)
class _PricedLot:
    """A lot whose prices change with the levels; `supplier` of each mode; the awards that it has had."""

    lot: Lot
    solver: LotSolver
    supplier: Integers
    known: dict[bytes, LotAward] = field(default_factory=dict)

    @classmethod
    def of(cls, instance: Instance, lot: Lot) -> _PricedLot:
        suppliers = np.array([instance.offers[offer].supplier for offer in lot.offers], dtype=np.int64)
        return cls(lot, LotSolver(lot.chain), suppliers[lot.chain.modes.offer])

    def solve(self, rate: Floats) -> LotAward:
        """The best award when each supplier is paid this part of its prices."""
        modes = self.lot.chain.modes
        self.solver.reprice(modes.cost - modes.price * (1 - rate[self.supplier]), np.zeros(len(modes)))
        again = [self.solver.revalue(award) for award in self.known.values()]
        best = max(again, key=lambda award: award.value) if again else None
        found = self.solver.solve(known=best)
        self.known.setdefault(found.open.tobytes(), found)
        return found

    def spend(self, award: LotAward, n_suppliers: int) -> Integers:
        """What is spent with each supplier in pence, before discounts."""
        spent = np.zeros(n_suppliers, dtype=np.int64)
        at = self.lot.chain.pair_mode
        np.add.at(spent, self.supplier[at], award.bought * self.lot.chain.modes.price[at])
        return spent

    def saving(self, award: LotAward) -> float:
        """The saving of an award in pence, before discounts."""
        chain = self.lot.chain
        ceilings = chain.demand.band_ceiling[chain.bands]
        return float(ceilings @ award.served) - float(chain.modes.cost[chain.pair_mode] @ award.bought)


class _Search:
    def __init__(self, instance: Instance, made: list[Lot], report: Report | None) -> None:
        self.instance = instance
        self.report = report
        self.lots = [_PricedLot.of(instance, lot) for lot in made]
        self.levels = [levels(instance, supplier) for supplier in range(instance.n_suppliers)]
        self.best: list[LotAward] = []
        self.value = 0.0
        self.bound = np.inf
        self.closed = -np.inf
        """The bound of what can be branched no further."""
        self.rounds = 0

    def run(self) -> None:
        """Branch on the supplier whose best price is furthest from what it is paid."""
        n = self.instance.n_suppliers
        highest = np.array([len(of) - 1 for of in self.levels], dtype=np.int64)
        none = np.zeros(n, dtype=np.int64)
        heap = [self._node(0, none, highest, np.zeros(n), np.inf)]
        number = 0
        while heap and self.rounds < ROUNDS and self._is_open(-heap[0].order):
            node = heapq.heappop(heap)
            at = self._loosest(node)
            if at is None:
                self.closed = max(self.closed, -node.order)
                continue
            for low, high in self._halves(node, at):
                number += 1
                child = self._node(number, low, high, node.shadow, -node.order)
                if self._is_open(-child.order):
                    heapq.heappush(heap, child)
            self._tell(heap[0].order if heap else node.order)
        self.bound = max([self.value, self.closed, *(-node.order for node in heap)])

    def _is_open(self, bound: float) -> bool:
        return bound > self.value * (1 + CLOSE) + TIE

    def _tell(self, order: float) -> None:
        if self.report is not None:
            bound = max(self.value, self.closed, -order)
            self.report(
                Progress(0, self.instance.n_lots, math.floor(self.value), math.floor(min(bound, 2.0**62)))
            )

    def _loosest(self, node: _Node) -> int | None:
        """The supplier whose counted price falls furthest short of what is paid at its spend."""
        owed = [
            int(pence)
            * (self._pays(supplier, int(pence)) - self._best_level(supplier, node.low, node.high).bp)
            for supplier, pence in enumerate(node.spend)
        ]
        open_ = [s for s in range(len(owed)) if node.low[s] < node.high[s] and owed[s] > 0]
        return max(open_, key=lambda supplier: (owed[supplier], -supplier)) if open_ else None

    def _pays(self, supplier: int, pence: int) -> int:
        return pays_bp(self.instance, supplier, pence)

    def _best_level(self, supplier: int, low: Integers, high: Integers) -> Level:
        """Of the levels that are open the one at which least is paid."""
        of = self.levels[supplier][low[supplier] : high[supplier] + 1]
        return min(of, key=lambda level: level.bp)

    def _halves(self, node: _Node, at: int) -> list[tuple[Integers, Integers]]:
        """Below the highest level that is open, and at it."""
        high, low = node.high.copy(), node.low.copy()
        high[at] -= 1
        low[at] = node.high[at]
        return [(node.low, high), (low, node.high)]

    def _node(self, number: int, low: Integers, high: Integers, shadow: Floats, parent: float) -> _Node:
        """The best bound that a few shadow prices give, each moved to where the spend it led to points."""
        best = found = self._solve(number, low, high, shadow, parent)
        step, before = np.full(len(low), FIRST_STEP), np.zeros(len(low))
        for _ in range(TRIES - 1):
            way = self._ways(found)
            if not way.any() or not self._is_open(-best.order):
                break
            step *= np.where(way * before < 0, NARROWER, np.where(way * before > 0, WIDER, 1.0))
            before = np.where(way != 0, way, before)
            shadow = self._within(found, found.shadow + way * step)
            found = self._solve(number, low, high, shadow, parent)
            if found.order > best.order:
                best = found
        return best

    def _ways(self, node: _Node) -> Floats:
        """For each supplier whether its shadow price should rise (1), fall (-1) or stay (0)."""
        least, most = self._limits(node.low, node.high)
        short, over = node.spend < least, node.spend > most
        too_high = (node.shadow > 0) & (node.spend > least * (1 + SLACK))
        too_low = (node.shadow < 0) & (node.spend < most * (1 - SLACK))
        return np.where(short, 1.0, np.where(over, -1.0, np.where(too_high, -1.0, 1.0 * too_low)))

    def _within(self, node: _Node, shadow: Floats) -> Floats:
        """No draw where nothing need be reached, no push where nothing can be exceeded."""
        top = np.array([len(of) - 1 for of in self.levels])
        most = np.where(node.low > 0, np.inf, 0.0)
        least = np.where(node.high < top, -np.inf, 0.0)
        return np.clip(shadow, least, most)

    def _limits(self, low: Integers, high: Integers) -> tuple[Floats, Floats]:
        """The least and the most that may be spent with each supplier at these levels, in pence."""
        least = [of[k].low for of, k in zip(self.levels, low.tolist(), strict=True)]
        most = [of[k].high for of, k in zip(self.levels, high.tolist(), strict=True)]
        return np.array(least, dtype=float), np.array(most, dtype=float)

    def _solve(self, number: int, low: Integers, high: Integers, shadow: Floats, parent: float) -> _Node:
        """All lots at the prices of these levels and shadow prices, with a bound not above the parent's."""
        self.rounds += 1
        pays = [self._best_level(s, low, high).bp / WHOLE_BP for s in range(len(self.levels))]
        awards = [lot.solve(np.array(pays) - shadow) for lot in self.lots]
        least, most = self._limits(low, high)
        drawn = np.where(shadow > 0, least, np.where(shadow < 0, most, 0.0))
        bound = sum(max(award.bound, award.value) + TIE for award in awards) - float(shadow @ drawn)
        return _Node(-min(bound, parent), number, low, high, shadow, self._count(awards))

    def _count(self, awards: list[LotAward]) -> Integers:
        """What the awards spend with each supplier; they become the best if they are."""
        n = self.instance.n_suppliers
        spend = np.zeros(n, dtype=np.int64)
        for lot, award in zip(self.lots, awards, strict=True):
            spend += lot.spend(award, n)
        value = sum(lot.saving(award) for lot, award in zip(self.lots, awards, strict=True))
        pence = sum(int(of) * (WHOLE_BP - self._pays(s, int(of))) for s, of in enumerate(spend))
        value += pence / WHOLE_BP
        if value > self.value:
            self.value, self.best = value, awards
        return spend

    def divided(self) -> list[Lines]:
        """The lines of the best award, lot by lot."""
        return [lot.lot.lines(award) for lot, award in zip(self.lots, self.best, strict=False)]

    def placed(self) -> list[Lines]:
        """Whole requests lot by lot, at the prices that the best award's spend leads to."""
        if not self.best:
            return []
        spend = self._count(self.best)
        rate = np.array([self._pays(s, int(of)) / WHOLE_BP for s, of in enumerate(spend)])
        parts = []
        for lot in self.lots:
            divisible = lot.solve(rate)
            parts.append(lot.lot.whole_lines(place_whole(lot.solver, divisible).mode))
        return parts
