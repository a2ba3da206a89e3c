"""What an order counts: units, bundles, or the buyer's schools and their pupils."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue import charging, pricing
from marketplace.catalogue.calculating import counted_schools
from marketplace.catalogue.charging import OF_SCHOOLS, CountedSchool, PriceLine
from marketplace.catalogue.describing import lasts
from marketplace.catalogue.kinds import PERIOD_WORDS, Basis, CapacityUnit, Phase
from marketplace.catalogue.queries import Offer, OfferedPlan
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Refused
from marketplace.trusts import queries as trusts
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationState


def named_schools(
    session: Session,
    actor: Actor,
    plan: OfferedPlan,
    school_ids: Sequence[uuid.UUID],
    told: int | None,
) -> list[CountedSchool]:
    """The schools that a price of each school or pupil counts; Refused where none are named or counted,
    or one is named that is not the buyer's own and open.

    Who has no schools in the register tells how many schools or pupils there are.
    """
    if plan.basis not in OF_SCHOOLS:
        return []
    own = trusts.own_schools(session, actor.organisation_id)
    if not own:
        return _told_schools(actor, plan, told)
    named = [one for one in own if one.id in set(school_ids)]
    if not named:
        raise Refused("Select the schools that the order is for", field="school_ids")
    if len(named) < len(set(school_ids)):
        words = "One of the schools is not yours, or not any more. Select the schools that the order is for"
        raise Refused(words, field="school_ids")
    uncounted = [one.name for one in named if plan.basis is Basis.PUPIL and not one.pupils]
    if uncounted:
        words = f"Nobody knows how many pupils {uncounted[0]} has. Enter it on the page of your trust first."
        raise Refused(words, field="school_ids")
    return counted_schools(named)


def _told_schools(actor: Actor, plan: OfferedPlan, told: int | None) -> list[CountedSchool]:
    if told is None:
        what = "pupils" if plan.basis is Basis.PUPIL else "schools"
        raise Refused(f"Enter how many {what} it is for", field="quantity")
    if plan.basis is Basis.PUPIL:
        return [CountedSchool(None, actor.organisation_name, None, told, clock.today())]
    return [CountedSchool(None, actor.organisation_name, None, 0)] * told


def check_still_own(session: Session, order: Any, remedy: str, buyer: str = "your trust") -> None:
    """Conflict when a school that an order names has closed or is not its buyer's any more."""
    named = [one.school_id for one in schools_of(order) if one.school_id]
    gone = trusts.not_own_schools(session, order.buyer_id, named) if named else []
    if gone:
        left = f"is not a school of {buyer} any more"
        said = [
            f"{one.name} {'has closed' if one.state is OrganisationState.CLOSED else left}" for one in gone
        ]
        raise Conflict(f"By the schools register {' and '.join(said)}. {remedy}")


def quantity_of(plan: OfferedPlan, told: int | None, schools: Sequence[CountedSchool]) -> int:
    """How many of what the basis counts; a price of each pupil counts schools here."""
    if plan.basis in OF_SCHOOLS:
        return len(schools)
    if plan.basis is Basis.FLAT:
        return 1
    if told is None:
        raise Refused("Enter how many you need", field="quantity")
    return told


def told_of(order: Any) -> int:
    """The number that the buyer of an order (or of its row) typed: of pupils, where it told those."""
    schools = schools_of(order)
    pupils = order.basis is Basis.PUPIL and not any(school.school_id for school in schools)
    return sum(school.pupils for school in schools) if pupils else int(order.quantity)


def what_is_counted(plan: charging.PlanTerms) -> tuple[Basis, int | None, CapacityUnit | None]:
    """What the quantity of an order at a price is a number of: one told for something else says nothing."""
    of_units = plan.basis in {Basis.UNIT, Basis.BUNDLE}
    return plan.basis, plan.bundle_units, plan.unit if of_units else None


def check_length_is_told(order: Any, offer: Offer, plan: OfferedPlan) -> None:
    """Refused where the length of an order was told in other periods than a price is charged by now."""
    if lasts(offer.kind, plan.cadence) and not _is_told(order, plan):
        words = f"Enter for how many {PERIOD_WORDS[plan.cadence][1]} you need it"
        raise Refused(words, field="periods")


def _is_told(order: Any, plan: OfferedPlan) -> bool:
    is_alike = PERIOD_WORDS[order.cadence] == PERIOD_WORDS[plan.cadence]
    return is_alike and lasts(order.kind, order.cadence)


def told_at(session: Session, order: Any, plan: OfferedPlan) -> dict[str, Any]:
    """What its buyer told of a draft, as far as it holds at a price; else what a new order begins with."""
    schools = [one.school_id for one in schools_of(order) if one.school_id]
    if not schools and plan.basis in OF_SCHOOLS:
        schools = [one.id for one in trusts.own_schools(session, order.buyer_id)]
    is_counted = what_is_counted(order) == what_is_counted(plan)
    return {
        "plan_id": plan.plan_id,
        "quantity": told_of(order) if is_counted else None,
        "periods": order.periods if _is_told(order, plan) else None,
        "school_ids": schools,
    }


def kept(school: CountedSchool) -> dict[str, Any]:
    """A school as an order keeps it."""
    return {
        "school_id": str(school.school_id) if school.school_id else None,
        "name": school.name,
        "phase": school.phase.value if school.phase else None,
        "pupils": school.pupils,
        "counted_on": school.counted_on.isoformat() if school.counted_on else None,
    }


def schools_of(order: Any) -> list[CountedSchool]:
    """The schools that an order keeps."""
    return [
        CountedSchool(
            uuid.UUID(one["school_id"]) if one["school_id"] else None,
            one["name"],
            Phase(one["phase"]) if one["phase"] else None,
            one["pupils"],
            date.fromisoformat(one["counted_on"]) if one["counted_on"] else None,
        )
        for one in order.schools
    ]


def lines_of(order: Any) -> list[PriceLine]:
    """What one whole charge of an order (or of its row) is made of."""
    return charging.price_lines(order, order.quantity, schools_of(order))


def charges_of(order: Any) -> list[pricing.Charge]:
    """Every charge of an order, or of its row."""
    full = charging.period_pence(lines_of(order))
    starts = pricing.kept_starts(order.term_starts)
    return pricing.charges_by(order, full, order.starts_on, order.periods, starts)


def units_of(order: Any) -> int:
    """Units of capacity that an order takes in each capacity period."""
    return charging.units_taken(order, order.quantity, order.periods, schools_of(order))
