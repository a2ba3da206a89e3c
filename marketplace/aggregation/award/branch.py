"""Branch and bound on the tiers of one lot: linear programmes of the chain model, kept hot in HiGHS."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from marketplace.aggregation.award.instance import Booleans, Integers
from marketplace.aggregation.award.model import Chain, Floats

if TYPE_CHECKING:
    import highspy

NODES = 20_000
"""Nodes a lot may take; no limit in seconds, or the answer would depend on the machine."""
WHOLE = 1e-6
TIE = 0.5
"""What all suppliers of a lot together weigh: less than a penny, so that fewer suppliers win only ties."""
MORE_UNITS = 0.25
"""Pence a unit: with the tiers fixed this is a network, where a penny of saving outweighs it."""


class SolverFailed(Exception):
    """HiGHS answered neither optimal nor infeasible."""


@dataclass(frozen=True, eq=False)
class LotAward:
    """Which modes are open, units of each pair (cell, mode) and band; saving and its upper bound in pence."""

    open: Booleans
    bought: Integers
    served: Integers
    value: float
    bound: float
    nodes: int
    programmes: int

    @property
    def is_proven(self) -> bool:
        return self.bound <= self.value


class LotSolver:
    """The linear programmes of one lot; only bounds and costs change between them, so each starts hot."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.programmes = 0
        self.fixed = np.zeros(len(chain.modes))
        self.cost = chain.cost
        self.tie = TIE / (len(np.unique(chain.modes.group)) + 1)
        self.best = nothing(chain)
        self.tried: dict[bytes, float] = {}
        self.lower = np.zeros(len(chain.modes))
        self._y = np.arange(chain.first_y, len(chain.cost), dtype=np.int32)
        self._highs = _load(chain)
        self._price(np.zeros(len(chain.modes)))

    def _price(self, fixed: Floats) -> None:
        self.fixed = fixed
        self._highs.changeColsCost(len(self._y), self._y, fixed + self.tie)

    def reprice(self, cost: Floats, fixed: Floats) -> None:
        """Another cost in pence a unit for each mode, and a cost in pence of opening it."""
        x = np.arange(self.chain.first_x, self.chain.first_x + len(self.chain.pair_mode), dtype=np.int32)
        self.cost = self.chain.cost.copy()
        self.cost[x] = cost[self.chain.pair_mode]
        self._highs.changeColsCost(len(x), x, self.cost[x])
        self._price(fixed)

    def solve(
        self,
        limit: int = NODES,
        known: LotAward | None = None,
        allowed: Booleans | None = None,
        required: Floats | None = None,
    ) -> LotAward:
        """The greatest saving, from the award of nothing or a known one, with `allowed` modes only.

        `required`: 1 for modes that must be open; nothing is awarded when no saving is possible with them.
        """
        upper = np.ones(len(self.chain.modes)) if allowed is None else allowed.astype(float)
        lower = np.zeros(len(upper)) if required is None else required
        self.best, self.tried, self.programmes, nodes = nothing(self.chain), {}, 0, 0
        self.lower = lower
        if known is not None and self._weighed(known) > 0:
            self.best = known
        heap = [(-np.inf, 0, lower, upper)]
        while heap and nodes < limit and -heap[0][0] > self._to_beat():
            _, _, lower, upper = heapq.heappop(heap)
            nodes += self._dive(heap, lower, upper)
        return self._finish(nodes, -heap[0][0] if heap else -np.inf)

    def _to_beat(self) -> float:
        return self._weighed(self.best) + self.tie / 2

    def _weighed(self, award: LotAward) -> float:
        return award.value - self.tie * int(award.open.sum())

    def _dive(self, heap: list[tuple[float, int, Floats, Floats]], lower: Floats, upper: Floats) -> int:
        """Follow the more likely branch down, and leave the others on the heap; the nodes it took."""
        nodes = 0
        while True:
            nodes += 1
            found = self._programme(lower, upper)
            if found is None or found[0] <= self._to_beat():
                return nodes
            bound, y, _ = found
            loose = np.abs(y - np.round(y)) > WHOLE
            if not loose.any():
                self.tried[(np.round(y) > 0).tobytes()] = bound
                self._keep(np.round(y) > 0, found)
                return nodes
            if self.programmes == 1:
                self.evaluate(self._nearest(y))
            if bound <= self._to_beat():
                return nodes
            at = int(np.argmax(np.where(loose, 0.5 - np.abs(y - 0.5), -1.0)))
            other_lower, other_upper = lower.copy(), upper.copy()
            lower, upper = lower.copy(), upper.copy()
            if y[at] >= 0.5:  # noqa: PLR2004 the nearer side
                lower[at] = 1.0
                other_upper[at] = 0.0
            else:
                upper[at] = 0.0
                other_lower[at] = 1.0
            heapq.heappush(heap, (-bound, self.programmes, other_lower, other_upper))

    def _nearest(self, y: Floats) -> Booleans:
        """In each group that is open at all its most open mode."""
        group = self.chain.modes.group
        chosen = np.zeros(len(y), dtype=np.bool_)
        order = np.lexsort((np.arange(len(y)), -y, group))
        first = np.ones(len(y), dtype=np.bool_)
        first[1:] = group[order][1:] != group[order][:-1]
        total = np.bincount(group, weights=y)
        tops = order[first]
        chosen[tops[total[group[tops]] > WHOLE]] = True
        return chosen

    def evaluate(self, chosen: Booleans) -> None:
        """The best award with exactly these modes open becomes the best, if it is."""
        if chosen.tobytes() in self.tried or (chosen < self.lower).any():
            return
        found = self._programme(chosen.astype(float), chosen.astype(float))
        self.tried[chosen.tobytes()] = -np.inf if found is None else found[0]
        if found is not None:
            self._keep(chosen, found)

    def _keep(self, chosen: Booleans, found: tuple[float, Floats, Sequence[float]]) -> None:
        award = self._award(chosen, found[2])
        if self._weighed(award) > self._weighed(self.best):
            self.best = award

    def _award(self, chosen: Booleans, columns: Sequence[float]) -> LotAward:
        """Whole units of a solution; its value is counted from them, not taken from the solver."""
        first, n = self.chain.first_x, len(self.chain.pair_mode)
        units = np.rint(np.array(columns[: first + n])).astype(np.int64)
        return self.revalue(LotAward(chosen, units[first:], units[:first], 0.0, np.inf, 0, 0))

    def revalue(self, award: LotAward) -> LotAward:
        """The same award at the present costs."""
        first, n = self.chain.first_x, len(self.chain.pair_mode)
        value = -float(self.cost[:first] @ award.served) - float(self.cost[first : first + n] @ award.bought)
        return replace(award, value=value - float(self.fixed @ award.open))

    def _programme(self, lower: Floats, upper: Floats) -> tuple[float, Floats, Sequence[float]] | None:
        """Value, tiers and all columns of the best fractional award within these bounds, or None."""
        from highspy import HighsModelStatus as Status

        self.programmes += 1
        self._highs.changeColsBounds(len(self._y), self._y, lower, upper)
        status = self._run()
        if status == Status.kInfeasible:
            return None
        if status != Status.kOptimal:
            raise SolverFailed(f"HiGHS answered {status} twice")
        # Most programmes are asked for their tiers alone: only these become an array.
        columns = self._highs.getSolution().col_value
        y = np.array(columns[self.chain.first_y :])
        return -self._highs.getInfo().objective_function_value, y, columns

    def _run(self) -> highspy.HighsModelStatus:
        """Solve from the last basis; where that leads nowhere, once more from none."""
        from highspy import HighsModelStatus as Status

        self._highs.run()
        if self._highs.getModelStatus() not in (Status.kOptimal, Status.kInfeasible):
            self._highs.clearSolver()
            self._highs.run()
        return self._highs.getModelStatus()

    def _finish(self, nodes: int, left: float) -> LotAward:
        """The best award, with as many units as its saving allows, and what no award can exceed."""
        best = self.best
        if self._may_serve_more(best):
            best = self._most_units(best)
        bound = max(best.value, left) if left > self._to_beat() else best.value
        return LotAward(best.open, best.bought, best.served, best.value, bound, nodes, self.programmes)

    def fixed_tiers(self, chosen: Booleans) -> tuple[LotAward, Floats] | None:
        """The best award with exactly these modes open, and what the scarcity of each costs, pence a unit.

        None when their thresholds cannot all be reached.
        """
        found = self._programme(chosen.astype(float), chosen.astype(float))
        if found is None:
            return None
        duals = np.array(self._highs.getSolution().row_dual)
        n = len(chosen)
        first = self._first_least()
        scarcity = -duals[first : first + n] - duals[first + n : first + 2 * n]
        return self._award(chosen, found[2]), scarcity

    def at_volumes(self, chosen: Booleans, volumes: Integers) -> LotAward | None:
        """The best award with exactly these modes open at exactly these units; None when there is none."""
        modes, n = self.chain.modes, len(chosen)
        first = self._first_least()
        least, most = (first + k + np.flatnonzero(chosen) for k in (0, n))
        for row, units in zip(least, (volumes - modes.low)[chosen], strict=True):
            self._highs.changeRowBounds(int(row), float(units), np.inf)
        for row, units in zip(most, (volumes - modes.high)[chosen], strict=True):
            self._highs.changeRowBounds(int(row), -np.inf, float(units))
        found = self._programme(chosen.astype(float), chosen.astype(float))
        for row, other in zip(least, most, strict=True):
            self._highs.changeRowBounds(int(row), 0.0, np.inf)
            self._highs.changeRowBounds(int(other), -np.inf, 0.0)
        return None if found is None else self._award(chosen, found[2])

    def _first_least(self) -> int:
        """The row of the first mode's least units."""
        groups, n = len(np.unique(self.chain.modes.group)), len(self.chain.modes)
        return len(self.chain.matrix.lower) - groups - len(self.chain.pair_mode) - 2 * n

    def _may_serve_more(self, best: LotAward) -> bool:
        """Whether a unit more could cost nothing: its ceiling is what a mode with units to spare costs.

        Whoever makes room for whom, what is saved changes by that ceiling less that cost.
        """
        chain, modes = self.chain, self.chain.modes
        bought = np.bincount(chain.pair_mode, weights=best.bought, minlength=len(modes))
        spare = best.open & (bought < modes.high)
        left = best.served < chain.demand.band_units[chain.bands]
        return bool(np.isin(chain.demand.band_ceiling[chain.bands[left]], modes.cost[spare]).any())

    def _most_units(self, best: LotAward) -> LotAward:
        """Among awards with these modes open and this saving the one with most units."""
        z = np.arange(self.chain.first_x, dtype=np.int32)
        self._highs.changeColsCost(len(z), z, self.cost[z] - MORE_UNITS)
        fixed = best.open.astype(float)
        found = self._programme(fixed, fixed)
        self._highs.changeColsCost(len(z), z, self.cost[z])
        award = best if found is None else self._award(best.open, found[2])
        return award if award.value >= best.value else best


