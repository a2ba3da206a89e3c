"""Leading a round: start it, close and award it, call it off."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.aggregation import closing, offers, round_view, services
from marketplace.aggregation.offers import PriceListCard
from marketplace.aggregation.pages import words
from marketplace.aggregation.round_view import RoundView
from marketplace.aggregation.schemas import CancelRound, CloseRound, StartRound
from marketplace.aggregation.services import BUYING, RoundTerms
from marketplace.aggregation.states import RoundState
from marketplace.aggregation.supplying import find_lists
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("leading", __name__)
pages.context_processor(words)


@pages.get("/rounds/new")
@roles(*BUYING)
def start() -> ResponseReturnValue:
    """Choose a price list, then say what every trust gets; a purchase request may give the name."""
    services.require_buyer(current_actor())
    title, chosen = request.args.get("title", "")[:120], _list(request.args.get("price_list", ""))
    if chosen is None:
        form, found = find_lists()
        page = render_template("aggregation/choose_list.html", form=form, found=found, title=title)
        return page, 200 if found else 422
    values = {"minimum_units": 1, "months": 12, "title": title, "price_list_id": chosen.id}
    return _show_start(Form.of(StartRound(), values))


@pages.post("/rounds/new")
@roles(*BUYING)
def do_start() -> ResponseReturnValue:
    """Start gathering."""
    form = Form.posted(StartRound())
    command = form.read()
    if command is None:
        return _show_start(form), 422
    try:
        made = services.start_round(current_session(), current_actor(), RoundTerms(**command))
    except DomainError as error:
        form.refuse(error)
        return _show_start(form), error.status
    flash(f"Round {made.reference} is open. Commit your own quantity, then tell other trusts.")
    return redirect(url_for("aggregation.round_page", round_id=made.id))


@pages.get("/rounds/<uuid:round_id>/close")
@roles(*BUYING)
def close(round_id: uuid.UUID) -> ResponseReturnValue:
    """Say first what closing will do."""
    view = _led(round_id)
    return _to_round(round_id) if _is_closed(view) else _show_close(view, Form(CloseRound()))


@pages.post("/rounds/<uuid:round_id>/close")
@roles(*BUYING)
def do_close(round_id: uuid.UUID) -> ResponseReturnValue:
    """Let nobody change anything more, and have the award worked out; the round's page follows it."""
    form, view = Form.posted(CloseRound()), _led(round_id)
    if _is_closed(view):  # pressed twice: the page shows what has become of it
        return _to_round(round_id)
    command = form.read()
    if command is None:
        return _show_close(view, form), 422
    try:
        closing.close_round(current_session(), current_actor(), round_id, command["reason"])
    except DomainError as error:
        form.refuse(error)
        return _show_close(view, form), error.status
    return _to_round(round_id)


@pages.post("/rounds/<uuid:round_id>/try-again")
@roles(*BUYING)
def try_again(round_id: uuid.UUID) -> ResponseReturnValue:
    """Work out the award once more after a fault."""
    closing.try_again(current_session(), current_actor(), round_id)
    return _to_round(round_id)


@pages.get("/rounds/<uuid:round_id>/cancel")
@roles(*BUYING)
def cancel(round_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why."""
    return _show_cancel(_to_cancel(round_id), Form(CancelRound()))


@pages.post("/rounds/<uuid:round_id>/cancel")
@roles(*BUYING)
def do_cancel(round_id: uuid.UUID) -> ResponseReturnValue:
    """Call the round off."""
    form, view = Form.posted(CancelRound()), _to_cancel(round_id)
    command = form.read()
    if command is None:
        return _show_cancel(view, form), 422
    services.cancel_round(current_session(), current_actor(), round_id, command["reason"])
    flash("The round is cancelled. Every trust in it is told why, and nobody owes anything.")
    return _to_round(round_id)


def _led(round_id: uuid.UUID) -> RoundView:
    """The round, when the actor's trust leads it; else NotFound."""
    view = round_view.round_view(current_session(), current_actor(), round_id)
    if not view.is_lead:
        raise NotFound
    return view


def _is_closed(view: RoundView) -> bool:
    return view.round.state is not RoundState.GATHERING


def _to_cancel(round_id: uuid.UUID) -> RoundView:
    """The same, while it is still to decide."""
    view = _led(round_id)
    if not view.deeds.cancel:
        raise NotFound
    return view


def _to_round(round_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("aggregation.round_page", round_id=round_id))


def _show_start(form: Form) -> str:
    """The form with the list that was chosen; when that cannot be, the newest lists to select from."""
    chosen = None if "price_list_id" in form.errors else _list(form.raw.get("price_list_id", ""))
    others = offers.published_by_others(current_session(), current_actor(), (), None)
    lists = [] if chosen else others.rows
    form.options = {"price_list_id": [(str(one.id), f"{one.title}, {one.supplier_name}") for one in lists]}
    return render_template("aggregation/start.html", form=form, chosen=chosen)


def _list(typed: str) -> PriceListCard | None:
    try:
        return offers.one(current_session(), current_actor(), uuid.UUID(typed))
    except (ValueError, NotFound):
        return None


def _show_close(view: RoundView, form: Form) -> str:
    return render_template("aggregation/close.html", view=view, form=form)


def _show_cancel(view: RoundView, form: Form) -> str:
    return render_template("aggregation/cancel.html", view=view, form=form)
