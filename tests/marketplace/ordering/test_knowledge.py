"""Ordering knowledge that is charged once: nothing is asked that does not count."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Cadence, CapacityUnit, ListingKind
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.contracts.models import Contract
from marketplace.kernel.errors import Refused
from marketplace.ordering import services
from tests.factories.ordering import Market, a_draft, a_market, next_month
from tests.factories.trusts import bearer, signed_in


def a_market_of_knowledge(session: Session, cadence: Cadence = Cadence.ONCE, **more: Any) -> Market:
    market = a_market(session)
    listing = session.get_one(Listing, market.listing_id)
    columns: dict[str, Any] = {"is_unlimited": True, "kind": ListingKind.TEMPLATES, "licence": "Use it."}
    for name, value in (columns | {"unit": CapacityUnit.LICENCE} | more).items():
        setattr(listing, name, value)
    session.scalars(sa.select(Plan)).one().cadence = cadence
    if listing.is_unlimited:
        session.execute(sa.delete(CapacityPeriod))
    session.flush()
    return market


def start_of(market: Market) -> dict[str, str]:
    start = next_month()
    days = {"day": start.day, "month": start.month, "year": start.year}
    return {f"starts_on-{part}": str(number) for part, number in days.items()}


def test_a_licence_that_is_charged_once_is_ordered_without_a_length(app: Flask, session: Session) -> None:
    market = a_market_of_knowledge(session)
    browser, seller = signed_in(app, session, market.buyer), signed_in(app, session, market.seller)
    address = f"/orders/new?listing={market.listing_id}"
    page = browser.get(address).text
    assert "For how" not in page
    check = browser.post(address, data={"quantity": "2", "periods": "1"} | start_of(market)).location
    page = browser.get(check).text
    assert ("For how long" in page, "Last day" in page, "Taken in" in page) == (False, False, False)
    assert ("2 licences" in page, "in each month" in page) == (True, False)
    assert ("Use it." in page, "Where the work is done" in page) == (True, False), "it is sent"
    order_id = check.split("/")[-2]
    sent = browser.post(f"/orders/{order_id}/submit", data={"version": "1"}).location
    page = browser.get(sent).text
    assert ("we keep 2 licences for you" in page, "in each month" in page) == (True, False)
    seller.post(f"/orders/{order_id}/accept", data={"version": "1"})
    contract = session.scalars(sa.select(Contract)).one()
    page = browser.get(f"/contracts/{contract.id}").text
    assert ("For how long" in page, "Last day" in page, "First day" in page) == (False, False, True)
    assert ("Use it." in page, "Where the work is done" in page) == (True, False)
    assert contract.net_pence == 53_000
    assert "As its licence says" in browser.get("/contracts").text


def test_its_cost_is_worked_out_without_a_length(app: Flask, session: Session) -> None:
    market = a_market_of_knowledge(session)
    browser = signed_in(app, session, market.buyer)
    page = browser.get(f"/listings/{market.listing_id}").text
    assert ("1 licence:" in " ".join(page.split()), "Shortest order" in page) == (True, False)
    assert ('name="periods"' in page, 'name="quantity"' in page) == (False, True)
    monthly = session.scalars(sa.select(Plan)).one()
    monthly.cadence = Cadence.MONTHLY
    session.commit()
    assert 'name="periods"' in browser.get(f"/listings/{market.listing_id}").text


def test_a_program_says_no_length_where_none_counts(app: Flask, session: Session) -> None:
    market = a_market_of_knowledge(session)
    plan = session.scalars(sa.select(Plan)).one()
    client, headers = app.test_client(), bearer(session, market.buyer)
    body = {
        "listing_id": str(market.listing_id),
        "quantity": 1,
        "starts_on": next_month().isoformat(),
    }
    made = client.post("/api/orders", json=body, headers=headers)
    assert (made.status_code, made.get_json()["periods"]) == (201, 1)
    told = client.post("/api/orders", json=body | {"periods": 12}, headers=headers).get_json()
    assert told["periods"] == 1
    plan.cadence = Cadence.MONTHLY
    session.commit()
    refused = client.post("/api/orders", json=body, headers=headers)
    words = {"periods": ["Enter for how long you need it"]}
    assert (refused.status_code, refused.get_json()["errors"]) == (422, words)


def test_a_length_that_was_never_told_is_asked_for_when_it_begins_to_count(session: Session) -> None:
    market = a_market_of_knowledge(session)
    order = a_draft(session, market)
    session.scalars(sa.select(Plan)).one().cadence = Cadence.MONTHLY
    session.flush()
    with pytest.raises(Refused, match="Enter for how many months you need it"):
        services.change_order(session, market.buyer, order.id, {"note": "Thank you"})


def test_of_a_number_of_licences_each_is_taken_in_its_first_month(session: Session) -> None:
    market = a_market_of_knowledge(session, is_unlimited=False)
    order = a_draft(session, market, periods=12)
    services.submit_order(session, market.buyer, order.id)
    taken = session.scalars(sa.select(CapacityPeriod.starts_on).where(CapacityPeriod.taken > 0)).all()
    assert list(taken) == [next_month()]
