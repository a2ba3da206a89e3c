"""From units of cells and modes to units of requests: the highest ceilings take the highest prices."""

from __future__ import annotations

import numpy as np

from marketplace.aggregation.award.branch import LotAward
from marketplace.aggregation.award.instance import Integers
from marketplace.aggregation.award.model import Chain


def assign(chain: Chain, award: LotAward) -> tuple[Integers, Integers, Integers]:
    """(position in the demand, mode, units) of a lot's award; a request may be split.

    The chain's rows see to it that each unit meets a ceiling at least as high as its price.
    """
    demand, modes = chain.demand, chain.modes
    of_band = np.zeros(len(demand.band_cell), dtype=np.int64)
    of_band[chain.bands] = award.served
    served = _fill(demand.band, demand.qty, of_band)
    # Both run by cell, and both sum to the same in each cell: cutting at the ends of either gives the lines.
    order = np.lexsort((chain.pair_mode, -modes.price[chain.pair_mode], chain.pair_cell))
    by_request, by_pair = np.cumsum(served), np.cumsum(award.bought[order])
    ends = np.unique(np.concatenate([by_request, by_pair]))
    ends = ends[ends > 0]
    units = np.diff(ends, prepend=0)
    request = np.searchsorted(by_request, ends, side="left")
    pair = np.searchsorted(by_pair, ends, side="left")
    return request, chain.pair_mode[order[pair]], units


def _fill(band: Integers, qty: Integers, units: Integers) -> Integers:
    """Share the units of each band among its requests, first come first."""
    if not len(band):
        return qty
    before = np.cumsum(qty) - qty
    first = np.searchsorted(band, np.arange(band[-1] + 1))
    left = units[band] - (before - before[first][band])
    return np.clip(left, 0, qty)
