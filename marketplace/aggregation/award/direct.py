"""Small rounds and lots as one integer programme of requests and modes, with every rule: exact.

Columns: u (units of a request from a mode, or all or nothing of it), y (mode open), w (supplier used),
t (supplier serves school), g (supplier at a level of its total spend).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from marketplace.aggregation.award import mixed
from marketplace.aggregation.award.instance import LARGEST, WHOLE_BP, Instance
from marketplace.aggregation.award.lot import Lot
from marketplace.aggregation.award.model import Floats
from marketplace.aggregation.award.outcome import Lines

if TYPE_CHECKING:
    import highspy

PAIRS = 2_000
"""Pairs of a request and a mode up to which a round or a lot is solved this way."""
NODES = 200_000
TIE = 0.5
MORE_UNITS = 0.25
SAME = 1e-6
"""Pence that are the solver's rounding."""
FEW_NODES = 2_000


@dataclass(frozen=True)
class Level:
    """From `low` to `high` pence of total spend a supplier is paid `bp` basis points of it."""

    low: int
    high: int
    bp: int


def levels(instance: Instance, supplier: int) -> list[Level]:
    """The levels of a supplier's total spend, the undiscounted one first."""
    steps = [(0, WHOLE_BP), *instance.spend_discounts[supplier]]
    ends = [start - 1 for start, _ in steps[1:]] + [LARGEST]
    return [Level(low, high, bp) for (low, bp), high in zip(steps, ends, strict=True) if high >= low]


@dataclass(frozen=True, eq=False)
class Solution:
    """Lines, what no award can exceed in pence, and whether these lines are proven best."""

    lines: Lines
    bound: float
    is_proven: bool


@dataclass
class _Model:
    """Columns and rows as they are added."""

    cost: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rows: list[tuple[float, float, list[tuple[int, float]]]] = field(default_factory=list)

    def column(self, cost: float, upper: float = 1.0) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(self, low: float, high: float, terms: list[tuple[int, float]]) -> None:
        self.rows.append((low, high, terms))

    def programme(self) -> highspy.HighsLp:
        import highspy

        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.cost), len(self.rows)
        model.col_cost_, model.col_lower_ = np.array(self.cost), np.zeros(len(self.cost))
        model.col_upper_ = np.array(self.upper)
        model.row_lower_ = np.array([low for low, _, _ in self.rows])
        model.row_upper_ = np.array([high for _, high, _ in self.rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(terms) for _, _, terms in self.rows)])
        model.a_matrix_.index_ = np.array([c for _, _, terms in self.rows for c, _ in terms], dtype=np.int32)
        model.a_matrix_.value_ = np.array([v for _, _, terms in self.rows for _, v in terms], dtype=float)
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(self.cost)
        return model


@dataclass(frozen=True)
class _Mode:
    """A mode: its column y, its terms of u with their units, and who supplies at what price and level."""

    supplier: int
    price: int
    level: Level
    y: int
    units: list[tuple[int, float]]


@dataclass(frozen=True)
class _Pair:
    column: int
    request: int
    offer: int
    units: int


@dataclass
class _Round:
    instance: Instance
    whole: bool
    model: _Model = field(default_factory=_Model)
    modes: list[_Mode] = field(default_factory=list)
    pairs: list[_Pair] = field(default_factory=list)


def solve(instance: Instance, lots: list[Lot], *, whole: bool, nodes: int = NODES) -> Solution:
    """The best award of these lots under all rules of the round."""
    round_ = _Round(instance, whole)
    for lot in lots:
        _add_lot(round_, lot)
    _add_requests(round_)
    _add_supplier_limit(round_)
    _add_share(round_)
    _add_schools(round_)
    _add_levels(round_)
    found = mixed.optimise(round_.model.programme(), 0.0, nodes)
    if found.is_optimal and found.columns is not None and round_.pairs:
        found = _most_units(round_, found.columns, found, nodes)
    return _solution(round_, found)


def _most_units(round_: _Round, columns: Floats, found: mixed.Found, nodes: int) -> mixed.Found:
    """With the same modes open, and the same saving, as many units as can be served.

    All units together weigh less than a penny, so that they decide between equal savings only.
    """
    cost = np.array(round_.model.cost)
    for pair in round_.pairs:
        round_.model.cost[pair.column] -= MORE_UNITS * pair.units / max(int(round_.instance.qty.sum()), 1)
    programme = round_.model.programme()
    lower, upper = np.zeros(len(cost)), np.array(round_.model.upper)
    opened = [mode.y for mode in round_.modes]
    lower[opened] = upper[opened] = np.rint(columns[opened])
    programme.col_lower_, programme.col_upper_ = lower, upper
    more = mixed.optimise(programme, 0.0, nodes).columns
    is_equal = more is not None and cost @ np.rint(more) <= cost @ np.rint(columns) + SAME
    return replace(found, columns=more) if is_equal else found


def _solution(round_: _Round, found: mixed.Found) -> Solution:
    columns = np.zeros(len(round_.model.cost)) if found.columns is None else found.columns
    taken = [(p, int(np.rint(columns[p.column])) * p.units) for p in round_.pairs]
    rows = [(p.request, p.offer, units) for p, units in taken if units]
    request, offer, units = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    # The ties weigh less than a penny, and make the solver's bound at most so much too low.
    return Solution(Lines(request, offer, units), -found.bound + TIE, found.is_optimal)


