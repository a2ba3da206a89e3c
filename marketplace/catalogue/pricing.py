"""What an order costs and when: charge periods that tile its time, and their sums. Pure.

Months are counted from the anchor, never chained: 31 January, 28 February, 31 March. Terms are the seller's
own or the national ones (trusts/terms.py); a term begun late is charged by its days.
"""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from marketplace.catalogue.kinds import (
    VAT_RATES_BP,
    Cadence,
    VatTreatment,
)
from marketplace.kernel import money
from marketplace.trusts import terms as school_terms

MOST_PERIODS = {Cadence.MONTHLY: 60, Cadence.TERMLY: 15, Cadence.ANNUAL: 5, Cadence.ONCE: 60}
ONE_DAY = timedelta(days=1)
APRIL, MONTHS_OF_YEAR = 4, 12


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


class Timed(Protocol):
    """What says how often it is charged: a plan, an order of one, a contract."""

    @property
    def cadence(self) -> Cadence: ...
    @property
    def is_split_in_april(self) -> bool: ...


class Charged(Timed, Protocol):
    """What has a price, a time and a VAT treatment: a contract, its row or its terms."""

    @property
    def unit_price_pence(self) -> int: ...
    @property
    def quantity(self) -> int: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def periods(self) -> int: ...
    @property
    def vat_treatment(self) -> VatTreatment: ...
    @property
    def term_starts(self) -> Sequence[str] | None:
        """Of a termly plan of a seller with terms of its own: their first days, YYYY-MM-DD."""


def charges_of(terms: Charged) -> list[Charge]:
    """Every charge of a contract."""
    full, starts = terms.unit_price_pence * terms.quantity, kept_starts(terms.term_starts)
    return charges_by(terms, full, terms.starts_on, terms.periods, starts)


def charges_by(
    plan: Timed, full: int, starts_on: date, count: int, term_starts: Sequence[date] | None = None
) -> list[Charge]:
    """What is charged by the cadence of a plan when a whole charge is `full` pence; a year as it says."""
    charged = charges(plan.cadence, full, 1, starts_on, count, term_starts)
    return split_in_april(charged) if plan.is_split_in_april else charged


def priced_charges(terms: Charged) -> list[PricedCharge]:
    """Every charge of a contract, with VAT by the seller's treatment."""
    return priced(charges_of(terms), terms.vat_treatment)


def priced(charged: Iterable[Charge], vat_treatment: VatTreatment) -> list[PricedCharge]:
    """Charges with their VAT, each rounded as its invoice will be."""
    rate_bp = VAT_RATES_BP[vat_treatment]
    return [
        PricedCharge(one.starts_on, one.ends_on, one.net_pence, money.vat(one.net_pence, rate_bp))
        for one in charged
    ]


def charges(
    cadence: Cadence,
    unit_price_pence: int,
    quantity: int,
    starts_on: date,
    count: int,
    term_starts: Sequence[date] | None = None,
) -> list[Charge]:
    """What is charged for `quantity` units over `count` months, terms or years; ValueError when out of range.

    What is charged once covers the whole time. `term_starts` are the first days of the terms, from the one in
    which it begins to the one after the last or later; without them the national terms hold.
    """
    if not 1 <= count <= MOST_PERIODS[cadence]:
        raise ValueError(f"the count must be from 1 to {MOST_PERIODS[cadence]}")
    full = unit_price_pence * quantity
    if cadence is Cadence.ONCE:
        return [Charge(starts_on, last_day(cadence, starts_on, count), full)]
    if cadence is Cadence.TERMLY:
        days = term_starts or school_terms.starts((), starts_on, count)
        return _termly(full, starts_on, days[: count + 1])
    step = 1 if cadence is Cadence.MONTHLY else 12
    bounds = [add_months(starts_on, step * index) for index in range(count + 1)]
    return [Charge(first, after - ONE_DAY, full) for first, after in itertools.pairwise(bounds)]


def split_in_april(charged: Iterable[Charge]) -> list[Charge]:
    """Years as two charges each, by their months before and after 1 April: 7/12 and 5/12 from September on.

    So an authority's school pays out of each of its financial years what falls into it. A year from April is
    one charge.
    """
    return [part for year in charged for part in _halves(year)]


def whole_life_pence(charged: Sequence[Charge]) -> int:
    """The net of every charge together: what limits of approval are compared with."""
    return sum(charge.net_pence for charge in charged)


def last_day(cadence: Cadence, starts_on: date, count: int) -> date:
    """The last day of what is not charged by the term."""
    step = 12 if cadence is Cadence.ANNUAL else 1
    return add_months(starts_on, step * count) - ONE_DAY


def kept_starts(stored: Sequence[str] | None) -> list[date] | None:
    """The first days of terms as an order keeps them."""
    return None if stored is None else [date.fromisoformat(day) for day in stored]


def add_months(anchor: date, months: int) -> date:
    """The anchor's day in a later month, or that month's last day when it has no such day."""
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    longest = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor.day, longest))


def _termly(full: int, starts_on: date, term_starts: Sequence[date]) -> list[Charge]:
    charged = []
    for first, following in itertools.pairwise(term_starts):
        begins = max(first, starts_on)
        days, left = (following - first).days, (following - begins).days
        charged.append(Charge(begins, following - ONE_DAY, money.part(full, left, days)))
    return charged


def _halves(year: Charge) -> list[Charge]:
    before = (APRIL - year.starts_on.month) % MONTHS_OF_YEAR
    april = add_months(year.starts_on.replace(day=1), before)
    if before == 0:
        return [year]
    first = money.part(year.net_pence, before, MONTHS_OF_YEAR)
    return [
        Charge(year.starts_on, april - ONE_DAY, first),
        Charge(april, year.ends_on, year.net_pence - first),
    ]
