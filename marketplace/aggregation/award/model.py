"""The chain model of one lot: which tiers are open, and how many units of each band and mode they serve.

Within a cell the modes a request may use are nested in its ceiling, so by Hall's condition units fit when,
at each price, the units served with a ceiling at least that high cover the units bought at that price or
above. A chain of rows states it: what is left over is carried down to the next lower price.
Columns: z (units served of a band), x (units bought of a cell from a mode), i (carried), y (mode open).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marketplace.aggregation.award.demand import Demand
from marketplace.aggregation.award.instance import WHOLE_BP, Booleans, Integers, Offer

Floats = NDArray[np.float64]
INFINITE = float("inf")


@dataclass(frozen=True, eq=False)
class Modes:
    """An offer at one of its tiers: price and cost in pence a unit, units from `low` to `high` when open.

    `cost` is what the objective counts: the price, less what quality is worth. At most one mode of a
    `group` is open.
    """

    offer: Integers
    tier: Integers
    price: Integers
    cost: Floats
    low: Integers
    high: Integers
    group: Integers
    level: Integers
    """Level of the supplier's total spend, 0 where spend has no levels."""

    def __len__(self) -> int:
        return len(self.offer)

    def only(self, keep: Booleans | Integers) -> Modes:
        """The modes at these places."""
        return Modes(
            self.offer[keep],
            self.tier[keep],
            self.price[keep],
            self.cost[keep],
            self.low[keep],
            self.high[keep],
            self.group[keep],
            self.level[keep],
        )


@dataclass(frozen=True, eq=False)
class Matrix:
    """Bounds of the rows, and their terms by columns."""

    lower: Floats
    upper: Floats
    starts: Integers
    rows: Integers
    values: Floats


@dataclass(frozen=True, eq=False)
class Chain:
    """A linear programme, columns z, x, i, y in this order."""

    demand: Demand
    modes: Modes
    bands: Integers
    """The bands of z."""
    pair_cell: Integers
    pair_mode: Integers
    """The cell and mode of x."""
    n_carried: int
    cost: Floats
    upper: Floats
    matrix: Matrix

    @property
    def first_x(self) -> int:
        return len(self.bands)

    @property
    def first_y(self) -> int:
        return len(self.bands) + len(self.pair_mode) + self.n_carried


def modes_of(
    demand: Demand,
    offers: list[Offer],
    worth: Integers,
    *,
    single: bool = False,
    stepwise: bool = False,
) -> Modes:
    """The modes that willing demand can open; `worth` is each offer's worth of quality, pence a unit.

    `single`: one supplier serves the whole lot. `stepwise`: no more units than below the next cheaper tier,
    for rules under which a dearer price could be of use.
    """
    rows = [
        (number, tier, price, threshold, _most(offer, tier) if stepwise else offer.capacity)
        for number, offer in enumerate(offers)
        for tier, (threshold, price) in enumerate(offer.tiers)
    ]
    offer, tier, price, low, high = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    group = np.zeros_like(offer) if single else offer
    cost = (price - worth[offer]).astype(float)
    modes = Modes(offer, tier, price, cost, low, high, group, np.zeros_like(offer))
    cells, at = _pairs(demand, modes)
    units, _ = demand.willing(cells, price[at])
    reach = np.zeros(len(modes), dtype=np.int64)
    np.add.at(reach, at, units)
    modes = replace(modes, high=np.minimum(modes.high, reach))
    return modes.only((modes.high >= modes.low) & (modes.high > 0))


def levelled(modes: Modes, pays_bp: list[list[int]]) -> Modes:
    """Each mode once for each level of its supplier's total spend; `pays_bp` by offer and level."""
    times = np.array([len(pays_bp[offer]) for offer in modes.offer], dtype=np.int64)
    at = np.repeat(np.arange(len(modes)), times)
    level = np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times)
    bp = np.array([pays_bp[modes.offer[m]][k] for m, k in zip(at, level, strict=True)], dtype=np.int64)
    more = modes.only(at)
    return replace(more, level=level, cost=more.cost - more.price * (WHOLE_BP - bp) / WHOLE_BP)


def _most(offer: Offer, tier: int) -> int:
    """The units at which a cheaper tier of the same offer is reached, less one."""
    price = offer.tiers[tier][1]
    cheaper = [threshold for threshold, other in offer.tiers[tier + 1 :] if other < price]
    return min([offer.capacity, *(threshold - 1 for threshold in cheaper)])


def _pairs(demand: Demand, modes: Modes) -> tuple[Integers, Integers]:
    """Every cell with every mode that may serve it."""
    cells, at = np.nonzero(demand.eligible[:, modes.offer])
    return cells, at


