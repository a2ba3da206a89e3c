"""Publishing, pausing and withdrawing a listing, and what it said before."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import calculating, comparing, consequences, reviewing, services, states, versions
from marketplace.catalogue.calculator import calculator
from marketplace.catalogue.detail_pages import own
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pages import show_listing, words_of_kinds
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.states import Move
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import DomainError
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("listing_life", __name__)
pages.context_processor(words_of_kinds)

SELLS = (Role.SELLER, Role.ADMINISTRATOR)
MOVED_WORDS = {
    Move.PUBLISH: "Your listing is published. Buyers can find it now.",
    Move.RECALL: "Your listing is a draft again. Publish it when it is ready.",
    Move.PAUSE: "Your listing is paused. Buyers cannot find it until you resume it.",
    Move.RESUME: "Your listing is published again.",
    Move.WITHDRAW: "Your listing was withdrawn.",
}
SENT_WORDS = (
    "Your listing is sent for review, since your organisation is new here or not verified yet. "
    "You get an email when it is decided."
)


@pages.get("/listings/<uuid:listing_id>/preview")
@roles(*SELLS)
def preview(listing_id: uuid.UUID) -> ResponseReturnValue:
    """The page that buyers see, with a banner that says so."""
    return _show_preview(own(listing_id), Form(Command()))


@pages.get("/listings/<uuid:listing_id>/<any(pause,withdraw):verb>")
@roles(*SELLS)
def ask(listing_id: uuid.UUID, verb: str) -> ResponseReturnValue:
    """Say what pausing or withdrawing means for what was ordered, before it is done."""
    offer = own(listing_id)
    found = consequences.consequences(current_session(), listing_id, Move(verb))
    form = Form(Command())
    return render_template(f"catalogue/{verb}.html", offer=offer, affected=found, form=form)


@pages.post("/listings/<uuid:listing_id>/<any(publish,recall,pause,resume,withdraw):verb>")
@roles(*SELLS)
def move(listing_id: uuid.UUID, verb: str) -> ResponseReturnValue:
    """Publish, take back, pause, resume or withdraw."""
    offer, form = own(listing_id), Form.posted(Command())
    show = _show_preview if verb == "publish" else show_listing
    if form.read() is None:
        return show(offer, form), 422
    try:
        listing = services.move_listing(current_session(), current_actor(), listing_id, Move(verb))
    except DomainError as error:
        form.refuse(error)
        return show(offer, form), error.status
    flash(_done(listing, Move(verb)))
    if verb == "withdraw":
        return redirect(url_for("catalogue.own"))
    return redirect(url_for("catalogue.listing", listing_id=listing_id))


def _done(listing: Listing, move: Move) -> str:
    if listing.state is ListingState.IN_REVIEW:
        return SENT_WORDS
    if move is Move.PUBLISH and listing.partnership_id is not None:
        return "Your listing is published. Members of the partnership can find it now."
    return MOVED_WORDS[move]


@pages.get("/listings/<uuid:listing_id>/versions")
@signed_in
def all_versions(listing_id: uuid.UUID) -> ResponseReturnValue:
    """What buyers saw of a listing, and what changed when."""
    offer = own(listing_id)
    found = versions.of_listing(current_session(), listing_id)
    return render_template("catalogue/versions.html", offer=offer, versions=found, parts=comparing.parts)


@pages.get("/listings/<uuid:listing_id>/versions/<int:number>")
@signed_in
def version(listing_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """One version, and what was different before."""
    offer = own(listing_id)
    found = versions.one(current_session(), listing_id, number)
    shown = comparing.shown(found.terms)
    return render_template("catalogue/version.html", offer=offer, version=found, shown=shown)


def _show_preview(offer: Offer, form: Form) -> str:
    session = current_session()
    listing = session.get_one(Listing, offer.id)
    return render_template(
        "catalogue/preview.html",
        offer=offer,
        form=form,
        moves=[one.value for one in states.moves(offer.state)],
        lacking=states.lacking(services.tasks_done(session, listing)),
        too_short=calculating.too_short(session, offer),
        calculator=calculator(offer),
        needs_review=reviewing.is_asked(session, offer.seller_id),
    )
