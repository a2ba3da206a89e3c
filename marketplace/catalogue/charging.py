"""What the charge of one period is made of, and how much capacity it takes. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from marketplace.catalogue.kinds import (
    CHARGED_WORDS,
    PHASE_WORDS,
    UNIT_WORDS,
    Basis,
    Cadence,
    CapacityUnit,
    Phase,
    counted,
    each,
)
from marketplace.kernel.money import pounds

MONTHS = {Cadence.MONTHLY: 1, Cadence.TERMLY: 4, Cadence.ANNUAL: 12}
"""For how many months of capacity a bundle is meant; one that is charged once, for all of its order."""
OF_SCHOOLS = frozenset({Basis.SCHOOL, Basis.PUPIL})
"""Bases for which a buyer names schools."""
BUNDLED = frozenset({CapacityUnit.HOUR, CapacityUnit.DAY})
"""What can be sold in bundles."""


class PlanTerms(Protocol):
    """What a plan, or an order of one, says about its charge."""

    @property
    def cadence(self) -> Cadence: ...
    @property
    def basis(self) -> Basis: ...
    @property
    def unit(self) -> CapacityUnit: ...
    @property
    def unit_price_pence(self) -> int: ...
    @property
    def fixed_pence(self) -> int: ...
    @property
    def phase_prices(self) -> Mapping[str, Any]: ...
    @property
    def units_each(self) -> int: ...
    @property
    def bundle_units(self) -> int | None: ...


@dataclass(frozen=True)
class CountedSchool:
    """A school that an order names, with the pupils it is charged for, and the day they were counted on."""

    school_id: uuid.UUID | None
    name: str
    phase: Phase | None
    pupils: int
    counted_on: date | None = None
    """None: as the schools register has them."""


@dataclass(frozen=True)
class PriceLine:
    """A part of every whole charge: so many of something at a net price in pence."""

    words: str
    quantity: int
    unit: str
    unit_price_pence: int

    @property
    def net_pence(self) -> int:
        """What the line comes to."""
        return self.quantity * self.unit_price_pence


def price_lines(plan: PlanTerms, quantity: int, schools: Sequence[CountedSchool] = ()) -> list[PriceLine]:
    """What one whole charge is made of: the price by what the basis counts, then the fixed fee."""
    lines = _of_schools(plan, schools) if plan.basis in OF_SCHOOLS else [_of_quantity(plan, quantity)]
    if plan.fixed_pence:
        lines.append(PriceLine("Fixed fee", 1, "fee", plan.fixed_pence))
    return lines


def period_pence(lines: Iterable[PriceLine]) -> int:
    """The net of one whole charge."""
    return sum(line.net_pence for line in lines)


def units_taken(plan: PlanTerms, quantity: int, periods: int, schools: Sequence[CountedSchool] = ()) -> int:
    """Units of capacity that are taken in each capacity period.

    A bundle is spread over its months, rounded up: 20 hours a term take 5 hours in each month. Where pupils
    are counted, a school whose pupils nobody knows takes `units_each`.
    """
    if plan.basis is Basis.UNIT:
        return quantity
    if plan.basis is Basis.BUNDLE:
        months = MONTHS.get(plan.cadence, periods)
        return quantity * -(-(plan.bundle_units or 0) // months)
    if plan.basis is Basis.FLAT:
        return plan.units_each
    if plan.unit is CapacityUnit.PUPIL:
        return sum(school.pupils or plan.units_each for school in schools)
    return plan.units_each * len(schools)


def units_of_one(plan: PlanTerms, periods: int) -> int:
    """Units that one bundle, one school or the whole service takes in each capacity period.

    One where it differs from order to order: units themselves, and pupils.
    """
    if plan.basis in OF_SCHOOLS:
        return 1 if plan.unit is CapacityUnit.PUPIL else plan.units_each
    return units_taken(plan, 1, periods)


def counted_words(plan: PlanTerms, quantity: int) -> str:
    """What was ordered: 2 days, 3 schools, 1 bundle of 20 hours, the whole service."""
    if plan.basis is Basis.FLAT:
        return "the whole service"
    if plan.basis in OF_SCHOOLS:
        return counted(quantity, CapacityUnit.SCHOOL)
    if plan.basis is Basis.BUNDLE:
        return f"{quantity:,} {'bundle' if quantity == 1 else 'bundles'} of {_bundle(plan)}"
    return counted(quantity, plan.unit)


def plan_words(plan: PlanTerms) -> str:
    """£265.00 a day, charged each month: the whole price of a plan in words, net."""
    priced = {
        Basis.UNIT: each(plan.unit),
        Basis.FLAT: "for the whole service",
        Basis.SCHOOL: "a school",
        Basis.PUPIL: "a pupil",
        Basis.BUNDLE: f"for {_bundle(plan)}",
    }[plan.basis]
    words = [f"{pounds(plan.unit_price_pence)} {priced}"]
    words += [
        f"{pounds(plan.phase_prices[phase.value])} in {PHASE_WORDS[phase].lower()}"
        for phase in Phase
        if phase.value in plan.phase_prices
    ]
    fixed = f" and a fixed fee of {pounds(plan.fixed_pence)}" if plan.fixed_pence else ""
    return f"{', '.join(words)}{fixed}, {CHARGED_WORDS[plan.cadence]}"


def phase_of(register_phase: str | None, establishment_type: str | None) -> Phase | None:
    """The phase of a school by the register's words; None when they do not say.

    Special schools and alternative provision are known by their type; middle schools as the register deems
    them; a school for all ages counts as secondary.
    """
    kind, phase = (establishment_type or "").lower(), (register_phase or "").lower()
    if any(word in kind for word in ("special", "pupil referral", "alternative provision")):
        return Phase.SPECIAL
    for found, words in (
        (Phase.NURSERY, ("nursery",)),
        (Phase.PRIMARY, ("primary",)),
        (Phase.SECONDARY, ("secondary", "all-through", "all through")),
        (Phase.SIXTEEN_PLUS, ("16 plus", "sixth form")),
    ):
        if any(word in phase for word in words):
            return found
    return None


def _of_quantity(plan: PlanTerms, quantity: int) -> PriceLine:
    one = UNIT_WORDS[plan.unit][0]
    if plan.basis is Basis.FLAT:
        return PriceLine("Whole service", 1, "service", plan.unit_price_pence)
    if plan.basis is Basis.BUNDLE:
        return PriceLine("Bundles", quantity, f"bundle of {_bundle(plan)}", plan.unit_price_pence)
    return PriceLine(UNIT_WORDS[plan.unit][1].capitalize(), quantity, one, plan.unit_price_pence)


def _of_schools(plan: PlanTerms, schools: Sequence[CountedSchool]) -> list[PriceLine]:
    """A line for each price: those of the phases that have their own, and the others together."""
    lines = []
    for phase in (*Phase, None):
        mine = [school for school in schools if _priced_as(plan, school) is phase]
        if mine:
            price = plan.phase_prices[phase.value] if phase else plan.unit_price_pence
            lines.append(_of_some(plan, mine, phase, int(price)))
    return lines


def _of_some(plan: PlanTerms, schools: Sequence[CountedSchool], phase: Phase | None, price: int) -> PriceLine:
    pupils = plan.basis is Basis.PUPIL
    quantity = sum(school.pupils for school in schools) if pupils else len(schools)
    unit = "pupil" if pupils else "school"
    what = f"{unit}s" if phase is None else f"{unit}s, {PHASE_WORDS[phase].lower()}"
    return PriceLine(what.capitalize(), quantity, unit, price)


def _priced_as(plan: PlanTerms, school: CountedSchool) -> Phase | None:
    own = school.phase is not None and school.phase.value in plan.phase_prices
    return school.phase if own else None


def _bundle(plan: PlanTerms) -> str:
    return counted(plan.bundle_units or 0, plan.unit)
