"""A draft that goes over to another price: numbers told for the one are not taken for the other."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Basis, Cadence, CapacityUnit
from marketplace.catalogue.models import Listing, Plan
from marketplace.kernel.errors import Refused
from marketplace.ordering import services
from marketplace.ordering.models import Order
from tests.factories.ordering import Market, a_draft, a_market
from tests.factories.trusts import bearer, signed_in
from tests.marketplace.ordering.test_bases import some_schools


def another_price(session: Session, market: Market, **columns: Any) -> Plan:
    usual: dict[str, Any] = {"cadence": Cadence.MONTHLY, "unit_price_pence": 410}
    plan = session.scalars(sa.select(Plan).where(Plan.listing_id == market.listing_id)).one()
    other = Plan(listing_id=market.listing_id, vat_treatment=plan.vat_treatment, **(usual | columns))
    session.add(other)
    session.flush()
    return other


def a_draft_of_the_first(session: Session, market: Market, **terms: Any) -> Order:
    first = session.scalars(sa.select(Plan).where(Plan.listing_id == market.listing_id)).one()
    return a_draft(session, market, plan_id=first.id, **terms)


@pytest.mark.parametrize(
    ("columns", "field", "words"),
    [
        ({"basis": Basis.PUPIL}, "quantity", "Enter how many pupils it is for"),
        ({"basis": Basis.SCHOOL}, "quantity", "Enter how many schools it is for"),
        ({"basis": Basis.BUNDLE, "bundle_units": 3}, "quantity", "Enter how many you need"),
        (
            {"cadence": Cadence.ANNUAL},
            "periods",
            "Enter for how many years you need it",
        ),
    ],
)
def test_a_number_that_was_told_for_another_price_must_be_told_again(
    app: Flask, session: Session, columns: dict[str, Any], field: str, words: str
) -> None:
    market = a_market(session)
    order = a_draft_of_the_first(session, market)
    other = another_price(session, market, **columns)
    address, headers = f"/api/orders/{order.id}", bearer(session, market.buyer)
    session.commit()
    client = app.test_client()
    refused = client.patch(address, json={"plan_id": str(other.id)}, headers=headers)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][field] == [words]
    told = client.patch(address, json={"plan_id": str(other.id), field: 1}, headers=headers)
    assert (told.status_code, told.get_json()[field if field == "periods" else "quantity"]) == (200, 1)


def test_the_whole_service_needs_no_number(session: Session) -> None:
    market = a_market(session)
    order = a_draft_of_the_first(session, market)
    other = another_price(session, market, basis=Basis.FLAT)
    changed = services.change_order(session, market.buyer, order.id, {"plan_id": other.id})
    assert (changed.quantity, changed.net_pence) == (1, 410 * 3)
    first = session.scalars(sa.select(Plan.id).where(Plan.basis == Basis.UNIT)).one()
    with pytest.raises(Refused, match="Enter how many you need"):
        services.change_order(session, market.buyer, order.id, {"plan_id": first})


def test_a_number_of_what_both_prices_count_stays(session: Session) -> None:
    market = a_market(session)
    order = a_draft_of_the_first(session, market)
    other = another_price(session, market, cadence=Cadence.ONCE)
    changed = services.change_order(session, market.buyer, order.id, {"plan_id": other.id})
    assert (changed.quantity, changed.periods) == (2, 3)


def test_the_schools_of_a_draft_stay_when_their_pupils_are_counted_instead(session: Session) -> None:
    market = a_market(session)
    schools = some_schools(session, market, 210, 90, 50)[:2]
    another_price(session, market, basis=Basis.SCHOOL)
    by_school = session.scalars(sa.select(Plan).where(Plan.basis == Basis.SCHOOL)).one()
    pupils = Plan(
        listing_id=market.listing_id,
        cadence=Cadence.MONTHLY,
        unit_price_pence=100,
        vat_treatment=by_school.vat_treatment,
        basis=Basis.PUPIL,
    )
    session.add(pupils)
    session.flush()
    ids = [one.id for one in schools]
    order = a_draft(session, market, plan_id=by_school.id, quantity=None, school_ids=ids, periods=1)
    changed = services.change_order(session, market.buyer, order.id, {"plan_id": pupils.id})
    assert changed.net_pence == 300 * 100


def test_a_seller_who_counts_something_else_at_the_same_price_asks_for_the_number_again(
    session: Session,
) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    session.get_one(Listing, market.listing_id).unit = CapacityUnit.HOUR
    session.flush()
    with pytest.raises(Refused, match="Enter how many you need") as refused:
        services.change_order(session, market.buyer, order.id, {"note": "Thank you"})
    assert refused.value.field == "quantity"


def test_the_form_of_a_draft_at_another_price_begins_as_that_of_a_new_order(
    app: Flask, session: Session
) -> None:
    market = a_market(session)
    order = a_draft_of_the_first(session, market)
    other = another_price(session, market, basis=Basis.SCHOOL, cadence=Cadence.ANNUAL)
    (school,) = some_schools(session, market, 210)
    browser = signed_in(app, session, market.buyer)
    session.commit()
    same = browser.get(f"/orders/{order.id}/change").text
    assert (filled(same, "quantity"), filled(same, "periods")) == ("2", "3")
    page = browser.get(f"/orders/{order.id}/change?plan={other.id}").text
    assert re.search(rf'value="{school.id}" checked', page)
    assert filled(page, "periods") == ""


def test_who_changes_the_price_of_a_draft_finds_its_own_chosen(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_draft_of_the_first(session, market)
    plans = [another_price(session, market, basis=Basis.FLAT).id, order.plan_id]
    browser = signed_in(app, session, market.buyer)
    for plan_id in plans:
        services.change_order(session, market.buyer, order.id, {"plan_id": plan_id, "quantity": 1})
        session.commit()
        page = browser.get(f"/orders/{order.id}/change?plan=").text
        assert re.findall(r'value="([^"]*)" checked', page) == [str(plan_id)]


def test_whose_price_is_offered_no_more_begins_with_the_first_that_is(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_draft_of_the_first(session, market)
    other = another_price(session, market, basis=Basis.FLAT)
    session.get_one(Plan, order.plan_id).is_offered = False
    browser = signed_in(app, session, market.buyer)
    session.commit()
    page = browser.get(f"/orders/{order.id}/change?plan=").text
    assert re.findall(r'value="([^"]*)" checked', page) == [str(other.id)]


def filled(page: str, name: str) -> str:
    """What a field of a form begins with."""
    (field,) = re.findall(rf'<input[^>]* name="{name}"[^>]*>', page)
    found = re.search(r' value="([^"]*)"', field)
    return found[1] if found else ""
