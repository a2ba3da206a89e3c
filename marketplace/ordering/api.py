"""Orders as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, jsonify, url_for
from flask_smorest import Blueprint

from marketplace.catalogue import pricing
from marketplace.delegation.deciding import GivenBefore
from marketplace.delegation.schemas import SPOKEN
from marketplace.delegation.undertaking import Said
from marketplace.kernel import clock
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.ordering import counting, ending, queries, services
from marketplace.ordering.findings import findings_of
from marketplace.ordering.schemas import (
    Approve,
    Decline,
    EndEarly,
    GivenBody,
    OrderBody,
    OrderInput,
    OrderList,
    OrdersQuery,
    OrderSummary,
    Reject,
    Seen,
    SendBack,
    StartOrder,
)
from marketplace.ordering.terms import OrderTerms
from marketplace.regulations.findings import Finding
from marketplace.trusts.guard import current_actor

api = Blueprint("ordering_api", __name__, description="Orders: written, approved, placed and answered")
SUMMARY = tuple(OrderSummary().fields)
DESCRIBED = (
    "summary",
    "description",
    "delivery",
    "places_served",
    "kind",
    "licence",
    "trial_months",
    "trial_percent",
    "trial_terms",
)


@api.get("/orders")
@api.arguments(OrdersQuery, location="query")
@api.response(200, OrderList)
@signed_in
def orders(query: dict[str, Any]) -> Response:
    """The orders that the token's organisation made, or those placed with it (side=sold)."""
    page = queries.orders(current_session(), current_actor(), query["side"], query["after"])
    return jsonify({"items": [_summary(row) for row in page.rows], "next_after": page.next_after})


@api.post("/orders")
@api.arguments(StartOrder, location="json")
@api.response(201, OrderBody)
@signed_in
def start(command: dict[str, Any]) -> Response:
    """Write a draft; it takes no capacity and costs nothing until it is submitted."""
    listing_id = command.pop("listing_id")
    order = services.start_order(current_session(), current_actor(), listing_id, OrderTerms(**command))
    response = _one(order.id)
    response.status_code = 201
    response.location = url_for("ordering_api.one", order_id=order.id)
    return response


@api.get("/orders/<uuid:order_id>")
@api.response(200, OrderBody)
@signed_in
def one(order_id: uuid.UUID) -> Response:
    """One order, bought or sold."""
    return _one(order_id)


@api.patch("/orders/<uuid:order_id>")
@api.arguments(OrderInput(partial=True), location="json")
@api.response(200, OrderBody)
@signed_in
def change(command: dict[str, Any], order_id: uuid.UUID) -> Response:
    """Change a draft: what is sent is changed, the rest stays, on the listing's terms of now.

    A quantity or a length that was told for what another price counts must be sent again: else it is 422.
    """
    services.change_order(current_session(), current_actor(), order_id, command)
    return _one(order_id)


@api.post("/orders/<uuid:order_id>/submit")
@api.arguments(Seen, location="json")
@api.response(200, OrderBody)
@signed_in
def submit(command: dict[str, Any], order_id: uuid.UUID) -> Response:
    """Place the order, or send it for approval when it is above the trust's limit."""
    services.submit_order(current_session(), current_actor(), order_id, command["version"])
    return _one(order_id)


@api.post("/orders/<uuid:order_id>/approve")
@api.arguments(Approve, location="json")
@api.response(200, OrderBody)
@signed_in
def approve(command: dict[str, Any], order_id: uuid.UUID) -> Response:
    """Approve an order that another person asked for; the last approval places it."""
    said = Said(**{name: command[name] for name in SPOKEN})
    services.approve_order(current_session(), current_actor(), order_id, command["version"], said)
    return _one(order_id)


@api.post("/orders/<uuid:order_id>/send-back")
@api.arguments(SendBack, location="json")
@api.response(200, OrderBody)
@signed_in
def send_back(command: dict[str, Any], order_id: uuid.UUID) -> Response:
    """Make it a draft again, with a reason."""
    services.send_back(current_session(), current_actor(), order_id, command["reason"])
    return _one(order_id)


@api.post("/orders/<uuid:order_id>/reject")
@api.arguments(Reject, location="json")
@api.response(200, OrderBody)
@signed_in
def reject(command: dict[str, Any], order_id: uuid.UUID) -> Response:
    """End an order that awaits approval, with a reason."""
    services.reject_order(current_session(), current_actor(), order_id, command["reason"])
    return _one(order_id)


