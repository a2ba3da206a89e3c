"""Who delivers a listing, what was checked about them, and what is insured."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import detailing
from marketplace.catalogue.assurance import Check, Cover, Made, Post
from marketplace.catalogue.detail_pages import keep, own
from marketplace.catalogue.detail_schemas import AddInsurance, AddPost, checks_schema
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.unfinished import may_wait
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("listing_people", __name__)

SELLS = (Role.SELLER, Role.ADMINISTRATOR)


@pages.get("/listings/<uuid:listing_id>/people")
@roles(*SELLS)
def people(listing_id: uuid.UUID) -> ResponseReturnValue:
    """The posts and insurances that are named, and a form for one post more."""
    return _show(own(listing_id), Form(AddPost()))


@pages.post("/listings/<uuid:listing_id>/people")
@roles(*SELLS)
@may_wait
def do_people(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a post, and ask for its checks."""
    offer, form = own(listing_id), Form.posted(AddPost())
    command = form.read()
    if command is None:
        return _show(offer, form), 422
    try:
        post = detailing.add_post(current_session(), current_actor(), listing_id, Post(**command))
    except DomainError as error:
        form.refuse(error)
        return _show(offer, form), error.status
    return redirect(url_for("listing_people.checks", listing_id=listing_id, post_id=post.post_id))


@pages.get("/listings/<uuid:listing_id>/people/<uuid:post_id>/checks")
@roles(*SELLS)
def checks(listing_id: uuid.UUID, post_id: uuid.UUID) -> ResponseReturnValue:
    """Which checks the people in a post have: only those that they are eligible for are asked."""
    offer = own(listing_id)
    post = _post(offer, post_id)
    known = {made.check.value: made.made_on for made in post.checks}
    return _show_checks(offer, post, Form.of(checks_schema(post.setting), known))


@pages.post("/listings/<uuid:listing_id>/people/<uuid:post_id>/checks")
@roles(*SELLS)
def do_checks(listing_id: uuid.UUID, post_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the days on which they were checked."""
    offer = own(listing_id)
    post = _post(offer, post_id)
    form = Form.posted(checks_schema(post.setting))
    command = form.read()
    if command is None:
        return _show_checks(offer, post, form), 422
    made = [Made(Check(name), on) for name, on in command.items() if on is not None]
    try:
        detailing.set_checks(current_session(), current_actor(), listing_id, post_id, made)
    except DomainError as error:
        form.refuse(error)
        return _show_checks(offer, post, form), error.status
    flash("Saved.")
    return redirect(url_for("listing_people.people", listing_id=listing_id))


@pages.post("/listings/<uuid:listing_id>/people/<uuid:post_id>/remove")
@roles(*SELLS)
def remove_post(listing_id: uuid.UUID, post_id: uuid.UUID) -> ResponseReturnValue:
    """Take a post away."""
    detailing.remove_post(current_session(), current_actor(), listing_id, post_id)
    flash("The post is removed.")
    return redirect(url_for("listing_people.people", listing_id=listing_id))


@pages.get("/listings/<uuid:listing_id>/insurance")
@roles(*SELLS)
def insurance(listing_id: uuid.UUID) -> ResponseReturnValue:
    """A form for one insurance more."""
    return render_template("catalogue/insurance.html", offer=own(listing_id), form=Form(AddInsurance()))


@pages.post("/listings/<uuid:listing_id>/insurance")
@roles(*SELLS)
def do_insurance(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Keep an insurance."""

    def add(session: Any, actor: Any, listing: uuid.UUID, **said: Any) -> None:
        detailing.add_insurance(session, actor, listing, Cover(**said))

    return keep(listing_id, "insurance", Form.posted(AddInsurance()), add, then="listing_people.people")


@pages.post("/listings/<uuid:listing_id>/insurance/<uuid:cover_id>/remove")
@roles(*SELLS)
def remove_insurance(listing_id: uuid.UUID, cover_id: uuid.UUID) -> ResponseReturnValue:
    """Take an insurance away."""
    detailing.remove_insurance(current_session(), current_actor(), listing_id, cover_id)
    flash("The insurance is removed.")
    return redirect(url_for("listing_people.people", listing_id=listing_id))


def _post(offer: Offer, post_id: uuid.UUID) -> Post:
    found = next((post for post in offer.posts if post.post_id == post_id), None)
    if found is None:
        raise NotFound
    return found


def _show(offer: Offer, form: Form) -> str:
    return render_template("catalogue/people.html", offer=offer, form=form)


def _show_checks(offer: Offer, post: Post, form: Form) -> str:
    return render_template("catalogue/checks.html", offer=offer, post=post, form=form)
