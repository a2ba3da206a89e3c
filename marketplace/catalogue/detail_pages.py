"""Where and for whom a listing is, its trial, evidence of effect, and who may see it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import detailing, queries, trials
from marketplace.catalogue.assurance import Effect
from marketplace.catalogue.detail_schemas import AddEffect, OfferTrial, SetReach, SetVisibility
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.unfinished import may_wait
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.partnerships.queries import own_partnerships
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role
from marketplace.trusts.regions import by_region

pages = Blueprint("listing_details", __name__)

SELLS = (Role.SELLER, Role.ADMINISTRATOR)


@pages.get("/listings/<uuid:listing_id>/reach")
@roles(*SELLS)
def reach(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Where buyers can be, and which phases are served."""
    offer = own(listing_id)
    chosen: Offer | dict[str, Any] = offer if offer.places_served else {}
    form = Form.of(SetReach(), chosen, options=_authorities())
    return _show("reach", offer, form, regions=_regions(form))


@pages.post("/listings/<uuid:listing_id>/reach")
@roles(*SELLS)
@may_wait
def do_reach(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Keep it; the words that buyers read follow."""
    form = Form.posted(SetReach(), options=_authorities())
    return keep(listing_id, "reach", form, detailing.set_reach, regions=_regions(form))


@pages.get("/listings/<uuid:listing_id>/trial")
@roles(*SELLS)
def trial(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Whether buyers can try it first."""
    offer = own(listing_id)
    known = {name: getattr(offer, name) for name in ("trial_months", "trial_percent", "trial_terms")}
    known["is_offered"] = "yes" if offer.trial_months else None
    return _show("trial", offer, Form.of(OfferTrial(), known))


@pages.post("/listings/<uuid:listing_id>/trial")
@roles(*SELLS)
@may_wait
def do_trial(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the terms of a trial, or that there is none."""

    def set_trial(session: Any, actor: Any, listing: uuid.UUID, is_offered: str, **terms: Any) -> Any:
        if is_offered == "no":
            terms = {"trial_months": None, "trial_percent": 0, "trial_terms": None}
        return detailing.set_trial(session, actor, listing, **terms)

    return keep(listing_id, "trial", Form.posted(OfferTrial()), set_trial)


@pages.get("/listings/<uuid:listing_id>/evidence")
@roles(*SELLS)
def evidence(listing_id: uuid.UUID) -> ResponseReturnValue:
    """What the seller says that the service changed, and a form for one statement more."""
    return _show("evidence", own(listing_id), Form(AddEffect()))


@pages.post("/listings/<uuid:listing_id>/evidence")
@roles(*SELLS)
@may_wait
def do_evidence(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a statement, and come back for the next."""

    def add(session: Any, actor: Any, listing: uuid.UUID, **said: Any) -> None:
        detailing.add_effect(session, actor, listing, Effect(**said))

    return keep(listing_id, "evidence", Form.posted(AddEffect()), add, then="listing_details.evidence")


@pages.post("/listings/<uuid:listing_id>/evidence/<uuid:effect_id>/remove")
@roles(*SELLS)
def remove_effect(listing_id: uuid.UUID, effect_id: uuid.UUID) -> ResponseReturnValue:
    """Take a statement away."""
    detailing.remove_effect(current_session(), current_actor(), listing_id, effect_id)
    flash("The statement is removed.")
    return redirect(url_for("listing_details.evidence", listing_id=listing_id))


@pages.get("/listings/<uuid:listing_id>/visibility")
@roles(*SELLS)
def visibility(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Everybody, or the members of one partnership."""
    offer = own(listing_id)
    form = Form.of(SetVisibility(), offer, options=_partnerships())
    form.raw.setdefault("partnership_id", "")
    return _show("visibility", offer, form)


@pages.post("/listings/<uuid:listing_id>/visibility")
@roles(*SELLS)
@may_wait
def do_visibility(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Keep who may see it."""
    form = Form.posted(SetVisibility(), options=_partnerships())
    return keep(listing_id, "visibility", form, detailing.set_visibility)


def own(listing_id: uuid.UUID) -> Offer:
    """A listing of the actor's own organisation, as buyers would see it."""
    return queries.own_listing(current_session(), current_actor().organisation_id, listing_id)


def keep(
    listing_id: uuid.UUID,
    page: str,
    form: Form,
    service: Callable[..., object],
    then: str = "catalogue.tasks",
    **more: Any,
) -> ResponseReturnValue:
    """Read the form, do it, and go on; or show it again with what is wrong."""
    offer, command = own(listing_id), form.read()
    if command is None:
        return _show(page, offer, form, **more), 422
    try:
        service(current_session(), current_actor(), listing_id, **command)
    except DomainError as error:
        form.refuse(error)
        return _show(page, offer, form, **more), error.status
    flash("Saved.")
    return redirect(url_for(then, listing_id=listing_id))


def _show(page: str, offer: Offer, form: Form, **more: Any) -> str:
    longest = trials.longest()
    return render_template(f"catalogue/{page}.html", offer=offer, form=form, longest=longest, **more)


def _authorities() -> dict[str, list[tuple[str, str]]]:
    return {"authority_codes": detailing.authorities(current_session())}


def _regions(form: Form) -> dict[str, list[str]]:
    return by_region(code for code, _ in form.options["authority_codes"])


def _partnerships() -> dict[str, list[tuple[str, str]]]:
    ours = own_partnerships(current_session(), current_actor())
    named = [(str(one.id), f"Only members of {one.name}") for one in ours]
    return {"partnership_id": [("", "Everybody, also those who are not signed in"), *named]}
