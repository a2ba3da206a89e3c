"""What the engine answers: who supplies how many units of each request, and what that is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from marketplace.aggregation.award.instance import WHOLE_BP, Instance, Integers

UNSERVED = -1
PROVEN = 1e-6


@dataclass(frozen=True, eq=False)
class Award:
    """Lines (request, offer, units) in this order, and the open tier of each offer, -1 when it has none.

    `value_pence` is the saving below the ceilings (and the worth of quality, when it has weight);
    `bound_pence` is what no award under the same rules can exceed. `is_whole`: requests are not split.
    """

    request: Integers
    offer: Integers
    units: Integers
    tier: Integers
    value_pence: int
    bound_pence: int
    is_whole: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """(bound - value) / value; 0 when proven, 1 when nothing of value was found below a bound."""
        missing = self.bound_pence - self.value_pence
        return missing / self.value_pence if self.value_pence else float(missing > 0)

    @property
    def is_proven(self) -> bool:
        """Whether no award can be better by more than a millionth."""
        return self.bound_pence - self.value_pence <= PROVEN * self.value_pence

    def served(self, n_requests: int) -> Integers:
        """Units that each request gets."""
        units = np.zeros(n_requests, dtype=np.int64)
        np.add.at(units, self.request, self.units)
        return units

    def volume(self) -> Integers:
        """Units awarded to each offer."""
        units = np.zeros(len(self.tier), dtype=np.int64)
        np.add.at(units, self.offer, self.units)
        return units


@dataclass(frozen=True)
class Progress:
    """Lots done of all, the saving found so far and what is still possible, in pence."""

    lots_done: int
    lots: int
    value_pence: int
    bound_pence: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, eq=False)
class Lines:
    """Units of requests from offers, before they are an award."""

    request: Integers
    offer: Integers
    units: Integers


def lines(parts: list[Lines]) -> Lines:
    """All lines of all lots, by request and offer."""
    none = np.zeros(0, dtype=np.int64)
    request = np.concatenate([none, *(part.request for part in parts)])
    offer = np.concatenate([none, *(part.offer for part in parts)])
    units = np.concatenate([none, *(part.units for part in parts)])
    order = np.lexsort((offer, request))
    order = order[units[order] > 0]
    return Lines(request[order], offer[order], units[order])


def reached_tiers(instance: Instance, found: Lines) -> Integers:
    """For each offer the cheapest tier that its units reach, the last of equal ones; -1 without units."""
    volume = np.zeros(len(instance.offers), dtype=np.int64)
    np.add.at(volume, found.offer, found.units)
    tiers = np.full(len(volume), UNSERVED, dtype=np.int64)
    for number in np.flatnonzero(volume):
        reached = [
            (price, -tier)
            for tier, (threshold, price) in enumerate(instance.offers[number].tiers)
            if threshold <= volume[number]
        ]
        tiers[number] = -min(reached)[1]
    return tiers


def settle(instance: Instance, found: Lines, bound_pence: int, *, whole: bool) -> Award:
    """The award of these lines, at the tiers that they reach."""
    tier = reached_tiers(instance, found)
    value = value_of(instance, found, tier)
    return Award(found.request, found.offer, found.units, tier, value, max(bound_pence, value), whole)


def unit_prices(instance: Instance, tier: Integers) -> Integers:
    """The unit price of each offer in pence, before discounts on total spend; 0 where no tier is open."""
    prices = [
        offer.tiers[number][1] if number >= 0 else 0
        for offer, number in zip(instance.offers, tier.tolist(), strict=True)
    ]
    return np.array(prices, dtype=np.int64)


def spend_of(instance: Instance, found: Lines, tier: Integers) -> list[int]:
    """What is bought of each supplier in pence, before discounts on total spend."""
    spend = np.zeros(instance.n_suppliers, dtype=np.int64)
    suppliers = np.array([offer.supplier for offer in instance.offers], dtype=np.int64)
    np.add.at(spend, suppliers[found.offer], unit_prices(instance, tier)[found.offer] * found.units)
    return [int(pence) for pence in spend]


def pays_bp(instance: Instance, supplier: int, spend_pence: int) -> int:
    """The part of its spend that is paid to a supplier, in basis points: the last spend level reached."""
    reached = [bp for level, bp in instance.spend_discounts[supplier] if level <= spend_pence]
    return reached[-1] if reached else WHOLE_BP


def value_of(instance: Instance, found: Lines, tier: Integers) -> int:
    """Saving below the ceilings, and quality's worth, in whole pence, half a penny rounded up."""
    weight = instance.rules.quality_weight_pence
    suppliers = np.array([offer.supplier for offer in instance.offers], dtype=np.int64)
    worth = instance.reserve[found.request] + weight * instance.quality[suppliers[found.offer]]
    total: int = sum((worth * found.units).tolist()) * WHOLE_BP
    for supplier, spend in enumerate(spend_of(instance, found, tier)):
        total -= spend * pays_bp(instance, supplier, spend)
    return (2 * total + WHOLE_BP) // (2 * WHOLE_BP)
