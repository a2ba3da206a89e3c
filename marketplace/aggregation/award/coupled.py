"""Large rounds under rules that couple the lots: column generation, then the best of what it has found."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field, replace

import numpy as np

from marketplace.aggregation.award.direct import levels
from marketplace.aggregation.award.instance import WHOLE_BP, Instance
from marketplace.aggregation.award.lot import Lot
from marketplace.aggregation.award.model import Floats
from marketplace.aggregation.award.outcome import Award, Lines, Progress, Report, lines, settle, spend_of
from marketplace.aggregation.award.patterns import Master, Pattern, PricedLot, Pricing
from marketplace.aggregation.award.whole import place_whole

CLOSE = 1e-6
"""The gap at which nobody looks further."""
ROUNDS = 40
SMOOTH = 0.9
"""How far shadow prices keep to those of the best bound: they swing less, and the bound falls faster."""
NODES = 12
"""Nodes of the branching on who is chosen."""
ROUNDS_A_NODE = 6
SPARES = (0.0, 1e-5, 1e-4, 1e-3)
"""Parts of what rules on spend allow that are kept in hand for rounding to whole units."""
TIGHTER = (10, 40, 160, 640)
"""Basis points by which the share of spend is lowered when placing whole requests exceeds it."""
CHOICE_NODES = 200
CHOICE_GAP = 1e-7


def award(instance: Instance, made: list[Lot], *, whole: bool, report: Report | None) -> Award:
    """The best award found, and what no award can exceed."""
    search = _Search(instance, made, report)
    search.run()
    if not whole:
        return search.settled()
    return _whole(instance, made, search, report)


def _whole(instance: Instance, made: list[Lot], search: _Search, report: Report | None) -> Award:
    """Whole requests from the suppliers and levels of the divisible award; its bound bounds them too.

    Placing can take a supplier over its share of spend: then again, from a divisible award with less of it.
    """
    found, bound = search.placed(), search.settled().bound_pence
    share = instance.rules.max_share_bp
    for less in TIGHTER:
        if share is None or _keeps_share(instance, found, share):
            break
        rules = replace(instance.rules, max_share_bp=max(share - less, 1))
        tighter = _Search(replace(instance, rules=rules), made, report)
        tighter.run()
        found = tighter.placed()
    if share is not None and not _keeps_share(instance, found, share):
        found = settle(instance, lines([]), 0, whole=True)
    return replace(found, bound_pence=max(bound, found.value_pence))


def _keeps_share(instance: Instance, found: Award, share: int) -> bool:
    lines_ = Lines(found.request, found.offer, found.units)
    spend = spend_of(instance, lines_, found.tier)
    return max(spend, default=0) * WHOLE_BP <= share * sum(spend)


@dataclass(order=True)
class _Node:
    """Suppliers inside and outside, with the bound of those awards."""

    order: float
    number: int
    inside: set[int] = field(compare=False)
    outside: set[int] = field(compare=False)


class _Search:
    def __init__(self, instance: Instance, made: list[Lot], report: Report | None) -> None:
        self.instance = instance
        self.report = report
        self.priced = [PricedLot.of(instance, lot) for lot in made if len(lot.chain.modes)]
        self.master = Master(instance, self.priced)
        self.pricing = Pricing(self.master, self.priced)
        self.best: Award = settle(instance, lines([]), 0, whole=False)
        self.bound = np.inf
        self.tried: set[frozenset[int]] = set()
        for lot in self.priced:
            self._add(lot, lot.solver.best)

    @property
    def _limit(self) -> int | None:
        return self.instance.rules.max_suppliers

    def run(self) -> None:
        """Bound the root, then branch on who is chosen while that closes the gap."""
        heap = [_Node(-np.inf, 0, set(), set())]
        for number in range(1, 2 * NODES, 2):
            if not heap:
                self.bound = self.best.value_pence
                break
            node = heapq.heappop(heap)
            if number > 1:
                self.bound = min(self.bound, -node.order)
            if self._is_close():
                break
            bound, columns = self._generate(node, ROUNDS if number == 1 else ROUNDS_A_NODE)
            self.bound = min(self.bound, max([bound, *(-other.order for other in heap)]))
            self._improve(columns)
            at = self._loosest(columns, node)
            if at is None:
                self.bound = min(self.bound, max([bound, *(-other.order for other in heap)]))
                break
            heapq.heappush(heap, _Node(-bound, number, node.inside | {at}, node.outside))
            heapq.heappush(heap, _Node(-bound, number + 1, node.inside, node.outside | {at}))

    def settled(self) -> Award:
        """The best award with its bound in whole pence."""
        return settle(
            self.instance,
            Lines(self.best.request, self.best.offer, self.best.units),
            math.floor(min(self.bound, 2.0**62)),
            whole=False,
        )

    def placed(self) -> Award:
        """Whole requests on the tiers of the best award's suppliers, at their levels of spend."""
        used = self._levels_used()
        self.pricing.reset()
        parts = []
        for lot in self.priced:
            levels = lot.lot.chain.modes.level.tolist()
            allowed = np.array([pair in used for pair in zip(lot.supplier.tolist(), levels, strict=True)])
            divisible = lot.solver.solve(allowed=allowed)
            parts.append(lot.lot.whole_lines(place_whole(lot.solver, divisible).mode))
        return settle(self.instance, lines(parts), 0, whole=True)

    def _levels_used(self) -> set[tuple[int, int]]:
        """Each supplier of the best award with the level of its spend."""
        found = Lines(self.best.request, self.best.offer, self.best.units)
        spend = spend_of(self.instance, found, self.best.tier)
        return {
            (supplier, k)
            for supplier, pence in enumerate(spend)
            for k, level in enumerate(levels(self.instance, supplier))
            if pence and level.low <= pence <= level.high
        }

    def _is_close(self) -> bool:
        return self.bound - self.best.value_pence <= CLOSE * max(self.best.value_pence, 1)

    def _tell(self) -> None:
        if self.report is not None and np.isfinite(self.bound):
            self.report(Progress(0, self.instance.n_lots, self.best.value_pence, math.floor(self.bound)))

    # --- bound ------------------------------------------------------------------------------------

    def _generate(self, node: _Node, rounds: int) -> tuple[float, Floats]:
        """Add patterns until the master meets the bound; the bound, and the master's columns."""
        if self._limit is not None:
            self.master.restrict(node.inside, node.outside)
        bound, centre, smooth = -node.order if node.number else np.inf, None, SMOOTH
        columns = np.zeros(0)
        for _ in range(rounds):
            solved = self.master.solve()
            if solved is None:
                return bound, columns
            value, prices, columns = solved
            if bound - value <= CLOSE * max(value, 1.0):
                break
            asked = prices if centre is None else smooth * centre + (1 - smooth) * prices
            found = self.pricing.at(asked, node.inside, node.outside)
            if found.bound < bound:
                bound, centre = found.bound, asked
            added = sum(self._add(lot, award) for lot, award in zip(self.priced, found.awards, strict=True))
            if not added and smooth == 0.0:
                break
            smooth = smooth * SMOOTH if added else 0.0
            if node.number == 0:
                self.bound = min(self.bound, bound)
                self._tell()
        return bound, columns

    def _add(self, lot: PricedLot, award: object) -> bool:
        pattern = lot.keep(award)  # type: ignore[arg-type]
        if pattern is not None:
            self.master.add(pattern)
        return pattern is not None

    def _loosest(self, columns: Floats, node: _Node) -> int | None:
        """The supplier most nearly half chosen; None when all are settled."""
        if self._limit is None or not len(columns):
            return None
        parts = {s: columns[self.master.columns["w", s]] for s in self.master.suppliers}
        free = [
            s for s in parts if s not in node.inside | node.outside and min(parts[s], 1 - parts[s]) > CLOSE
        ]
        return min(free, key=lambda s: (abs(parts[s] - 0.5), s)) if free else None

    # --- awards -----------------------------------------------------------------------------------

    def _improve(self, columns: Floats) -> None:
        """Awards from the mixture: the suppliers that it chooses most, and the best whole patterns."""
        if self._limit is not None and len(columns):
            parts = {s: columns[self.master.columns["w", s]] for s in self.master.suppliers}
            most = sorted(parts, key=lambda s: (-parts[s], s))[: self._limit]
            self._only(frozenset(most))
        if not self._is_close():
            chosen = self.master.choose(CHOICE_NODES, CHOICE_GAP)
            self._offer(chosen)
            if self._limit is not None:
                self._only(frozenset(supplier for pattern in chosen for supplier, _ in pattern.spend))
        if self.instance.rules.max_share_bp is not None or any(self.instance.spend_discounts):
            self._blend()
        self._tell()

    def _blend(self) -> None:
        """The tiers of a mixture at its units, rounded; with more in hand until the rules hold."""
        self.pricing.reset()
        for spare in SPARES:
            mixture = self.master.mix(CHOICE_NODES, CHOICE_GAP, spare)
            parts = [self._rounded(parts) for parts in mixture]
            if self._offer([part for part in parts if part is not None]):
                break

    def _rounded(self, parts: list[tuple[Pattern, float]]) -> Pattern | None:
        """A mixture of patterns of one lot, with the same tiers, in whole units."""
        first = parts[0][0]
        lot = next(lot for lot in self.priced if lot.number == first.lot)
        chosen, modes = first.award.open, lot.lot.chain.modes
        units = sum((part * lot.units(pattern.award) for pattern, part in parts), np.zeros(len(modes)))
        whole = np.clip(np.rint(units).astype(np.int64), modes.low, modes.high)
        for less in (0, 1):
            award = lot.solver.at_volumes(chosen, np.maximum(whole - less, modes.low))
            if award is not None:
                return Pattern(first.lot, award, award.value, {})
        return None

    def _only(self, suppliers: frozenset[int]) -> None:
        """The best award of these suppliers alone."""
        if suppliers in self.tried or not suppliers:
            return
        self.tried.add(suppliers)
        outside = set(self.master.suppliers) - suppliers
        found = self.pricing.at(np.zeros(len(self.master.rows)), set(), outside)
        patterns = []
        for lot, award in zip(self.priced, found.awards, strict=True):
            self._add(lot, award)
            patterns.append(Pattern(lot.number, award, award.value, {}))
        self._offer(patterns)

    def _offer(self, patterns: list[Pattern]) -> bool:
        """One pattern a lot as an award, the best if it is; whether it keeps the rule on shares."""
        lots = {lot.number: lot.lot for lot in self.priced}
        parts = [lots[pattern.lot].lines(pattern.award) for pattern in patterns]
        found = settle(self.instance, lines(parts), 0, whole=False)
        share = self.instance.rules.max_share_bp
        if share is not None and not _keeps_share(self.instance, found, share):
            return False
        if found.value_pence > self.best.value_pence:
            self.best = found
        return True