def chain(demand: Demand, modes: Modes) -> Chain:
    """The model of one lot."""
    cells, at = _pairs(demand, modes)
    units, served = demand.willing(cells, modes.price[at])
    keep = units > 0
    cells, at, units, served = cells[keep], at[keep], units[keep], served[keep]
    bands, levels = _levels(demand, cells, served)
    matrix = _matrix(modes, at, levels, np.minimum(units, modes.high[at]))
    n_carried = len(levels.carried)
    return Chain(
        demand, modes, bands, cells, at, n_carried, *_columns(demand, modes, bands, at, n_carried), matrix
    )


def _columns(
    demand: Demand, modes: Modes, bands: Integers, at: Integers, n_carried: int
) -> tuple[Floats, Floats]:
    """Objective (to be minimised, pence) and upper bounds of the columns."""
    cost = np.concatenate(
        [-demand.band_ceiling[bands].astype(float), modes.cost[at], np.zeros(n_carried + len(modes))]
    )
    free = np.full(len(at) + n_carried, INFINITE)
    return cost, np.concatenate([demand.band_units[bands].astype(float), free, np.ones(len(modes))])


@dataclass(frozen=True, eq=False)
class _Levels:
    """The chain's rows: that of each z, of each x, and those from which units are carried to the next."""

    of_band: Integers
    of_pair: Integers
    carried: Integers
    n_rows: int


def _levels(demand: Demand, cells: Integers, served: Integers) -> tuple[Integers, _Levels]:
    """The bands that anybody's price reaches; a row for each cell and each different number of willing bands.

    Prices between which no ceiling lies share a row: the lower one's condition implies the other's.
    """
    n_bands = len(demand.band_cell)
    ends, pair_row = np.unique(cells * (n_bands + 1) + served, return_inverse=True)
    row_cell = ends // (n_bands + 1)
    last = np.ones(len(ends), dtype=np.bool_)
    last[:-1] = row_cell[1:] != row_cell[:-1]
    position = np.arange(n_bands) - demand.first_band[demand.band_cell]
    row = np.searchsorted(ends, demand.band_cell * (n_bands + 1) + position, side="right")
    inside = row < len(ends)
    inside[inside] = row_cell[row[inside]] == demand.band_cell[inside]
    bands = np.flatnonzero(inside)
    return bands, _Levels(row[bands], pair_row, np.flatnonzero(~last), len(ends))


def _matrix(modes: Modes, at: Integers, levels: _Levels, links: Integers) -> Matrix:
    """Rows: chain, least and most units of a mode, links of cells to modes, one mode of a group."""
    n_modes, n_pairs, n_rows, carried = len(modes), len(at), levels.n_rows, levels.carried
    first_x = len(levels.of_band)
    first_y = first_x + n_pairs + len(carried)
    z, x = np.arange(first_x), first_x + np.arange(n_pairs)
    i, y = first_x + n_pairs + np.arange(len(carried)), first_y + np.arange(n_modes)
    least, most = n_rows + np.arange(n_modes), n_rows + n_modes + np.arange(n_modes)
    link = n_rows + 2 * n_modes + np.arange(n_pairs)
    groups, group = np.unique(modes.group, return_inverse=True)
    one = n_rows + 2 * n_modes + n_pairs + group
    terms: list[tuple[Integers, Integers, Integers | float]] = [
        (levels.of_band, z, 1.0),
        (levels.of_pair, x, -1.0),
        (carried, i, -1.0),
        (carried + 1, i, 1.0),
        (least[at], x, 1.0),
        (least, y, -modes.low),
        (most[at], x, 1.0),
        (most, y, -modes.high),
        (link, x, 1.0),
        (link, y[at], -links),
        (one, y, 1.0),
    ]
    no_less, no_more = np.full(n_modes + n_pairs + len(groups), -INFINITE), np.full(n_modes, INFINITE)
    lower = np.concatenate([np.zeros(n_rows + n_modes), no_less])
    upper = np.concatenate([np.zeros(n_rows), no_more, np.zeros(n_modes + n_pairs), np.ones(len(groups))])
    return Matrix(lower, upper, *_by_columns(terms, first_y + n_modes))


def _by_columns(
    terms: list[tuple[Integers, Integers, Integers | float]], n_columns: int
) -> tuple[Integers, Integers, Floats]:
    rows = np.concatenate([row for row, _, _ in terms])
    columns = np.concatenate([column for _, column, _ in terms])
    values = np.concatenate([np.broadcast_to(np.asarray(v, dtype=float), row.shape) for row, _, v in terms])
    order = np.argsort(columns, kind="stable")
    return np.searchsorted(columns[order], np.arange(n_columns + 1)), rows[order], values[order]
