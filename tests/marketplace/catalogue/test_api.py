"""Listings as JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.kernel import clock
from marketplace.kernel.session import database_of
from marketplace.trusts.kinds import OrganisationKind, Role
from tests.factories.catalogue import a_known_seller, a_listing, an_offer
from tests.factories.trusts import an_actor, an_organisation, bearer

DESCRIPTION: dict[str, Any] = {
    "category": "send",
    "title": "Educational psychologist",
    "summary": "Assessments",
    "description": "A registered psychologist",
    "delivery": "both",
    "places_served": "Devon",
    "unit": "day",
}
PRICE = {"cadence": "annual", "unit_price_pence": 145_000, "vat_treatment": "standard"}
WRONG: list[Any] = [None, [], {}, True, 1.5, -1, "", "\x00", "x" * 10_000, 10**20]


def months(first: int, last: int) -> dict[str, Any]:
    today = clock.today()
    named = {
        "first_month": f"{add_months(today, first):%Y-%m}",
        "last_month": f"{add_months(today, last):%Y-%m}",
    }
    return {**named, "units": 12}


def body_of(answer: TestResponse) -> dict[str, Any]:
    """The JSON object that was answered."""
    body: dict[str, Any] = answer.json  # type: ignore[assignment]
    return body


def count(session: Session) -> int:
    return session.scalars(sa.select(sa.func.count(Listing.id))).one()


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    engine = database_of(app).engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_a_program_lists_and_publishes_a_service(session: Session, client: FlaskClient) -> None:
    headers = bearer(session, an_actor(session, a_known_seller(session)))
    made = client.post("/api/listings", json=DESCRIPTION, headers=headers)
    assert (made.status_code, body_of(made)["state"]) == (201, "draft")
    place = made.headers["Location"]
    assert body_of(client.post(f"{place}/prices", json=PRICE, headers=headers))["plans"][0][
        "unit_price_pence"
    ] == (145_000)
    offered = body_of(client.post(f"{place}/capacity", json=months(0, 2), headers=headers))
    assert [period["left"] for period in offered["capacity"]] == [12, 12, 12]
    assert body_of(client.patch(place, json={"title": "Psychologist"}, headers=headers))["version"] == 4
    states = [
        body_of(client.post(f"{place}/{verb}", headers=headers))["state"]
        for verb in ("publish", "pause", "resume", "withdraw")
    ]
    assert states == ["published", "paused", "published", "withdrawn"]
    shown = body_of(client.get(place, headers=headers))
    assert (shown["title"], shown["summary"]) == ("Psychologist", "Assessments")


def test_the_same_key_describes_one_listing(session: Session, client: FlaskClient) -> None:
    headers = bearer(session, an_actor(session)) | {"Idempotency-Key": "one"}
    first, second = (client.post("/api/listings", json=DESCRIPTION, headers=headers) for _ in range(2))
    assert body_of(first)["id"] == body_of(second)["id"]
    assert first.headers["Location"] == second.headers["Location"]


def test_your_own_listings_are_those_of_your_organisation(session: Session, client: FlaskClient) -> None:
    seller = an_organisation(session)
    mine = a_listing(session, seller, state=ListingState.DRAFT)
    an_offer(session)
    headers = bearer(session, an_actor(session, seller))
    body = body_of(client.get("/api/listings/own", headers=headers))
    assert [item["id"] for item in body["items"]] == [str(mine.id)]
    assert body["items"][0]["next_open"] is None


@pytest.mark.parametrize("key", DESCRIPTION)
def test_a_wrong_description_is_refused_at_its_field_and_stores_nothing(
    session: Session, client: FlaskClient, key: str
) -> None:
    headers = bearer(session, an_actor(session))
    before = count(session)
    for value in WRONG:
        sent = json.dumps(DESCRIPTION | {key: value})
        answer = client.post("/api/listings", data=sent, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), value
        assert list(body_of(answer)["errors"]) == [key]
    assert count(session) == before


@pytest.mark.parametrize("key", ["first_month", "last_month", "units"])
def test_wrong_capacity_is_refused_at_its_field(session: Session, client: FlaskClient, key: str) -> None:
    seller = an_organisation(session)
    place = f"/api/listings/{a_listing(session, seller).id}"
    headers = bearer(session, an_actor(session, seller))
    for value in WRONG:
        sent = json.dumps(months(0, 1) | {key: value})
        answer = client.post(f"{place}/capacity", data=sent, content_type="application/json", headers=headers)
        assert (answer.status_code, list(body_of(answer)["errors"])) == (422, [key]), value
    assert body_of(client.get(place, headers=headers))["capacity"] == []


@pytest.mark.parametrize("key", PRICE)
def test_a_wrong_price_is_refused_at_its_field(session: Session, client: FlaskClient, key: str) -> None:
    seller = an_organisation(session)
    place = f"/api/listings/{a_listing(session, seller).id}"
    headers = bearer(session, an_actor(session, seller))
    for value in WRONG:
        sent = json.dumps(PRICE | {key: value})
        answer = client.post(f"{place}/prices", data=sent, content_type="application/json", headers=headers)
        assert (answer.status_code, list(body_of(answer)["errors"])) == (422, [key]), value
    assert body_of(client.get(place, headers=headers))["plans"] == []


@pytest.mark.parametrize("body", [[], "text", {"seller_id": "x"}, {"state": "published"}])
def test_what_is_not_a_description_is_refused(session: Session, client: FlaskClient, body: Any) -> None:
    seller = an_organisation(session)
    listing = a_listing(session, seller)
    headers = bearer(session, an_actor(session, seller))
    assert client.post("/api/listings", json=body, headers=headers).status_code == 422
    assert client.patch(f"/api/listings/{listing.id}", json=body, headers=headers).status_code == 422


def test_another_trusts_listing_is_not_there(session: Session, client: FlaskClient) -> None:
    place = f"/api/listings/{a_listing(session, state=ListingState.DRAFT).id}"
    headers = bearer(session, an_actor(session))
    answers = [
        client.get(place, headers=headers),
        client.patch(place, json={"title": "Mine"}, headers=headers),
        client.post(f"{place}/prices", json=PRICE, headers=headers),
        client.post(f"{place}/capacity", json=months(0, 1), headers=headers),
        *(client.post(f"{place}/{verb}", headers=headers) for verb in ("publish", "pause", "withdraw")),
        client.get(f"/api/listings/{uuid.uuid4()}", headers=headers),
    ]
    assert {answer.status_code for answer in answers} == {404}


def test_an_illegal_move_names_itself(session: Session, client: FlaskClient) -> None:
    seller = an_organisation(session)
    listing = an_offer(session, seller)
    headers = bearer(session, an_actor(session, seller))
    answer = client.post(f"/api/listings/{listing.id}/resume", headers=headers)
    assert (answer.status_code, body_of(answer)["code"]) == (409, "invalid-state")
    assert body_of(answer)["detail"] == "A listing that is published cannot be resumed."


def test_buyers_and_suppliers_are_not_permitted_to_list(session: Session, client: FlaskClient) -> None:
    buyer = bearer(session, an_actor(session, an_organisation(session), Role.BUYER))
    supplier = bearer(session, an_actor(session, an_organisation(session, kind=OrganisationKind.SUPPLIER)))
    for headers in (buyer, supplier):
        assert client.post("/api/listings", json=DESCRIPTION, headers=headers).status_code == 403


def test_without_a_token_nothing_is_answered(client: FlaskClient) -> None:
    assert client.get("/api/listings").status_code == 401
