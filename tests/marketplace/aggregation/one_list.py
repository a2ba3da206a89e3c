"""The award on one price list in a few lines of its own: what the engine must come to."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from marketplace.aggregation.tiers import FirmQuantity, Tier


@dataclass(frozen=True)
class Expected:
    """A unit price in pence (None without an award), who is served, and the surplus under the ceilings."""

    price_pence: int | None
    served: frozenset[uuid.UUID]
    surplus_pence: int


def lowest_reached(listed: Collection[Tier], firm: Collection[FirmQuantity], minimum: int) -> Expected:
    """The lowest price that those willing to pay it reach serves them all: no other is better for anybody."""
    for tier in sorted(listed, key=lambda tier: tier.unit_price_pence):
        willing = [one for one in firm if one.ceiling_pence >= tier.unit_price_pence]
        if sum(one.quantity for one in willing) >= max(tier.from_units, minimum):
            surplus = sum((one.ceiling_pence - tier.unit_price_pence) * one.quantity for one in willing)
            return Expected(tier.unit_price_pence, frozenset(one.id for one in willing), surplus)
    return Expected(None, frozenset(), 0)


def brute_force(listed: Sequence[Tier], firm: Sequence[FirmQuantity], minimum: int) -> tuple[int, ...]:
    """The best (surplus, units, -price) over every tier and every set of trusts to serve at its price."""
    best: tuple[int, ...] = (0, 0, 0)
    for tier in listed:
        for chosen in range(1, 2 ** len(firm)):
            served = [one for place, one in enumerate(firm) if chosen >> place & 1]
            units = sum(one.quantity for one in served)
            if min(one.ceiling_pence for one in served) < tier.unit_price_pence:
                continue
            if units < max(tier.from_units, minimum):
                continue
            surplus = sum((one.ceiling_pence - tier.unit_price_pence) * one.quantity for one in served)
            best = max(best, (surplus, units, -tier.unit_price_pence))
    return best
