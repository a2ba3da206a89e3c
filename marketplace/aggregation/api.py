"""Price lists, purchase requests, rounds, commitments and savings as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from marketplace.aggregation import closing, committing, offers, queries, round_view, services
from marketplace.aggregation.committing import Figures, Promise
from marketplace.aggregation.offers import PriceListCard
from marketplace.aggregation.queries import SavingsReport
from marketplace.aggregation.round_view import RoundView
from marketplace.aggregation.schemas import (
    ApproveCommitment,
    CancelRound,
    CloseRound,
    Commit,
    FindPriceLists,
    PageAsked,
    PostRequest,
    PublishPriceList,
    StartRound,
)
from marketplace.aggregation.services import Need, PriceListTerms, RoundTerms
from marketplace.aggregation.shapes import (
    OwnRequestShown,
    OwnRequestsShown,
    PriceListShown,
    PriceListsShown,
    RequestsShown,
    RoundShown,
    RoundsShown,
    SavingsShown,
)
from marketplace.delegation.schemas import SPOKEN
from marketplace.delegation.undertaking import Said
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.paging import Page
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor

api = Blueprint("aggregation_api", __name__, description="Pooled rounds: needs, prices, commitments, awards")
Created = tuple[Any, int, dict[str, str]]


@api.get("/price-lists")
@api.arguments(FindPriceLists, location="query")
@api.response(200, PriceListsShown)
@signed_in
def price_lists(query: dict[str, Any]) -> dict[str, Any]:
    """The published price lists, from which rounds start, that have every word in them."""
    return _page(offers.published(current_session(), query["words"].split(), query["after"]))


@api.get("/price-lists/own")
@api.arguments(PageAsked, location="query")
@api.response(200, PriceListsShown)
@signed_in
def own_price_lists(query: dict[str, Any]) -> dict[str, Any]:
    """The price lists of your organisation, withdrawn ones too."""
    return _page(offers.own(current_session(), current_actor(), query["after"]))


@api.get("/price-lists/<uuid:price_list_id>")
@api.response(200, PriceListShown)
@signed_in
def price_list(price_list_id: uuid.UUID) -> PriceListCard:
    """A price list that is published or your own."""
    return offers.one(current_session(), current_actor(), price_list_id)


@api.post("/price-lists")
@api.arguments(PublishPriceList, location="json")
@api.response(201, PriceListShown)
@signed_in
def publish(command: dict[str, Any]) -> Created:
    """Publish tiers: quantities rise, prices fall."""
    actor = current_actor()
    made = services.publish_price_list(current_session(), actor, PriceListTerms(**command))
    location = url_for("aggregation_api.price_list", price_list_id=made.id)
    return offers.one(current_session(), actor, made.id), 201, {"Location": location}


@api.delete("/price-lists/<uuid:price_list_id>")
@api.response(204)
@signed_in
def withdraw_price_list(price_list_id: uuid.UUID) -> None:
    """Start no more rounds from a list of your organisation."""
    services.withdraw_price_list(current_session(), current_actor(), price_list_id)


@api.get("/purchase-requests")
@api.arguments(PageAsked, location="query")
@api.response(200, RequestsShown)
@signed_in
def open_requests(query: dict[str, Any]) -> dict[str, Any]:
    """The open needs of every trust."""
    return _page(queries.open_requests(current_session(), query["after"]))


@api.get("/purchase-requests/own")
@api.arguments(PageAsked, location="query")
@api.response(200, OwnRequestsShown)
@signed_in
def own_requests(query: dict[str, Any]) -> dict[str, Any]:
    """The needs of your own trust."""
    return _page(queries.own_requests(current_session(), current_actor(), query["after"]))


@api.post("/purchase-requests")
@api.arguments(PostRequest, location="json")
@api.response(201, OwnRequestShown)
@signed_in
def post_request(command: dict[str, Any]) -> Created:
    """Post a need of your trust."""
    session, actor = current_session(), current_actor()
    made = services.post_request(session, actor, Need(**command))
    location = url_for("aggregation_api.own_request", request_id=made.id)
    return queries.own_request(session, actor, made.id), 201, {"Location": location}


@api.get("/purchase-requests/<uuid:request_id>")
@api.response(200, OwnRequestShown)
@signed_in
def own_request(request_id: uuid.UUID) -> Any:
    """A need of your own trust."""
    return queries.own_request(current_session(), current_actor(), request_id)


@api.delete("/purchase-requests/<uuid:request_id>")
@api.response(204)
@signed_in
def withdraw_request(request_id: uuid.UUID) -> None:
    """Close an open need of your trust."""
    services.withdraw_request(current_session(), current_actor(), request_id)


@api.get("/rounds")
@api.arguments(PageAsked, location="query")
@api.response(200, RoundsShown)
@signed_in
def rounds(query: dict[str, Any]) -> dict[str, Any]:
    """Every round with where it stands, newest first."""
    return _page(queries.all_rounds(current_session(), current_actor(), query["after"]))


@api.post("/rounds")
@api.arguments(StartRound, location="json")
@api.response(201, RoundShown)
@signed_in
def start(command: dict[str, Any]) -> Created:
    """Start a round on a published price list; your trust leads it."""
    made = services.start_round(current_session(), current_actor(), RoundTerms(**command))
    return _created(made.id)


@api.get("/rounds/<uuid:round_id>")
@api.response(200, RoundShown)
@signed_in
def one(round_id: uuid.UUID) -> RoundView:
    """A round: where it stands, its tiers, who is in it, and your trust's own commitment."""
    return _one(round_id)


