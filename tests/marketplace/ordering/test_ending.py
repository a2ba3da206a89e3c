"""Ending an order before its time gives back exactly what lies after it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from billing.subscriptions.models import ChargePeriod
from marketplace.catalogue.kinds import Cadence
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.contracts.models import Contract
from marketplace.delegation.models import UndertakingYear
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted, Refused
from marketplace.ordering import ending
from marketplace.ordering.models import Order, OrderCapacity
from marketplace.trusts.models import TermDates
from marketplace.trusts.terms import Term, TermName
from tests.factories.catalogue import some_capacity
from tests.factories.ordering import Market, a_contract, a_market, a_sent_order
from tests.factories.trusts import bearer, signed_in


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with freeze_time("2026-11-21T12:00:00Z"):
        yield


def a_market_with_notice(session: Session, days: int | None = 30, minimum: int = 1) -> Market:
    market = a_market(session)
    plan = session.scalars(sa.select(Plan).where(Plan.listing_id == market.listing_id)).one()
    plan.notice_days, plan.minimum_periods = days, minimum
    session.flush()
    return market


def an_agreed_order(session: Session, market: Market, **terms: Any) -> Order:
    """Two days in each of six months from December."""
    a_contract(session, market, periods=6, **terms)
    return session.scalars(sa.select(Order)).one()


def taken(session: Session) -> list[tuple[date, int]]:
    statement = sa.select(CapacityPeriod.starts_on, CapacityPeriod.taken).where(CapacityPeriod.taken > 0)
    return [
        (row.starts_on, row.taken) for row in session.execute(statement.order_by(CapacityPeriod.starts_on))
    ]


def test_notice_ends_an_order_with_a_charge_period_and_frees_what_lies_after(session: Session) -> None:
    market = a_market_with_notice(session)
    order = an_agreed_order(session, market)
    assert [one.ends_on for one in ending.early_ends(order, date(2026, 11, 21))] == [
        date(2026, 12, 31),
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
    ]
    ending.end_early(session, market.buyer, order.id, 2, order.version)
    session.expire_all()
    assert taken(session) == [(date(2026, 12, 1), 2), (date(2027, 1, 1), 2)]
    assert session.scalar(sa.select(sa.func.sum(OrderCapacity.units))) == 4
    contract = session.scalars(sa.select(Contract)).one()
    for agreed in (order, contract):
        assert (agreed.periods, agreed.ends_on, agreed.net_pence) == (2, date(2027, 1, 31), 106_000)
    charged = session.scalars(sa.select(ChargePeriod.net_pence)).all()
    assert list(charged) == [53_000, 53_000]
    assert session.scalar(sa.select(sa.func.sum(UndertakingYear.net_pence))) == 106_000


def test_an_order_from_the_middle_of_a_month_keeps_the_month_in_which_it_ends(session: Session) -> None:
    market = a_market_with_notice(session)
    order = an_agreed_order(session, market, starts_on=date(2026, 12, 15))
    ending.end_early(session, market.buyer, order.id, 1, order.version)
    assert order.ends_on == date(2027, 1, 14)
    assert taken(session) == [(date(2026, 12, 1), 2), (date(2027, 1, 1), 2)]


@pytest.mark.parametrize(("days", "first"), [(0, 1), (40, 1), (41, 2), (366, None)])
def test_notice_is_counted_in_days_from_today(session: Session, days: int, first: int | None) -> None:
    order = an_agreed_order(session, a_market_with_notice(session, days))
    ends = ending.early_ends(order, date(2026, 11, 21))
    assert (ends[0].periods if ends else None) == first


def test_an_order_lasts_its_shortest_time(session: Session) -> None:
    market = a_market_with_notice(session, 0, minimum=4)
    order = an_agreed_order(session, market)
    assert [one.periods for one in ending.early_ends(order, date(2026, 11, 21))] == [4, 5]
    with pytest.raises(Refused) as refused:
        ending.end_early(session, market.buyer, order.id, 3, order.version)
    assert refused.value.field == "periods"


def test_without_notice_in_its_terms_an_order_never_ends_early(session: Session) -> None:
    market = a_market_with_notice(session, None)
    order = an_agreed_order(session, market)
    assert ending.early_ends(order, date(2026, 11, 21)) == []
    with pytest.raises(Refused):
        ending.end_early(session, market.buyer, order.id, 2, order.version)


def test_only_the_buyers_people_give_notice_once_on_what_they_saw(session: Session) -> None:
    market = a_market_with_notice(session)
    order = an_agreed_order(session, market)
    seen = order.version
    with pytest.raises(NotPermitted):
        ending.end_early(session, market.approver, order.id, 2, seen)
    for other in (market.seller, market.stranger):
        with pytest.raises((NotFound, NotPermitted)):
            ending.end_early(session, other, order.id, 2, seen)
    ending.end_early(session, market.buyer, order.id, 3, seen)
    with pytest.raises(Conflict):
        ending.end_early(session, market.buyer, order.id, 2, seen)


def test_an_order_that_is_not_agreed_cannot_end_early(session: Session) -> None:
    market = a_market_with_notice(session)
    order = a_sent_order(session, market, periods=6)
    with pytest.raises(InvalidState):
        ending.end_early(session, market.buyer, order.id, 2, order.version)


def test_what_was_charged_stays_charged_after_notice(session: Session) -> None:
    market = a_market_with_notice(session, 7)
    order = an_agreed_order(session, market)
    with freeze_time("2027-02-10T12:00:00Z"):
        ends = ending.early_ends(order, date(2027, 2, 10))
        assert [one.periods for one in ends] == [3, 4, 5]
        ending.end_early(session, market.buyer, order.id, 3, order.version)
    assert order.ends_on - date(2027, 2, 10) >= timedelta(days=7)
    assert session.scalar(sa.select(sa.func.count()).select_from(ChargePeriod)) == 3


def test_years_that_are_charged_in_two_parts_end_as_years(session: Session) -> None:
    market = a_market_with_notice(session, 0)
    plan = session.scalars(sa.select(Plan).where(Plan.listing_id == market.listing_id)).one()
    plan.cadence, plan.is_split_in_april = Cadence.ANNUAL, True
    some_capacity(session, session.get_one(Listing, market.listing_id), date(2028, 11, 1), date(2030, 1, 1))
    session.flush()
    a_contract(session, market, periods=2, starts_on=date(2027, 9, 1))
    order = session.scalars(sa.select(Order)).one()
    assert [one.net_pence for one in session.scalars(sa.select(ChargePeriod).order_by(ChargePeriod.idx))] == [
        30_917,
        22_083,
        30_917,
        22_083,
    ]
    (end,) = ending.early_ends(order, date(2026, 11, 21))
    assert (end.periods, end.ends_on, end.saved_pence) == (1, date(2028, 8, 31), 53_000)
    ending.end_early(session, market.buyer, order.id, 1, order.version)
    assert order.net_pence == 53_000
    assert session.scalar(sa.select(sa.func.count()).select_from(ChargePeriod)) == 2


def test_terms_of_the_sellers_own_are_charged_no_more_after_notice(session: Session) -> None:
    market = a_market_with_notice(session, 0)
    plan = session.scalars(sa.select(Plan).where(Plan.listing_id == market.listing_id)).one()
    plan.cadence = Cadence.TERMLY
    summer = Term(TermName.SUMMER, date(2027, 4, 12), date(2027, 7, 22))
    session.add(TermDates(organisation_id=market.seller.organisation_id, year=2026, **vars(summer)))
    session.flush()
    a_contract(session, market, periods=3, starts_on=date(2027, 4, 12))
    order = session.scalars(sa.select(Order)).one()
    ending.end_early(session, market.buyer, order.id, 2, order.version)
    assert [one.periods for one in ending.early_ends(order, date(2026, 11, 21))] == [1]
    contract = session.scalars(sa.select(Contract)).one()
    for agreed in (order, contract):
        assert (agreed.periods, agreed.ends_on, agreed.net_pence) == (2, date(2027, 12, 31), 106_000)
    assert list(session.scalars(sa.select(ChargePeriod.net_pence))) == [53_000, 53_000]
    assert session.scalar(sa.select(sa.func.sum(UndertakingYear.net_pence))) == 106_000


def test_a_buyer_ends_an_order_on_the_page(app: Flask, session: Session) -> None:
    market = a_market_with_notice(session)
    order = an_agreed_order(session, market)
    browser = signed_in(app, session, market.buyer)
    assert "End this order early" in browser.get(f"/orders/{order.id}").text
    place = f"/orders/{order.id}/end-early"
    assert "31 January 2027: £2,120.00 will not be charged" in browser.get(place).text
    wrong = browser.post(place, data={"version": str(order.version)})
    assert (wrong.status_code, "Select the last day" in wrong.text) == (422, True)
    done = browser.post(place, data={"version": str(order.version), "periods": "2"}, follow_redirects=True)
    assert "Notice given. The order ends on 31 January 2027." in done.text
    assert "Given notice, to end early" in done.text
    seller = signed_in(app, session, market.seller)
    assert "End this order early" not in seller.get(f"/orders/{order.id}").text


def test_a_program_is_told_when_an_order_may_end(app: Flask, session: Session) -> None:
    market = a_market_with_notice(session)
    order = an_agreed_order(session, market)
    client, headers = app.test_client(), bearer(session, market.buyer)
    shown = client.get(f"/api/orders/{order.id}", headers=headers).get_json()
    assert shown["early_ends"][1] == {"periods": 2, "ends_on": "2027-01-31", "saved_pence": 212_000}
    sent = {"version": shown["version"], "periods": 2}
    ended = client.post(f"/api/orders/{order.id}/end-early", json=sent, headers=headers).get_json()
    assert (ended["ends_on"], ended["net_pence"]) == ("2027-01-31", 106_000)
