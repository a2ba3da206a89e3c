"""What an order costs and when: charge periods that tile its time, and their sums. Pure.

Months are counted from the anchor, never chained: 31 January, 28 February, 31 March. Terms are those of the
Burgundy Book (autumn 1 September, spring 1 January, summer 1 May); a term begun late is charged by its days.
"""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from marketplace.catalogue.kinds import (
    CHARGED_WORDS,
    VAT_RATES_BP,
    Cadence,
    CapacityUnit,
    VatTreatment,
    each,
)
from marketplace.kernel import money

TERM_STARTS = ((1, 1), (5, 1), (9, 1))
MOST_PERIODS = {Cadence.MONTHLY: 60, Cadence.TERMLY: 15, Cadence.ANNUAL: 5, Cadence.ONCE: 60}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Charge:
    """One charge period, both days included, and its net in pence; it is due on its first day."""

    starts_on: date
    ends_on: date
    net_pence: int


@dataclass(frozen=True)
class PricedCharge:
    """One charge with its days (London, both included) and its sums in pence."""

    starts_on: date
    ends_on: date
    net_pence: int
    vat_pence: int

    @property
    def gross_pence(self) -> int:
        """What the invoice of this charge will ask for."""
        return self.net_pence + self.vat_pence


@dataclass(frozen=True)
class Schedule:
    """Every charge of an order or a contract, and what they come to."""

    charges: Sequence[PricedCharge]

    @property
    def net_pence(self) -> int:
        """The whole-life net."""
        return sum(charge.net_pence for charge in self.charges)

    @property
    def vat_pence(self) -> int:
        """The VAT of every charge together, rounded on each as its invoice will be."""
        return sum(charge.vat_pence for charge in self.charges)

    @property
    def gross_pence(self) -> int:
        """The whole-life net and VAT."""
        return self.net_pence + self.vat_pence


class Charged(Protocol):
    """What has a price, a time and a VAT treatment: a row of an order or of a contract."""

    cadence: Cadence
    unit_price_pence: int
    quantity: int
    starts_on: date
    periods: int
    vat_treatment: VatTreatment


def priced_charges(terms: Charged) -> list[PricedCharge]:
    """Every charge of an order or a contract, with VAT by the seller's treatment."""
    charged = charges(terms.cadence, terms.unit_price_pence, terms.quantity, terms.starts_on, terms.periods)
    rate_bp = VAT_RATES_BP[terms.vat_treatment]
    return [
        PricedCharge(one.starts_on, one.ends_on, one.net_pence, money.vat(one.net_pence, rate_bp))
        for one in charged
    ]


def charges(
    cadence: Cadence, unit_price_pence: int, quantity: int, starts_on: date, count: int
) -> list[Charge]:
    """What is charged for `quantity` units over `count` months, terms or years; ValueError when out of range.

    What is charged once covers the whole time.
    """
    if not 1 <= count <= MOST_PERIODS[cadence]:
        raise ValueError(f"the count must be from 1 to {MOST_PERIODS[cadence]}")
    full = unit_price_pence * quantity
    if cadence is Cadence.ONCE:
        return [Charge(starts_on, last_day(cadence, starts_on, count), full)]
    if cadence is Cadence.TERMLY:
        return _termly(full, starts_on, count)
    step = 1 if cadence is Cadence.MONTHLY else 12
    bounds = [add_months(starts_on, step * index) for index in range(count + 1)]
    return [Charge(first, after - ONE_DAY, full) for first, after in itertools.pairwise(bounds)]


def whole_life_pence(charged: Sequence[Charge]) -> int:
    """The net of every charge together: what limits of approval are compared with."""
    return sum(charge.net_pence for charge in charged)


def last_day(cadence: Cadence, starts_on: date, count: int) -> date:
    """The last day that an order covers."""
    if cadence is Cadence.TERMLY:
        return _termly(0, starts_on, count)[-1].ends_on
    step = 12 if cadence is Cadence.ANNUAL else 1
    return add_months(starts_on, step * count) - ONE_DAY


def price_words(unit_price_pence: int, unit: CapacityUnit, cadence: Cadence) -> str:
    """£265.00 a day, charged each month: the net price of one unit."""
    return f"{money.pounds(unit_price_pence)} {each(unit)}, {CHARGED_WORDS[cadence]}"


def add_months(anchor: date, months: int) -> date:
    """The anchor's day in a later month, or that month's last day when it has no such day."""
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    longest = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor.day, longest))


def term_of(day: date) -> tuple[date, date]:
    """The first and the last day of the term in which a day lies."""
    starts = [date(year, month, first) for year in (day.year, day.year + 1) for month, first in TERM_STARTS]
    following = next(start for start in starts if start > day)
    current = max(start for start in (date(day.year - 1, 9, 1), *starts) if start <= day)
    return current, following - ONE_DAY


def _termly(full: int, starts_on: date, count: int) -> list[Charge]:
    charged = []
    begins = starts_on
    for _ in range(count):
        first, last = term_of(begins)
        days, left = (last - first).days + 1, (last - begins).days + 1
        charged.append(Charge(begins, last, money.part(full, left, days)))
        begins = last + ONE_DAY
    return charged
