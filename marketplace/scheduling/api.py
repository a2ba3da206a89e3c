"""Capacity and waiting lists as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, jsonify, url_for
from flask_smorest import Blueprint

from marketplace.catalogue import offering
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.queries import Offer
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import Refused
from marketplace.kernel.session import current_session
from marketplace.scheduling import queries, ruling, waiting
from marketplace.scheduling.queries import Place
from marketplace.scheduling.schemas import JoinWaiting, SetRule, rule_from
from marketplace.scheduling.shapes import (
    CapacityPreviewShown,
    SetPeriods,
    TimetableShown,
    WaitingInLineShown,
    WaitingLineShown,
    WaitingPlaceShown,
    WaitingPlacesShown,
)
from marketplace.scheduling.waiting import Wish
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

api = Blueprint("scheduling_api", __name__, description="Capacity by date, by rule, and who waits for it")

SELLS = (Role.SELLER, Role.ADMINISTRATOR)
PLACE = tuple(name for name in WaitingPlaceShown().fields if name != "number")
IN_LINE = tuple(WaitingInLineShown().fields)


@api.get("/listings/<uuid:listing_id>/capacity")
@api.response(200, TimetableShown)
@signed_in
def capacity(listing_id: uuid.UUID) -> Response:
    """What is offered and what is free; to its seller also what is taken and who waits."""
    organisation_id = current_actor().organisation_id
    return _timetable(catalogue.visible(current_session(), organisation_id, listing_id))


@api.put("/listings/<uuid:listing_id>/capacity/periods")
@api.arguments(SetPeriods, location="json")
@api.response(200, TimetableShown)
@roles(*SELLS)
def set_periods(command: dict[str, Any], listing_id: uuid.UUID) -> Response:
    """Offer so many units in each of some times: all are set, or none."""
    session, actor = current_session(), current_actor()
    catalogue.own_listing(session, actor.organisation_id, listing_id)
    wanted = {(one["starts_on"], one["ends_on"]): one["units"] for one in command["periods"]}
    _check_times(command["periods"])
    offering.offer_units(session, actor, listing_id, wanted, "offer-periods", {"periods": len(wanted)})
    return _own_timetable(listing_id)


@api.post("/listings/<uuid:listing_id>/capacity/rule/preview")
@api.arguments(SetRule, location="json")
@api.response(200, CapacityPreviewShown)
@roles(*SELLS)
def preview(command: dict[str, Any], listing_id: uuid.UUID) -> Response:
    """What a rule would make of every month; nothing is changed."""
    found = ruling.preview(current_session(), current_actor(), listing_id, rule_from(command))
    changes = [
        {
            "starts_on": one.starts_on,
            "ends_on": one.ends_on,
            "before": one.before,
            "taken": one.taken,
            "units": one.units,
            "fault": offering.why_not(one, found.unit),
        }
        for one in found.changes
    ]
    holidays = [{"starts_on": first, "ends_on": last} for first, last in found.holidays]
    return jsonify({"changes": changes, "holidays": holidays})


@api.post("/listings/<uuid:listing_id>/capacity/rule")
@api.arguments(SetRule, location="json")
@api.response(200, TimetableShown)
@roles(*SELLS)
def apply_rule(command: dict[str, Any], listing_id: uuid.UUID) -> Response:
    """Set every month as the rule says, or none."""
    wanted = rule_from(command)
    ruling.apply_rule(current_session(), current_actor(), listing_id, wanted, command["left_out"])
    return _own_timetable(listing_id)


@api.get("/listings/<uuid:listing_id>/waiting")
@api.response(200, WaitingLineShown)
@roles(*SELLS)
def line(listing_id: uuid.UUID) -> Response:
    """Who waits for one of your organisation's listings, in order."""
    rows = queries.line(current_session(), current_actor(), listing_id)
    return jsonify({"items": [{name: _plain(getattr(row, name)) for name in IN_LINE} for row in rows]})


@api.post("/listings/<uuid:listing_id>/waiting")
@api.arguments(JoinWaiting, location="json")
@api.response(201, WaitingPlaceShown)
@roles(*queries.BUYERS)
def join(command: dict[str, Any], listing_id: uuid.UUID) -> Response:
    """Take the last place in the line of a listing that has too little free."""
    place = waiting.join_waiting(current_session(), current_actor(), listing_id, Wish(**command))
    response = _one(place.id)
    response.status_code = 201
    response.headers["Location"] = url_for("scheduling_api.place", place_id=place.id)
    return response


@api.get("/waiting-places")
@api.response(200, WaitingPlacesShown)
@signed_in
def places() -> Response:
    """What your organisation waits for, newest first."""
    found = queries.own_places(current_session(), current_actor())
    return jsonify({"items": [_place(one) for one in found]})


@api.get("/waiting-places/<uuid:place_id>")
@api.response(200, WaitingPlaceShown)
@signed_in
def place(place_id: uuid.UUID) -> Response:
    """One place. What is offered is ordered by POST /api/orders with the same quantity, start and periods."""
    return _one(place_id)


@api.post("/waiting-places/<uuid:place_id>/leave")
@api.response(200, WaitingPlaceShown)
@roles(*queries.BUYERS)
def leave(place_id: uuid.UUID) -> Response:
    """Give the place up, and what is held for it."""
    waiting.leave_waiting(current_session(), current_actor(), place_id)
    return _one(place_id)


def _check_times(periods: list[dict[str, Any]]) -> None:
    """Each can be offered, and none has a day of another."""
    before = None
    for one in sorted(periods, key=lambda one: (one["starts_on"], one["ends_on"])):
        fault = offering.outside(one["starts_on"], one["ends_on"])
        if before is not None and one["starts_on"] <= before:
            fault = "Two periods have the same day"
        if fault:
            raise Refused(f"{fault}: {one['starts_on']} to {one['ends_on']}.", field="periods")
        before = one["ends_on"]


def _own_timetable(listing_id: uuid.UUID) -> Response:
    organisation_id = current_actor().organisation_id
    return _timetable(catalogue.own_listing(current_session(), organisation_id, listing_id))


def _timetable(offer: Offer) -> Response:
    actor = current_actor()
    is_own = actor.organisation_id == offer.seller_id
    rows = [
        {
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "units": row.units,
            "taken": row.taken if is_own else None,
            "free": row.free,
            "waiting": row.waiting if is_own else None,
            "waiting_units": row.waiting_units if is_own else None,
        }
        for row in queries.calendar(current_session(), offer, actor)
    ]
    shown = {"listing_id": offer.id, "unit": offer.unit.value, "is_unlimited": offer.is_unlimited}
    return jsonify({**shown, "rows": rows})


def _one(place_id: uuid.UUID) -> Response:
    return jsonify(_place(queries.own_place(current_session(), current_actor(), place_id)))


def _place(found: Place) -> dict[str, Any]:
    return {name: _plain(getattr(found.row, name)) for name in PLACE} | {"number": found.number}


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)
