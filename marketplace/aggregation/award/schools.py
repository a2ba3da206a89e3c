"""One supplier for each school, in rounds too large to be exact.

A supplier is chosen for each school by what it would save there, the lots are solved with that choice, and
the prices that they come to choose again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from marketplace.aggregation.award.instance import Instance, Integers
from marketplace.aggregation.award.model import Floats
from marketplace.aggregation.award.outcome import Award, lines, settle, unit_prices

TURNS = 5
DEARER = 0.02
"""How much dearer an offer looks after a turn in which it was not open, or too much was asked of it."""


def award(instance: Instance, relaxed: Award, solve: Callable[[Integers], Award], *, whole: bool) -> Award:
    """The best award found; `relaxed`, without the rule, bounds it; `solve` takes each request's supplier."""
    best = settle(instance, lines([]), 0, whole=whole)
    prices = _first_prices(instance)
    for _ in range(TURNS):
        chosen = _choose(instance, prices)
        only = chosen[instance.school]
        found = solve(only)
        if found.value_pence > best.value_pence:
            best = found
        prices = _next_prices(instance, prices, found, only)
    return replace(best, bound_pence=max(relaxed.bound_pence, best.value_pence))


def _first_prices(instance: Instance) -> Floats:
    """The price of each offer if suppliers shared the lot evenly."""
    units = np.bincount(instance.lot, weights=instance.qty, minlength=instance.n_lots)
    offers = np.bincount([offer.lot for offer in instance.offers], minlength=instance.n_lots)
    even = units / np.maximum(offers, 1)
    return np.array(
        [
            min([price for q, price in offer.tiers if q <= even[offer.lot]], default=offer.tiers[0][1])
            for offer in instance.offers
        ],
        dtype=float,
    )


def _choose(instance: Instance, prices: Floats) -> Integers:
    """The supplier that would save each school most; the first of equal ones."""
    saving = np.zeros((instance.n_schools, instance.n_suppliers))
    for number, offer in enumerate(instance.offers):
        asked = _willing(instance, number, prices[number])
        margin = (instance.reserve[asked] - prices[number]) * instance.qty[asked]
        np.add.at(saving[:, offer.supplier], instance.school[asked], margin)
    return np.asarray(np.argmax(saving, axis=1), dtype=np.int64)


def _willing(instance: Instance, number: int, price: float) -> Integers:
    """The requests that an offer may serve at a price."""
    offer = instance.offers[number]
    may = (instance.lot == offer.lot) & (instance.reserve >= price)
    may &= instance.qmin <= instance.quality[offer.supplier]
    may &= instance.coverage[offer.supplier][instance.region]
    return np.flatnonzero(may)


def _next_prices(instance: Instance, prices: Floats, found: Award, only: Integers) -> Floats:
    """The prices of open offers, dearer where more was asked than they have; others a little dearer."""
    reached, volume = unit_prices(instance, found.tier), found.volume()
    following = prices * (1 + DEARER)
    for number in np.flatnonzero(found.tier >= 0):
        offer = instance.offers[number]
        asked = _willing(instance, int(number), float(reached[number]))
        wanted = int(instance.qty[asked[only[asked] == offer.supplier]].sum())
        scarce = DEARER * (wanted > offer.capacity) * max(wanted / max(int(volume[number]), 1) - 1, 0)
        following[number] = max(reached[number], prices[number] * (scarce > 0)) * (1 + min(scarce, 1))
    return following
