"""What an order of a listing would cost over its whole life, before anybody orders."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue import charging, lasting, pricing
from marketplace.catalogue.availability import first_of_month
from marketplace.catalogue.charging import OF_SCHOOLS, CountedSchool, PriceLine
from marketplace.catalogue.describing import lasts
from marketplace.catalogue.kinds import PERIOD_WORDS, Basis, Cadence, CapacityUnit, counted
from marketplace.catalogue.lasting import Availability
from marketplace.catalogue.offering import MONTHS_AHEAD
from marketplace.catalogue.queries import Offer, OfferedPlan
from marketplace.kernel import clock
from marketplace.kernel.database import PENCE_LIMIT
from marketplace.kernel.errors import NotFound, Refused
from marketplace.trusts import queries as trusts
from marketplace.trusts import terms
from marketplace.trusts.terms import Term

USUAL = {Cadence.MONTHLY: 12, Cadence.TERMLY: 3, Cadence.ANNUAL: 1, Cadence.ONCE: 12}
"""For how many charge periods a cost is shown when nobody says: a year."""


@dataclass(frozen=True)
class Calculated(pricing.Schedule):
    """The whole-life cost of so much of a plan; `schools` are those of the buyer that it was counted for.

    `uncounted` names the buyer's schools that are left out because nobody knows how many pupils they have.
    """

    plan: OfferedPlan
    quantity: int
    starts_on: date
    periods: int
    lines: Sequence[PriceLine]
    schools: Sequence[CountedSchool]
    uncounted: Sequence[str]
    availability: Availability | None
    """Whether it is free then; None where any number can be had."""

    @property
    def words(self) -> str:
        """How much of it: 300 pupils, 2 days, the whole service."""
        if self.plan.basis is Basis.PUPIL:
            return counted(self.quantity, CapacityUnit.PUPIL)
        return charging.counted_words(self.plan, self.quantity)

    @property
    def ends_on(self) -> date:
        """The last day that it covers."""
        return self.charges[-1].ends_on


def calculate(
    session: Session, offer: Offer, buyer_id: uuid.UUID | None, asked: Mapping[str, Any]
) -> Calculated:
    """The cost of what was asked (fields of Calculate); Refused at the field at fault.

    Where a price is for each school or pupil and no number is asked, the buyer's own schools are counted.
    """
    plan = _plan(offer, asked.get("plan_id"))
    periods = _length(offer, plan, asked.get("periods"))
    check_length(plan, periods)
    own = _own_schools(session, plan, buyer_id) if asked.get("quantity") is None else []
    uncounted = [one for one in own if plan.basis is Basis.PUPIL and not one.pupils]
    schools = [one for one in own if one not in uncounted] or _some(plan, asked.get("quantity") or 1)
    quantity = _quantity(plan, asked.get("quantity") or 1, schools)
    lines = charging.price_lines(plan, quantity, schools)
    full = charging.period_pence(lines)
    if full * periods >= PENCE_LIMIT:
        raise Refused("Enter less: no order may cost as much.", field="quantity")
    units = charging.units_taken(plan, quantity, periods, schools)
    starts_on = asked.get("starts_on") or _first_start(session, offer, plan, periods, units)
    starts = term_starts(session, offer.seller_id, plan.cadence, starts_on, periods)
    charged = pricing.charges_by(plan, full, starts_on, periods, starts)
    return Calculated(
        charges=pricing.priced(charged, plan.vat_treatment),
        plan=plan,
        quantity=quantity,
        starts_on=starts_on,
        periods=periods,
        lines=lines,
        schools=[school for school in schools if school.school_id],
        uncounted=[one.name for one in uncounted],
        availability=_availability(offer, plan, units, charged),
    )


def too_short(session: Session, offer: Offer) -> list[str]:
    """Each price of a listing at which nobody can order, since its capacity ends too soon, in a sentence."""
    if offer.is_unlimited:
        return []
    own = _own_terms(session, offer, *offer.plans)
    today = clock.today()
    found = [
        lasting.too_short(plan, plan.minimum_periods, offer.capacity, own, today) for plan in offer.plans
    ]
    return [words for words in found if words]


def length_of(offer: Offer, plan: OfferedPlan, told: int | None) -> int:
    """For how many charge periods; Refused where that counts and is not told."""
    if not lasts(offer.kind, plan.cadence):
        return plan.minimum_periods
    if told is None:
        raise Refused("Enter for how long you need it", field="periods")
    return told


def check_length(plan: OfferedPlan, periods: int) -> None:
    """Refused when a plan is not offered for so many charge periods."""
    one, several = PERIOD_WORDS[plan.cadence]
    most, least = pricing.MOST_PERIODS[plan.cadence], plan.minimum_periods
    if periods > most:
        raise Refused(f"Enter {most} {several} or fewer", field="periods")
    if periods < least:
        raise Refused(
            f"Enter {least} {one if least == 1 else several} or more: the seller offers no less.",
            field="periods",
        )


def term_starts(
    session: Session, seller_id: uuid.UUID, cadence: Cadence, starts_on: date, periods: int
) -> list[date] | None:
    """The first days of the seller's own terms that a termly plan needs; None: the national ones hold."""
    own = trusts.own_terms(session, seller_id) if cadence is Cadence.TERMLY else []
    if not own or periods > pricing.MOST_PERIODS[cadence]:
        return None
    return terms.starts(own, starts_on, periods)


