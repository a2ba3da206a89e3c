"""One lot of a round made ready for solving, and its solution as lines of the round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from marketplace.aggregation.award.assign import assign
from marketplace.aggregation.award.branch import LotAward
from marketplace.aggregation.award.demand import by_lot, demand, offers_by_lot
from marketplace.aggregation.award.instance import Instance, Integers
from marketplace.aggregation.award.model import Chain, chain, modes_of
from marketplace.aggregation.award.outcome import UNSERVED, Lines


@dataclass(frozen=True, eq=False)
class Lot:
    """The lot's number, the numbers of its offers in the round, and its chain model."""

    number: int
    offers: Integers
    chain: Chain

    @property
    def n_pairs(self) -> int:
        """Pairs of a request and a mode that may serve it."""
        modes, found = self.chain.modes, self.chain.demand
        if not len(modes):
            return 0
        of_cell = np.diff(
            np.append(np.searchsorted(found.band_cell[found.band], np.arange(found.n_cells)), len(found.qty))
        )
        return int((found.eligible[:, modes.offer] * of_cell[:, None]).sum())

    def lines(self, award: LotAward) -> Lines:
        """The lines of a divisible award."""
        position, mode, units = assign(self.chain, award)
        return Lines(self._requests[position], self._offer_of(mode), units)

    def whole_lines(self, mode: Integers) -> Lines:
        """The lines of whole requests, from the mode of each position of the demand."""
        served = np.flatnonzero(mode != UNSERVED)
        return Lines(self._requests[served], self._offer_of(mode[served]), self.chain.demand.qty[served])

    @property
    def _requests(self) -> Integers:
        return self.chain.demand.requests

    def _offer_of(self, mode: Integers) -> Integers:
        return self.offers[self.chain.modes.offer[mode]]


def lots(instance: Instance, only: Integers | None = None) -> Iterator[Lot]:
    """Each lot in turn; `only`: the one supplier that may serve each request, where that is settled."""
    offers = offers_by_lot(instance)
    for number, requests in enumerate(by_lot(instance)):
        yield lot(instance, number, requests, offers[number], only)


def lot(
    instance: Instance, number: int, requests: Integers, numbers: list[int], only: Integers | None = None
) -> Lot:
    """The lot with only these requests and these offers, by their numbers in the round."""
    # Under these rules a dearer tier could be of use: it makes a supplier's spend, or the whole, larger.
    stepwise = instance.rules.max_share_bp is not None or any(instance.spend_discounts)
    offers = [instance.offers[offer] for offer in numbers]
    suppliers = np.array([offer.supplier for offer in offers], dtype=np.int64)
    found = demand(instance, requests, offers, only)
    worth = instance.quality[suppliers] * instance.rules.quality_weight_pence
    single = instance.rules.one_supplier_per_lot
    modes = modes_of(found, offers, worth, single=single, stepwise=stepwise)
    return Lot(number, np.array(numbers, dtype=np.int64), chain(found, modes))
