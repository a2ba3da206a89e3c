"""How a seller's capacity is used, as JSON."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace.catalogue.kinds import CapacityUnit, ListingState
from marketplace.kernel.session import current_session
from marketplace.ordering import using
from marketplace.ordering.states import SELLERS, OrderState
from marketplace.trusts.guard import current_actor, roles

api = Blueprint("use_api", __name__, description="How the capacity of your listings is used")


class ListingUseShown(ma.Schema):
    """One listing over twelve months."""

    listing_id = ma.fields.UUID(metadata={"description": "Identifier of the listing"})
    title = ma.fields.String(metadata={"description": "Name of the service"})
    state = ma.fields.Enum(ListingState, by_value=True, metadata={"description": "State of the listing"})
    unit = ma.fields.Enum(CapacityUnit, by_value=True, metadata={"description": "What is counted"})
    is_unlimited = ma.fields.Boolean(metadata={"description": "Whether there is no limit"})
    units = ma.fields.Integer(metadata={"description": "Units offered"})
    taken = ma.fields.Integer(metadata={"description": "Units taken or held"})
    free = ma.fields.Integer(allow_none=True, metadata={"description": "Units free; null without a limit"})
    used_percent = ma.fields.Integer(
        allow_none=True, metadata={"description": "Taken of offered, in whole percent; null without units"}
    )
    to_answer = ma.fields.Integer(metadata={"description": "Orders that wait for the seller's answer"})
    waiting = ma.fields.Integer(metadata={"description": "Organisations on the waiting list"})
    trusts = ma.fields.Integer(metadata={"description": "Organisations that use it"})


class UseShown(ma.Schema):
    """Every listing that was published once."""

    starts_on = ma.fields.Date(metadata={"description": "First day of the time"})
    ends_on = ma.fields.Date(metadata={"description": "Last day of the time, included"})
    items = ma.fields.List(ma.fields.Nested(ListingUseShown), metadata={"description": "By name"})


class ListingMonthUseShown(ma.Schema):
    """One time of a listing."""

    starts_on = ma.fields.Date(metadata={"description": "First day"})
    ends_on = ma.fields.Date(metadata={"description": "Last day, included"})
    units = ma.fields.Integer(metadata={"description": "Units offered"})
    taken = ma.fields.Integer(metadata={"description": "Units taken or held"})
    free = ma.fields.Integer(metadata={"description": "Units free"})
    used_percent = ma.fields.Integer(
        allow_none=True, metadata={"description": "Taken of offered, in whole percent; null without units"}
    )
    asked = ma.fields.Integer(metadata={"description": "Taken by orders that wait for an answer"})
    waiting_units = ma.fields.Integer(metadata={"description": "Units that people wait for"})


class ListingUserShown(ma.Schema):
    """An order of the listing."""

    order_id = ma.fields.UUID(metadata={"description": "Identifier of the order"})
    reference = ma.fields.String(metadata={"description": "Reference of the order"})
    state = ma.fields.Enum(OrderState, by_value=True, metadata={"description": "State of the order"})
    buyer_name = ma.fields.String(metadata={"description": "Name of the buying organisation"})
    quantity = ma.fields.Integer(metadata={"description": "Units in each month"})
    starts_on = ma.fields.Date(metadata={"description": "First day"})
    ends_on = ma.fields.Date(metadata={"description": "Last day, included"})


class ListingUsesShown(ma.Schema):
    """One listing by month, and who asks for it or has it."""

    listing_id = ma.fields.UUID(metadata={"description": "Identifier of the listing"})
    months = ma.fields.List(ma.fields.Nested(ListingMonthUseShown), metadata={"description": "By date"})
    to_answer = ma.fields.List(
        ma.fields.Nested(ListingUserShown),
        metadata={"description": "Orders that wait for the seller's answer"},
    )
    users = ma.fields.List(ma.fields.Nested(ListingUserShown), metadata={"description": "Orders that run"})


LISTING = tuple(ListingUseShown().fields)
MONTH = ("starts_on", "ends_on", "units", "taken", "free", "used_percent", "waiting_units")
USER = ("reference", "buyer_name", "quantity", "starts_on", "ends_on")


@api.get("/listings/use")
@api.response(200, UseShown)
@roles(*SELLERS)
def listings() -> Response:
    """What is used and what is free of each listing, over twelve months."""
    found = using.listings_in_use(current_session(), current_actor())
    first, last = using.shown_span()
    items = [
        {name: getattr(one, name) for name in LISTING} | {"state": one.state.value, "unit": one.unit.value}
        for one in found
    ]
    return jsonify({"starts_on": first, "ends_on": last, "items": items})


@api.get("/listings/<uuid:listing_id>/use")
@api.response(200, ListingUsesShown)
@roles(*SELLERS)
def listing(listing_id: uuid.UUID) -> Response:
    """One listing by month, and who asks for it or has it."""
    found = using.use_of(current_session(), current_actor(), listing_id)
    months = [{name: getattr(one.row, name) for name in MONTH} | {"asked": one.asked} for one in found.months]
    orders = [
        [
            {name: getattr(one, name) for name in USER} | {"order_id": one.id, "state": one.state.value}
            for one in rows
        ]
        for rows in (found.to_answer, found.users)
    ]
    return jsonify({"listing_id": listing_id, "months": months, "to_answer": orders[0], "users": orders[1]})
