"""The search by program."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.pricing import add_months
from marketplace.finding import indexing
from marketplace.finding.schemas import FoundListingShown, FoundPlanShown, FoundShown
from marketplace.kernel import clock
from marketplace.kernel.session import database_of
from tests.factories.catalogue import a_listing, an_offer, some_capacity
from tests.factories.trusts import an_actor, an_organisation, bearer
from tests.statements import statements_sent


def queries_in(sent: list[str]) -> int:
    """How many are questions."""
    return sum(one.startswith("SELECT") and "set_config" not in one for one in sent)


def test_found_listings_have_price_and_the_next_month_that_has_something_left(
    session: Session, client: FlaskClient
) -> None:
    listing = an_offer(session, title="Zither lessons", units=9)
    an_offer(session, title="Zither repairs", state=ListingState.PAUSED)
    headers = bearer(session, an_actor(session))
    body = client.get("/api/listings?words=zither&category=estates", headers=headers).json
    assert body
    assert (body["total"], body["is_more"], body["next_after"]) == (1, False, None)
    assert set(body) == set(FoundShown().fields)
    item = body["items"][0]
    assert (item["id"], item["state"], item["unit"]) == (str(listing.id), "published", "day")
    assert set(item) == set(FoundListingShown().fields)
    assert item["plans"][0]["unit_price_pence"] == 26_500
    assert set(item["plans"][0]) == set(FoundPlanShown().fields)
    assert item["next_open"]["left"] == 9


def test_months_that_are_over_or_full_are_not_the_next(session: Session, client: FlaskClient) -> None:
    listing = a_listing(session, title="Zither lessons")
    today = clock.today()
    some_capacity(session, listing, date(2020, 1, 1), date(2020, 1, 1))
    some_capacity(session, listing, today, today, units=4, taken=4)
    some_capacity(session, listing, add_months(today, 1), add_months(today, 1), units=3)
    indexing.index_listing(session, listing.id)
    headers = bearer(session, an_actor(session))
    body = client.get("/api/listings?words=zither", headers=headers).json
    assert body
    assert body["items"][0]["next_open"]["starts_on"] == add_months(today, 1).replace(day=1).isoformat()


def test_the_list_and_the_page_take_as_many_queries_for_25_rows_as_for_one(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    headers = bearer(session, an_actor(session))
    client.get("/api/listings", headers=headers)  # the first use of a token in an hour is noted
    counts = []
    for more in (1, 4, 20):
        for _ in range(more):
            an_offer(session, title="Zither lessons")
        session.commit()
        for address in ("words=zither", "category=estates", "sort=price"):
            for path, head in ((f"/api/listings?{address}", headers), (f"/listings?{address}", {})):
                with statements_sent(database_of(app).engine) as sent:
                    assert client.get(path, headers=head).status_code == 200
                counts.append(queries_in(sent))
    assert counts[:6] == counts[6:12] == counts[12:]
    assert max(counts) <= 10


def test_pages_follow_each_other_without_gap_or_repeat(session: Session, client: FlaskClient) -> None:
    made = [str(an_offer(session, title="Zither lessons").id) for _ in range(53)]
    headers = bearer(session, an_actor(session))
    for address in ("words=zither", "category=estates"):
        seen: list[str] = []
        after = ""
        while True:
            body = client.get(f"/api/listings?{address}{after}", headers=headers).json
            assert body
            seen += [item["id"] for item in body["items"]]
            if body["next_after"] is None:
                break
            after = f"&after={body['next_after']}"
        assert seen == made[::-1]


def test_a_place_is_named_and_distances_are_in_metres(session: Session, client: FlaskClient) -> None:
    place: dict[str, Any] = {"easting": 292_000, "northing": 92_500, "town": "Exeter"}
    an_offer(session, an_organisation(session, None, **place))
    headers = bearer(session, an_actor(session))
    body = client.get("/api/listings?place=Exeter&near=5", headers=headers).json
    assert body
    assert (body["place"], body["items"][0]["metres"]) == ("Exeter", 0)
    answer = client.get("/api/listings?place=Atlantis", headers=headers)
    assert (answer.status_code, list((answer.json or {})["errors"])) == (422, ["place"])
    assert client.get("/api/listings?trial=perhaps", headers=headers).status_code == 422
