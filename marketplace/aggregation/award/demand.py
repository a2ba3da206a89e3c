"""Demand of one lot: cells (requests that the same suppliers may serve) and bands (one ceiling each)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketplace.aggregation.award.instance import Booleans, Instance, Integers, Offer


@dataclass(frozen=True, eq=False)
class Demand:
    """The bands run by cell, and within a cell from the highest ceiling (pence) down.

    `requests` are the numbers of requests that somebody may serve, in the order of their bands; `qty` and
    `band` are the units and the band of each. `eligible` is cells x offers. Units are whole.
    """

    requests: Integers
    qty: Integers
    band: Integers
    band_cell: Integers
    band_ceiling: Integers
    band_units: Integers
    eligible: Booleans
    first_band: Integers

    @property
    def n_cells(self) -> int:
        return len(self.eligible)

    def willing(self, cells: Integers, prices: Integers) -> tuple[Integers, Integers]:
        """For pairs of a cell and a price: the units with ceiling >= price, and how many bands hold them."""
        levels, rank = np.unique(np.concatenate([self.band_ceiling, prices]), return_inverse=True)
        span, n = len(levels) + 1, len(self.band_ceiling)
        keys = self.band_cell * span + (span - 1 - rank[:n])
        ends = np.searchsorted(keys, cells * span + (span - 1 - rank[n:]), side="right")
        totals = np.concatenate([[0], np.cumsum(self.band_units)])
        first = self.first_band[cells]
        return totals[ends] - totals[first], ends - first


def by_lot(instance: Instance) -> list[Integers]:
    """The numbers of the requests of each lot."""
    order = np.argsort(instance.lot, kind="stable")
    ends = np.searchsorted(instance.lot[order], np.arange(instance.n_lots + 1))
    return [order[ends[lot] : ends[lot + 1]] for lot in range(instance.n_lots)]


def offers_by_lot(instance: Instance) -> list[list[int]]:
    """The numbers of the offers for each lot, in the order of suppliers."""
    found: list[list[int]] = [[] for _ in range(instance.n_lots)]
    for number, offer in enumerate(instance.offers):
        found[offer.lot].append(number)
    return found


def demand(
    instance: Instance, requests: Integers, offers: list[Offer], only: Integers | None = None
) -> Demand:
    """Cells and bands of the requests of one lot; those that nobody may serve are left out.

    `only`: the one supplier that may serve each request of the round, where that is settled.
    """
    suppliers = np.array([offer.supplier for offer in offers], dtype=np.int64)
    where = instance.region[requests] * (len(offers) + 1) + _quality_class(instance, requests, suppliers)
    who = np.zeros_like(where) if only is None else only[requests]
    classes, kind = np.unique(where * (instance.n_suppliers + 1) + who, return_inverse=True)
    where, who = np.divmod(classes, instance.n_suppliers + 1)
    region, level = np.divmod(where, len(offers) + 1)
    points = np.sort(instance.quality[suppliers])
    needed = np.append(points, np.iinfo(np.int64).max)[level]
    covers = instance.coverage[suppliers][:, region].T
    may: Booleans = np.logical_and(covers, needed[:, None] <= instance.quality[suppliers][None, :])
    if only is not None:
        may = np.logical_and(may, who[:, None] == suppliers[None, :])
    eligible, cell_of_kind = np.unique(may, axis=0, return_inverse=True)
    cell = cell_of_kind.reshape(-1)[kind]
    served: Booleans = np.any(eligible, axis=1)
    renumber = np.cumsum(served) - 1
    keep = served[cell]
    return _bands(instance, requests[keep], renumber[cell[keep]], eligible[served])


def _quality_class(instance: Instance, requests: Integers, suppliers: Integers) -> Integers:
    """How many of the lot's suppliers fall short of the quality that each request asks for."""
    points = np.sort(instance.quality[suppliers])
    return np.searchsorted(points, instance.qmin[requests], side="left")


def _bands(instance: Instance, requests: Integers, cell: Integers, eligible: Booleans) -> Demand:
    ceiling, qty = instance.reserve[requests], instance.qty[requests]
    # Within a band the larger requests come first, then the order of schools: whatever order they came in.
    order = np.lexsort((requests, instance.school[requests], -qty, -ceiling, cell))
    requests, cell, ceiling, qty = requests[order], cell[order], ceiling[order], qty[order]
    starts = np.ones(len(requests), dtype=np.bool_)
    starts[1:] = (cell[1:] != cell[:-1]) | (ceiling[1:] != ceiling[:-1])
    band = np.cumsum(starts) - 1
    at = np.flatnonzero(starts)
    units = np.add.reduceat(qty, at) if len(at) else qty
    first = np.searchsorted(cell[at], np.arange(len(eligible) + 1))
    return Demand(requests, qty, band, cell[at], ceiling[at], units, eligible, first)
