"""Placing whole requests on given modes: exchanges of requests that make the volumes of modes come out right.

A state is a mode, or the last one: unserved. Scores are pence after what the scarce units of a mode are
worth, so that leaving the state of the divisible award costs a request its regret, 0 or more, and units
missing from a full mode cost their scarcity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketplace.aggregation.award import mixed
from marketplace.aggregation.award.instance import Booleans, Integers
from marketplace.aggregation.award.model import Chain, Floats
from marketplace.aggregation.award.outcome import UNSERVED

ITEMS = 300
ALIKE = 3
"""Moves that an exchange chooses from, and of these at most so many that change the volume alike."""
WIDEST = 20_000
PASSES = 3
A_MOVE = 1e-3
EASE = 10
"""A pair of states is as easy to exchange between as its tenth cheapest move."""


@dataclass(frozen=True, eq=False)
class Placement:
    """The mode of each position of a lot's demand, UNSERVED for none; saving in pence."""

    mode: Integers
    value: float


@dataclass(frozen=True, eq=False)
class Exchange:
    """`score` is positions x states, -inf where a state may not serve; `start` the state of each position."""

    chain: Chain
    chosen: Integers
    score: Floats
    scarcity: Floats
    start: Integers
    split: Booleans

    @classmethod
    def of(
        cls, chain: Chain, chosen: Booleans, scarcity: Floats, start: Integers, split: Booleans
    ) -> Exchange:
        demand, modes, opened = chain.demand, chain.modes, np.flatnonzero(chosen)
        ceiling = demand.band_ceiling[demand.band][:, None]
        may = demand.eligible[demand.band_cell[demand.band]][:, modes.offer[opened]]
        may &= ceiling >= modes.price[opened]
        score = np.zeros((len(start), len(opened) + 1))
        worth = (ceiling - modes.cost[opened] - scarcity[opened]) * demand.qty[:, None]
        score[:, :-1] = np.where(may, worth, -np.inf)
        state = np.where(start == UNSERVED, len(opened), np.searchsorted(opened, start))
        return cls(chain, opened, score, scarcity[opened], state, split)

    @property
    def _qty(self) -> Integers:
        return self.chain.demand.qty

    def _bounds(self) -> tuple[Integers, Integers]:
        return self.chain.modes.low[self.chosen], self.chain.modes.high[self.chosen]

    def _volume(self, state: Integers) -> Integers:
        """Units of each mode."""
        units = np.zeros(len(self.chosen) + 1, dtype=np.int64)
        np.add.at(units, state, self._qty)
        return units[:-1]

    def _placement(self, state: Integers) -> Placement | None:
        """None when a mode has fewer or more units than it may."""
        volume = self._volume(state)
        low, high = self._bounds()
        if (volume < low).any() or (volume > high).any():
            return None
        served = np.flatnonzero(state < len(self.chosen))
        mode = np.full(len(state), UNSERVED, dtype=np.int64)
        mode[served] = self.chosen[state[served]]
        demand = self.chain.demand
        margin = demand.band_ceiling[demand.band[served]] - self.chain.modes.cost[mode[served]]
        return Placement(mode, float(margin @ self._qty[served]))

    # --- by sums: one mode after the other, as a knapsack ---------------------------------------

    def by_sums(self, enough: float) -> Placement | None:
        """Bring one mode after the other to its best volume by the cheapest moves to and from a later one."""
        state = self.start.copy()
        best: Placement | None = None
        ease = self._ease()
        order = self._order(ease)
        for _ in range(PASSES):
            for at, mode in enumerate(order):
                others = [*order[at + 1 :], len(self.chosen)]
                self._settle(mode, sorted(others, key=lambda other: (ease[mode, other], other)), state)
            found = self._placement(state)
            if found is not None and (best is None or found.value > best.value):
                best = found
            if best is not None and best.value >= enough:
                break
        return best

    def _order(self, ease: Floats) -> list[int]:
        """The modes in the order of settling: each exchanges easily with one settled later, or with none."""
        done, left = [len(self.chosen)], list(range(len(self.chosen)))
        loose = [mode for mode in left if abs(self.scarcity[mode]) < 0.5]  # noqa: PLR2004 prices are whole pence
        done += loose
        left = [mode for mode in left if mode not in loose]
        while left:
            nearest = min(left, key=lambda mode: (min(ease[mode, other] for other in done), mode))
            done.append(nearest)
            left.remove(nearest)
        return done[:0:-1]

    def _ease(self) -> Floats:
        n = len(self.chosen) + 1
        ease = np.full((n, n), np.inf)
        for here in range(n):
            inside = np.flatnonzero(self.start == here)
            for there in range(n):
                cost = self.score[inside, here] - self.score[inside, there]
                if here != there and len(cost) > EASE:
                    ease[here, there] = max(np.partition(cost, EASE)[EASE], 0.0)
        return np.asarray(np.minimum(ease, ease.T))

    def _settle(self, mode: int, others: list[int], state: Integers) -> None:
        """Exchange with one of the others, so that this mode's volume costs least; changes `state`."""
        low, high = (int(bounds[mode]) for bounds in self._bounds())
        volume = int(self._qty[state == mode].sum())
        best = float(self._volume_cost(mode, np.array([volume]), low, high)[0])
        change: tuple[Integers, Integers] | None = None
        for other in others:
            if best < 1.0:
                break
            position, target, cost, step = self._moves(mode, other, state)
            if not len(position):
                continue
            span = min(int(2 * np.abs(step).max() + 2 * max(low - volume, volume - high, 0)), WIDEST)
            worth = self._volume_cost(mode, volume + np.arange(-span, span + 1), low, high)
            least, taken = _cheapest(cost, step, worth, span)
            if least < best:
                best, change = least, (position[taken], target[taken])
        if change is not None:
            state[change[0]] = change[1]

    def _volume_cost(self, mode: int, volume: Integers, low: int, high: int) -> Floats:
        scarce = self.scarcity[mode]
        cost = scarce * (high - volume) if scarce > 0 else scarce * (low - volume)
        return np.where((volume >= low) & (volume <= high), cost, np.inf)

    def _moves(self, mode: int, other: int, state: Integers) -> tuple[Integers, Integers, Floats, Integers]:
        """The cheapest moves between two states: position, new state, pence, change of `mode`'s volume."""
        out, into = np.flatnonzero(state == mode), np.flatnonzero(state == other)
        position = np.concatenate([out, into])
        target = np.repeat([other, mode], [len(out), len(into)])
        cost = self.score[position, state[position]] - self.score[position, target]
        step = np.concatenate([-self._qty[out], self._qty[into]])
        keep = np.isfinite(cost) & (np.abs(step) <= WIDEST)
        # Rounding makes some costs a hair below nothing; and of moves that cost nothing few are better.
        return _select(position[keep], target[keep], np.maximum(cost[keep], 0.0) + A_MOVE, step[keep])

    # --- by programme -----------------------------------------------------------------------------

    def by_programme(self, size: int, gap: float, nodes: int) -> Placement | None:
        """Place the split requests and `size` others again, all the rest staying where they start."""
        regret = self._regret()
        free = np.zeros(len(self.start), dtype=np.bool_)
        free[np.argsort(regret, kind="stable")[: size + int(self.split.sum())]] = True
        freed = np.flatnonzero(free)
        low, high = self._bounds()
        stays = np.where(free, len(self.chosen), self.start)
        volume = self._volume(stays)
        request, mode = np.nonzero(np.isfinite(self.score[freed, :-1]))
        units = self._qty[freed[request]]
        worth = self.score[freed[request], mode] + self.scarcity[mode] * units
        choice = mixed.Choice(request, mode, units, worth, low - volume, high - volume)
        taken = mixed.choose(choice, gap, nodes)
        if taken is None:
            return None
        state = stays.copy()
        state[freed[request[taken]]] = mode[taken]
        return self._placement(state)

    def _regret(self) -> Floats:
        """What it costs in pence to move a position to its next best state; below 0 for split ones."""
        rows = np.arange(len(self.start))
        now = self.score[rows, self.start]
        others = self.score.copy()
        others[rows, self.start] = -np.inf
        lost = np.abs(now - others.max(axis=1))
        lost[self.split] = -1.0
        return np.asarray(lost)


