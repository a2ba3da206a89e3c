"""Waiting for a number of licences that are charged once: for as long as an order of them lasts."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Cadence, CapacityUnit, ListingKind
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.kernel.errors import Refused
from marketplace.ordering import services as ordering
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.ordering.terms import OrderTerms
from marketplace.scheduling.kinds import WaitingState
from marketplace.scheduling.models import WaitingPlace
from marketplace.scheduling.waiting import Wish
from marketplace.trusts.access import Actor
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_buyer, a_place, a_scarce_listing, a_seller, place_now
from tests.factories.trusts import bearer, signed_in


def some_licences(session: Session, cadence: Cadence = Cadence.ONCE) -> Listing:
    listing = a_scarce_listing(session)
    listing.kind, listing.unit, listing.licence = ListingKind.TEMPLATES, CapacityUnit.LICENCE, "Use it."
    session.scalars(sa.select(Plan).where(Plan.listing_id == listing.id)).one().cadence = cadence
    session.flush()
    return listing


def all_of_them(session: Session, listing: Listing, buyer: Actor) -> Order:
    order = ordering.start_order(session, buyer, listing.id, OrderTerms(5, next_month(), None))
    return ordering.submit_order(session, buyer, order.id)


def taken_of(session: Session) -> list[int]:
    return list(session.scalars(sa.select(CapacityPeriod.taken).order_by(CapacityPeriod.starts_on)))


@pytest.mark.parametrize("periods", [None, 3])
def test_what_is_held_can_be_ordered_whatever_length_was_told(
    app: Flask, session: Session, periods: int | None
) -> None:
    listing, buyer, waiter = some_licences(session), a_buyer(session), a_buyer(session)
    order = all_of_them(session, listing, buyer)
    place = a_place(session, listing, waiter, Wish(5, next_month(), periods))
    assert place.periods == 1
    ordering.cancel_order(session, buyer, order.id)
    assert place_now(session, place.id).state is WaitingState.OFFERED
    assert taken_of(session) == [5, 0, 0, 0, 0, 0]
    seen = {"listing_version": str(listing.version)}
    session.commit()
    browser, address = signed_in(app, session, waiter), f"/waiting-places/{place.id}/order"
    page = browser.get(address).text
    assert ("5 licences" in page, "Until" in page, "In each month" in page) == (True, False, False)
    answer = browser.post(address, data=seen)
    assert answer.status_code == 302
    assert place_now(session, place.id).state is WaitingState.ORDERED
    assert session.scalars(sa.select(Order.state).where(Order.id != order.id)).one() is OrderState.PLACED
    assert taken_of(session) == [5, 0, 0, 0, 0, 0]


def test_no_length_is_asked_where_none_counts(app: Flask, session: Session) -> None:
    listing, buyer, waiter = some_licences(session), a_buyer(session), a_buyer(session)
    all_of_them(session, listing, buyer)
    browser, page = signed_in(app, session, waiter), f"/listings/{listing.id}/waiting"
    form = browser.get(page).text
    assert ("For how long" in form, "in each month" in form) == (False, False)
    day = next_month()
    starts = {"starts_on-day": day.day, "starts_on-month": day.month, "starts_on-year": day.year}
    joined = browser.post(page, data={"quantity": "2"} | starts)
    assert joined.status_code == 302
    place = browser.get(joined.location).text
    assert ("In each month" in place, "Until" in place, "1 month" in place) == (False, False, False)
    assert "2 licences" in place
    mine = browser.get("/waiting-places").text
    theirs = signed_in(app, session, a_seller(session, listing)).get(f"{page}/line").text
    for shown in (mine, theirs):
        assert ("2 licences" in shown, "in each month" in shown) == (True, False)


def test_a_program_tells_a_length_only_where_it_counts(app: Flask, session: Session) -> None:
    listing, buyer, waiter = some_licences(session), a_buyer(session), a_buyer(session)
    all_of_them(session, listing, buyer)
    headers = bearer(session, waiter)
    wish = {"quantity": 2, "starts_on": next_month().isoformat()}
    client, address = app.test_client(), f"/api/listings/{listing.id}/waiting"
    joined = client.post(address, json=wish, headers=headers)
    assert (joined.status_code, joined.get_json()["periods"]) == (201, 1)
    session.execute(sa.delete(WaitingPlace))
    session.scalars(sa.select(Plan)).one().cadence = Cadence.MONTHLY
    session.commit()
    refused = client.post(address, json=wish, headers=headers)
    words = {"periods": ["Enter for how long you need it"]}
    assert (refused.status_code, refused.get_json()["errors"]) == (422, words)


def test_a_length_that_counts_must_be_told(session: Session) -> None:
    listing = some_licences(session, Cadence.MONTHLY)
    with pytest.raises(Refused, match="Enter for how long you need it"):
        a_place(session, listing, wish=Wish(9, next_month(), None))
