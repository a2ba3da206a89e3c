"""What a buyer asks for, what a listing offers now, and what an order keeps of it."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import charging, pricing
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import taking as capacity
from marketplace.catalogue.calculating import check_length, length_of, term_starts
from marketplace.catalogue.kinds import CATEGORY_WORDS, Basis, Cadence, counted
from marketplace.catalogue.models import Listing
from marketplace.delegation.kinds import UndertakingSource
from marketplace.delegation.spreading import Part
from marketplace.delegation.undertaking import Asked, check_own_cost_centre
from marketplace.kernel import clock
from marketplace.kernel.database import PENCE_LIMIT
from marketplace.kernel.errors import Conflict, NotFound, Refused
from marketplace.kernel.money import pounds
from marketplace.ordering import counting
from marketplace.ordering.models import Order
from marketplace.scheduling import holding
from marketplace.trusts.access import Actor
from marketplace.trusts.describing import hold_terms

OF_LISTING = {
    "unit": "the unit",
    "title": "the title",
    "summary": "the summary",
    "description": "the description",
    "delivery": "where the work is done",
    "places_served": "the places served",
    "kind": "the kind",
    "licence": "the licence",
    "trial_months": "how long a trial lasts",
    "trial_percent": "the price of a trial",
    "trial_terms": "the terms of a trial",
}
OF_PLAN = {
    "unit_price_pence": "the price",
    "vat_treatment": "the VAT treatment",
    "fixed_pence": "the fixed fee",
    "phase_prices": "the prices by phase",
    "units_each": "the capacity that it takes",
    "bundle_units": "the units of a bundle",
    "carried_over": "what is carried over",
    "minimum_periods": "the shortest order",
    "notice_days": "the notice",
    "is_split_in_april": "when it is charged",
}
NOTHING = (
    "Your schools cost nothing at this price, and an order must cost at least 1p. "
    "Add a school of another phase, choose another price, or ask the seller."
)
"""Said where a phase has a price of £0.00, and nothing comes on top of it."""
COPIED = OF_LISTING | OF_PLAN
"""What an order copies of its listing and plan, and what each is called when it has changed."""


@dataclass(frozen=True)
class OrderTerms:
    """What a buyer asks for: how many, the London start date, and for how many months, terms or years.

    `plan_id` names the price; it may be left out where the listing has one. A price of each school or pupil
    counts the schools that are named, and the whole service is one, whatever `quantity` says. Knowledge that
    is charged once has no length to tell, whatever `periods` says.
    """

    quantity: int | None
    starts_on: date
    periods: int | None
    plan_id: uuid.UUID | None = None
    school_ids: Sequence[uuid.UUID] = ()
    po_number: str | None = None
    note: str | None = None
    cost_centre_id: uuid.UUID | None = None


def order_columns(
    session: Session, actor: Actor, offer: catalogue.Offer, terms: OrderTerms
) -> dict[str, Any]:
    """The columns of an order on an offer's terms of now; Refused or Conflict at the field at fault."""
    if offer.seller_id == actor.organisation_id:
        raise Refused("This is a listing of your own trust, so you cannot order it.")
    plan = plan_of(offer, terms.plan_id)
    periods = length_of(offer, plan, terms.periods)
    if terms.starts_on < clock.today():
        raise Refused("Start date must be today or in the future", field="starts_on")
    check_length(plan, periods)
    schools = counting.named_schools(session, actor, plan, terms.school_ids, terms.quantity)
    quantity = counting.quantity_of(plan, terms.quantity, schools)
    if terms.cost_centre_id is not None:
        check_own_cost_centre(session, actor.organisation_id, terms.cost_centre_id)
    full = charging.period_pence(charging.price_lines(plan, quantity, schools))
    if full == 0:
        raise Refused(NOTHING, field="school_ids")
    if full * periods >= PENCE_LIMIT:
        words = f"Order less: {pounds(full * periods)} is more than one order may cost."
        raise Refused(words, field="quantity")
    starts = term_starts(session, offer.seller_id, plan.cadence, terms.starts_on, periods)
    charged = pricing.charges_by(plan, full, terms.starts_on, periods, starts)
    _check_no_charge_is_nothing(charged)
    units, days = (
        charging.units_taken(plan, quantity, periods, schools),
        (terms.starts_on, charged[-1].ends_on),
    )
    field = "school_ids" if terms.school_ids else "quantity"
    if not holding.is_held(session, actor.organisation_id, offer.id, units, days):
        _check_capacity(session, plan, capacity.Want(offer.id, units, *days), field)
    return {
        "seller_id": offer.seller_id,
        "listing_id": offer.id,
        "listing_version": offer.version,
        **_offered_terms(offer, plan),
        "plan_id": plan.plan_id,
        "cadence": plan.cadence,
        "basis": plan.basis,
        "quantity": quantity,
        "schools": [counting.kept(school) for school in schools],
        "term_starts": [day.isoformat() for day in starts] if starts else None,
        "starts_on": terms.starts_on,
        "periods": periods,
        "ends_on": charged[-1].ends_on,
        "net_pence": pricing.whole_life_pence(charged),
        "po_number": terms.po_number,
        "note": terms.note,
        "cost_centre_id": terms.cost_centre_id,
    }


def _offered_terms(offer: catalogue.Offer, plan: catalogue.OfferedPlan) -> dict[str, Any]:
    """What a listing says that binds its seller, as columns of an order; COPIED has their words."""
    return {name: getattr(plan if name in OF_PLAN else offer, name) for name in COPIED}