def _select(
    position: Integers, target: Integers, cost: Floats, step: Integers
) -> tuple[Integers, Integers, Floats, Integers]:
    """Few moves of each size, the cheapest, so that many different sums can be made of them."""
    order = np.lexsort((position, cost, step))
    sorted_steps = step[order]
    first = np.searchsorted(sorted_steps, sorted_steps, side="left")
    order = order[np.arange(len(order)) - first < ALIKE]
    order = order[np.lexsort((position[order], np.abs(step[order]), cost[order]))][:ITEMS]
    return position[order], target[order], cost[order], step[order]


def _cheapest(cost: Floats, step: Integers, worth: Floats, span: int) -> tuple[float, Integers]:
    """The set of moves of least cost, what the changed volume costs (`worth`, -span..span) included."""
    least = np.full(2 * span + 1, np.inf)
    least[span] = 0.0
    taken = np.zeros((len(cost), len(least)), dtype=np.bool_)
    for item, (pence, units) in enumerate(zip(cost.tolist(), step.tolist(), strict=True)):
        moved = np.full(len(least), np.inf)
        if units > 0:
            moved[units:] = least[:-units] + pence
        else:
            moved[:units] = least[-units:] + pence
        np.less(moved, least, out=taken[item])
        np.minimum(moved, least, out=least)
    at = int(np.argmin(least + worth))
    total, chosen = float(least[at] + worth[at]), []
    for item in range(len(cost) - 1, -1, -1):
        if taken[item, at]:
            chosen.append(item)
            at -= int(step[item])
    return total, np.array(chosen, dtype=np.int64)
