"""Ordering, approving and answering, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from marketplace.catalogue import charging
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.kinds import (
    BASIS_WORDS,
    CHARGED_WORDS,
    DELIVERY_WORDS,
    PERIOD_WORDS,
    PHASE_WORDS,
    UNIT_WORDS,
    VAT_WORDS,
    counted,
)
from marketplace.contracts.wording import length_words
from marketplace.delegation.queries import choices, scheme_of
from marketplace.delegation.schemas import SPOKEN
from marketplace.delegation.undertaking import Said
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, Refused
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.ordering import counting, queries, services
from marketplace.ordering.findings import findings_of
from marketplace.ordering.schemas import Approve, Decline, OrderInput, Reject, Seen, SendBack
from marketplace.ordering.states import (
    MOVE_WORDS,
    ORDERERS,
    SELLERS,
    STATE_WORDS,
    Move,
    OrderState,
    Side,
)
from marketplace.ordering.terms import OrderTerms, offer_of
from marketplace.trusts import queries as trusts
from marketplace.trusts.access import Actor
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("ordering", __name__)
WORKED_OUT = ("quantity", "starts_on-day", "starts_on-month", "starts_on-year", "periods")
"""What the price calculator of a listing may have been asked, by its own names."""
Answered = Callable[[Session, Actor, uuid.UUID, str], Any]
"""A service that needs a reason."""
Bound = Callable[[Session, Actor, uuid.UUID, int], Any]
"""A service that needs the version which the person has seen."""


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of states, moves, prices and lengths for the templates."""
    return {
        "state_words": STATE_WORDS,
        "move_words": MOVE_WORDS,
        "vat_words": VAT_WORDS,
        "delivery_words": DELIVERY_WORDS,
        "unit_words": UNIT_WORDS,
        "charged_words": CHARGED_WORDS,
        "counted": counted,
        "length_words": length_words,
        "basis_words": BASIS_WORDS,
        "phase_words": PHASE_WORDS,
    }


@pages.get("/orders")
@signed_in
def orders() -> ResponseReturnValue:
    """The orders that the trust made, or with ?side=sold those that it received."""
    side = Side.SOLD if request.args.get("side") == Side.SOLD.value else Side.BOUGHT
    page = queries.orders(current_session(), current_actor(), side, after())
    return render_template("ordering/orders.html", page=page, side=side)


@pages.get("/orders/new")
@roles(*ORDERERS)
def new() -> ResponseReturnValue:
    """At which price; then how much, from when, for how long."""
    offer = _offered()
    plan = _chosen(offer)
    if plan is None:
        return render_template("ordering/choose_price.html", offer=offer, view=None)
    own = trusts.own_schools(current_session(), current_actor().organisation_id)
    form = Form.of(OrderInput(), {"plan_id": plan.plan_id, "school_ids": [one.id for one in own]})
    form.raw.update({key: request.args[key] for key in WORKED_OUT if key in request.args})
    return _show_form(form, offer, plan)


@pages.post("/orders/new")
@roles(*ORDERERS)
def start() -> ResponseReturnValue:
    """Keep a draft and show it to be checked."""
    offer, form = _offered(), Form.posted(OrderInput())
    plan, command = _posted_plan(offer, form), form.read()
    if command is None:
        return _show_form(form, offer, plan), 422
    try:
        order = services.start_order(current_session(), current_actor(), offer.id, OrderTerms(**command))
    except (Refused, Conflict) as error:
        form.refuse(error)
        return _show_form(form, offer, plan), error.status
    return redirect(url_for("ordering.check", order_id=order.id))


