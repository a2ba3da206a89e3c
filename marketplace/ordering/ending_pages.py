"""Ending an order before its time."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Refused
from marketplace.kernel.forms import Form
from marketplace.kernel.money import pounds
from marketplace.kernel.session import current_session
from marketplace.ordering import ending, queries
from marketplace.ordering.pages import able_to, words
from marketplace.ordering.schemas import EndEarly
from marketplace.ordering.states import ORDERERS, Move
from marketplace.ordering.terms import in_words
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("ending", __name__, url_prefix="/orders/<uuid:order_id>/end-early")
pages.context_processor(words)


@pages.get("")
@roles(*ORDERERS)
def ask(order_id: uuid.UUID) -> ResponseReturnValue:
    """From when on, and what is not charged then?"""
    return _show_early_ends(able_to(order_id, Move.SHORTEN), Form(EndEarly()))


@pages.post("")
@roles(*ORDERERS)
def end_early(order_id: uuid.UUID) -> ResponseReturnValue:
    """Give notice."""
    view, form = able_to(order_id, Move.SHORTEN), Form.posted(EndEarly())
    command = form.read()
    if command is None:
        return _show_early_ends(view, form), 422
    try:
        order = ending.end_early(
            current_session(), current_actor(), order_id, command["periods"], command["version"]
        )
    except (Refused, Conflict) as error:
        form.refuse(error)
        return _show_early_ends(view, form), error.status
    flash(f"Notice given. The order ends on {in_words(order.ends_on)}.")
    return redirect(url_for("ordering.order", order_id=order_id))


def _show_early_ends(view: queries.OrderView, form: Form) -> str:
    ends = ending.early_ends(view.order, clock.today())
    days = [
        (str(one.periods), f"{in_words(one.ends_on)}: {pounds(one.saved_pence)} will not be charged")
        for one in ends
    ]
    form.options = {"periods": days}
    return render_template("ordering/end_early.html", view=view, form=form)
