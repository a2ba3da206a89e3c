"""What an order that takes over a hold would be now: at which price, for how long, until which day. Pure.

A hold serves nobody whose order would last other days, so a place agrees with the seller's term dates and
prices whenever they change.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from marketplace.catalogue import charging, lasting, pricing
from marketplace.catalogue.charging import PlanTerms
from marketplace.catalogue.describing import lasts
from marketplace.catalogue.kinds import Basis, Cadence, ListingKind
from marketplace.trusts.terms import Term


class Price(PlanTerms, Protocol):
    """A plan that is offered."""

    @property
    def plan_id(self) -> uuid.UUID: ...
    @property
    def minimum_periods(self) -> int: ...


@dataclass(frozen=True)
class Agreed:
    """The price, how many charge periods were asked and count, and the last day, as a place keeps them."""

    plan_id: uuid.UUID
    cadence: Cadence
    asked_periods: int
    periods: int
    ends_on: date


@dataclass(frozen=True)
class Wanted:
    """What somebody waits for, and what was agreed until now."""

    quantity: int
    starts_on: date
    before: Agreed


def agreed(
    wanted: Wanted, kind: ListingKind, prices: Sequence[Price], own_terms: Iterable[Term]
) -> Agreed | None:
    """What an order would be at the price that was waited for; None when there is no such order any more.

    It lasts as long as was asked, or as the shortest order now where that is longer. When the price is gone,
    another one does as well at which an order can last exactly the same days; as many of its periods are then
    what was asked.
    """
    own, before = list(own_terms), wanted.before
    same = [one for one in prices if (one.plan_id, one.cadence) == (before.plan_id, before.cadence)]
    for price in same:
        periods = length(kind, price, before.asked_periods)
        if can_take(price, wanted.quantity, periods):
            return _order(wanted, price, before.asked_periods, periods, own)
    others = (
        _order(wanted, price, count, count, own)
        for price in prices
        for count in _lengths(kind, price, wanted)
    )
    return next((one for one in others if one.ends_on == before.ends_on), None)


def length(kind: ListingKind, price: Price, asked: int) -> int:
    """For how many charge periods an order is: as many as are asked, or as the shortest has."""
    return max(asked, price.minimum_periods) if lasts(kind, price.cadence) else price.minimum_periods


def can_take(price: PlanTerms, quantity: int, periods: int) -> bool:
    """Whether an order at a price can take so many units: whole bundles, schools, or the whole."""
    one = charging.units_of_one(price, periods)
    if price.basis is Basis.FLAT:
        return quantity == one
    return one == 0 or quantity % one == 0


def _lengths(kind: ListingKind, price: Price, wanted: Wanted) -> Iterator[int]:
    """Every number of charge periods for which so much can be ordered at a price."""
    most = pricing.MOST_PERIODS[price.cadence] if lasts(kind, price.cadence) else price.minimum_periods
    for count in range(price.minimum_periods, most + 1):
        if can_take(price, wanted.quantity, count):
            yield count


def _order(wanted: Wanted, price: Price, asked: int, periods: int, own_terms: Sequence[Term]) -> Agreed:
    ends_on = lasting.last_day(price.cadence, wanted.starts_on, periods, own_terms)
    return Agreed(price.plan_id, price.cadence, asked, periods, ends_on)
