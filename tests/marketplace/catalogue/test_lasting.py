"""Whether what a seller has lasts as long as an order at a price would."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.catalogue import lasting, queries
from marketplace.catalogue.availability import Period, months
from marketplace.catalogue.calculating import calculate
from marketplace.catalogue.kinds import Basis, Cadence, CapacityUnit, ListingKind, ListingState
from marketplace.catalogue.models import Listing
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.terms import Term, TermName
from tests.factories.catalogue import a_known_seller, a_listing, a_plan, some_capacity
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in

TODAY = date(2026, 11, 21)
OWN = [
    Term(TermName.SPRING, date(2027, 1, 5), date(2027, 3, 25)),
    Term(TermName.SUMMER, date(2027, 4, 12), date(2027, 7, 22)),
]


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with freeze_time("2026-11-21T12:00:00Z"):
        yield


@dataclass(frozen=True)
class APlan:
    cadence: Cadence = Cadence.MONTHLY
    basis: Basis = Basis.UNIT
    unit: CapacityUnit = CapacityUnit.DAY
    unit_price_pence: int = 41_200
    fixed_pence: int = 0
    phase_prices: dict[str, int] = field(default_factory=dict)
    units_each: int = 1
    bundle_units: int | None = None


def some_months(first: date, last: date, units: int = 5, taken: int = 0) -> list[Period]:
    return [Period(uuid.uuid4(), *span, units, taken) for span in months(first, last)]


@pytest.mark.parametrize(
    ("cadence", "until", "is_enough"),
    [
        (Cadence.TERMLY, date(2026, 12, 31), True),
        (Cadence.TERMLY, date(2026, 12, 1), True),
        (Cadence.TERMLY, date(2026, 11, 30), False),
        (Cadence.ANNUAL, date(2027, 11, 1), True),
        (Cadence.ANNUAL, date(2027, 10, 1), False),
        (Cadence.MONTHLY, date(2026, 12, 1), True),
        (Cadence.MONTHLY, date(2026, 11, 1), False),
    ],
)
def test_an_order_must_find_capacity_until_its_last_day(
    cadence: Cadence, until: date, is_enough: bool
) -> None:
    offered = some_months(date(2026, 9, 1), until)
    found = lasting.too_short(APlan(cadence), 1, offered, (), TODAY)
    assert (found is None) == is_enough


def test_the_sentence_says_until_when_and_what_to_do() -> None:
    offered = some_months(date(2027, 5, 1), date(2027, 7, 1))
    assert lasting.too_short(APlan(Cadence.TERMLY), 1, offered, (), TODAY) == (
        "Nobody can order at £412.00 a day, charged each term: an order from 1 May 2027 lasts until "
        "31 August 2027 at the least, and your capacity ends on 31 July 2027. Add capacity until "
        "31 August 2027, or change the price."
    )


def test_terms_are_those_of_the_seller_and_the_shortest_order_counts() -> None:
    april = [Period(uuid.uuid4(), date(2027, 4, 1), date(2027, 4, 20), 5, 0)]
    assert lasting.too_short(APlan(Cadence.TERMLY), 1, april, OWN, TODAY) is None
    assert lasting.too_short(APlan(Cadence.TERMLY), 1, april, (), TODAY) is not None
    found = lasting.too_short(APlan(Cadence.TERMLY), 2, april, OWN, TODAY)
    assert found is not None
    assert "lasts until 31 August 2027" in found


def test_a_month_without_capacity_ends_a_stretch_and_what_is_taken_does_not() -> None:
    apart = [
        *some_months(date(2026, 12, 1), date(2027, 5, 1)),
        *some_months(date(2027, 7, 1), date(2028, 1, 1)),
    ]
    assert lasting.too_short(APlan(Cadence.ANNUAL), 1, apart, (), TODAY) is not None
    sold_out = some_months(date(2026, 12, 1), date(2027, 11, 1), taken=5)
    assert lasting.too_short(APlan(Cadence.ANNUAL), 1, sold_out, (), TODAY) is None


def test_nothing_is_said_where_nothing_is_offered_and_too_little_is_said() -> None:
    assert lasting.too_short(APlan(), 1, [], (), TODAY) is None
    whole = APlan(basis=Basis.FLAT, units_each=6)
    found = lasting.too_short(whole, 1, some_months(date(2026, 12, 1), date(2027, 11, 1)), (), TODAY)
    assert found is not None
    assert "one order takes 6 days in each month, and you never have so many" in found


def a_listing_of(session: Session, last: date, **more: Any) -> tuple[Listing, Organisation]:
    seller = a_known_seller(session)
    listing = a_listing(session, seller, **more)
    a_plan(session, listing, Cadence.TERMLY, 41_200)
    some_capacity(session, listing, date(2027, 5, 1), last)
    return listing, seller


@pytest.mark.parametrize(("last", "is_said"), [(date(2027, 7, 1), True), (date(2027, 8, 1), False)])
def test_a_seller_is_warned_before_and_when_a_listing_is_published(
    app: Flask, session: Session, last: date, is_said: bool
) -> None:
    listing, seller = a_listing_of(session, last, state=ListingState.DRAFT)
    actor = an_actor(session, seller, Role.SELLER)
    browser, headers = signed_in(app, session, actor), bearer(session, actor)
    session.commit()
    for page in ("tasks", "preview"):
        shown = browser.get(f"/listings/{listing.id}/{page}").text
        assert ("Add capacity until 31 August 2027" in shown) == is_said
    made = app.test_client().post(f"/api/listings/{listing.id}/publish", headers=headers).get_json()
    assert (made["state"], len(made["warnings"])) == ("published", int(is_said))


def an_offer(session: Session, *taken: int, cadence: Cadence = Cadence.MONTHLY) -> queries.Offer:
    """Five days in each month from December, of which so many are taken."""
    listing = a_listing(session)
    a_plan(session, listing, cadence)
    for number, units in enumerate(taken):
        month = date(2026 + (11 + number) // 12, (11 + number) % 12 + 1, 1)
        some_capacity(session, listing, month, month, units=5, taken=units)
    return queries.offer(session, listing.seller_id, listing.id)


def test_a_cost_begins_in_the_first_month_from_which_all_of_it_is_free(session: Session) -> None:
    offer = an_offer(session, 5, 4, 5, 3, 3, 3)
    found = calculate(session, offer, None, {"quantity": 2, "periods": 3})
    assert found.starts_on == date(2027, 3, 1)
    assert found.availability is not None
    assert found.availability == lasting.Availability(
        True, "Free then, as far as is known today: it takes 2 days in each month."
    )
    assert calculate(session, offer, None, {"quantity": 1, "periods": 1}).starts_on == date(2027, 1, 1)


def test_where_not_all_of_it_is_free_it_begins_where_something_is(session: Session) -> None:
    offer = an_offer(session, 5, 4, 0, 5, 5)
    found = calculate(session, offer, None, {"quantity": 2, "periods": 2})
    assert (found.starts_on, found.availability) == (
        date(2027, 2, 1),
        lasting.Availability(
            False, "Not free then: it takes 2 days in each month, and nothing is left in March 2027."
        ),
    )
    asked = {"quantity": 2, "periods": 1, "starts_on": date(2027, 1, 1)}
    words = "Not free then: it takes 2 days in that month, and only 1 day is left in January 2027."
    assert calculate(session, offer, None, asked).availability == lasting.Availability(False, words)


def test_where_nothing_is_offered_that_is_said(session: Session) -> None:
    found = calculate(session, an_offer(session, 0, 0), None, {"quantity": 1, "periods": 3})
    assert found.availability is not None
    assert found.availability.sentence == "Not free then: nothing is offered in February 2027."
    none = calculate(session, an_offer(session), None, {"quantity": 1, "periods": 3})
    assert none.starts_on == date(2026, 12, 1)
    assert none.availability is not None
    words = "Not free then: nothing is offered from 1 December 2026 to 28 February 2027."
    assert none.availability.sentence == words


@pytest.mark.parametrize(("starts_on", "is_free"), [(date(2026, 11, 20), False), (TODAY, True)])
def test_a_day_that_has_passed_is_not_said_to_be_free(
    session: Session, starts_on: date, is_free: bool
) -> None:
    offer = an_offer(session, 0)
    some_capacity(session, session.get_one(Listing, offer.id), TODAY, TODAY, units=5)
    asked = {"quantity": 1, "periods": 1, "starts_on": starts_on}
    found = calculate(session, queries.offer(session, offer.seller_id, offer.id), None, asked)
    assert found.availability is not None
    assert found.availability.is_free == is_free
    assert ("passed" in found.availability.sentence) is not is_free


def test_a_cost_by_the_term_begins_in_the_first_term_that_is_free(session: Session) -> None:
    offer = an_offer(session, 0, 5, 0, 0, 0, 0, 0, 0, 0, cadence=Cadence.TERMLY)
    assert calculate(session, offer, None, {"quantity": 1, "periods": 1}).starts_on == date(2027, 5, 1)


def test_what_has_no_limit_is_not_said_to_be_free(session: Session) -> None:
    offer = an_offer(session)
    listing = session.get_one(Listing, offer.id)
    listing.kind, listing.is_unlimited = ListingKind.DATA, True
    session.flush()
    found = calculate(session, queries.offer(session, listing.seller_id, listing.id), None, {})
    assert (found.availability, found.starts_on) == (None, date(2026, 12, 1))


def test_a_buyer_reads_whether_it_is_free_at_the_cost(app: Flask, session: Session) -> None:
    offer = an_offer(session, 5, 4, 4)
    buyer = an_actor(session, an_organisation(session), Role.BUYER)
    browser, headers = signed_in(app, session, buyer), bearer(session, buyer)
    session.commit()
    page = browser.get(f"/listings/{offer.id}?periods=2&quantity=1").text
    assert "Free then, as far as is known today: it takes 1 day in each month." in page
    page = browser.get(f"/listings/{offer.id}?periods=2&quantity=2").text
    assert "Not free then: it takes 2 days in each month, and nothing is left in December 2026." in page
    cost = app.test_client().get(f"/api/listings/{offer.id}/cost?periods=2", headers=headers).get_json()
    assert (cost["is_free"], cost["charges"][0]["starts_on"]) == (True, "2027-01-01")
