"""Prices of listings as JSON, and what an order would cost."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace.catalogue import calculating, plans, queries
from marketplace.catalogue.plan_schemas import Calculate, CalculatedCharge, CalculatedShown, SetPlan
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.schemas import ListingShown
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

api = Blueprint("plans_api", __name__, description="Prices of listings, and what an order would cost")

SELLS = (Role.SELLER, Role.ADMINISTRATOR)
CHARGE = tuple(CalculatedCharge().fields)


@api.post("/listings/<uuid:listing_id>/prices")
@api.arguments(SetPlan, location="json")
@api.response(201, ListingShown)
@roles(*SELLS)
def add(command: dict[str, Any], listing_id: uuid.UUID) -> Offer:
    """One more way in which the listing is charged."""
    plans.add_plan(current_session(), current_actor(), listing_id, plans.price_of(command))
    return _own(listing_id)


@api.put("/listings/<uuid:listing_id>/prices/<uuid:plan_id>")
@api.arguments(SetPlan, location="json")
@api.response(200, ListingShown)
@roles(*SELLS)
def change(command: dict[str, Any], listing_id: uuid.UUID, plan_id: uuid.UUID) -> Offer:
    """Change a price; orders keep theirs."""
    plans.change_plan(current_session(), current_actor(), listing_id, plan_id, plans.price_of(command))
    return _own(listing_id)


@api.delete("/listings/<uuid:listing_id>/prices/<uuid:plan_id>")
@api.response(200, ListingShown)
@roles(*SELLS)
def remove(listing_id: uuid.UUID, plan_id: uuid.UUID) -> Offer:
    """Offer a price no more; a published listing keeps its last one."""
    plans.remove_plan(current_session(), current_actor(), listing_id, plan_id)
    return _own(listing_id)


@api.get("/listings/<uuid:listing_id>/cost")
@api.arguments(Calculate, location="query")
@api.response(200, CalculatedShown)
@signed_in
def calculate(command: dict[str, Any], listing_id: uuid.UUID) -> Response:
    """What an order would cost over its whole life; a price of each school or pupil counts your own."""
    actor, session = current_actor(), current_session()
    offer = queries.visible(session, actor.organisation_id, listing_id)
    found = calculating.calculate(session, offer, actor.organisation_id, command)
    return jsonify(
        {
            "plan_id": found.plan.plan_id,
            "quantity": found.quantity,
            "uncounted_schools": found.uncounted,
            "is_free": found.availability and found.availability.is_free,
            "availability": found.availability and found.availability.sentence,
            "lines": [vars(line) for line in found.lines],
            "charges": [{name: getattr(one, name) for name in CHARGE} for one in found.charges],
            "net_pence": found.net_pence,
            "vat_pence": found.vat_pence,
            "gross_pence": found.gross_pence,
        }
    )


def _own(listing_id: uuid.UUID) -> Offer:
    return queries.own_listing(current_session(), current_actor().organisation_id, listing_id)
