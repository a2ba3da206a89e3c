"""Column generation over patterns: a pattern is one lot's award, and a master programme mixes them.

The rules of the round are rows of the master. Their shadow prices change what a mode costs, and the lots,
solved again at these costs, give new patterns and an upper bound on every award under the rules (a
Lagrangian bound: it holds for whatever shadow prices).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from marketplace.aggregation.award.branch import TIE, LotAward, LotSolver
from marketplace.aggregation.award.direct import Level, levels
from marketplace.aggregation.award.instance import LARGEST, WHOLE_BP, Booleans, Instance, Integers
from marketplace.aggregation.award.lot import Lot
from marketplace.aggregation.award.model import Floats, Modes, levelled
from marketplace.aggregation.award.model import chain as chain_of

if TYPE_CHECKING:
    import highspy

POUNDS = 1e-4
"""Pence are counted in hundreds of pounds in the master, so that its numbers are of one size."""

Key = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Pattern:
    """An award of a lot: its saving in pence, and spend in pence by supplier and level."""

    lot: int
    award: LotAward
    value: float
    spend: dict[tuple[int, int], int]


@dataclass(eq=False)
class PricedLot:
    """A lot whose modes are repeated for each level of spend, its solver, and the patterns found."""

    number: int
    lot: Lot
    solver: LotSolver
    supplier: Integers
    patterns: list[Pattern] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)

    @classmethod
    def of(cls, instance: Instance, lot: Lot) -> PricedLot:
        suppliers = [instance.offers[offer].supplier for offer in lot.offers]
        steps = [[level.bp for level in levels(instance, supplier)] for supplier in suppliers]
        found = lot.chain
        if any(len(step) > 1 for step in steps):
            found = chain_of(found.demand, levelled(found.modes, steps))
        made = Lot(lot.number, lot.offers, found)
        of_mode = np.array(suppliers, dtype=np.int64)[found.modes.offer]
        return cls(lot.number, made, LotSolver(found), of_mode)

    def units(self, award: LotAward) -> Integers:
        """Units bought of each mode."""
        units = np.zeros(len(self.supplier), dtype=np.int64)
        np.add.at(units, self.lot.chain.pair_mode, award.bought)
        return units

    def keep(self, award: LotAward) -> Pattern | None:
        """The award as a pattern, at its own prices; None when it is known."""
        key = award.open.tobytes() + award.bought.tobytes() + award.served.tobytes()
        if key in self.known:
            return None
        self.known.add(key)
        found, modes = self.lot.chain, self.lot.chain.modes
        units = self.units(award)
        ceilings = found.demand.band_ceiling[found.bands]
        value = float(ceilings @ award.served) - float(modes.cost @ units)
        spend = {
            (int(self.supplier[m]), int(modes.level[m])): int(modes.price[m] * units[m])
            for m in np.flatnonzero(units)
        }
        pattern = Pattern(self.number, award, value, spend)
        self.patterns.append(pattern)
        return pattern


class Master:
    """The linear programme that mixes patterns; its shadow prices, by the keys of its rows.

    Rows: ("lot", l), ("use", l, s), ("count",), ("share", s), ("level", l, s, k), ("one", s), ("low", s, k),
    ("high", s, k). Columns: w of a supplier, g of a supplier's level, then the patterns.
    """

    def __init__(self, instance: Instance, priced: list[PricedLot]) -> None:
        import highspy

        self.instance = instance
        self.rules = instance.rules
        self.suppliers = sorted({int(s) for lot in priced for s in lot.supplier})
        self.levels = {s: levels(instance, s) for s in self.suppliers}
        self.rows: dict[Key, int] = {}
        self.patterns: list[Pattern] = []
        self.columns: dict[Key, int] = {}
        self._terms: list[list[tuple[int, float]]] = []
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
        self._highs.setOptionValue("random_seed", 1)
        self._add_rows(priced)
        self._add_columns()
        self.first = len(self.columns)

    def _row(self, key: Key, low: float, high: float) -> None:
        self.rows[key] = len(self.rows)
        self._highs.addRow(low, high, 0, np.array([], dtype=np.int32), np.array([]))

    def _add_rows(self, priced: list[PricedLot]) -> None:
        for lot in priced:
            self._row(("lot", lot.number), 1.0, 1.0)
            for supplier in np.unique(lot.supplier).tolist():
                self._add_use(lot.number, supplier)
        if self.rules.max_suppliers is not None:
            self._row(("count",), -np.inf, self.rules.max_suppliers)
        for supplier in self.suppliers:
            if self.rules.max_share_bp is not None:
                self._row(("share", supplier), -np.inf, 0.0)
            self._add_levels(supplier)

    def _add_use(self, lot: int, supplier: int) -> None:
        if self.rules.max_suppliers is not None:
            self._row(("use", lot, supplier), -np.inf, 0.0)
        if len(self.levels[supplier]) > 1:
            for k in range(len(self.levels[supplier])):
                self._row(("level", lot, supplier, k), -np.inf, 0.0)

    def _add_levels(self, supplier: int) -> None:
        steps = self.levels[supplier]
        if len(steps) == 1:
            return
        self._row(("one", supplier), -np.inf, 1.0)
        for k, level in enumerate(steps):
            if level.low:
                self._row(("low", supplier, k), 0.0, np.inf)
            if level.high < LARGEST:
                self._row(("high", supplier, k), -np.inf, 0.0)

    def _add_columns(self) -> None:
        for supplier in self.suppliers:
            if self.rules.max_suppliers is not None:
                uses = {key: -1.0 for key in self.rows if key[0] == "use" and key[2] == supplier}
                self._column(("w", supplier), 0.0, {**uses, ("count",): 1.0})
            for k, level in enumerate(self.levels[supplier]):
                if len(self.levels[supplier]) > 1:
                    self._column(("g", supplier, k), 0.0, self._level_terms(supplier, k, level))

    def _level_terms(self, supplier: int, k: int, level: Level) -> dict[Key, float]:
        terms: dict[Key, float] = {
            key: -1.0 for key in self.rows if key[0] == "level" and key[2:] == (supplier, k)
        }
        terms["one", supplier] = 1.0
        terms["low", supplier, k] = -level.low * POUNDS
        terms["high", supplier, k] = -level.high * POUNDS
        return terms

    def _column(self, key: Key, value: float, terms: dict[Key, float]) -> None:
        known = [(self.rows[row], term) for row, term in terms.items() if row in self.rows and term]
        index = np.array([row for row, _ in known], dtype=np.int32)
        self.columns[key] = len(self.columns)
        self._terms.append([(row, float(term)) for row, term in known])
        self._highs.addCol(
            -value * POUNDS, 0.0, 1.0, len(known), index, np.array([term for _, term in known])
        )

    def terms(self, column: int) -> list[tuple[int, float]]:
        """The rows of a column and its numbers there."""
        return self._terms[column]

    def add(self, pattern: Pattern) -> None:
        """A pattern more."""
        terms: dict[Key, float] = {("lot", pattern.lot): 1.0}
        total = sum(pattern.spend.values())
        for (supplier, k), pence in pattern.spend.items():
            terms["use", pattern.lot, supplier] = 1.0
            terms["level", pattern.lot, supplier, k] = 1.0
            terms["low", supplier, k] = terms["high", supplier, k] = pence * POUNDS
        if self.rules.max_share_bp is not None:
            for supplier in self.suppliers:
                own = sum(pence for (other, _), pence in pattern.spend.items() if other == supplier)
                terms["share", supplier] = (own - total * self.rules.max_share_bp / WHOLE_BP) * POUNDS
        self._column(("pattern", len(self.patterns)), pattern.value, terms)
        self.patterns.append(pattern)

    def restrict(self, inside: set[int], outside: set[int]) -> None:
        """Suppliers that must be, or cannot be, among those chosen."""
        for supplier in self.suppliers:
            low, high = float(supplier in inside), float(supplier not in outside)
            self._highs.changeColBounds(self.columns["w", supplier], low, high)

    def solve(self) -> tuple[float, Floats, Floats] | None:
        """Saving in pence, shadow prices of the rows, and the columns; None if infeasible."""
        from highspy import HighsModelStatus

        self._highs.run()
        if self._highs.getModelStatus() != HighsModelStatus.kOptimal:
            return None
        solution = self._highs.getSolution()
        prices = -np.array(solution.row_dual)
        return -self._highs.getInfo().objective_function_value / POUNDS, prices, np.array(solution.col_value)

    def mix(self, nodes: int, gap: float, spare: float) -> list[list[tuple[Pattern, float]]]:
        """Of each lot patterns with the same open modes, in parts that sum to one; [] when none were found.

        `spare` is the part of their right hand sides that rules on spend keep in hand.
        """
        import highspy

        from marketplace.aggregation.award import mixed

        model = highspy.Highs()  # type: ignore[no-untyped-call]
        model.setOptionValue("output_flag", False)
        model.passModel(self._highs.getLp())
        self._keep_spare(model, spare)
        groups: dict[tuple[int, bytes], list[int]] = {}
        for at, pattern in enumerate(self.patterns):
            groups.setdefault((pattern.lot, pattern.award.open.tobytes()), []).append(self.first + at)
        for row, members in enumerate(groups.values(), start=len(self.rows)):
            index = np.array(members, dtype=np.int32)
            model.addRow(0.0, 0.0, len(members), index, np.ones(len(members)))
            model.addCol(0.0, 0.0, 1.0, 1, np.array([row], dtype=np.int32), np.array([-1.0]))
        lp = model.getLp()
        kinds = highspy.HighsVarType
        parts = [kinds.kContinuous] * len(self.patterns)
        lp.integrality_ = [kinds.kInteger] * self.first + parts + [kinds.kInteger] * len(groups)
        found = mixed.optimise(lp, gap, nodes)
        return [] if found.columns is None else self._mixture(found.columns)

    def _keep_spare(self, model: highspy.Highs, spare: float) -> None:
        total = max((sum(p.spend.values()) for p in self.patterns), default=0) * POUNDS
        for key, row in self.rows.items():
            if key[0] == "share":
                model.changeRowBounds(row, -np.inf, -spare * total)
            if key[0] == "low" and spare:
                level = self.levels[key[1]][key[2]]
                model.changeCoeff(row, self.columns["g", *key[1:]], -level.low * POUNDS * (1 + spare))

    def _mixture(self, columns: Floats) -> list[list[tuple[Pattern, float]]]:
        of_lot: dict[int, list[tuple[Pattern, float]]] = {}
        for pattern, part in zip(self.patterns, columns[self.first :], strict=False):
            if part > 1e-9:  # noqa: PLR2004 what the solver takes for nothing
                of_lot.setdefault(pattern.lot, []).append((pattern, float(part)))
        return list(of_lot.values())

    def choose(self, nodes: int, gap: float) -> list[Pattern]:
        """The best of the known patterns that keep the rules, one for each lot; none when none were found."""
        import highspy

        from marketplace.aggregation.award import mixed

        model = self._highs.getLp()
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(self.columns)
        found = mixed.optimise(model, gap, nodes)
        if found.columns is None:
            return []
        taken = np.flatnonzero(found.columns[self.first :] > 0.5)  # noqa: PLR2004 zero or one
        return [self.patterns[at] for at in taken]


@dataclass(frozen=True, eq=False)
class Priced:
    """Awards of all lots at shadow prices, and the bound that they prove."""

    awards: list[LotAward]
    bound: float


class Pricing:
    """Solves lots at shadow prices of the master's rows."""

    def __init__(self, master: Master, priced: list[PricedLot]) -> None:
        self.master = master
        self.priced = priced

    def at(self, prices: Floats, inside: set[int], outside: set[int]) -> Priced:
        """All lots at these shadow prices."""
        signed = self._signed(prices)
        awards = [self._lot(lot, signed, outside) for lot in self.priced]
        bound = sum(max(award.bound, award.value) + TIE for award in awards)
        return Priced(awards, bound + self._choices(signed, inside, outside))

    def reset(self) -> None:
        """Every mode at its own price again."""
        for lot in self.priced:
            modes = lot.lot.chain.modes
            lot.solver.reprice(modes.cost, np.zeros(len(modes)))

    def _signed(self, prices: Floats) -> Floats:
        """Shadow prices with the signs that a bound needs, whatever rounding the solver did."""
        signed = np.maximum(prices, 0.0)
        for key, row in self.master.rows.items():
            if key[0] == "low":
                signed[row] = min(prices[row], 0.0)
            # These hold in whatever the bound chooses itself: one award a lot, the count, one level.
            if key[0] in {"lot", "count", "one"}:
                signed[row] = 0.0
        return signed

    def _lot(self, lot: PricedLot, prices: Floats, outside: set[int]) -> LotAward:
        modes = lot.lot.chain.modes
        # Prices of the master are in pence a hundred pounds; spend counts there in hundreds of pounds.
        dearer = np.array([self._rate(lot, m, prices) for m in range(len(modes))])
        fixed = np.array([self._fixed(lot, m, prices) for m in range(len(modes))])
        cost = modes.cost + modes.price * dearer
        lot.solver.reprice(cost, fixed)
        allowed = ~np.isin(lot.supplier, list(outside))
        best = self._best_known(lot, allowed)
        return lot.solver.solve(known=best, allowed=allowed & ~_dominated(modes, cost, fixed))

    def _best_known(self, lot: PricedLot, allowed: Booleans) -> LotAward | None:
        known = [p.award for p in lot.patterns if not (p.award.open & ~allowed).any()]
        awards = [lot.solver.revalue(award) for award in known]
        return max(awards, key=lambda award: award.value) if awards else None

    def _rate(self, lot: PricedLot, mode: int, prices: Floats) -> float:
        """What the rules add to a pound spent at a mode."""
        rows, supplier, level = (
            self.master.rows,
            int(lot.supplier[mode]),
            int(lot.lot.chain.modes.level[mode]),
        )
        rate = sum(prices[rows[key]] for key in self._spend_rows(supplier, level) if key in rows)
        bp = self.master.rules.max_share_bp
        if bp is not None:
            everybody = sum(prices[rows["share", other]] for other in self.master.suppliers)
            rate += prices[rows["share", supplier]] - everybody * bp / WHOLE_BP
        return float(rate)

    @staticmethod
    def _spend_rows(supplier: int, level: int) -> tuple[Key, ...]:
        return ("low", supplier, level), ("high", supplier, level)

    def _fixed(self, lot: PricedLot, mode: int, prices: Floats) -> float:
        """What the rules take for opening a mode, in pence."""
        rows, supplier, level = (
            self.master.rows,
            int(lot.supplier[mode]),
            int(lot.lot.chain.modes.level[mode]),
        )
        keys: tuple[Key, ...] = ("use", lot.number, supplier), ("level", lot.number, supplier, level)
        return float(sum(prices[rows[key]] for key in keys if key in rows)) / POUNDS

    def _choices(self, prices: Floats, inside: set[int], outside: set[int]) -> float:
        """What choosing suppliers and levels of spend can be worth at most, in pence."""
        worth = 0.0
        gain: dict[int, float] = {}
        level: dict[int, list[float]] = {}
        for key, column in self.master.columns.items():
            if key[0] == "w":
                gain[key[1]] = self._gain(column, prices)
            if key[0] == "g":
                level.setdefault(key[1], [0.0]).append(self._gain(column, prices))
        free = sorted((g for s, g in gain.items() if s not in inside | outside), reverse=True)
        most = (self.master.rules.max_suppliers or 0) - len(inside)
        worth += sum(gain[s] for s in inside if gain) + sum(free[: max(most, 0)])
        return worth + sum(max(gains) for gains in level.values())

    def _gain(self, column: int, prices: Floats) -> float:
        return -float(sum(prices[row] * value for row, value in self.master.terms(column))) / POUNDS


def _dominated(modes: Modes, cost: Floats, fixed: Floats) -> Booleans:
    """Modes that another level of the same offer and tier beats at any units; of equal ones the later."""
    same = (modes.offer[:, None] == modes.offer) & (modes.tier[:, None] == modes.tier)
    cheaper = (cost <= cost[:, None]) & (fixed <= fixed[:, None])
    better = (cost < cost[:, None]) | (fixed < fixed[:, None]) | (modes.level < modes.level[:, None])
    return np.asarray((same & cheaper & better).any(axis=1))
