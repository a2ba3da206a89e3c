"""Who of those that wait is offered what is free: the first in order for whom it suffices. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.catalogue import availability
from marketplace.catalogue.availability import Period


@dataclass(frozen=True)
class Waiter:
    """So many units of every period that has a day of [starts_on, ends_on]."""

    place_id: uuid.UUID
    quantity: int
    starts_on: date
    ends_on: date


def served(periods: Sequence[Period], waiters: Iterable[Waiter]) -> list[uuid.UUID]:
    """The places whose units are free, in the order of the line; each lessens what the next ones find."""
    left = {period.period_id: period.left for period in periods}
    found = []
    for waiter in waiters:
        needed = availability.covering(periods, waiter.starts_on, waiter.ends_on)
        is_offered = not availability.gaps(needed, waiter.starts_on, waiter.ends_on)
        if is_offered and all(left[period.period_id] >= waiter.quantity for period in needed):
            found.append(waiter.place_id)
            for period in needed:
                left[period.period_id] -= waiter.quantity
    return found


def suffices(periods: Sequence[Period], quantity: int, starts_on: date, ends_on: date) -> bool:
    """Whether so much is free in every period of a time."""
    return bool(served(periods, [Waiter(uuid.UUID(int=0), quantity, starts_on, ends_on)]))


def most_offered(periods: Iterable[Period], today: date) -> int:
    """The most units of any period that is not over, taken or free: no more than that can come free."""
    return max((period.units for period in periods if period.ends_on >= today), default=0)
