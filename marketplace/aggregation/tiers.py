"""Volume tiers: where a pool stands, and the award in which nobody pays over its ceiling. Pure.

All-unit prices: everybody who is served pays the price of the tier that the volume reached. Pence a unit,
net, and whole units; the order of the input never matters. award.md sections 1, 5 and 6 for one supplier.
"""

from __future__ import annotations

import enum
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


class Reason(enum.Enum):
    """Why a commitment is not served (award.md section 6)."""

    PRICE_ABOVE_CEILING = "price-above-ceiling"
    TIER_SHORT = "tier-short"


@dataclass(frozen=True)
class Unserved:
    """A commitment that the award does not serve, and by how much it missed.

    `pence_short`: the awarded price less its ceiling (0 when nothing was awarded). `short_of` is the dearest
    tier within its ceiling (None when there is none), `units_short` what that tier lacked in volume.
    """

    id: uuid.UUID
    reason: Reason
    ceiling_pence: int
    pence_short: int
    short_of: Tier | None
    units_short: int


@dataclass(frozen=True)
class Award:
    """The chosen tier (None: no tier can be awarded), who is served at its price, and who is not and why.

    `surplus_pence`, the sum of (ceiling - price) * quantity, is what was maximised: never call it a saving.
    """

    tier: Tier | None
    served: tuple[FirmQuantity, ...]
    unserved: tuple[Unserved, ...]
    units: int
    value_pence: int
    surplus_pence: int


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


def award(tiers: Collection[Tier], firm: Collection[FirmQuantity], minimum_units: int = 0) -> Award:
    """The tier with the greatest surplus whose volume is reached by those willing to pay its price.

    A tier counts only when the willing (ceiling >= price) reach its threshold and the round's minimum. Ties:
    more units served, then the lower price. Everybody willing at the chosen price is served.
    """
    reached = [tier for tier in tiers if _volume(firm, tier) >= max(tier.from_units, minimum_units, 1)]
    chosen = max(reached, key=lambda tier: _merit(firm, tier), default=None)
    ordered = sorted(firm, key=lambda one: one.id)
    served = tuple(one for one in ordered if chosen and one.ceiling_pence >= chosen.unit_price_pence)
    left = [one for one in ordered if one not in served]
    units = sum(one.quantity for one in served)
    return Award(
        tier=chosen,
        served=served,
        unserved=tuple(_unserved(one, tiers, firm, chosen, minimum_units) for one in left),
        units=units,
        value_pence=units * chosen.unit_price_pence if chosen else 0,
        surplus_pence=_merit(firm, chosen)[0] if chosen else 0,
    )


def _willing(firm: Collection[FirmQuantity], tier: Tier) -> list[FirmQuantity]:
    return [one for one in firm if one.ceiling_pence >= tier.unit_price_pence]


def _volume(firm: Collection[FirmQuantity], tier: Tier) -> int:
    return sum(one.quantity for one in _willing(firm, tier))


def _merit(firm: Collection[FirmQuantity], tier: Tier) -> tuple[int, int, int]:
    """Surplus, then units served, then the lower price."""
    willing = _willing(firm, tier)
    surplus = sum((one.ceiling_pence - tier.unit_price_pence) * one.quantity for one in willing)
    return surplus, sum(one.quantity for one in willing), -tier.unit_price_pence


def _unserved(
    one: FirmQuantity,
    tiers: Collection[Tier],
    firm: Collection[FirmQuantity],
    chosen: Tier | None,
    minimum_units: int,
) -> Unserved:
    within = [tier for tier in tiers if tier.unit_price_pence <= one.ceiling_pence]
    short_of = max(within, key=lambda tier: tier.unit_price_pence, default=None)
    short = max(short_of.from_units, minimum_units) - _volume(firm, short_of) if short_of else 0
    above = chosen.unit_price_pence - one.ceiling_pence if chosen else 0
    reason = Reason.PRICE_ABOVE_CEILING if chosen or short_of is None else Reason.TIER_SHORT
    return Unserved(one.id, reason, one.ceiling_pence, above, short_of, short)


def explain(missed: Unserved, awarded: Tier | None, unit_words: tuple[str, str]) -> str:
    """Why a commitment was not served, in words and figures; for its trust alone, since it names the ceiling.

    `unit_words`: one unit, and several ("laptop", "laptops").
    """
    sentences = []
    ceiling = money.pounds(missed.ceiling_pence)
    if awarded is not None:
        price = money.pounds(awarded.unit_price_pence)
        above = money.pounds(missed.pence_short)
        sentences.append(f"The awarded price, {price}, is {above} above your ceiling of {ceiling}.")
    if missed.short_of is not None:
        one, many = unit_words
        tier, short = missed.short_of, missed.units_short
        words = one if short == 1 else many
        sentences.append(
            f"The price within your ceiling, {money.pounds(tier.unit_price_pence)}, "
            f"was {short:,} {words} short of the quantity that it needed."
        )
    elif awarded is None:
        sentences.append(f"No price on the list was within your ceiling of {ceiling}.")
    return " ".join(sentences)