@api.post("/rounds/<uuid:round_id>/commitments")
@api.arguments(Commit, location="json")
@api.response(201, RoundShown)
@signed_in
def commit(command: dict[str, Any], round_id: uuid.UUID) -> Created:
    """Commit your trust; above its limit it counts once a second person approves."""
    committing.commit(current_session(), current_actor(), round_id, Promise(**command))
    return _created(round_id)


@api.patch("/rounds/<uuid:round_id>/commitments/<uuid:commitment_id>")
@api.arguments(Commit(partial=True), location="json")
@api.response(200, RoundShown)
@signed_in
def change(command: dict[str, Any], round_id: uuid.UUID, commitment_id: uuid.UUID) -> RoundView:
    """Change your trust's commitment before the close: what is sent is changed, the rest stays."""
    committing.revise(current_session(), current_actor(), round_id, commitment_id, command)
    return _one(round_id)


@api.delete("/rounds/<uuid:round_id>/commitments/<uuid:commitment_id>")
@api.response(204)
@signed_in
def withdraw(round_id: uuid.UUID, commitment_id: uuid.UUID) -> None:
    """Take your trust's commitment back before the close."""
    committing.withdraw(current_session(), current_actor(), round_id, commitment_id)


@api.post("/rounds/<uuid:round_id>/commitments/<uuid:commitment_id>/approve")
@api.arguments(ApproveCommitment, location="json")
@api.response(200, RoundShown)
@signed_in
def approve(command: dict[str, Any], round_id: uuid.UUID, commitment_id: uuid.UUID) -> RoundView:
    """Make a commitment of your trust firm, as the second person; 409 when it is not what you have seen."""
    said = Said(**{name: command.pop(name) for name in SPOKEN})
    seen = Figures(**{name: command[name] for name in Figures.__dataclass_fields__})
    committing.approve(current_session(), current_actor(), round_id, commitment_id, seen, said)
    return _one(round_id)


@api.post("/rounds/<uuid:round_id>/close")
@api.arguments(CloseRound, location="json")
@api.response(202, RoundShown)
@signed_in
def close(command: dict[str, Any], round_id: uuid.UUID) -> Created:
    """Close the round that your trust leads; its award is worked out: look at its `run` again.

    Before the closing date with a reason.
    """
    closing.close_round(current_session(), current_actor(), round_id, command["reason"])
    return _owed(round_id)


@api.post("/rounds/<uuid:round_id>/try-again")
@api.response(202, RoundShown)
@signed_in
def try_again(round_id: uuid.UUID) -> Created:
    """Work out the award of the round that your trust leads once more, after a fault."""
    closing.try_again(current_session(), current_actor(), round_id)
    return _owed(round_id)


@api.post("/rounds/<uuid:round_id>/cancel")
@api.arguments(CancelRound, location="json")
@api.response(200, RoundShown)
@signed_in
def cancel(command: dict[str, Any], round_id: uuid.UUID) -> RoundView:
    """Call off the round that your trust leads."""
    services.cancel_round(current_session(), current_actor(), round_id, command["reason"])
    return _one(round_id)


@api.get("/savings")
@api.response(200, SavingsShown)
@signed_in
def savings() -> SavingsReport:
    """What each contract of an award saves your trust, and the sums."""
    return queries.savings(current_session(), current_actor())


def _one(round_id: uuid.UUID) -> RoundView:
    return round_view.round_view(current_session(), current_actor(), round_id)


def _created(round_id: uuid.UUID) -> Created:
    return _one(round_id), 201, {"Location": url_for("aggregation_api.one", round_id=round_id)}


def _owed(round_id: uuid.UUID) -> Created:
    return _one(round_id), 202, {"Location": url_for("aggregation_api.one", round_id=round_id)}


def _page(found: Page[Any]) -> dict[str, Any]:
    return {"items": found.rows, "next_after": found.next_after}
