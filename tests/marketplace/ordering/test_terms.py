"""What an order keeps of its listing, and when the listing is not what it was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.catalogue import offering
from marketplace.catalogue import services as selling
from marketplace.catalogue.kinds import Cadence, CapacityUnit, Delivery, VatTreatment
from marketplace.catalogue.models import Listing, Plan
from marketplace.catalogue.plans import Price, change_plan
from marketplace.contracts.models import Contract
from marketplace.delegation import undertaking
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, DomainError, Refused
from marketplace.kernel.session import Database
from marketplace.ordering import services
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.trusts import describing, terms
from marketplace.trusts.kinds import Role
from tests.factories.ordering import Market, a_draft, a_market, a_sent_order
from tests.factories.trusts import bearer, signed_in

CHANGES = [
    ("unit", CapacityUnit.HOUR, "the unit"),
    ("title", "Something else", "the title"),
    ("summary", "Something else", "the summary"),
    ("description", "We do nothing", "the description"),
    ("delivery", Delivery.REMOTE, "where the work is done"),
    ("places_served", "Nowhere", "the places served"),
]
PRICES = [
    ("unit_price_pence", 26_501, "the price"),
    ("vat_treatment", VatTreatment.EXEMPT, "the VAT treatment"),
    ("cadence", Cadence.ANNUAL, "how it is charged"),
    ("fixed_pence", 100, "the fixed fee"),
    ("minimum_periods", 2, "the shortest order"),
    ("notice_days", 30, "the notice"),
]


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize(("column", "value", "words"), [*CHANGES, *PRICES])
def test_an_order_does_not_bind_to_what_its_listing_no_longer_says(
    session: Session, waits: bool, column: str, value: Any, words: str
) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market) if waits else a_draft(session, market)
    assert order.plan_id is not None
    if column == "unit":  # no seller can, once it was published; the net below holds all the same
        session.get_one(Listing, market.listing_id).unit = value
        session.flush()
    elif (column, value, words) in CHANGES:
        selling.revise_listing(session, market.seller, market.listing_id, {column: value})
    else:
        now: dict[str, Any] = {
            "cadence": Cadence.MONTHLY,
            "unit_price_pence": 26_500,
            "vat_treatment": VatTreatment.STANDARD,
        }
        price = Price(**(now | {column: value}))
        change_plan(session, market.seller, market.listing_id, order.plan_id, price)
    bind, actor = (
        (services.approve_order, market.approver) if waits else (services.submit_order, market.buyer)
    )
    with pytest.raises(Conflict, match=f"has changed {words}"):
        bind(session, actor, order.id)
    assert order.placed_at is None


def test_a_draft_that_is_saved_again_takes_the_terms_of_now(session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    changes = {"delivery": Delivery.REMOTE, "description": "Twice as much"}
    selling.revise_listing(session, market.seller, market.listing_id, changes)
    services.change_order(session, market.buyer, order.id, {})
    assert (order.delivery, order.description) == (Delivery.REMOTE, "Twice as much")
    assert services.submit_order(session, market.buyer, order.id).state is OrderState.PLACED


def test_what_changes_no_term_refuses_no_order(session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    listing = session.get_one(Listing, market.listing_id)
    first = clock.today().replace(day=1)
    offering.set_capacity(session, market.seller, listing.id, first, first, 99)
    assert listing.version > order.listing_version
    assert services.submit_order(session, market.buyer, order.id).state is OrderState.PLACED


def test_what_was_sold_stands_in_the_order_and_its_contract(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    empty = {"description": "WE DO NOTHING", "summary": "Nothing", "places_served": "Nowhere"}
    selling.revise_listing(session, market.seller, market.listing_id, empty)
    contract = services.accept_order(session, market.seller, order.id)
    selling.revise_listing(session, market.seller, market.listing_id, {"delivery": Delivery.REMOTE})
    session.commit()
    browser, headers = signed_in(app, session, market.buyer), bearer(session, market.buyer)
    for path in (f"/orders/{order.id}", f"/contracts/{contract.id}"):
        page = browser.get(path).text
        for words in (
            "Condition surveys, contractors",
            "A qualified estates manager",
            "Devon",
            "At the buyer",
        ):
            assert words in page
        assert "WE DO NOTHING" not in page
        sent = app.test_client().get(f"/api{path}", headers=headers).json
        assert sent is not None
        assert sent["description"] == "Condition surveys, contractors and compliance."
        assert (sent["delivery"], sent["places_served"]) == ("on-site", "Devon")


def describe_anew(session: Session, market: Market) -> None:
    changes = {"description": "We do nothing"}
    selling.revise_listing(session, market.seller, market.listing_id, changes)


def give_other_terms(session: Session, market: Market) -> None:
    year = terms.school_year(clock.today())
    dates = {one.name: (one.starts_on + timedelta(days=1), one.ends_on) for one in terms.national(year)}
    administrator = replace(market.seller, roles=frozenset({Role.ADMINISTRATOR}))
    describing.keep_terms(session, administrator, year, dates)


@pytest.mark.parametrize("change", [describe_anew, give_other_terms])
def test_nothing_that_an_order_goes_by_can_change_between_the_look_and_the_order(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Session, Market], None],
) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        market = a_termly_market(session, 26_500)
        order_id = a_draft(session, market, periods=1).id
    looked, changed, ask = threading.Event(), threading.Event(), undertaking.ask
    came_between: list[bool] = []

    def ask_later(*asked: Any) -> Any:
        looked.set()
        came_between.append(changed.wait(2))  # the seller comes in the middle, and has to wait
        return ask(*asked)

    monkeypatch.setattr(undertaking, "ask", ask_later)

    def send(session: Session) -> None:
        services.submit_order(session, market.buyer, order_id)

    def change_meanwhile() -> None:
        looked.wait(10)
        database.run(lambda session: change(session, market))
        changed.set()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(database.run, send), threads.submit(change_meanwhile)]:
            done.result()
    with database.reading() as session:
        state = session.get_one(Order, order_id).state
    database.close()
    assert (came_between, state) == ([False], OrderState.PLACED)


def a_termly_market(session: Session, unit_price_pence: int) -> Market:
    """A listing that is charged each term, with capacity in the spring term too."""
    market = a_market(session)
    plan = session.scalars(sa.select(Plan)).one()
    plan.cadence, plan.unit_price_pence = Cadence.TERMLY, unit_price_pence
    return market


@pytest.mark.parametrize("periods", [1, 2])
def test_a_charge_of_nothing_is_refused(session: Session, periods: int) -> None:
    with freeze_time("2026-12-20 09:00:00"):
        market = a_termly_market(session, 60)
        with pytest.raises(Refused, match="is less than 1p") as refused:
            a_draft(session, market, quantity=1, starts_on=date(2026, 12, 31), periods=periods)
        assert refused.value.field == "starts_on"
        dearer = a_draft(session, market, quantity=2, starts_on=date(2026, 12, 31), periods=1)
        assert dearer.net_pence == 1


def test_the_database_refuses_an_order_of_nothing(session: Session) -> None:
    order = a_draft(session, a_market(session))
    order.net_pence = 0
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_an_order_is_not_accepted_after_its_last_day(session: Session) -> None:
    with freeze_time("2026-12-31 09:00:00") as now:
        market = a_termly_market(session, 100_000)
        order = a_sent_order(session, market, starts_on=date(2026, 12, 31), periods=1)
        assert order.answer_by_on == order.ends_on == date(2026, 12, 31)
        now.tick(timedelta(days=1))
        with pytest.raises(DomainError, match="time to answer ended on 31 December 2026"):
            services.accept_order(session, market.seller, order.id)
        services.move_due_orders(session, clock.today())
        assert order.state is OrderState.LAPSED
    assert session.scalar(sa.select(sa.func.count(Contract.id))) == 0


def test_on_its_last_day_an_order_is_still_accepted(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market, starts_on=clock.today(), periods=1)
    order.ends_on = order.answer_by_on = clock.today()
    assert services.accept_order(session, market.seller, order.id).source_id == order.id
