"""Integer pence: no floats, no penny lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")

BASIS_POINTS = 10_000


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest whole, halves away from zero; denominator > 0."""
    if denominator <= 0:
        raise ValueError("the denominator must be above zero")
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def vat(net_pence: int, rate_bp: int) -> int:
    """VAT in pence on the net of one rate (in basis points) on one invoice, half-up (EN 16931 BR-CO-17)."""
    return half_up(net_pence * rate_bp, BASIS_POINTS)


def part(whole_pence: int, done: int, total: int) -> int:
    """What `done` of `total` days is worth, half-up.

    Parts of one whole are differences of this cumulative figure, so that they add up to the whole.
    """
    return half_up(whole_pence * done, total)


def split(total_pence: int, weights: Mapping[K, int], order: Sequence[K]) -> dict[K, int]:
    """Share a total by whole weights >= 0, exactly: largest remainder, ties by `order`.

    ValueError when no weight is above zero or the order names other keys than the weights.
    """
    whole = sum(weights.values())
    if whole <= 0 or min(weights.values()) < 0:
        raise ValueError("weights must be zero or more, and one of them above zero")
    if sorted(map(str, order)) != sorted(map(str, weights)):
        raise ValueError("the order must name each key of the weights once")
    shares = {key: total_pence * weight // whole for key, weight in weights.items()}
    left = total_pence - sum(shares.values())
    by_remainder = sorted(order, key=lambda key: -(total_pence * weights[key] % whole))
    for key in by_remainder[:left]:
        shares[key] += 1
    return shares


def pounds(pence: int) -> str:
    """123450 as £1,234.50; a negative sum has its sign before the pound sign."""
    sign = "-" if pence < 0 else ""
    whole, rest = divmod(abs(pence), 100)
    return f"{sign}£{whole:,}.{rest:02d}"
