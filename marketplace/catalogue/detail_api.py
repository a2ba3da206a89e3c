"""What a listing says beside its description, its versions and what hangs on it, as JSON."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask_smorest import Blueprint

from marketplace.catalogue import consequences, detailing, moderating, queries, services, versions
from marketplace.catalogue.detail_schemas import SetEvidence, SetPeople, SetReach, SetTrial, SetVisibility
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.schemas import ListingShown
from marketplace.catalogue.shapes import ConsequencesShown, ReviewsShown, VersionShown, VersionsShown
from marketplace.catalogue.states import Move
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

api = Blueprint("listing_details_api", __name__, description="Listings: reach, trial, people, versions")

SELLS = (Role.SELLER, Role.ADMINISTRATOR)


@api.put("/listings/<uuid:listing_id>/reach")
@api.arguments(SetReach, location="json")
@api.response(200, ListingShown)
@roles(*SELLS)
def set_reach(command: dict[str, Any], listing_id: uuid.UUID) -> Offer:
    """Say where buyers can be and which phases are served."""
    detailing.set_reach(current_session(), current_actor(), listing_id, **command)
    return _own(listing_id)


@api.put("/listings/<uuid:listing_id>/trial")
@api.arguments(SetTrial, location="json")
@api.response(200, ListingShown)
@roles(*SELLS)
def set_trial(command: dict[str, Any], listing_id: uuid.UUID) -> Offer:
    """Offer a trial, or none; when it ends nothing is charged unless both sides decide so."""
    detailing.set_trial(current_session(), current_actor(), listing_id, **command)
    return _own(listing_id)


@api.put("/listings/<uuid:listing_id>/people")
@api.arguments(SetPeople, location="json")
@api.response(200, ListingShown)
@roles(*SELLS)
def set_people(command: dict[str, Any], listing_id: uuid.UUID) -> Offer:
    """Say who delivers, with which checks, and what is insured: facts and dates, never names."""
    session, actor = current_session(), current_actor()
    detailing.set_posts(session, actor, listing_id, command["posts"])
    detailing.set_insurances(session, actor, listing_id, command["insurances"])
    return _own(listing_id)


@api.put("/listings/<uuid:listing_id>/evidence")
@api.arguments(SetEvidence, location="json")
@api.response(200, ListingShown)
@roles(*SELLS)
def set_evidence(command: dict[str, Any], listing_id: uuid.UUID) -> Offer:
    """State what the service changed; it is shown as the seller's statement."""
    detailing.set_evidence(current_session(), current_actor(), listing_id, command["evidence"])
    return _own(listing_id)


@api.put("/listings/<uuid:listing_id>/visibility")
@api.arguments(SetVisibility, location="json")
@api.response(200, ListingShown)
@roles(*SELLS)
def set_visibility(command: dict[str, Any], listing_id: uuid.UUID) -> Offer:
    """Show it to everybody, or to the members of one of your partnerships."""
    detailing.set_visibility(current_session(), current_actor(), listing_id, **command)
    return _own(listing_id)


@api.post("/listings/<uuid:listing_id>/recall")
@api.response(200, ListingShown)
@roles(*SELLS)
def recall(listing_id: uuid.UUID) -> Offer:
    """Take a listing back that waits for the operator's review."""
    services.move_listing(current_session(), current_actor(), listing_id, Move.RECALL)
    return _own(listing_id)


@api.get("/listings/<uuid:listing_id>/reviews")
@api.response(200, ReviewsShown)
@roles(*SELLS)
def reviews(listing_id: uuid.UUID) -> dict[str, Sequence[Any]]:
    """When it was sent for review, what was decided, and what to change."""
    _own(listing_id)
    return {"items": moderating.reviews_of(current_session(), listing_id)}


@api.get("/listings/<uuid:listing_id>/consequences")
@api.response(200, ConsequencesShown)
@roles(*SELLS)
def show_consequences(listing_id: uuid.UUID) -> dict[str, Sequence[Any]]:
    """What pausing or withdrawing it means for what was ordered."""
    session, _ = current_session(), _own(listing_id)
    return {
        move.value: consequences.consequences(session, listing_id, move)
        for move in (Move.PAUSE, Move.WITHDRAW)
    }


@api.get("/listings/<uuid:listing_id>/versions")
@api.response(200, VersionsShown)
@signed_in
def all_versions(listing_id: uuid.UUID) -> dict[str, Sequence[Any]]:
    """What buyers saw of one of your listings, and what changed when."""
    _own(listing_id)
    return {"items": versions.of_listing(current_session(), listing_id)}


@api.get("/listings/<uuid:listing_id>/versions/<int:number>")
@api.response(200, VersionShown)
@signed_in
def one_version(listing_id: uuid.UUID, number: int) -> versions.Version:
    """One version of one of your listings."""
    _own(listing_id)
    return versions.one(current_session(), listing_id, number)


def _own(listing_id: uuid.UUID) -> Offer:
    return queries.own_listing(current_session(), current_actor().organisation_id, listing_id)
