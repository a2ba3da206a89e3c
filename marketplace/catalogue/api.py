"""Listings as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from marketplace.catalogue import calculating, offering, queries, services
from marketplace.catalogue.queries import Listed, Offer
from marketplace.catalogue.schemas import (
    DescribeListing,
    ListingPublished,
    ListingShown,
    ListingsShown,
    PageOfListings,
    ReviseListing,
    SetCapacity,
)
from marketplace.catalogue.states import Move
from marketplace.kernel import paging
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

api = Blueprint("catalogue_api", __name__, description="Listings: describe, price, offer, publish")

SELLS = (Role.SELLER, Role.ADMINISTRATOR)


@api.get("/listings/own")
@api.arguments(PageOfListings, location="query")
@api.response(200, ListingsShown)
@signed_in
def own(command: dict[str, Any]) -> ResponseReturnValue:
    """The listings of your organisation, in every state, newest first."""
    return jsonify(_page(queries.own(current_session(), current_actor().organisation_id, command["after"])))


@api.get("/listings/<uuid:listing_id>")
@api.response(200, ListingShown)
@signed_in
def listing(listing_id: uuid.UUID) -> Offer:
    """A published listing, or one of your organisation's own."""
    return queries.visible(current_session(), current_actor().organisation_id, listing_id)


@api.post("/listings")
@api.arguments(DescribeListing, location="json")
@api.response(201, ListingShown)
@roles(*SELLS)
def describe(command: dict[str, Any]) -> tuple[Offer, dict[str, str]]:
    """A new draft of your organisation."""
    draft = services.describe_listing(current_session(), current_actor(), command)
    location = url_for("catalogue_api.listing", listing_id=draft.id)
    return _own(draft.id), {"Location": location}


@api.route("/listings/<uuid:listing_id>", methods=["PATCH"])
@api.arguments(ReviseListing, location="json")
@api.response(200, ListingShown)
@roles(*SELLS)
def revise(command: dict[str, Any], listing_id: uuid.UUID) -> Offer:
    """Change what is sent of the description."""
    services.revise_listing(current_session(), current_actor(), listing_id, command)
    return _own(listing_id)


@api.post("/listings/<uuid:listing_id>/capacity")
@api.arguments(SetCapacity, location="json")
@api.response(200, ListingShown)
@roles(*SELLS)
def set_capacity(command: dict[str, Any], listing_id: uuid.UUID) -> Offer:
    """Offer so many units in each month from one to another."""
    offering.set_capacity(current_session(), current_actor(), listing_id, **command)
    return _own(listing_id)


@api.post("/listings/<uuid:listing_id>/publish")
@api.response(200, ListingPublished)
@roles(*SELLS)
def publish(listing_id: uuid.UUID) -> dict[str, Any]:
    """Let buyers find a draft; `warnings` name each price at which nobody can order all the same."""
    offer = _move(listing_id, Move.PUBLISH)
    return vars(offer) | {"warnings": calculating.too_short(current_session(), offer)}


@api.post("/listings/<uuid:listing_id>/pause")
@api.response(200, ListingShown)
@roles(*SELLS)
def pause(listing_id: uuid.UUID) -> Offer:
    """Hide a published listing for a while."""
    return _move(listing_id, Move.PAUSE)


@api.post("/listings/<uuid:listing_id>/resume")
@api.response(200, ListingShown)
@roles(*SELLS)
def resume(listing_id: uuid.UUID) -> Offer:
    """Let buyers find a paused listing again."""
    return _move(listing_id, Move.RESUME)


@api.post("/listings/<uuid:listing_id>/withdraw")
@api.response(200, ListingShown)
@roles(*SELLS)
def withdraw(listing_id: uuid.UUID) -> Offer:
    """Take a listing away for good."""
    return _move(listing_id, Move.WITHDRAW)


def _move(listing_id: uuid.UUID, move: Move) -> Offer:
    services.move_listing(current_session(), current_actor(), listing_id, move)
    return _own(listing_id)


def _own(listing_id: uuid.UUID) -> Offer:
    return queries.own_listing(current_session(), current_actor().organisation_id, listing_id)


def _page(page: paging.Page[Listed]) -> dict[str, Any]:
    return {"items": [_listed(row) for row in page.rows], "next_after": page.next_after}


def _listed(row: Listed) -> dict[str, Any]:
    """The row as ListedShown describes it; marshmallow would take longer than the queries."""
    period = row.next_open
    return {
        **vars(row),
        "plans": [{key: value for key, value in vars(plan).items() if key != "unit"} for plan in row.plans],
        "next_open": period
        and {key: getattr(period, key) for key in ("period_id", "starts_on", "ends_on", "units", "left")},
    }
