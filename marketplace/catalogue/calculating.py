"""What an order of a listing would cost over its whole life, before anybody orders."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue import charging, pricing
from marketplace.catalogue.availability import first_of_month
from marketplace.catalogue.charging import OF_SCHOOLS, CountedSchool, PriceLine
from marketplace.catalogue.kinds import PERIOD_WORDS, Basis, Cadence, CapacityUnit, counted
from marketplace.catalogue.queries import Offer, OfferedPlan
from marketplace.kernel import clock
from marketplace.kernel.database import PENCE_LIMIT
from marketplace.kernel.errors import NotFound, Refused
from marketplace.trusts import queries as trusts
from marketplace.trusts import terms

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
    starts_on = asked.get("starts_on") or _next_start(session, offer, plan)
    periods = asked.get("periods") or max(USUAL[plan.cadence], plan.minimum_periods)
    check_length(plan, periods)
    own = _own_schools(session, plan, buyer_id) if asked.get("quantity") is None else []
    uncounted = [one for one in own if plan.basis is Basis.PUPIL and not one.pupils]
    schools = [one for one in own if one not in uncounted] or _some(plan, asked.get("quantity") or 1)
    quantity = _quantity(plan, asked.get("quantity") or 1, schools)
    lines = charging.price_lines(plan, quantity, schools)
    full = charging.period_pence(lines)
    if full * periods >= PENCE_LIMIT:
        raise Refused("Enter less: no order may cost as much.", field="quantity")
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
    )


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


def _next_start(session: Session, offer: Offer, plan: OfferedPlan) -> date:
    """The first day of the next month, or of the next term."""
    today = clock.today()
    if plan.cadence is not Cadence.TERMLY:
        return pricing.add_months(first_of_month(today), 1)
    return terms.starts(trusts.own_terms(session, offer.seller_id), today, 1)[1]


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