@pages.get("/orders/<uuid:order_id>/change")
@roles(*ORDERERS)
def change(order_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a draft, filled; at another price, when the address names one."""
    view = able_to(order_id, Move.CHANGE)
    offer = _offer_of(view)
    plan = _chosen(offer) if "plan" in request.args else _kept_plan(offer, view)
    if plan is None:
        return render_template("ordering/choose_price.html", offer=offer, view=view)
    told = counting.told_at(current_session(), view.order, plan)
    return _show_form(Form.of(OrderInput(), view.order._asdict() | told), offer, plan, view)


@pages.post("/orders/<uuid:order_id>/change")
@roles(*ORDERERS)
def save(order_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the changed draft."""
    view, form = able_to(order_id, Move.CHANGE), Form.posted(OrderInput())
    offer = _offer_of(view)
    plan, command = _posted_plan(offer, form), form.read()
    if command is None:
        return _show_form(form, offer, plan, view), 422
    try:
        services.change_order(current_session(), current_actor(), order_id, command)
    except (Refused, Conflict) as error:
        form.refuse(error)
        return _show_form(form, offer, plan, view), error.status
    return redirect(url_for("ordering.check", order_id=order_id))


@pages.get("/orders/<uuid:order_id>/check")
@roles(*ORDERERS)
def check(order_id: uuid.UUID) -> ResponseReturnValue:
    """Every date and sum before anything costs money."""
    view = queries.order_view(current_session(), current_actor(), order_id)
    if Move.SUBMIT not in view.actions:
        return redirect(url_for("ordering.order", order_id=order_id))
    return _show_check(view, Form(Seen()))


@pages.post("/orders/<uuid:order_id>/submit")
@roles(*ORDERERS)
def submit(order_id: uuid.UUID) -> ResponseReturnValue:
    """Place it or send it for approval; the second of two presses finds it done."""
    form = Form.posted(Seen())
    try:
        _bind(services.submit_order, order_id, form)
    except InvalidState:
        return redirect(url_for("ordering.order", order_id=order_id))
    except (Refused, Conflict) as error:
        form.refuse(error)
        view = queries.order_view(current_session(), current_actor(), order_id)
        return _show_check(view, form), error.status
    return redirect(url_for("ordering.sent", order_id=order_id))


@pages.get("/orders/<uuid:order_id>/sent")
@roles(*ORDERERS)
def sent(order_id: uuid.UUID) -> ResponseReturnValue:
    """The reference, and what happens next."""
    view = queries.order_view(current_session(), current_actor(), order_id)
    if view.order.state not in {OrderState.AWAITING_APPROVAL, OrderState.PLACED} or not view.is_buyer:
        return redirect(url_for("ordering.order", order_id=order_id))
    return render_template("ordering/sent.html", view=view)


@pages.get("/orders/<uuid:order_id>")
@signed_in
def order(order_id: uuid.UUID) -> ResponseReturnValue:
    """Everything about one order, and what this person may do with it."""
    return _show_order(order_id, Form(Seen()))


@pages.get("/orders/<uuid:order_id>/cancel")
@roles(*ORDERERS)
def ask_cancel(order_id: uuid.UUID) -> ResponseReturnValue:
    """Are you sure?"""
    return render_template("ordering/cancel.html", view=able_to(order_id, Move.CANCEL))


@pages.post("/orders/<uuid:order_id>/cancel")
@roles(*ORDERERS)
def cancel(order_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw it before the seller accepts."""
    services.cancel_order(current_session(), current_actor(), order_id)
    flash("Order cancelled. Nothing is owed.")
    return redirect(url_for("ordering.order", order_id=order_id))


@pages.get("/orders/approvals")
@signed_in
def approvals() -> ResponseReturnValue:
    """What waits for approval, oldest first."""
    waiting = queries.waiting_for_approval(current_session(), current_actor())
    return render_template("ordering/approvals.html", waiting=waiting)


@pages.get("/orders/<uuid:order_id>/approval")
@signed_in
def approval(order_id: uuid.UUID) -> ResponseReturnValue:
    """Who asks, what it costs over its whole life, and which rule fired."""
    return _show_approval(order_id, Form(Approve()))


@pages.post("/orders/<uuid:order_id>/approve")
@signed_in
def approve(order_id: uuid.UUID) -> ResponseReturnValue:
    """Approve it; the last approval places it."""
    services.check_decider(current_session(), current_actor(), order_id)
    form = Form.posted(Approve())
    command = form.read()
    if command is None:
        return make_response(_show_approval(order_id, form), 422)
    said = Said(**{name: command[name] for name in SPOKEN})
    session, actor = current_session(), current_actor()
    try:
        order = services.approve_order(session, actor, order_id, command["version"], said)
    except InvalidState:
        return redirect(url_for("ordering.order", order_id=order_id))
    except (Refused, Conflict) as error:
        form.refuse(error)
        return make_response(_show_approval(order_id, form), error.status)
    flash(_said(order.state))
    return redirect(url_for("ordering.order", order_id=order_id))


@pages.get("/orders/<uuid:order_id>/send-back")
@signed_in
def ask_send_back(order_id: uuid.UUID) -> ResponseReturnValue:
    """What should be changed?"""
    services.check_decider(current_session(), current_actor(), order_id)
    return _show_reason(Form.of(SendBack(), {}), able_to(order_id, Move.SEND_BACK), Move.SEND_BACK)


@pages.post("/orders/<uuid:order_id>/send-back")
@signed_in
def send_back(order_id: uuid.UUID) -> ResponseReturnValue:
    """Make it a draft again."""
    services.check_decider(current_session(), current_actor(), order_id)
    return _with_reason(SendBack(), order_id, Move.SEND_BACK, services.send_back, "Order sent back.")


@pages.get("/orders/<uuid:order_id>/reject")
@signed_in
def ask_reject(order_id: uuid.UUID) -> ResponseReturnValue:
    """Why?"""
    services.check_decider(current_session(), current_actor(), order_id)
    return _show_reason(Form.of(Reject(), {}), able_to(order_id, Move.REJECT), Move.REJECT)


@pages.post("/orders/<uuid:order_id>/reject")
@signed_in
def reject(order_id: uuid.UUID) -> ResponseReturnValue:
    """End it before it is placed."""
    services.check_decider(current_session(), current_actor(), order_id)
    return _with_reason(Reject(), order_id, Move.REJECT, services.reject_order, "Order rejected.")


@pages.post("/orders/<uuid:order_id>/accept")
@roles(*SELLERS)
def accept(order_id: uuid.UUID) -> ResponseReturnValue:
    """As the seller, bind both sides; the second of two presses finds it done."""
    form = Form.posted(Seen())
    try:
        _bind(services.accept_order, order_id, form)
    except InvalidState:
        return redirect(url_for("ordering.order", order_id=order_id))
    except Conflict as error:
        form.refuse(error)
        return _show_order(order_id, form), error.status
    flash("Order accepted. The contract is signed.")
    return redirect(url_for("ordering.order", order_id=order_id))


@pages.get("/orders/<uuid:order_id>/decline")
@roles(*SELLERS)
def ask_decline(order_id: uuid.UUID) -> ResponseReturnValue:
    """Why?"""
    return _show_reason(Form.of(Decline(), {}), able_to(order_id, Move.DECLINE), Move.DECLINE)


@pages.post("/orders/<uuid:order_id>/decline")
@roles(*SELLERS)
def decline(order_id: uuid.UUID) -> ResponseReturnValue:
    """As the seller, say no."""
    return _with_reason(Decline(), order_id, Move.DECLINE, services.decline_order, "Order declined.")


def _said(state: OrderState) -> str:
    if state is OrderState.AWAITING_APPROVAL:
        return "Approved. A second, different person must approve it too, and has been told."
    return "Order approved. It is now with the seller."


def _bind(service: Bound, order_id: uuid.UUID, form: Form) -> None:
    """Do what binds somebody, on the writing of the order that their page showed."""
    command = form.read()
    if command is None:
        raise Conflict("Look at this order again before you decide.")
    service(current_session(), current_actor(), order_id, command["version"])


def _offered() -> catalogue.Offer:
    """The published listing that ?listing= names."""
    try:
        listing_id = uuid.UUID(request.args.get("listing", ""))
    except ValueError as error:
        raise NotFound from error
    return catalogue.offer(current_session(), current_actor().organisation_id, listing_id)


def _offer_of(view: queries.OrderView) -> catalogue.Offer:
    return offer_of(current_session(), view.order.buyer_id, view.order.listing_id)


def able_to(order_id: uuid.UUID, move: Move) -> queries.OrderView:
    """An order with which this person may make a move now; Conflict when it has moved on."""
    view = queries.order_view(current_session(), current_actor(), order_id)
    if move not in view.actions:
        raise Conflict("This cannot be done with the order now. Go back to the order to see where it stands.")
    return view


def _chosen(offer: catalogue.Offer) -> catalogue.OfferedPlan | None:
    """The price that ?plan= names, or the only one; None when it has to be chosen."""
    named = request.args.get("plan")
    if named is None and len(offer.plans) == 1:
        return offer.plans[0]
    return next((plan for plan in offer.plans if str(plan.plan_id) == named), None)


def _kept_plan(offer: catalogue.Offer, view: queries.OrderView) -> catalogue.OfferedPlan | None:
    """The price of a draft; None when it is offered no more."""
    return next((plan for plan in offer.plans if plan.plan_id == view.order.plan_id), None)


def _posted_plan(offer: catalogue.Offer, form: Form) -> catalogue.OfferedPlan:
    """The price that the form was opened for; the only one, when it names none."""
    named = form.raw.get("plan_id")
    found = next((plan for plan in offer.plans if str(plan.plan_id) == named), None)
    if found is None and not (named is None and len(offer.plans) == 1):
        raise Conflict("The seller offers that price no more. Look at the listing again.")
    return found or offer.plans[0]


def _show_form(
    form: Form,
    offer: catalogue.Offer,
    plan: catalogue.OfferedPlan,
    view: queries.OrderView | None = None,
) -> str:
    session, organisation_id = current_session(), current_actor().organisation_id
    scheme = scheme_of(session, organisation_id)
    counts_schools = plan.basis in charging.OF_SCHOOLS
    schools = trusts.own_schools(session, organisation_id) if counts_schools else []
    form.options = {
        "cost_centre_id": choices(session, organisation_id),
        "school_ids": [(str(one.id), one.name) for one in schools],
    }
    return render_template(
        "ordering/form.html",
        form=form,
        offer=offer,
        plan=plan,
        view=view,
        schools=schools,
        counts_schools=counts_schools,
        period_words=PERIOD_WORDS[plan.cadence][1],
        requires_po_number=scheme.requires_po_number,
    )


def _show_order(order_id: uuid.UUID, form: Form) -> str:
    view = queries.order_view(current_session(), current_actor(), order_id)
    return render_template("ordering/order.html", view=view, form=form)


def _show_check(view: queries.OrderView, form: Form) -> str:
    found = findings_of(current_session(), current_actor(), view.order)
    return render_template("ordering/check.html", view=view, form=form, found=found)


def _show_approval(order_id: uuid.UUID, form: Form) -> ResponseReturnValue:
    view = queries.order_view(current_session(), current_actor(), order_id)
    if not view.is_buyer:
        raise NotFound
    if view.order.state is not OrderState.AWAITING_APPROVAL:
        return redirect(url_for("ordering.order", order_id=order_id))
    found = findings_of(current_session(), current_actor(), view.order)
    return render_template("ordering/approval.html", view=view, form=form, found=found)


def _show_reason(form: Form, view: queries.OrderView, move: Move) -> str:
    return render_template("ordering/reason.html", form=form, view=view, move=move.value)


def _with_reason(
    schema: Command, order_id: uuid.UUID, move: Move, service: Answered, done: str
) -> ResponseReturnValue:
    """Read the reason, do it, and show the order."""
    view, form = able_to(order_id, move), Form.posted(schema)
    command = form.read()
    if command is None:
        return _show_reason(form, view, move), 422
    try:
        service(current_session(), current_actor(), order_id, command["reason"])
    except Conflict as error:
        form.refuse(error)
        return _show_reason(form, view, move), error.status
    flash(done)
    return redirect(url_for("ordering.order", order_id=order_id))
