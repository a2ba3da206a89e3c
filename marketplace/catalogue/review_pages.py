"""The operator's queue: listings of sellers who are new here, or whom nobody verified."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import moderating
from marketplace.catalogue.detail_schemas import AcceptListing, SendListingBack
from marketplace.catalogue.pages import words_of_kinds
from marketplace.kernel.decisions import operators
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session

pages = Blueprint("listing_reviews", __name__)
pages.context_processor(words_of_kinds)


@pages.get("/operator/listings")
@operators
def queue() -> ResponseReturnValue:
    """The listings that wait, the oldest first."""
    page = moderating.queue(current_session(), after())
    return render_template("catalogue/review_queue.html", page=page)


@pages.get("/operator/listings/<uuid:listing_id>")
@operators
def review(listing_id: uuid.UUID) -> ResponseReturnValue:
    """A listing as buyers would see it, and what to decide."""
    return _show(listing_id, Form(SendListingBack()))


@pages.post("/operator/listings/<uuid:listing_id>/accept")
@operators
def accept(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Publish it as it was on the screen."""
    form = Form.posted(AcceptListing())
    command = form.read()
    if command is None:
        return _show(listing_id, Form(SendListingBack(), errors=form.errors)), 422
    try:
        listing = moderating.accept(current_session(), g.person, listing_id, **command)
    except DomainError as error:
        return _refused(listing_id, error)
    flash(f"{listing.title} is published, and its seller is told.")
    return redirect(url_for("listing_reviews.queue"))


@pages.post("/operator/listings/<uuid:listing_id>/send-back")
@operators
def send_back(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Make it a draft again, with what to change."""
    form = Form.posted(SendListingBack())
    command = form.read()
    if command is None:
        return _show(listing_id, form), 422
    try:
        listing = moderating.send_back(current_session(), g.person, listing_id, **command)
    except DomainError as error:
        return _refused(listing_id, error, form)
    flash(f"{listing.title} is sent back, and its seller is told what to change.")
    return redirect(url_for("listing_reviews.queue"))


def _refused(listing_id: uuid.UUID, error: DomainError, form: Form | None = None) -> ResponseReturnValue:
    """The listing as it is now, with what stands in the way; the same in words when it waits no longer."""
    shown = form or Form(SendListingBack())
    shown.refuse(error)
    try:
        return _show(listing_id, shown), error.status
    except NotFound:
        raise error from None


def _show(listing_id: uuid.UUID, form: Form) -> str:
    session = current_session()
    offer = moderating.waiting_listing(session, listing_id)
    return render_template(
        "catalogue/review.html",
        offer=offer,
        form=form,
        reviews=moderating.reviews_of(session, listing_id),
        acts_for_it=moderating.acts_for(session, g.person, offer.seller_id),
    )
