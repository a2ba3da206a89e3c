"""A supplier's price lists."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.aggregation import queries, services
from marketplace.aggregation.pages import words
from marketplace.aggregation.schemas import TypePriceList
from marketplace.aggregation.services import PriceListTerms
from marketplace.aggregation.tiers import MOST_TIERS
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles, signed_in
from marketplace.trusts.kinds import Role

pages = Blueprint("supplying", __name__)
pages.context_processor(words)


@pages.get("/price-lists")
@signed_in
def price_lists() -> ResponseReturnValue:
    """Your own lists, and every list from which a round can start."""
    session, actor = current_session(), current_actor()
    return render_template(
        "aggregation/price_lists.html",
        own=queries.own_price_lists(session, actor),
        published=queries.published_price_lists(session),
        may_publish=actor.has(Role.SELLER),
    )


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


def _show(form: Form) -> str:
    return render_template("aggregation/publish.html", form=form, rows=range(1, MOST_TIERS + 1))
