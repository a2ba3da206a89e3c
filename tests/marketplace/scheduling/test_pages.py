"""Capacity by rule and file, waiting lists, use and calendars, page by page, without JavaScript."""

from __future__ import annotations

import io
import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from marketplace.catalogue import queries, taking
from marketplace.catalogue.kinds import ListingKind
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.people import services as people
from marketplace.scheduling.kinds import WaitingState
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import some_capacity
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_buyer, a_place, a_scarce_listing, a_seller, a_wish, place_now
from tests.factories.trusts import an_actor, signed_in


def units_of(session: Session, listing: Listing) -> list[int]:
    return [period.units for period in queries.capacity_of(session, listing.id)]


def month(number: int) -> str:
    return f"{add_months(next_month(), number):%Y-%m}"


def a_rule(**more: Any) -> dict[str, Any]:
    found = {"kind": "each-month", "units": "9", "first_month": month(0), "last_month": month(2)}
    return found | more


def a_held_place(session: Session, listing: Listing, waiter: Actor) -> uuid.UUID:
    """What somebody gave back is held for whoever waited."""
    last = add_months(next_month(), 1)
    held = taking.take_capacity(session, listing.id, 5, next_month(), last)
    place = a_place(session, listing, waiter, a_wish(5))
    taking.give_back(session, held)
    assert place_now(session, place.id).state is WaitingState.OFFERED
    return place.id


def test_a_rule_is_shown_month_by_month_and_then_set(app: Flask, session: Session) -> None:
    listing = a_scarce_listing(session)
    browser = signed_in(app, session, a_seller(session, listing))
    page = f"/listings/{listing.id}/capacity/rule"
    shown = browser.post(page, data=a_rule()).text
    assert "9 days each month" in shown
    assert units_of(session, listing) == [5] * 6
    assert browser.post(f"{page}/apply", data=a_rule()).status_code == 302
    assert units_of(session, listing) == [9, 9, 9, 5, 5, 5]
    again = re.search(r"again=([0-9a-f-]{36})", browser.get(f"/listings/{listing.id}/capacity").text)
    assert again is not None
    assert 'value="9"' in browser.get(f"{page}?again={again[1]}").text


def test_a_rule_below_what_is_taken_is_refused_with_the_month_and_sets_nothing(
    app: Flask, session: Session
) -> None:
    listing = a_scarce_listing(session)
    taking.take_capacity(session, listing.id, 4, add_months(next_month(), 1), add_months(next_month(), 1))
    browser = signed_in(app, session, a_seller(session, listing))
    page = f"/listings/{listing.id}/capacity/rule"
    for answer in (
        browser.post(page, data=a_rule(units="3")),
        browser.post(f"{page}/apply", data=a_rule(units="3")),
    ):
        assert answer.status_code == 409
        assert f"4 days are already taken in {add_months(next_month(), 1):%B %Y}" in answer.text
    assert units_of(session, listing) == [5] * 6


def test_what_is_wrong_with_a_rule_is_said_at_its_field_and_kept(app: Flask, session: Session) -> None:
    listing = a_scarce_listing(session)
    browser = signed_in(app, session, a_seller(session, listing))
    wrong = a_rule(kind="each-day", left_out="23/12/2027\nsoon", leaves_out_bank_holidays="true")
    answer = browser.post(f"/listings/{listing.id}/capacity/rule", data=wrong)
    assert answer.status_code == 422
    assert "Line 2: Enter a date" in answer.text
    assert "soon" in answer.text
    answer = browser.post(f"/listings/{listing.id}/capacity/rule", data=wrong | {"left_out": ""})
    assert "Select the days of the week." in answer.text


def a_file(text: str) -> dict[str, Any]:
    return {"file": (io.BytesIO(text.encode()), "capacity.csv")}


