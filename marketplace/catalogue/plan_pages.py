"""A listing's prices, page by page."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import kinds, plans, queries
from marketplace.catalogue.kinds import Basis, CapacityUnit
from marketplace.catalogue.plan_schemas import SetPlan
from marketplace.catalogue.plans import PHASE_FIELDS
from marketplace.catalogue.queries import Offer, OfferedPlan
from marketplace.catalogue.unfinished import may_wait
from marketplace.kernel.errors import Conflict, NotFound, Refused
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("plans", __name__, url_prefix="/listings/<uuid:listing_id>/prices")

SELLS = (Role.SELLER, Role.ADMINISTRATOR)
USUAL = {CapacityUnit.SCHOOL: Basis.SCHOOL, CapacityUnit.PUPIL: Basis.PUPIL}
"""Where capacity is counted in schools or pupils, an order names them."""


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of kinds.py, for templates."""
    return {
        "length_words": kinds.length_words,
        "unit_words": kinds.UNIT_WORDS,
        "vat_words": kinds.VAT_WORDS,
    }


@pages.get("")
@roles(*SELLS)
def own(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Every price of the listing."""
    return render_template("catalogue/prices.html", offer=_own(listing_id))


@pages.get("/new")
@roles(*SELLS)
def add(listing_id: uuid.UUID) -> ResponseReturnValue:
    """The form of one more price."""
    offer = _own(listing_id)
    usual = {"vat_treatment": offer.plans[0].vat_treatment} if offer.plans else {}
    basis = USUAL.get(offer.unit, Basis.UNIT)
    return _show_form(offer, Form.of(SetPlan(), {"basis": basis, "minimum_periods": 1} | usual))


@pages.post("/new")
@roles(*SELLS)
@may_wait
def do_add(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Keep it."""
    offer, form = _own(listing_id), Form.posted(SetPlan())
    command = form.read()
    if command is None:
        return _show_form(offer, form), 422
    try:
        plans.add_plan(current_session(), current_actor(), listing_id, plans.price_of(command))
    except (Refused, Conflict) as error:
        form.refuse(error)
        return _show_form(offer, form), error.status
    return _saved(listing_id, "The price is saved.")


@pages.get("/<uuid:plan_id>")
@roles(*SELLS)
def change(listing_id: uuid.UUID, plan_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a price, filled."""
    offer = _own(listing_id)
    plan = _plan(offer, plan_id)
    by_phase = {name: plan.phase_prices.get(phase.value) for name, phase in PHASE_FIELDS.items()}
    return _show_form(offer, Form.of(SetPlan(), vars(plan) | by_phase), plan)


@pages.post("/<uuid:plan_id>")
@roles(*SELLS)
@may_wait
def do_change(listing_id: uuid.UUID, plan_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the changed price; orders made before keep theirs."""
    offer, form = _own(listing_id), Form.posted(SetPlan())
    plan = _plan(offer, plan_id)
    command = form.read()
    if command is None:
        return _show_form(offer, form, plan), 422
    try:
        plans.change_plan(current_session(), current_actor(), listing_id, plan_id, plans.price_of(command))
    except (Refused, Conflict) as error:
        form.refuse(error)
        return _show_form(offer, form, plan), error.status
    return _saved(listing_id, "The price is saved.")


@pages.get("/<uuid:plan_id>/remove")
@roles(*SELLS)
def remove(listing_id: uuid.UUID, plan_id: uuid.UUID) -> ResponseReturnValue:
    """Are you sure?"""
    offer = _own(listing_id)
    return _show_removal(offer, _plan(offer, plan_id), Form(Command()))


@pages.post("/<uuid:plan_id>/remove")
@roles(*SELLS)
def do_remove(listing_id: uuid.UUID, plan_id: uuid.UUID) -> ResponseReturnValue:
    """Offer it no more."""
    offer, form = _own(listing_id), Form.posted(Command())
    plan = _plan(offer, plan_id)
    if form.read() is None:
        return _show_removal(offer, plan, form), 422
    try:
        plans.remove_plan(current_session(), current_actor(), listing_id, plan_id)
    except Conflict as error:
        form.refuse(error)
        return _show_removal(offer, plan, form), error.status
    return _saved(listing_id, "The price is removed.")


def _own(listing_id: uuid.UUID) -> Offer:
    return queries.own_listing(current_session(), current_actor().organisation_id, listing_id)


def _plan(offer: Offer, plan_id: uuid.UUID) -> OfferedPlan:
    found = next((plan for plan in offer.plans if plan.plan_id == plan_id), None)
    if found is None:
        raise NotFound
    return found


def _saved(listing_id: uuid.UUID, words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("plans.own", listing_id=listing_id))


def _show_form(offer: Offer, form: Form, plan: OfferedPlan | None = None) -> str:
    return render_template(
        "catalogue/price.html", offer=offer, form=form, plan=plan, phase_fields=list(PHASE_FIELDS)
    )


def _show_removal(offer: Offer, plan: OfferedPlan, form: Form) -> str:
    return render_template("catalogue/remove_price.html", offer=offer, plan=plan, form=form)
