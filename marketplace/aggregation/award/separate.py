"""A round whose lots no rule couples: each is solved by itself."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from marketplace.aggregation.award import direct
from marketplace.aggregation.award.branch import LotSolver
from marketplace.aggregation.award.instance import Instance, Integers
from marketplace.aggregation.award.lot import Lot, lots
from marketplace.aggregation.award.outcome import Award, Lines, Progress, Report, lines, settle
from marketplace.aggregation.award.whole import place_whole

STEPS = ("build", "solve", "place")


def award(instance: Instance, *, whole: bool, report: Report | None, only: Integers | None = None) -> Award:
    """The best award lot by lot; `only`: the one supplier that may serve each request."""
    return _Round(instance, whole, report, only).award()


@dataclass
class _Round:
    """Solves the lots one by one and keeps only what they come to."""

    instance: Instance
    whole: bool
    report: Report | None
    only: Integers | None
    parts: list[Lines] = field(default_factory=list)
    value: float = 0.0
    bound: float = 0.0
    seconds: Counter[str] = field(default_factory=Counter)

    def award(self) -> Award:
        remaining = lots(self.instance, self.only)
        for done in range(self.instance.n_lots):
            with self._timed("build"):
                lot = next(remaining)
            self._solve(lot)
            if self.report is not None:
                left = math.floor(self.bound + 0.5)
                self.report(Progress(done + 1, self.instance.n_lots, round(self.value), left))
        found = settle(self.instance, lines(self.parts), math.floor(self.bound + 0.5), whole=self.whole)
        return replace(found, seconds={step: self.seconds[step] for step in STEPS})

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[step] += time.perf_counter() - started  # type: ignore[assignment]

    def _solve(self, lot: Lot) -> None:
        if not len(lot.chain.modes):
            return
        if self.whole and lot.n_pairs <= direct.PAIRS and self._solve_directly(lot):
            return
        with self._timed("solve"):
            solver = LotSolver(lot.chain)
            divisible = solver.solve()
        self.bound += divisible.bound
        if not self.whole:
            self._keep(lot.lines(divisible), divisible.value)
            return
        with self._timed("place"):
            placed = place_whole(solver, divisible)
        self._keep(lot.whole_lines(placed.mode), placed.value)

    def _solve_directly(self, lot: Lot) -> bool:
        """A lot so small that splitting would flatter it: exact, unless it takes too many nodes."""
        with self._timed("place"):
            found = direct.solve(self.instance, [lot], whole=True, nodes=direct.FEW_NODES)
        if not found.is_proven:
            return False
        part = settle(self.instance, found.lines, 0, whole=True)
        self.bound += part.value_pence
        self._keep(found.lines, part.value_pence)
        return True

    def _keep(self, part: Lines, value: float) -> None:
        self.parts.append(part)
        self.value += value