@api.post("/orders/<uuid:order_id>/accept")
@api.arguments(Seen, location="json")
@api.response(200, OrderBody)
@signed_in
def accept(command: dict[str, Any], order_id: uuid.UUID) -> Response:
    """As the seller, accept: the contract is signed."""
    services.accept_order(current_session(), current_actor(), order_id, command["version"])
    return _one(order_id)


@api.post("/orders/<uuid:order_id>/decline")
@api.arguments(Decline, location="json")
@api.response(200, OrderBody)
@signed_in
def decline(command: dict[str, Any], order_id: uuid.UUID) -> Response:
    """As the seller, decline with a reason."""
    services.decline_order(current_session(), current_actor(), order_id, command["reason"])
    return _one(order_id)


@api.post("/orders/<uuid:order_id>/cancel")
@api.response(200, OrderBody)
@signed_in
def cancel(order_id: uuid.UUID) -> Response:
    """As the buyer, withdraw before the seller has accepted."""
    services.cancel_order(current_session(), current_actor(), order_id)
    return _one(order_id)


@api.post("/orders/<uuid:order_id>/end-early")
@api.arguments(EndEarly, location="json")
@api.response(200, OrderBody)
@signed_in
def end_early(command: dict[str, Any], order_id: uuid.UUID) -> Response:
    """Give notice: the order ends after so many charge periods, one of `early_ends`."""
    session, actor = current_session(), current_actor()
    ending.end_early(session, actor, order_id, command["periods"], command["version"])
    return _one(order_id)


def _one(order_id: uuid.UUID) -> Response:
    """One order as it is after this request."""
    session, actor = current_session(), current_actor()
    view = queries.order_view(session, actor, order_id)
    found = findings_of(session, actor, view.order) if view.is_buyer else None
    body = _summary(view.order) | {
        "vat_pence": view.vat_pence,
        "gross_pence": view.gross_pence,
        "units": view.units,
        "lines": [vars(line) for line in view.lines],
        "schools": [counting.kept(school) for school in view.schools],
        "contract_id": view.contract_id,
        "approval_limit_pence": view.approval_limit_pence,
        **{name: getattr(view.order, name) for name in DESCRIBED},
        "ruling": _ruling(view),
        "approvals": [_given(one) for one in view.approvals],
        "charges": [_charge(charge) for charge in view.charges],
        "history": [_move(row) for row in view.history],
        "related_parties": [path.sentence for path in found.paths] if found else [],
        "findings": [_finding(*row) for row in found.rows] if found else [],
        "early_ends": [vars(one) for one in ending.early_ends(view.order, clock.today())],
        "actions": sorted(move.value for move in view.actions),
    }
    return jsonify(body)


def _ruling(view: queries.OrderView) -> dict[str, Any] | None:
    found = view.ruling
    if found is None:
        return None
    over = [vars(one) for one in found.over]
    words = ("net_pence", "counted_pence", "approvals", "quotes", "is_beyond", "is_split")
    said = {"over": over, "sentences": view.ruling_sentences}
    return {name: getattr(found, name) for name in words} | said


def _given(one: GivenBefore) -> dict[str, Any]:
    """An approval as GivenBody shows it."""
    return {name: getattr(one, name) for name in GivenBody().fields}


def _finding(about: str, finding: Finding) -> dict[str, Any]:
    unit = finding.unit and finding.unit.value
    return {**vars(finding), "about": about, "sure": finding.sure.value, "unit": unit}


def _charge(charge: pricing.PricedCharge) -> dict[str, Any]:
    return {**vars(charge), "gross_pence": charge.gross_pence}


def _move(made: queries.Made) -> dict[str, Any]:
    return {
        "move": made.move,
        "at": made.created_at,
        "organisation_name": made.organisation_name,
        "person_name": made.person_name,
        "reason": made.reason,
    }


def _summary(row: Any) -> dict[str, Any]:
    """Which cost centre pays is the buyer's own business."""
    shown = {name: getattr(row, name) for name in SUMMARY}
    return shown if row.buyer_id == current_actor().organisation_id else shown | {"cost_centre_id": None}