def nothing(chain: Chain) -> LotAward:
    """The award of nothing."""
    none = np.zeros(len(chain.modes), dtype=np.bool_)
    return LotAward(
        none, np.zeros(len(chain.pair_mode), np.int64), np.zeros(chain.first_x, np.int64), 0.0, np.inf, 0, 0
    )


def award_lot(chain: Chain, limit: int = NODES) -> LotAward:
    """The award of one lot with the greatest saving."""
    if not len(chain.modes):
        award = nothing(chain)
        return LotAward(award.open, award.bought, award.served, 0.0, 0.0, 0, 0)
    return LotSolver(chain).solve(limit)


def _load(chain: Chain) -> highspy.Highs:
    """HiGHS with the model; its threads must be set before its first use and never again."""
    import highspy

    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | int | str] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 1,
        "presolve": "off",
        "solver": "simplex",
        "simplex_scale_strategy": 0,
    }
    for option, value in options.items():
        highs.setOptionValue(option, value)
    matrix, n = chain.matrix, len(chain.cost)
    # As arrays: through an object of HiGHS each number would become one of Python's first.
    highs.passModel(
        n,
        len(matrix.lower),
        len(matrix.rows),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        chain.cost,
        np.zeros(n),
        chain.upper,
        matrix.lower,
        matrix.upper,
        matrix.starts.astype(np.int32),
        matrix.rows.astype(np.int32),
        matrix.values,
        np.zeros(n, dtype=np.int32),
    )
    return highs


def programme(chain: Chain) -> highspy.HighsLp:
    """The chain model as HiGHS reads it."""
    import highspy

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(chain.cost), len(chain.matrix.lower)
    model.col_cost_, model.col_lower_, model.col_upper_ = chain.cost, np.zeros(len(chain.cost)), chain.upper
    model.row_lower_, model.row_upper_ = chain.matrix.lower, chain.matrix.upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = chain.matrix.starts, chain.matrix.rows
    model.a_matrix_.value_ = chain.matrix.values
    return model