def _check_no_charge_is_nothing(charged: Sequence[pricing.Charge]) -> None:
    """The last days of a term can be so few that their part of a small price rounds to nothing."""
    for charge in charged:
        if charge.net_pence == 0:
            days = f"from {in_words(charge.starts_on)} to {in_words(charge.ends_on)}"
            words = f"Choose an earlier start date or order more: the charge {days} is less than 1p."
            raise Refused(words, field="starts_on")


def plan_of(offer: catalogue.Offer, plan_id: uuid.UUID | None) -> catalogue.OfferedPlan:
    """The price that is meant; Refused when the listing has several and none of them is named."""
    if plan_id is None and len(offer.plans) == 1:
        return offer.plans[0]
    for plan in offer.plans:
        if plan.plan_id == plan_id:
            return plan
    raise Refused("Select how you want to be charged", field="plan_id")


def _check_capacity(session: Session, plan: charging.PlanTerms, want: capacity.Want, field: str) -> None:
    """Try to take what the order would need, and undo it: a draft is refused by the very rule of placing."""
    trial = session.begin_nested()
    try:
        take(session, plan, want, field)
    finally:
        trial.rollback()


def take(
    session: Session, plan: charging.PlanTerms, want: capacity.Want, field: str = "quantity"
) -> list[capacity.Taken]:
    """Take what an order at a price needs; where the price counts something else than capacity, say so."""
    try:
        return capacity.take_all(session, [want])[0]
    except capacity.CapacityExceeded as error:
        if plan.basis is Basis.UNIT:
            raise
        takes = f"The order takes {counted(want.quantity, plan.unit)} in each month."
        is_whole = plan.basis is Basis.FLAT
        remedy = f"{takes} {'Choose other dates' if is_whole else 'Order less or choose other dates'}."
        raise capacity.CapacityExceeded(
            error.left,
            "Choose other dates." if error.is_all_gone else remedy,
            field="starts_on" if is_whole else field,
        ) from None


def asked_of(session: Session, order: Order) -> Asked:
    """What its buyer undertakes to spend with an order, by the days of its charges."""
    return Asked(
        source=UndertakingSource.ORDER,
        source_id=order.id,
        supplier_id=order.seller_id,
        category=_category(session, order.listing_id),
        title=f"{order.reference} {order.title}",
        path=f"/orders/{order.id}",
        parts=[Part(one.starts_on, one.ends_on, one.net_pence) for one in counting.charges_of(order)],
        cost_centre_id=order.cost_centre_id,
    )


def _category(session: Session, listing_id: uuid.UUID) -> str:
    """In words; empty when the listing is not there for the buyer any more."""
    found = session.scalar(sa.select(Listing.category).where(Listing.id == listing_id))
    return "" if found is None else CATEGORY_WORDS[found]


def offer_of(
    session: Session, buyer_id: uuid.UUID, listing_id: uuid.UUID, lock: bool = False
) -> catalogue.Offer:
    """The listing of an order, as its buyer is offered it now; Conflict when it is not."""
    try:
        return catalogue.offer(session, buyer_id, listing_id, lock)
    except NotFound as error:
        raise Conflict("The seller no longer offers this service. Look for another one.") from error


def terms_of(order: Order) -> OrderTerms:
    """What the buyer asked for when the order was written last."""
    return OrderTerms(
        quantity=counting.told_of(order),
        starts_on=order.starts_on,
        periods=order.periods,
        plan_id=order.plan_id,
        school_ids=[one.school_id for one in counting.schools_of(order) if one.school_id],
        po_number=order.po_number,
        note=order.note,
        cost_centre_id=order.cost_centre_id,
    )


def changed_terms(order: Order, offer: catalogue.Offer, changes: Mapping[str, Any]) -> OrderTerms:
    """What the buyer asks for after a change of some fields.

    A number that was told for something else than is counted now is not kept: it must be told again.
    """
    terms = dataclasses.replace(terms_of(order), **changes)
    plan = plan_of(offer, terms.plan_id)
    if "periods" not in changes:
        counting.check_length_is_told(order, offer, plan)
    if "quantity" not in changes and counting.what_is_counted(order) != counting.what_is_counted(plan):
        return dataclasses.replace(terms, quantity=None)
    return terms


def check_still_offered(session: Session, order: Order, remedy: str) -> None:
    """Conflict when what binds is not offered any more: its time has passed, or the terms have changed.

    The listing is locked, and what is charged each term holds the seller's terms too, so that neither can
    change between this look and the order's commit.
    """
    if order.starts_on < clock.today():
        raise Conflict(f"The start date has passed. {remedy}")
    offer = offer_of(session, order.buyer_id, order.listing_id, lock=True)
    plan = next((plan for plan in offer.plans if plan.plan_id == order.plan_id), None)
    if plan is None or (plan.cadence, plan.basis) != (order.cadence, order.basis):
        raise Conflict(f"The seller has changed how it is charged. {remedy}")
    now = _offered_terms(offer, plan)
    changed = [words for name, words in COPIED.items() if getattr(order, name) != now[name]]
    if order.cadence is Cadence.TERMLY:
        hold_terms(session, order.seller_id)
    starts = term_starts(session, order.seller_id, order.cadence, order.starts_on, order.periods)
    if starts != pricing.kept_starts(order.term_starts):
        changed.append("the term dates")
    if changed:
        raise Conflict(f"The seller has changed {' and '.join(changed)}. {remedy}")


def in_words(on: date) -> str:
    """1 April 2027."""
    return f"{on.day} {on:%B %Y}"