def test_a_file_is_matched_corrected_and_stored(app: Flask, session: Session) -> None:
    listing = a_scarce_listing(session)
    browser = signed_in(app, session, a_seller(session, listing))
    rows = f"Which,Month,How much\n{listing.title},{month(0)},8\n{listing.title},{month(1)},lots\n"
    answer = browser.post("/listings/capacity/uploads/new", data=a_file(rows))
    place = answer.location
    assert place.endswith("/columns")
    assert "For example" in browser.get(place).text
    answer = browser.post(place, data={"place-0": "listing", "place-1": "month", "place-2": "month"})
    assert "Only one column can be Month" in answer.text
    answer = browser.post(place, data={"place-0": "listing", "place-1": "month", "place-2": "units"})
    upload = answer.location
    shown = browser.get(upload).text
    assert "Row 3, Units: Enter a whole number from 0 to 100,000" in shown
    assert b"lots" in browser.get(f"{upload}/faults.csv").data
    assert browser.post(f"{upload}/store").status_code == 409
    browser.post(upload, data={"r3-units": "still wrong"})
    assert "still wrong" in browser.get(upload).text
    browser.post(upload, data={"r3-units": "7"})
    assert "Save 2 rows" in browser.get(upload).text
    stored = browser.post(f"{upload}/store")
    assert stored.location == f"/listings/{listing.id}/capacity", "back to the one listing that it is about"
    assert units_of(session, listing) == [8, 7, 5, 5, 5, 5]
    assert browser.get(upload).status_code == 404


def test_a_known_file_needs_no_matching_and_rows_can_be_left_out(app: Flask, session: Session) -> None:
    listing = a_scarce_listing(session)
    browser = signed_in(app, session, a_seller(session, listing))
    first, last = next_month(), add_months(next_month(), 1)
    rows = f"From;To;Days\n{first:%d/%m/%Y};{last:%d/%m/%Y};3\n;;\n{month(2)}-01;;4\n"
    data = a_file(rows) | {"listing_id": str(listing.id)}
    upload = browser.post("/listings/capacity/uploads/new", data=data).location
    shown = browser.get(upload).text
    assert "is given as one period already" in shown
    assert "Row 4, To: Enter the last day too" in shown
    browser.post(upload, data={"r2-left_out": "true", "r4-left_out": "true"})
    assert "Every row is left out" in browser.get(upload).text
    assert browser.post(f"{upload}/forget").status_code == 302


def test_no_file_and_no_table_are_refused(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, a_seller(session, a_scarce_listing(session)))
    assert "Choose a file" in browser.post("/listings/capacity/uploads/new", data={}).text
    picture = {"file": (io.BytesIO(b"\x89PNG\r\n"), "a.png")}
    answer = browser.post("/listings/capacity/uploads/new", data=picture)
    assert (answer.status_code, "Choose a CSV file" in answer.text) == (422, True)
    assert browser.get("/listings/capacity/uploads/example.csv").text.splitlines()[0].endswith("Units")


def test_a_buyer_joins_sees_its_place_and_leaves(app: Flask, session: Session) -> None:
    listing, waiter = a_scarce_listing(session), a_buyer(session)
    first = a_place(session, listing, wish=a_wish(7))
    browser = signed_in(app, session, waiter)
    page = f"/listings/{listing.id}/waiting"
    assert "Join the waiting list" in browser.get(f"/listings/{listing.id}").text
    starts = {f"starts_on-{part}": getattr(next_month(), part) for part in ("day", "month", "year")}
    answer = browser.post(page, data={**starts, "quantity": "2", "periods": "2"})
    assert "There is enough for this now" in answer.text
    answer = browser.post(page, data={**starts, "quantity": "8", "periods": "2"})
    shown = browser.get(answer.location).text
    assert "You are number 2 in the line." in shown
    other = session.get_one(Organisation, first.buyer_id)
    assert other.name not in shown
    assert browser.get(page).location == answer.location
    assert browser.post(f"{answer.location}/leave").status_code == 302
    assert "Left" in browser.get("/waiting-places").text
    assert 'href="/waiting-places"' in browser.get("/orders").text


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (
            5,
            "The seller offers at most 5 days in each month. For more you wait until it offers more.",
        ),
        (0, "The seller offers nothing in the months to come. You wait until it offers something."),
    ],
)
def test_who_asks_for_more_than_is_ever_offered_reads_so_before_they_join(
    app: Flask, session: Session, units: int, words: str
) -> None:
    listing = a_scarce_listing(session, units, taken=units)
    some_capacity(session, listing, date(2026, 1, 1), date(2026, 1, 1), 9)
    browser, page = signed_in(app, session, a_buyer(session)), f"/listings/{listing.id}/waiting"
    hint = re.search(r'id="quantity-hint"[^>]*>([^<]*)<', browser.get(page).text)
    assert hint is not None
    assert " ".join(hint[1].split()) == words
    starts = {f"starts_on-{part}": getattr(next_month(), part) for part in ("day", "month", "year")}
    assert browser.post(page, data={**starts, "quantity": "6", "periods": "2"}).status_code == 302


