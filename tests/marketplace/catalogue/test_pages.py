"""Finding and listing services in the browser, without JavaScript."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue import queries
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.kernel import clock
from marketplace.kernel.events import announce
from marketplace.trusts.events import OrganisationChanged
from marketplace.trusts.kinds import OrganisationKind, Role, Standing
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_known_seller, a_listing, an_offer, some_capacity
from tests.factories.trusts import an_actor, an_organisation, signed_in

DESCRIPTION = {
    "category": "send",
    "title": "Educational psychologist",
    "summary": "Assessments",
    "description": "A registered psychologist",
    "delivery": "both",
    "places_served": "Devon",
    "unit": "day",
}
SCRIPT = '<script>alert("1")</script>'
HOSTILE = ["\x00", SCRIPT * 500, "9" * 400, "-1", "../../etc", "' OR 1=1 --", "١٢"]


def month(ahead: int) -> str:
    return f"{add_months(clock.today(), ahead):%Y-%m}"


def own_of(app: Flask, session: Session, **more: Any) -> tuple[FlaskClient, Listing]:
    """A seller's browser and a listing of theirs."""
    seller = an_organisation(session)
    listing = an_offer(session, seller, **more)
    return signed_in(app, session, an_actor(session, seller)), listing


def seller_of(session: Session, listing: Listing) -> Organisation:
    return session.get_one(Organisation, listing.seller_id)


def count(session: Session) -> int:
    return session.scalars(sa.select(sa.func.count(Listing.id))).one()


