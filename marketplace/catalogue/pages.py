"""A service as buyers see it; list one of your own."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import (
    assurance,
    calculating,
    describing,
    kinds,
    moderating,
    queries,
    services,
    states,
    trials,
    unfinished,
)
from marketplace.catalogue.arriving import came_from
from marketplace.catalogue.calculator import calculator
from marketplace.catalogue.kinds import ListingKind
from marketplace.catalogue.models import Listing
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.schemas import DescribeListing
from marketplace.catalogue.unfinished import may_wait
from marketplace.kernel import http
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


@pages.app_context_processor
def words() -> dict[str, Any]:
    """The words of a listing, for its templates on whatever page."""
    return {"listing_words": LISTING_WORDS}


LISTING_WORDS: dict[str, Any] = {
    "checks": assurance.CHECK_WORDS,
    "insurances": assurance.INSURANCE_WORDS,
    "is_knowledge": describing.is_knowledge,
    "kinds": kinds.LISTING_KIND_WORDS,
    "lasts": describing.lasts,
    "phases": describing.phases_words,
    "pillars": assurance.PILLAR_WORDS,
    "settings": assurance.SETTING_WORDS,
    "trial": trials.words,
    "trial_ends": trials.ENDS,
    "trial_offered": trials.OFFERED,
}


@pages.context_processor
def words_of_kinds() -> dict[str, Any]:
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


@pages.get("/listings/own")
@signed_in
def own() -> ResponseReturnValue:
    """The listings of your organisation, in every state."""
    actor = current_actor()
    found = queries.own(current_session(), actor.organisation_id, http.after())
    return render_template(
        "catalogue/own.html",
        found=found,
        may_sell=_may_sell(actor),
        is_seller=actor.kind in BUYERS,
        begun=unfinished.new_ones(),
    )


@pages.get("/listings/<uuid:listing_id>")
@public
def listing(listing_id: uuid.UUID) -> ResponseReturnValue:
    """A published listing, or one of your own as buyers see it."""
    actor: Actor | None = g.get("actor")
    organisation_id = actor.organisation_id if actor else None
    offer = queries.visible(current_session(), organisation_id, listing_id)
    return show_listing(offer, Form(Command())), calculator(offer).status


@pages.get("/listings/new")
@roles(*SELLS)
def describe() -> ResponseReturnValue:
    """What kind of listing, and with ?kind= the form that describes one."""
    services.check_may_sell(current_actor())
    kind = next((one for one in ListingKind if one.value == request.args.get("kind")), None)
    if kind is None:
        usual = {"kind": ListingKind.SERVICE}
        return render_template("catalogue/choose_kind.html", form=Form.of(DescribeListing(), usual))
    return _show_description(Form.of(DescribeListing(), {"kind": kind}))


@pages.post("/listings/new")
@roles(*SELLS)
@may_wait
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
    session, offer = current_session(), _own(listing_id)
    done = services.tasks_done(session, session.get_one(Listing, listing_id))
    kept = unfinished.of_listing(offer)
    return render_template(
        "catalogue/tasks.html",
        offer=offer,
        status={task.value: one.value for task, one in states.statuses(done, kept).items()},
        goes_on={task.value: address for task, address in kept.items()},
        lacking=states.lacking(done),
        too_short=calculating.too_short(session, offer),
        reviews=moderating.reviews_of(session, listing_id),
        may_sell=_may_sell(current_actor()),
    )


@pages.get("/listings/<uuid:listing_id>/description")
@roles(*SELLS)
def revise(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Change the description."""
    offer = _own(listing_id)
    return _show_description(Form.of(DescribeListing(), offer), offer)


@pages.post("/listings/<uuid:listing_id>/description")
@roles(*SELLS)
@may_wait
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


def _own(listing_id: uuid.UUID) -> Offer:
    return queries.own_listing(current_session(), current_actor().organisation_id, listing_id)


def _may_sell(actor: Actor | None) -> bool:
    return actor is not None and actor.kind in BUYERS and actor.has(*SELLS)


def show_listing(offer: Offer, form: Form) -> str:
    """A listing's page, to its seller with what it can do, to a buyer with a way to order."""
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
        came_from=came_from(),
    )


def _show_description(form: Form, offer: Offer | None = None) -> str:
    return render_template("catalogue/describe.html", form=form, offer=offer)
