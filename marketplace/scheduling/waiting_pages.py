"""Waiting lists: join one, see one's place, leave it; and, as the seller, who waits."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import describing, kinds
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.queries import Offer
from marketplace.kernel import clock
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import Conflict, Refused
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.scheduling import queries, waiting
from marketplace.scheduling.kinds import LIVE, WAITING_COLOURS, WAITING_WORDS
from marketplace.scheduling.queueing import most_offered
from marketplace.scheduling.schemas import JoinWaiting
from marketplace.scheduling.waiting import Wish
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("waiting", __name__)

SELLS = (Role.SELLER, Role.ADMINISTRATOR)


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of waiting, for templates."""
    return {
        "counted": kinds.counted,
        "unit_words": kinds.UNIT_WORDS,
        "length_words": kinds.length_words,
        "waiting_words": WAITING_WORDS,
        "waiting_colours": WAITING_COLOURS,
        "live": LIVE,
    }


@pages.get("/listings/<uuid:listing_id>/waiting")
@roles(*queries.BUYERS)
def ask(listing_id: uuid.UUID) -> ResponseReturnValue:
    """For how much, from when, for how long? Who waits already sees their place instead."""
    session, actor = current_session(), current_actor()
    waiting.check_may_wait(actor)
    offer = catalogue.offer(session, actor.organisation_id, listing_id)
    place_id = queries.place_at(session, actor, listing_id)
    if place_id is not None:
        return redirect(url_for("waiting.place", place_id=place_id))
    return _show_form(offer, Form(JoinWaiting()))


@pages.post("/listings/<uuid:listing_id>/waiting")
@roles(*queries.BUYERS)
def join(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Take the last place in the line."""
    waiting.check_may_wait(current_actor())
    buyer_id = current_actor().organisation_id
    offer, form = catalogue.offer(current_session(), buyer_id, listing_id), Form.posted(JoinWaiting())
    command = form.read()
    if command is None:
        return _show_form(offer, form), 422
    try:
        place = waiting.join_waiting(current_session(), current_actor(), listing_id, Wish(**command))
    except (Refused, Conflict) as error:
        form.refuse(error)
        return _show_form(offer, form), error.status
    flash("You are on the waiting list. We write to you when it is your turn.")
    return redirect(url_for("waiting.place", place_id=place.id))


@pages.get("/waiting-places")
@signed_in
def places() -> ResponseReturnValue:
    """What your organisation waits for, and what it waited for."""
    return render_template(
        "scheduling/places.html", places=queries.own_places(current_session(), current_actor())
    )


@pages.get("/waiting-places/<uuid:place_id>")
@signed_in
def place(place_id: uuid.UUID) -> ResponseReturnValue:
    """One place: how many are before you, or until when units are held for you."""
    found = queries.own_place(current_session(), current_actor(), place_id)
    may_act = current_actor().has(*queries.BUYERS)
    return render_template("scheduling/place.html", place=found, may_act=may_act, form=Form(Command()))


@pages.post("/waiting-places/<uuid:place_id>/leave")
@roles(*queries.BUYERS)
def leave(place_id: uuid.UUID) -> ResponseReturnValue:
    """Give the place up, and what is held for it."""
    waiting.leave_waiting(current_session(), current_actor(), place_id)
    flash("You do not wait for this any more.")
    return redirect(url_for("waiting.places"))


@pages.get("/listings/<uuid:listing_id>/waiting/line")
@roles(*SELLS)
def line(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Who waits for one of your listings, in order."""
    session, actor = current_session(), current_actor()
    offer = catalogue.own_listing(session, actor.organisation_id, listing_id)
    found = queries.line(session, actor, listing_id)
    return render_template("scheduling/line.html", offer=offer, line=found)


def _show_form(offer: Offer, form: Form) -> str:
    form.options = {"plan_id": [(str(plan.plan_id), plan.words) for plan in offer.plans]}
    lasting = [plan for plan in offer.plans if describing.lasts(offer.kind, plan.cadence)]
    lengths = {kinds.PERIOD_WORDS[plan.cadence][1] for plan in lasting}
    return render_template(
        "scheduling/join.html",
        offer=offer,
        form=form,
        most=most_offered(offer.capacity, clock.today()),
        is_length_asked=bool(lasting),
        is_length_needed=len(lasting) == len(offer.plans),
        period_words=lengths.pop() if len(lengths) == 1 else "months, terms or years",
    )