def test_what_is_held_is_ordered_on_one_page(app: Flask, session: Session) -> None:
    listing, waiter = a_scarce_listing(session), a_buyer(session, requires_po_number=True)
    place_id = a_held_place(session, listing, waiter)
    browser = signed_in(app, session, waiter)
    page = f"/waiting-places/{place_id}/order"
    assert "£2,650.00" in browser.get(page).text
    seen = {"listing_version": str(listing.version)}
    answer = browser.post(page, data=seen)
    assert (answer.status_code, "Add a purchase order number" in answer.text) == (422, True)
    assert place_now(session, place_id).state is WaitingState.OFFERED
    assert browser.post(page, data=seen | {"po_number": "PO-1"}).location.endswith("/sent")
    assert place_now(session, place_id).state is WaitingState.ORDERED
    assert browser.post(page, data=seen | {"po_number": "PO-1"}).status_code == 409


def test_a_seller_sees_who_waits_and_what_is_used(app: Flask, session: Session) -> None:
    listing, waiter = a_scarce_listing(session), a_buyer(session)
    a_place(session, listing, waiter, a_wish(8))
    seller = a_seller(session, listing)
    browser = signed_in(app, session, seller)
    name = waiter.organisation_name
    assert name in browser.get(f"/listings/{listing.id}/waiting/line").text
    assert name in browser.get(f"/listings/{listing.id}/use").text
    assert "8 days waited for" in browser.get(f"/listings/{listing.id}/capacity").text
    assert listing.title in browser.get("/listings/use").text
    table = browser.get("/listings/use.csv").text.splitlines()
    assert table[1] == f"{listing.title},Published,day,30,0,30,0,0,1,0"
    assert browser.get("/listings/use.xlsx").data.startswith(b"PK")
    months = browser.get(f"/listings/{listing.id}/use.csv").text.splitlines()
    assert months[1].endswith(",5,0,5,0,0,8")


def test_what_is_unlimited_needs_no_capacity_and_has_no_line(app: Flask, session: Session) -> None:
    listing = a_scarce_listing(session)
    listing.kind, listing.is_unlimited = ListingKind.TEMPLATES, True
    browser = signed_in(app, session, a_seller(session, listing))
    assert "needs no capacity" in browser.get(f"/listings/{listing.id}/capacity").text
    answer = browser.post(f"/listings/{listing.id}/capacity/rule/apply", data=a_rule())
    assert "This listing is unlimited" in answer.text
    buyer = signed_in(app, session, a_buyer(session))
    assert "There is no limit" in buyer.get(f"/listings/{listing.id}").text
    form = buyer.get(f"/orders/new?listing={listing.id}").text
    assert ("For how many" in form, "In each month" in form, "Every month with" in form) == (
        True,
        False,
        False,
    )


def test_whoever_sees_two_years_of_capacity_is_told_of_more(app: Flask, session: Session) -> None:
    short, long = a_scarce_listing(session), a_scarce_listing(session, months=30)
    buyer = signed_in(app, session, a_buyer(session))
    last = add_months(next_month(), 30) - timedelta(days=1)
    said = f"More is offered after that, until {last.day} {last:%B %Y}."
    for page in ("", "/waiting"):
        assert said in buyer.get(f"/listings/{long.id}{page}").text
        assert "More is offered" not in buyer.get(f"/listings/{short.id}{page}").text
    assert said in signed_in(app, session, a_seller(session, long)).get(f"/listings/{long.id}/capacity").text


def test_only_whoever_had_a_calendar_address_is_told_that_it_ended(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, a_buyer(session))
    for ended in (False, True):
        browser.post("/calendars/renew")
        assert ("does not work any more" in browser.get("/calendars").text) == ended


def a_calendar(browser: FlaskClient) -> str:
    browser.post("/calendars/renew")
    found = re.search(r'value="https?://[^/"]+(/calendars/[^"]+\.ics)"', browser.get("/calendars").text)
    assert found is not None
    return found[1]


