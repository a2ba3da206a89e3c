"""A supplier's price lists."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.aggregation import offers, services
from marketplace.aggregation.offers import PriceListCard
from marketplace.aggregation.pages import may_start, words
from marketplace.aggregation.schemas import FindPriceLists, TypePriceList
from marketplace.aggregation.services import PriceListTerms
from marketplace.aggregation.tiers import MOST_TIERS
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.paging import Page
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("supplying", __name__)
pages.context_processor(words)


@pages.get("/price-lists")
@signed_in
def price_lists() -> ResponseReturnValue:
    """Your own lists, and a search of those of others, from which a round can start."""
    actor, (form, found) = current_actor(), find_lists()
    page = render_template(
        "aggregation/price_lists.html",
        own=offers.own_published(current_session(), actor),
        form=form,
        found=found,
        may_publish=actor.has(Role.SELLER),
        may_start=may_start(actor),
    )
    return page, 200 if found else 422


@pages.get("/price-lists/withdrawn")
@roles(Role.SELLER)
def withdrawn() -> ResponseReturnValue:
    """The lists of your organisation on which no round can start any more."""
    found = offers.own_withdrawn(current_session(), current_actor(), after())
    return render_template("aggregation/withdrawn_lists.html", found=found)


@pages.get("/price-lists/new")
@roles(Role.SELLER)
def publish() -> ResponseReturnValue:
    """Describe what is sold and its tiers."""
    return _show(Form(TypePriceList()))


@pages.post("/price-lists/new")
@roles(Role.SELLER)
def do_publish() -> ResponseReturnValue:
    """Publish the list."""
    form = Form.posted(TypePriceList())
    command = form.read()
    if command is None:
        return _show(form), 422
    try:
        services.publish_price_list(current_session(), current_actor(), PriceListTerms(**command))
    except DomainError as error:
        form.refuse(error)
        return _show(form), error.status
    flash("Your price list is published. Trusts can start rounds on it.")
    return redirect(url_for("supplying.price_lists"))


@pages.post("/price-lists/<uuid:price_list_id>/withdraw")
@roles(Role.SELLER)
def withdraw(price_list_id: uuid.UUID) -> ResponseReturnValue:
    """Start no more rounds on it."""
    services.withdraw_price_list(current_session(), current_actor(), price_list_id)
    flash("Your price list is withdrawn. Rounds that have started keep its prices.")
    return redirect(url_for("supplying.price_lists"))


def find_lists() -> tuple[Form, Page[PriceListCard] | None]:
    """The search in the address, and a page of what it finds of others; None when it has a fault."""
    known = [(key, value) for key, value in request.args.items() if key in FindPriceLists().fields]
    form = Form(FindPriceLists(), MultiDict(known))
    command = form.read()
    if command is None:
        return form, None
    session, actor = current_session(), current_actor()
    return form, offers.published_by_others(session, actor, command["words"].split(), command["after"])


def _show(form: Form) -> str:
    return render_template("aggregation/publish.html", form=form, rows=range(1, MOST_TIERS + 1))
