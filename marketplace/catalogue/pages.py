"""Find a service; list one of your own."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.catalogue import kinds, queries, services, states
from marketplace.catalogue.calculator import calculator
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.schemas import DescribeListing, FindListings
from marketplace.catalogue.states import Move
from marketplace.kernel import clock, http
from marketplace.kernel.decisions import public, signed_in
from marketplace.kernel.errors import DomainError
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts.access import Actor
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import BUYERS, Role

pages = Blueprint("catalogue", __name__)

SELLS = (Role.SELLER, Role.ADMINISTRATOR)
MOVED_WORDS = {
    Move.PUBLISH: "Your listing is published. Buyers can find it now.",
    Move.PAUSE: "Your listing is paused. Buyers cannot find it until you resume it.",
    Move.RESUME: "Your listing is published again.",
    Move.WITHDRAW: "Your listing was withdrawn.",
}


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of kinds.py, for templates."""
    return {
        "category_words": {category.value: text for category, text in kinds.CATEGORY_WORDS.items()},
        "counted": kinds.counted,
        "length_words": kinds.length_words,
        "delivery_words": kinds.DELIVERY_WORDS,
        "each": kinds.each,
        "state_words": kinds.STATE_WORDS,
        "unit_words": kinds.UNIT_WORDS,
        "vat_words": kinds.VAT_WORDS,
    }


@pages.get("/listings")
@public
def find() -> ResponseReturnValue:
    """Published listings by words and category, both in the address."""
    known = [(key, value) for key, value in request.args.items() if key in FindListings().fields]
    form = Form(FindListings(), MultiDict(known))
    command = form.read()
    if command is None:
        return render_template("catalogue/find.html", form=form, found=None, total=0), 422
    total, found = queries.find(
        current_session(), command["words"].split(), command["category"], command["after"]
    )
    return render_template("catalogue/find.html", form=form, found=found, total=total)


@pages.get("/listings/own")
@signed_in
def own() -> ResponseReturnValue:
    """The listings of your organisation, in every state."""
    actor = current_actor()
    found = queries.own(current_session(), actor.organisation_id, http.after())
    return render_template(
        "catalogue/own.html", found=found, may_sell=_may_sell(actor), is_seller=actor.kind in BUYERS
    )


@pages.get("/listings/<uuid:listing_id>")
@public
def listing(listing_id: uuid.UUID) -> ResponseReturnValue:
    """A published listing, or one of your own as buyers see it."""
    actor: Actor | None = g.get("actor")
    organisation_id = actor.organisation_id if actor else None
    offer = queries.visible(current_session(), organisation_id, listing_id)
    return _show_listing(offer, Form(Command())), calculator(offer).status


@pages.get("/listings/new")
@roles(*SELLS)
def describe() -> ResponseReturnValue:
    """The first page of a new listing."""
    services.check_may_sell(current_actor())
    return _show_description(Form(DescribeListing()))


@pages.post("/listings/new")
@roles(*SELLS)
def do_describe() -> ResponseReturnValue:
    """Keep the draft and show what is left to do."""
    form = Form.posted(DescribeListing())
    command = form.read()
    if command is None:
        return _show_description(form), 422
    draft = services.describe_listing(current_session(), current_actor(), command)
    return redirect(url_for("catalogue.tasks", listing_id=draft.id))


@pages.get("/listings/<uuid:listing_id>/tasks")
@signed_in
def tasks(listing_id: uuid.UUID) -> ResponseReturnValue:
    """What is done and what is left to do before a listing can be published."""
    offer = _own(listing_id)
    ahead = [period for period in offer.capacity if period.ends_on >= clock.today() and period.units > 0]
    return render_template("catalogue/tasks.html", offer=offer, has_capacity=bool(ahead))


@pages.get("/listings/<uuid:listing_id>/description")
@roles(*SELLS)
def revise(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Change the description."""
    offer = _own(listing_id)
    return _show_description(Form.of(DescribeListing(), offer), offer)


@pages.post("/listings/<uuid:listing_id>/description")
@roles(*SELLS)
def do_revise(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the changed description."""
    offer, form = _own(listing_id), Form.posted(DescribeListing())
    command = form.read()
    if command is None:
        return _show_description(form, offer), 422
    try:
        services.revise_listing(current_session(), current_actor(), listing_id, command)
    except DomainError as error:
        form.refuse(error)
        return _show_description(form, offer), error.status
    flash("The description is saved.")
    return redirect(url_for("catalogue.tasks", listing_id=listing_id))


@pages.get("/listings/<uuid:listing_id>/withdraw")
@roles(*SELLS)
def withdraw(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Say what withdrawing means before it is done."""
    return render_template("catalogue/withdraw.html", offer=_own(listing_id), form=Form(Command()))


@pages.post("/listings/<uuid:listing_id>/<any(publish,pause,resume,withdraw):verb>")
@roles(*SELLS)
def move(listing_id: uuid.UUID, verb: str) -> ResponseReturnValue:
    """Publish, pause, resume or withdraw."""
    offer, form = _own(listing_id), Form.posted(Command())
    if form.read() is None:
        return _show_listing(offer, form), 422
    try:
        services.move_listing(current_session(), current_actor(), listing_id, Move(verb))
    except DomainError as error:
        form.refuse(error)
        return _show_listing(offer, form), error.status
    flash(MOVED_WORDS[Move(verb)])
    if verb == "withdraw":
        return redirect(url_for("catalogue.own"))
    return redirect(url_for("catalogue.listing", listing_id=listing_id))


def _own(listing_id: uuid.UUID) -> Offer:
    return queries.own_listing(current_session(), current_actor().organisation_id, listing_id)


def _may_sell(actor: Actor | None) -> bool:
    return actor is not None and actor.kind in BUYERS and actor.has(*SELLS)


def _show_listing(offer: Offer, form: Form) -> str:
    actor: Actor | None = g.get("actor")
    return render_template(
        "catalogue/listing.html",
        offer=offer,
        form=form,
        is_own=actor is not None and actor.organisation_id == offer.seller_id,
        may_sell=_may_sell(actor),
        may_buy=actor is None or (actor.kind in BUYERS and actor.has(Role.BUYER, Role.ADMINISTRATOR)),
        moves=[one.value for one in states.moves(offer.state)],
        calculator=calculator(offer),
    )


def _show_description(form: Form, offer: Offer | None = None) -> str:
    return render_template("catalogue/describe.html", form=form, offer=offer)