def test_a_seller_goes_from_a_description_to_a_published_listing(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    browser = signed_in(app, session, an_actor(session, a_known_seller(session)))
    tasks = browser.post("/listings/new", data=DESCRIPTION).location
    assert "Cannot start yet" in browser.get(tasks).text
    listing = tasks.removesuffix("/tasks")
    units = {"first_month": month(0), "last_month": month(11), "units": "6"}
    assert browser.post(f"{listing}/capacity", data=units).status_code == 302
    price = {"cadence": "termly", "unit_price_pence": "£1,412.50", "vat_treatment": "exempt"}
    assert browser.post(f"{listing}/prices/new", data=price).location == f"{listing}/prices"
    assert "Cannot start yet" not in browser.get(tasks).text
    assert client.get(listing).status_code == 404
    published = browser.post(f"{listing}/publish", follow_redirects=True)
    assert "Buyers can find it now" in published.text
    shown = client.get(listing).text
    assert "£1,412.50 a day, charged each term, excluding VAT" in shown
    assert f"/orders/new?listing={listing.rsplit('/', 1)[1]}" in shown


def test_publishing_too_early_says_what_to_add(app: Flask, session: Session) -> None:
    seller = an_organisation(session)
    draft = a_listing(session, seller, state=ListingState.DRAFT)
    answer = signed_in(app, session, an_actor(session, seller)).post(f"/listings/{draft.id}/publish")
    assert answer.status_code == 422
    assert "Add a price and capacity in this month or a later one before you publish." in answer.text


def test_an_own_listing_shows_change_instead_of_order(app: Flask, session: Session) -> None:
    browser, listing = own_of(app, session)
    shown = browser.get(f"/listings/{listing.id}").text
    assert f"/listings/{listing.id}/tasks" in shown
    assert "Order this service" not in shown


def test_who_does_not_buy_is_told_who_does(app: Flask, session: Session) -> None:
    listing = an_offer(session)
    browser = signed_in(app, session, an_actor(session, an_organisation(session), Role.FINANCE))
    shown = browser.get(f"/listings/{listing.id}").text
    assert "Ask a buyer at" in shown
    assert "Order this service" not in shown


def test_pause_resume_and_withdraw_are_seen_by_buyers(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    browser, listing = own_of(app, session)
    page = f"/listings/{listing.id}"
    statuses = []
    for verb in ("pause", "resume", "withdraw"):
        assert browser.post(f"{page}/{verb}").status_code == 302
        statuses.append(client.get(page).status_code)
    assert statuses == [404, 200, 404]
    assert browser.post(f"{page}/publish").status_code == 409


def test_your_listings_show_every_state_and_only_yours(app: Flask, session: Session) -> None:
    browser, listing = own_of(app, session, title="Mine")
    for state in ListingState:
        a_listing(session, seller_of(session, listing), state=state)
    an_offer(session, title="Theirs")
    session.commit()
    shown = browser.get("/listings/own").text
    assert all(word in shown for word in ("Mine", "Draft", "Published", "Paused", "Withdrawn"))
    assert "Theirs" not in shown


def test_a_supplier_is_told_where_its_prices_go(app: Flask, session: Session) -> None:
    supplier = an_organisation(session, kind=OrganisationKind.SUPPLIER)
    browser = signed_in(app, session, an_actor(session, supplier))
    assert "price lists in pooled rounds" in browser.get("/listings/own").text
    refused = browser.get("/listings/new")
    assert (refused.status_code, "price lists" in refused.text) == (403, True)
    assert browser.post("/listings/new", data=DESCRIPTION).status_code == 403


@pytest.mark.parametrize("path", ["tasks", "description", "capacity", "prices/new", "withdraw"])
def test_another_trusts_pages_are_not_there(app: Flask, session: Session, path: str) -> None:
    listing = an_offer(session)
    browser = signed_in(app, session, an_actor(session))
    assert browser.get(f"/listings/{listing.id}/{path}").status_code == 404
    if path != "tasks":
        assert browser.post(f"/listings/{listing.id}/{path}", data={}).status_code == 404


@pytest.mark.parametrize("state", ["draft", "paused", "withdrawn"])
def test_another_trusts_hidden_listing_is_not_there(app: Flask, session: Session, state: str) -> None:
    listing = a_listing(session, state=ListingState(state))
    browser = signed_in(app, session, an_actor(session))
    assert browser.get(f"/listings/{listing.id}").status_code == 404


def test_nobody_lists_without_signing_in(client: FlaskClient) -> None:
    assert client.get("/listings/new").location.startswith("/sign-in")
    assert client.post("/listings/new", data=DESCRIPTION).location.startswith("/sign-in")


@pytest.mark.parametrize("key", DESCRIPTION)
def test_a_bad_description_is_refused_at_its_field_and_kept_as_typed(
    app: Flask, session: Session, key: str
) -> None:
    browser = signed_in(app, session, an_actor(session))
    before = count(session)
    for value in ("", "\x00", "x" * 6_000)[key == "places_served" :]:  # that may be said later
        answer = browser.post("/listings/new", data=DESCRIPTION | {key: value})
        assert (answer.status_code, f'href="#{key}"' in answer.text) == (422, True), value
        assert key == "title" or 'value="Educational psychologist"' in answer.text
    assert count(session) == before


def test_a_field_that_does_not_exist_is_refused(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session))
    answer = browser.post("/listings/new", data=DESCRIPTION | {"seller_id": "x"})
    assert (answer.status_code, "seller_id" in answer.text) == (422, True)


@pytest.mark.parametrize("key", ["first_month", "last_month", "units"])
def test_bad_capacity_is_refused_at_its_field(app: Flask, session: Session, key: str) -> None:
    seller = an_organisation(session)
    listing = a_listing(session, seller)
    browser = signed_in(app, session, an_actor(session, seller))
    good = {"first_month": month(1), "last_month": month(2), "units": "5"}
    for value in ("", "2027-13", "1.5", *HOSTILE):
        answer = browser.post(f"/listings/{listing.id}/capacity", data=good | {key: value})
        assert (answer.status_code, f'href="#{key}"' in answer.text) == (422, True), value
    assert queries.capacity_of(session, listing.id) == []


@pytest.mark.parametrize("key", ["cadence", "unit_price_pence", "vat_treatment"])
def test_a_bad_price_is_refused_at_its_field(app: Flask, session: Session, key: str) -> None:
    seller = an_organisation(session)
    listing = a_listing(session, seller)
    browser = signed_in(app, session, an_actor(session, seller))
    good = {"cadence": "monthly", "unit_price_pence": "265", "vat_treatment": "standard"}
    for value in ("", "0", "1.234", "100000.01", *HOSTILE):
        answer = browser.post(f"/listings/{listing.id}/prices/new", data=good | {key: value})
        assert (answer.status_code, f'href="#{key}"' in answer.text) == (422, True), value
    assert queries.own_listing(session, seller.id, listing.id).plans == ()


def test_units_below_what_is_taken_are_refused_at_the_field(app: Flask, session: Session) -> None:
    seller = an_organisation(session)
    listing = a_listing(session, seller)
    some_capacity(session, listing, clock.today(), clock.today(), units=5, taken=3)
    browser = signed_in(app, session, an_actor(session, seller))
    lower = {"first_month": month(0), "last_month": month(0), "units": "2"}
    answer = browser.post(f"/listings/{listing.id}/capacity", data=lower)
    assert answer.status_code == 409
    assert "3 days are already taken" in answer.text
    assert 'href="#units"' in answer.text
    assert 'value="2"' in answer.text
    assert [period.units for period in queries.capacity_of(session, listing.id)] == [5]


def test_a_month_can_be_chosen_to_change_it(app: Flask, session: Session) -> None:
    browser, listing = own_of(app, session, units=7)
    shown = browser.get(f"/listings/{listing.id}/capacity?month={month(3)}").text
    assert len(re.findall(rf'<option value="{month(3)}" selected', shown)) == 2
    assert 'value="7"' in shown
    assert browser.get(f"/listings/{listing.id}/capacity?month=nonsense").status_code == 200


def test_what_a_seller_writes_is_never_markup(app: Flask, session: Session) -> None:
    texts: dict[str, Any] = dict.fromkeys(("title", "summary", "description", "places_served"), SCRIPT)
    seller = an_organisation(session, SCRIPT)
    listing = an_offer(session, seller, **texts)
    browser = signed_in(app, session, an_actor(session, seller))
    for path in ("", "/own", f"/{listing.id}", f"/{listing.id}/tasks", f"/{listing.id}/description"):
        shown = browser.get(f"/listings{path}").text
        assert "&lt;script&gt;alert" in shown
        assert "<script>alert" not in shown


def test_months_that_are_over_are_not_shown_to_buyers(session: Session, client: FlaskClient) -> None:
    listing = an_offer(session)
    some_capacity(session, listing, date(2020, 1, 1), date(2020, 1, 1))
    session.commit()
    assert "January 2020" not in client.get(f"/listings/{listing.id}").text


def test_a_seller_that_nobody_verified_is_shown_as_such(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    _, listing = own_of(app, session)
    seller = seller_of(session, listing)
    pages = ("/listings", f"/listings/{listing.id}")
    for page in pages:
        assert f"{seller.name} (not verified yet)" in client.get(page).text
    member = signed_in(app, session, an_actor(session))
    assert "Not verified" in member.get(f"/trusts/{seller.id}").text
    seller.standing = Standing.VERIFIED
    announce(session, OrganisationChanged(seller.id))
    session.commit()
    assert "Verified" in member.get(f"/trusts/{seller.id}").text
    for page in pages:
        assert "not verified yet" not in client.get(page).text


def test_every_fault_of_the_capacity_is_said_at_once(app: Flask, session: Session) -> None:
    browser, listing = own_of(app, session)
    wrong = {"first_month": month(3), "last_month": month(1), "units": "many"}
    answer = browser.post(f"/listings/{listing.id}/capacity", data=wrong)
    assert answer.status_code == 422
    assert ('href="#last_month"' in answer.text, 'href="#units"' in answer.text) == (True, True)
