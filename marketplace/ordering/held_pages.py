"""Ordering what is held for one's organisation after it waited: one page, one press."""

from __future__ import annotations

import uuid
from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import charging, kinds, pricing
from marketplace.catalogue.calculating import term_starts
from marketplace.catalogue.kinds import Basis
from marketplace.catalogue.queries import Offer, OfferedPlan
from marketplace.delegation.queries import choices, scheme_of
from marketplace.kernel.errors import Conflict, InvalidState, Refused
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.ordering import services
from marketplace.ordering.schemas import OrderHeld
from marketplace.ordering.states import ORDERERS
from marketplace.ordering.terms import OrderTerms, offer_of
from marketplace.scheduling import queries as scheduling
from marketplace.scheduling.kinds import WaitingState
from marketplace.scheduling.queries import Place
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("held", __name__)


@pages.get("/waiting-places/<uuid:place_id>/order")
@roles(*ORDERERS)
def ask(place_id: uuid.UUID) -> ResponseReturnValue:
    """Every date and sum of what is held, and what the order still needs."""
    place = _held(place_id)
    return _show(place, _offer(place), Form(OrderHeld()))


@pages.post("/waiting-places/<uuid:place_id>/order")
@roles(*ORDERERS)
def order(place_id: uuid.UUID) -> ResponseReturnValue:
    """Place it, or send it for approval: the order takes over what is held in the same unit of work."""
    place, form = _held(place_id), Form.posted(OrderHeld())
    offer, command = _offer(place), form.read()
    if command is None:
        return _show(place, offer, form), 422
    session, actor, row = current_session(), current_actor(), place.row
    seen = (command.pop("listing_version"), command.pop("term_starts"))
    terms = OrderTerms(
        quantity=row.quantity, starts_on=row.starts_on, periods=row.periods, plan_id=row.plan_id, **command
    )
    try:
        started = services.start_order(session, actor, row.listing_id, terms)
        if (started.listing_version, " ".join(started.term_starts or ())) != seen:
            changed = "The seller changed the listing or its term dates since you looked."
            raise Conflict(f"{changed} Look again before you order.")
        services.submit_order(session, actor, started.id)
    except (Refused, Conflict) as error:
        form.refuse(error)
        return _show(place, offer, form), error.status
    return redirect(url_for("ordering.sent", order_id=started.id))


def _held(place_id: uuid.UUID) -> Place:
    place = scheduling.own_place(current_session(), current_actor(), place_id)
    if place.row.state is not WaitingState.OFFERED:
        raise InvalidState("Nothing is held for you here now. Go back to your waiting lists.")
    return place


def _offer(place: Place) -> Offer:
    return offer_of(current_session(), current_actor().organisation_id, place.row.listing_id)


def _show(place: Place, offer: Offer, form: Form) -> str:
    organisation_id = current_actor().organisation_id
    form.options = {"cost_centre_id": choices(current_session(), organisation_id)}
    plan = next((plan for plan in offer.plans if plan.plan_id == place.row.plan_id), None)
    return render_template(
        "ordering/order_held.html",
        place=place,
        offer=offer,
        plan=plan,
        charges=_charges(place, plan) if plan and plan.basis is Basis.UNIT else [],
        term_starts=" ".join(day.isoformat() for day in _starts(place) or ()),
        by_unit=plan is not None and plan.basis is Basis.UNIT,
        form=form,
        counted=kinds.counted,
        unit_words=kinds.UNIT_WORDS,
        requires_po_number=scheme_of(current_session(), organisation_id).requires_po_number,
    )


def _charges(place: Place, plan: OfferedPlan) -> list[pricing.Charge]:
    """What it costs, where each unit has its price."""
    row = place.row
    full = charging.period_pence(charging.price_lines(plan, row.quantity))
    return pricing.charges_by(plan, full, row.starts_on, row.periods, _starts(place))


def _starts(place: Place) -> list[date] | None:
    """The seller's own terms that an order of this keeps."""
    row = place.row
    return term_starts(current_session(), row.seller_id, row.cadence, row.starts_on, row.periods)