def _add_lot(round_: _Round, lot: Lot) -> None:
    """The columns u and y of a lot, its thresholds, capacities and groups."""
    found, modes = lot.chain.demand, lot.chain.modes
    groups: dict[int, list[tuple[int, float]]] = {}
    tie = TIE / (1 + 2 * sum(len(levels(round_.instance, s)) for s in range(round_.instance.n_suppliers)))
    tie /= max(round_.instance.n_lots, 1)
    for at in range(len(modes)):
        offer = int(lot.offers[modes.offer[at]])
        supplier = round_.instance.offers[offer].supplier
        willing = found.eligible[found.band_cell[found.band], modes.offer[at]]
        willing &= found.band_ceiling[found.band] >= modes.price[at]
        for level in levels(round_.instance, supplier):
            y = round_.model.column(tie)
            groups.setdefault(int(modes.group[at]), []).append((y, 1.0))
            worth = modes.price[at] - modes.cost[at]
            units = [
                _add_pair(round_, lot, int(position), offer, (int(modes.price[at]), float(worth), level, y))
                for position in np.flatnonzero(willing)
            ]
            round_.modes.append(_Mode(supplier, int(modes.price[at]), level, y, units))
            low, high = float(modes.low[at]), float(modes.high[at])
            round_.model.row(0.0, np.inf, [*units, (y, -low)])
            round_.model.row(-np.inf, 0.0, [*units, (y, -high)])
    for terms in groups.values():
        round_.model.row(-np.inf, 1.0, terms)


def _add_pair(
    round_: _Round, lot: Lot, position: int, offer: int, mode: tuple[int, float, Level, int]
) -> tuple[int, float]:
    """A column u with its link to y; the term that counts its units."""
    price, worth, level, y = mode
    found = lot.chain.demand
    qty = int(found.qty[position])
    step, most = (qty, 1) if round_.whole else (1, qty)
    margin = int(found.band_ceiling[found.band[position]]) + worth - price * level.bp / WHOLE_BP
    column = round_.model.column(-margin * step, most)
    round_.model.row(-np.inf, 0.0, [(column, 1.0), (y, -most)])
    round_.pairs.append(_Pair(column, int(found.requests[position]), offer, step))
    return column, float(step)


def _add_requests(round_: _Round) -> None:
    """No request gets more than it asked for."""
    of_request: dict[int, list[_Pair]] = {}
    for pair in round_.pairs:
        of_request.setdefault(pair.request, []).append(pair)
    for request, pairs in of_request.items():
        most = 1 if round_.whole else int(round_.instance.qty[request])
        round_.model.row(-np.inf, most, [(pair.column, 1.0) for pair in pairs])


def _add_supplier_limit(round_: _Round) -> None:
    limit = round_.instance.rules.max_suppliers
    if limit is None:
        return
    used = {mode.supplier: 0 for mode in round_.modes}
    for supplier in used:
        used[supplier] = round_.model.column(0.0)
    for mode in round_.modes:
        round_.model.row(-np.inf, 0.0, [(mode.y, 1.0), (used[mode.supplier], -1.0)])
    round_.model.row(-np.inf, limit, [(column, 1.0) for column in used.values()])


def _add_share(round_: _Round) -> None:
    """No supplier has more than its share of what is spent, before discounts on total spend."""
    bp = round_.instance.rules.max_share_bp
    if bp is None:
        return
    for supplier in sorted({mode.supplier for mode in round_.modes}):
        terms = [
            (column, units * mode.price * (WHOLE_BP * (mode.supplier == supplier) - bp) / WHOLE_BP)
            for mode in round_.modes
            for column, units in mode.units
        ]
        round_.model.row(-np.inf, 0.0, terms)


def _add_schools(round_: _Round) -> None:
    """One supplier for all that a school asks for."""
    instance = round_.instance
    if not instance.rules.one_supplier_per_school:
        return
    serves: dict[tuple[int, int], int] = {}
    for pair in round_.pairs:
        key = int(instance.school[pair.request]), instance.offers[pair.offer].supplier
        if key not in serves:
            serves[key] = round_.model.column(0.0)
        most = 1.0 if round_.whole else float(instance.qty[pair.request])
        round_.model.row(-np.inf, 0.0, [(pair.column, 1.0), (serves[key], -most)])
    for school in sorted({school for school, _ in serves}):
        terms = [(column, 1.0) for (other, _), column in serves.items() if other == school]
        round_.model.row(-np.inf, 1.0, terms)


def _add_levels(round_: _Round) -> None:
    """A supplier is paid at one level of its total spend, and its spend lies within that level."""
    for supplier in sorted({mode.supplier for mode in round_.modes}):
        steps = levels(round_.instance, supplier)
        if len(steps) == 1:
            continue
        columns = {level: round_.model.column(0.0) for level in steps}
        round_.model.row(-np.inf, 1.0, [(column, 1.0) for column in columns.values()])
        for level, column in columns.items():
            _add_level(round_, supplier, level, column)


def _add_level(round_: _Round, supplier: int, level: Level, column: int) -> None:
    modes = [mode for mode in round_.modes if mode.supplier == supplier and mode.level == level]
    for mode in modes:
        round_.model.row(-np.inf, 0.0, [(mode.y, 1.0), (column, -1.0)])
    # In hundreds of pounds, so that the numbers of the row are of one size.
    spend = [(u, units * mode.price / WHOLE_BP) for mode in modes for u, units in mode.units]
    round_.model.row(0.0, np.inf, [*spend, (column, -level.low / WHOLE_BP)])
    if level.high < LARGEST:
        round_.model.row(-np.inf, 0.0, [*spend, (column, -level.high / WHOLE_BP)])
