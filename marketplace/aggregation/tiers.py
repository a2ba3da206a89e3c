"""Volume tiers: what is wrong with a list of them, and where a pool stands. Pure; solving.py awards.

All-unit prices: everybody who is served pays the price of the tier that the volume reached. Pence a unit,
net, and whole units; the order of the input never matters.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from marketplace.kernel import money

MOST_TIERS = 6
FAR_ABOVE = 2
"""A ceiling more than so many times the dearest price is a slip: it can bring its trust nothing."""


@dataclass(frozen=True, order=True)
class Tier:
    """From so many units on, every unit costs this."""

    from_units: int
    unit_price_pence: int


@dataclass(frozen=True)
class TierFault:
    """What is wrong with one row of a list of tiers (counted from 0) and in which column."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True)
class FirmQuantity:
    """What a trust takes at any price up to its ceiling."""

    id: uuid.UUID
    quantity: int
    ceiling_pence: int


@dataclass(frozen=True)
class Standing:
    """Where a pool stands: the volume, the price that it reaches, and the way to the next tier.

    It is made from quantities alone, so that it can be shown to everybody without telling of any ceiling.
    """

    volume: int
    current: Tier | None
    next: Tier | None
    units_to_go: int


def faults(tiers: Sequence[Tier]) -> list[TierFault]:
    """What is wrong with a supplier's tiers, in their order; empty when thresholds rise and prices fall."""
    if not tiers:
        return [TierFault(0, "from_units", "Enter at least one price")]
    found = []
    for row, tier in enumerate(tiers):
        found += _own_faults(row, tier)
        if row > 0:
            found += _steps(row, tiers[row - 1], tier)
    if len(tiers) > MOST_TIERS:
        found.append(TierFault(MOST_TIERS, "from_units", f"Enter {MOST_TIERS} prices or fewer"))
    return found


def _own_faults(row: int, tier: Tier) -> list[TierFault]:
    found = []
    if tier.from_units < 1:
        found.append(TierFault(row, "from_units", "A quantity must be 1 or more"))
    if tier.unit_price_pence < 1:
        found.append(TierFault(row, "unit_price_pence", "A price must be £0.01 or more"))
    return found


def _steps(row: int, before: Tier, tier: Tier) -> list[TierFault]:
    found = []
    if tier.from_units <= before.from_units:
        words = f"Each quantity must be above the one before it, {before.from_units:,}"
        found.append(TierFault(row, "from_units", words))
    if tier.unit_price_pence >= before.unit_price_pence:
        words = f"Each price must be below the one before it, {money.pounds(before.unit_price_pence)}"
        found.append(TierFault(row, "unit_price_pence", words))
    return found


def standing(tiers: Collection[Tier], quantities: Collection[int]) -> Standing:
    """Where a pool stands that has committed these quantities."""
    volume = sum(quantities)
    ordered = sorted(tiers)
    reached = [tier for tier in ordered if tier.from_units <= volume]
    ahead = [tier for tier in ordered if tier.from_units > volume]
    next_tier = ahead[0] if ahead else None
    to_go = next_tier.from_units - volume if next_tier else 0
    return Standing(volume, reached[-1] if reached else None, next_tier, to_go)


def most_net_pence(tiers: Collection[Tier], quantity: int, ceiling_pence: int) -> int:
    """What a promise may cost at the most: no ceiling makes anybody pay more than the dearest price."""
    return quantity * min(ceiling_pence, _dearest(tiers))


def ceiling_fault(tiers: Collection[Tier], ceiling_pence: int, unit: str) -> str | None:
    """What is wrong with a ceiling for one unit: no price reaches down to it, or it is far above them all."""
    lowest, dearest = min(tier.unit_price_pence for tier in tiers), _dearest(tiers)
    if ceiling_pence < lowest:
        return (
            f"Enter {money.pounds(lowest)} or more: that is the lowest price on the list, so a lower ceiling "
            "could never be served."
        )
    if ceiling_pence > FAR_ABOVE * dearest:
        return (
            f"Is this the price of one {unit}? It is more than twice the dearest price on the list, "
            f"{money.pounds(dearest)}. A ceiling of {money.pounds(dearest)} accepts every price."
        )
    return None


def _dearest(tiers: Collection[Tier]) -> int:
    return max(tier.unit_price_pence for tier in tiers)


def saving(baseline_pence: int | None, unit_price_pence: int, quantity: int) -> int | None:
    """What a trust saves against today's unit price: negative when it pays more, None without a baseline."""
    return None if baseline_pence is None else (baseline_pence - unit_price_pence) * quantity
