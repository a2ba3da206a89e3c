"""Sentences about a pool that every page says in the same way. Pure."""

from __future__ import annotations

from marketplace.aggregation.tiers import Standing
from marketplace.kernel.money import pounds

AWARD_COLUMNS = ("Round", "Trust", "Units", "Unit price excluding VAT", "Net")


def units(count: int, one: str, many: str) -> str:
    """1 laptop, 1,412 laptops."""
    return f"{count:,} {one if count == 1 else many}"


def headline(standing: Standing, one: str, many: str) -> tuple[str, str]:
    """What the next units bring everybody: what stands out, and the rest of the sentence."""
    if standing.next is None:
        price = pounds(standing.current.unit_price_pence) if standing.current else ""
        return units(standing.volume, one, many), f"committed: everyone has the lowest price, {price}."
    price = pounds(standing.next.unit_price_pence)
    verb = "brings" if standing.units_to_go == 1 else "bring"
    to_price = f"to {price}" if standing.current else f"the first price, {price}"
    more = one if standing.units_to_go == 1 else many
    return f"{standing.units_to_go:,} more {more}", f"{verb} everyone {to_price}."


def left(days: int) -> str:
    """How long trusts can still commit, when the last day is so many days ahead."""
    if days <= 0:
        return "last day"
    return "1 day left" if days == 1 else f"{days:,} days left"
