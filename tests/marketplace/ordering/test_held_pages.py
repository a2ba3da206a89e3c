"""Ordering what is held for a buyer who waited."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.catalogue import taking
from marketplace.catalogue.kinds import Cadence
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.catalogue.plans import Price, change_plan
from marketplace.catalogue.taking import Taken
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.scheduling.models import WaitingPlace
from marketplace.trusts import terms
from marketplace.trusts.access import Actor
from marketplace.trusts.describing import keep_terms
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.terms import TermName
from tests.factories.catalogue import a_plan
from tests.factories.scheduling import a_buyer, a_place, a_scarce_listing, a_seller, a_wish
from tests.factories.trusts import an_actor, signed_in


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with freeze_time("2026-11-21T12:00:00Z"):
        yield


def what_is_held(
    session: Session, buyer: Actor, cadence: Cadence = Cadence.MONTHLY, **wish: Any
) -> WaitingPlace:
    """A place in a line for which everything came free."""
    listing = a_scarce_listing(session, months=24, taken=5)
    plan = session.scalars(sa.select(Plan)).one()
    plan.cadence, plan.is_split_in_april = cadence, cadence is Cadence.ANNUAL
    session.flush()
    place = a_place(session, listing, buyer, a_wish(**wish))
    taking.give_back(session, [Taken(one.id, 5) for one in session.scalars(sa.select(CapacityPeriod))])
    session.flush()
    return place


def shown(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_year_in_two_parts_is_shown_as_it_is_charged(app: Flask, session: Session) -> None:
    buyer = a_buyer(session)
    place = what_is_held(session, buyer, Cadence.ANNUAL, quantity=2, periods=1, starts_on=date(2027, 9, 1))
    page = signed_in(app, session, buyer).get(f"/waiting-places/{place.id}/order").text
    assert "£530.00 excluding VAT, in 2 charges" in shown(page)


def test_nobody_orders_what_is_held_at_a_price_that_they_have_not_seen(app: Flask, session: Session) -> None:
    buyer = a_buyer(session)
    place = what_is_held(session, buyer)
    browser, there = signed_in(app, session, buyer), f"/waiting-places/{place.id}/order"

    def typed() -> dict[str, str]:
        found = re.search(r'name="listing_version" value="(\d+)"', browser.get(there).text)
        assert found is not None
        return {"listing_version": found[1]}

    old = typed()
    listing = session.get_one(Listing, place.listing_id)
    plan = session.scalars(sa.select(Plan)).one()
    dearer = Price(plan.cadence, 99_900, plan.vat_treatment)
    change_plan(session, a_seller(session, listing), listing.id, plan.id, dearer)
    session.commit()
    refused = browser.post(there, data=old)
    assert (refused.status_code, "The seller changed the listing" in refused.text) == (409, True)
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 0
    assert browser.post(there, data={}).status_code == 422
    assert browser.post(there, data=typed()).status_code == 302
    order = session.scalars(sa.select(Order)).one()
    assert (order.state, order.net_pence) == (OrderState.PLACED, 99_900 * 4)


def test_nobody_orders_what_is_held_by_term_dates_that_they_have_not_seen(
    app: Flask, session: Session
) -> None:
    buyer = a_buyer(session)
    place = what_is_held(session, buyer, Cadence.TERMLY)
    browser, there = signed_in(app, session, buyer), f"/waiting-places/{place.id}/order"

    def typed() -> dict[str, str]:
        fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', browser.get(there).text)
        return {name: value for name, value in fields if name in {"listing_version", "term_starts"}}

    old = typed()
    trust = session.get_one(Organisation, place.seller_id)
    dates = {one.name: (one.starts_on, one.ends_on) for one in terms.national(2026)}
    dates[TermName.SPRING] = (date(2027, 1, 6), dates[TermName.SPRING][1])
    keep_terms(session, an_actor(session, trust, Role.ADMINISTRATOR), 2026, dates)
    session.commit()
    refused = browser.post(there, data=old)
    assert (refused.status_code, "its term dates since you looked" in refused.text) == (409, True)
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 0
    assert browser.post(there, data=typed()).status_code == 302
    assert session.scalars(sa.select(Order)).one().term_starts == ["2026-09-01", "2027-01-06", "2027-05-01"]


def test_who_waited_for_a_price_that_was_removed_is_told_so(app: Flask, session: Session) -> None:
    buyer = a_buyer(session)
    place = what_is_held(session, buyer)
    plan = session.scalars(sa.select(Plan)).one()
    a_plan(session, session.get_one(Listing, place.listing_id), Cadence.TERMLY)
    plan.is_offered = False
    page = shown(signed_in(app, session, buyer).get(f"/waiting-places/{place.id}/order").text)
    assert "The price for which you waited is offered no more" in page
    assert "one by one" not in page