def test_a_calendar_is_read_without_cookies_until_its_address_is_renewed(
    app: Flask, session: Session
) -> None:
    listing = a_scarce_listing(session)
    owner = an_actor(session, session.get_one(Organisation, listing.seller_id))
    browser, program = signed_in(app, session, owner), app.test_client()
    address = a_calendar(browser)
    answer = program.get(address)
    assert answer.mimetype == "text/calendar"
    events = list(Calendar.from_ical(answer.data).walk("VEVENT"))
    assert len(events) == 6
    assert str(events[0]["SUMMARY"]) == f"{listing.title}: 0 of 5 days taken"
    assert events[0].decoded("DTEND") == add_months(events[0].decoded("DTSTART"), 1)
    again = program.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    wrong = address[:-6] + ("0" if address[-6] != "0" else "1") + address[-5:]
    assert program.get(wrong).status_code == 404
    newer = a_calendar(browser)
    assert program.get(address).status_code == 404
    assert program.get(newer).status_code == 200
    browser.post("/calendars/end")
    assert program.get(newer).status_code == 404


def test_a_calendar_tells_nothing_of_others(app: Flask, session: Session) -> None:
    listing, waiter = a_scarce_listing(session), a_buyer(session)
    foreign = a_scarce_listing(session)
    place_id = a_held_place(session, listing, waiter)
    browser = signed_in(app, session, waiter)
    browser.post(f"/waiting-places/{place_id}/order", data={"listing_version": str(listing.version)})
    told = app.test_client().get(a_calendar(browser)).text
    assert f"SUMMARY:Ordered: {listing.title}" in told
    assert "taken" not in told
    assert foreign.title not in told


def test_the_api_tells_a_buyer_what_is_free_and_the_seller_who_waits(app: Flask, session: Session) -> None:
    listing, waiter = a_scarce_listing(session), a_buyer(session)
    seller = a_seller(session, listing)
    tokens = {
        who: {"Authorization": f"Bearer {people.make_token(session, actor.email, 'test')}"}
        for who, actor in (("buyer", waiter), ("seller", seller))
    }
    session.commit()
    client = app.test_client()
    page = f"/api/listings/{listing.id}"
    wish = {"quantity": 8, "starts_on": next_month().isoformat(), "periods": 2}
    joined = client.post(f"{page}/waiting", json=wish, headers=tokens["buyer"])
    assert (joined.status_code, joined.json["number"], joined.json["state"]) == (201, 1, "waiting")  # type: ignore[index]
    rows = client.get(f"{page}/capacity", headers=tokens["buyer"]).json["rows"]  # type: ignore[index]
    assert {row["taken"] for row in rows} == {None}
    line = client.get(f"{page}/waiting", headers=tokens["seller"]).json["items"]  # type: ignore[index]
    assert [one["buyer_name"] for one in line] == [waiter.organisation_name]
    periods = [{"starts_on": "2035-01-01", "ends_on": "2035-01-31", "units": 1}]
    far = client.put(f"{page}/capacity/periods", json={"periods": periods}, headers=tokens["seller"])
    assert far.status_code == 422
    rule = {"kind": "each-month", "units": 8, "first_month": month(0), "last_month": month(1)}
    seen = client.post(f"{page}/capacity/rule/preview", json=rule, headers=tokens["seller"]).json
    assert [one["before"] for one in seen["changes"]] == [5, 5]  # type: ignore[index]
    assert client.post(f"{page}/capacity/rule", json=rule, headers=tokens["seller"]).status_code == 200
    held = client.get(joined.location, headers=tokens["buyer"]).json
    assert held["state"] == "offered"  # type: ignore[index]
    used = client.get("/api/listings/use", headers=tokens["seller"]).json["items"]  # type: ignore[index]
    assert [(one["units"], one["taken"]) for one in used] == [(36, 16)]
    left = client.post(f"{joined.location}/leave", headers=tokens["buyer"]).json
    assert left["state"] == "declined"  # type: ignore[index]


def test_dated_periods_and_months_do_not_lie_on_each_other(app: Flask, session: Session) -> None:
    listing = a_scarce_listing(session, months=1)
    browser = signed_in(app, session, a_seller(session, listing))
    upload = "From,To,Units\n"
    first, last = add_months(next_month(), 2), date(next_month().year + 2, 1, 1)
    data = a_file(f"{upload}{first},{last},4\n") | {"listing_id": str(listing.id)}
    place = browser.post("/listings/capacity/uploads/new", data=data).location
    assert browser.post(f"{place}/store").status_code == 302
    months = {"first_month": month(2), "last_month": month(3), "units": "2"}
    answer = browser.post(f"/listings/{listing.id}/capacity", data=months)
    assert "is given as one period already" in answer.text
