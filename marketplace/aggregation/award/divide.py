"""Sharing a common sum (rebate, delivery, fee, a pooled total) among requests: whole pence, exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import NamedTuple

MOST_MEMBERS = 8


class Line(NamedTuple):
    """A request in the sum: its units, and the most it pays for one of them in pence."""

    id: str
    quantity: int
    ceiling_pence: int


class CannotDivide(ValueError):
    """The total is below nothing, or above what the ceilings allow."""


def divide(total_pence: int, lines: Iterable[Line]) -> dict[str, int]:
    """Shares by quantity, nobody above quantity x ceiling; what a cap leaves over goes to those with room.

    Largest remainder, ties by id; the order of the lines does not matter. CannotDivide when the total does
    not fit or an id comes twice.
    """
    ordered = sorted(lines)
    _check(total_pence, ordered)
    shares: dict[str, int] = {}
    left, quantity = total_pence, sum(line.quantity for line in ordered)
    # With the lowest ceilings first, the first line that is not capped shows that none after it is.
    rising = sorted(ordered, key=lambda line: line.ceiling_pence)
    for at, line in enumerate(rising):
        if left <= line.ceiling_pence * quantity:
            return {**shares, **_by_quantity(left, quantity, sorted(rising[at:]))}
        shares[line.id] = line.ceiling_pence * line.quantity
        left -= shares[line.id]
        quantity -= line.quantity
    return shares


def _check(total_pence: int, lines: Sequence[Line]) -> None:
    if len({line.id for line in lines}) < len(lines):
        raise CannotDivide("an id comes twice")
    if any(line.quantity < 0 or line.ceiling_pence < 0 for line in lines):
        raise CannotDivide("a quantity or a ceiling is below zero")
    most = sum(line.quantity * line.ceiling_pence for line in lines)
    if not 0 <= total_pence <= most:
        raise CannotDivide(f"{total_pence} pence cannot be shared: from 0 to {most} can")


def _by_quantity(total: int, quantity: int, lines: Sequence[Line]) -> dict[str, int]:
    """Largest remainder; the lines are in the order of their ids."""
    if not quantity:
        return {line.id: 0 for line in lines}
    shares = {line.id: total * line.quantity // quantity for line in lines}
    left = total - sum(shares.values())
    for line in sorted(lines, key=lambda line: -(total * line.quantity % quantity))[:left]:
        shares[line.id] += 1
    return shares


def shapley(members: Sequence[str], worth: Callable[[frozenset[str]], int]) -> Mapping[str, Fraction]:
    """What each member adds on average over all orders of joining: a report, not what anybody pays.

    Exact, hence only up to 8 members; ValueError beyond.
    """
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"at most {MOST_MEMBERS} members, not {len(members)}")
    return {member: _average(member, [m for m in members if m != member], worth) for member in members}


def _average(member: str, others: Sequence[str], worth: Callable[[frozenset[str]], int]) -> Fraction:
    total, n = Fraction(0), len(others) + 1
    for size in range(n):
        weight = Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
        for group in combinations(others, size):
            before = frozenset(group)
            total += weight * (worth(before | {member}) - worth(before))
    return total