def last_day(session: Session, seller_id: uuid.UUID, cadence: Cadence, starts_on: date, periods: int) -> date:
    """When an order of so many charge periods ends, by the terms of its seller."""
    own = trusts.own_terms(session, seller_id) if cadence is Cadence.TERMLY else []
    return lasting.last_day(cadence, starts_on, periods, own)


def counted_schools(schools: Sequence[trusts.School]) -> list[CountedSchool]:
    """Schools as a price counts them."""
    return [
        CountedSchool(
            one.id,
            one.name,
            charging.phase_of(one.phase, one.establishment_type),
            one.pupils or 0,
            one.counted_on,
        )
        for one in schools
    ]


def _plan(offer: Offer, plan_id: uuid.UUID | None) -> OfferedPlan:
    found = [plan for plan in offer.plans if plan_id is None or plan.plan_id == plan_id]
    if not found:
        raise NotFound
    return found[0]


def _length(offer: Offer, plan: OfferedPlan, asked: int | None) -> int:
    """For how many charge periods; where that says nothing, the least."""
    if not lasts(offer.kind, plan.cadence):
        return plan.minimum_periods
    return asked or max(USUAL[plan.cadence], plan.minimum_periods)


def _first_start(session: Session, offer: Offer, plan: OfferedPlan, periods: int, units: int) -> date:
    """The first day of a month or a term to come from which so much is free; else of the next one."""
    own, today = _own_terms(session, offer, plan), clock.today()
    if plan.cadence is Cadence.TERMLY:
        starts = terms.starts(own, today, pricing.MOST_PERIODS[plan.cadence])[1:]
    else:
        first = first_of_month(today)
        starts = [pricing.add_months(first, index) for index in range(1, MONTHS_AHEAD)]
    if offer.is_unlimited:
        return starts[0]
    return lasting.first_free(
        starts, units, offer.capacity, lambda day: lasting.last_day(plan.cadence, day, periods, own)
    )


def _own_terms(session: Session, offer: Offer, *plans: OfferedPlan) -> list[Term]:
    """The seller's, where something is charged each term."""
    is_termly = any(plan.cadence is Cadence.TERMLY for plan in plans)
    return trusts.own_terms(session, offer.seller_id) if is_termly else []


def _availability(
    offer: Offer, plan: OfferedPlan, units: int, charged: Sequence[pricing.Charge]
) -> Availability | None:
    if offer.is_unlimited:
        return None
    if charged[0].starts_on < clock.today():
        return Availability(False, "Not free then: the start date has passed.")
    return lasting.availability_of(plan, units, offer.capacity, charged[0].starts_on, charged[-1].ends_on)


def _own_schools(session: Session, plan: OfferedPlan, buyer_id: uuid.UUID | None) -> list[CountedSchool]:
    """Those of the buyer that a price of each school or pupil counts."""
    if plan.basis not in OF_SCHOOLS or buyer_id is None:
        return []
    return counted_schools(trusts.own_schools(session, buyer_id))


def _some(plan: OfferedPlan, number: int) -> list[CountedSchool]:
    """So many schools, or pupils, of nobody in particular."""
    if plan.basis is Basis.PUPIL:
        return [CountedSchool(None, "", None, number)]
    return [CountedSchool(None, "", None, 0)] * number if plan.basis is Basis.SCHOOL else []


def _quantity(plan: OfferedPlan, asked: int, schools: Sequence[CountedSchool]) -> int:
    """How many of what the basis counts."""
    if plan.basis is Basis.PUPIL:
        return sum(school.pupils for school in schools)
    if plan.basis is Basis.SCHOOL:
        return len(schools)
    return 1 if plan.basis is Basis.FLAT else asked
