"""What one listing would cost for a year, as an example to compare. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.catalogue.kinds import VAT_RATES_BP, Basis, Cadence, CapacityUnit, VatTreatment, counted
from marketplace.kernel import money

CHARGES = {Cadence.MONTHLY: 12, Cadence.TERMLY: 3, Cadence.ANNUAL: 1, Cadence.ONCE: 1}
PUPILS = 200
"""A primary school of one form of entry."""


@dataclass(frozen=True)
class Example:
    """A year of the least that can be bought, in words, and its sums in pence."""

    words: str
    net_pence: int
    vat_pence: int

    @property
    def gross_pence(self) -> int:
        """Net and VAT."""
        return self.net_pence + self.vat_pence


def of_a_year(item: Mapping[str, Any]) -> Example | None:
    """The cheapest way to have one of a listing for a year; None when no plan says what it costs."""
    found = [_of_plan(plan, CapacityUnit(item["unit"])) for plan in item["plans"]]
    return min(found, key=lambda one: one.net_pence, default=None)


def _of_plan(plan: Mapping[str, Any], unit: CapacityUnit) -> Example:
    cadence, basis = Cadence(plan["cadence"]), Basis(plan["basis"])
    number, words = _how_much(basis, unit)
    each = plan["fixed_pence"] + number * plan["unit_price_pence"]
    vat = money.vat(each, VAT_RATES_BP[VatTreatment(plan["vat_treatment"])])
    times = CHARGES[cadence]
    return Example(words if times == 1 else f"{words}, charged {times} times", each * times, vat * times)


def _how_much(basis: Basis, unit: CapacityUnit) -> tuple[int, str]:
    said = {
        Basis.FLAT: (1, "the whole service"),
        Basis.SCHOOL: (1, "1 school"),
        Basis.PUPIL: (PUPILS, f"{PUPILS} pupils"),
        Basis.BUNDLE: (1, "1 bundle"),
    }
    return said.get(basis, (1, counted(1, unit)))
