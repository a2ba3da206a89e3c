"""Capacity is taken in every month or in none, and never twice."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import queries, taking
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.catalogue.taking import CapacityExceeded, NoCapacity
from marketplace.kernel.errors import NotFound
from tests.factories.catalogue import a_listing, a_plan, some_capacity
from tests.factories.trusts import an_organisation
from tests.statements import statements_sent

JANUARY, MARCH = date(2027, 1, 1), date(2027, 3, 31)


def taken_of(session: Session, listing: Listing) -> list[int]:
    return [period.taken for period in queries.capacity_of(session, listing.id)]


def test_an_order_takes_units_in_every_month_it_covers(session: Session) -> None:
    listing = a_listing(session)
    some_capacity(session, listing, JANUARY, MARCH)
    taken = taking.take_capacity(session, listing.id, 4, date(2027, 1, 31), date(2027, 2, 1))
    assert [one.units for one in taken] == [4, 4]
    assert taken_of(session, listing) == [4, 4, 0]


def test_the_last_units_can_be_taken_and_no_more(session: Session) -> None:
    listing = a_listing(session)
    some_capacity(session, listing, JANUARY, JANUARY)
    taking.take_capacity(session, listing.id, 10, JANUARY, JANUARY)
    with pytest.raises(CapacityExceeded, match=r"Nothing is left in January 2027"):
        taking.take_capacity(session, listing.id, 1, JANUARY, JANUARY)


def test_one_full_month_takes_nothing_of_the_others(session: Session) -> None:
    listing = a_listing(session)
    some_capacity(session, listing, JANUARY, JANUARY)
    some_capacity(session, listing, date(2027, 2, 1), date(2027, 2, 1), units=3, taken=2)
    with pytest.raises(CapacityExceeded) as refused:
        taking.take_capacity(session, listing.id, 2, JANUARY, date(2027, 2, 1))
    assert refused.value.sentence == "Only 1 day is left in February 2027. Enter 1 or fewer."
    assert refused.value.field == "quantity"
    assert taken_of(session, listing) == [0, 2]


def test_whoever_wants_nothing_locks_nothing(session: Session) -> None:
    with statements_sent(session.connection()) as sent:
        assert taking.take_all(session, []) == []
    assert sent == []


def test_days_that_the_seller_does_not_offer_are_refused(session: Session) -> None:
    listing = a_listing(session)
    some_capacity(session, listing, JANUARY, MARCH)
    with pytest.raises(NoCapacity, match="nothing in April 2027"):
        taking.take_capacity(session, listing.id, 1, MARCH, date(2027, 4, 1))
    assert taken_of(session, listing) == [0, 0, 0]


def test_the_capacity_of_another_listing_is_not_taken(session: Session) -> None:
    some_capacity(session, a_listing(session), JANUARY, MARCH)
    with pytest.raises(NoCapacity):
        taking.take_capacity(session, a_listing(session).id, 1, JANUARY, JANUARY)


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_or_less_cannot_be_taken(session: Session, quantity: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        taking.take_capacity(session, uuid.uuid4(), quantity, JANUARY, MARCH)


def test_what_was_taken_can_be_given_back_once(session: Session) -> None:
    listing = a_listing(session)
    some_capacity(session, listing, JANUARY, MARCH)
    taken = taking.take_capacity(session, listing.id, 10, JANUARY, MARCH)
    taking.give_back(session, taken)
    assert taken_of(session, listing) == [0, 0, 0]
    with pytest.raises(sa.exc.IntegrityError):
        taking.give_back(session, taken)


def test_the_database_refuses_an_oversold_month_when_the_service_is_passed_by(session: Session) -> None:
    listing = a_listing(session)
    some_capacity(session, listing, JANUARY, JANUARY)
    with pytest.raises(sa.exc.IntegrityError, match="never_oversold"):
        session.execute(sa.update(CapacityPeriod).values(taken=11))


def test_an_offer_has_its_price_and_its_capacity_by_date(session: Session) -> None:
    listing = a_listing(session)
    a_plan(session, listing)
    some_capacity(session, listing, date(2027, 2, 1), MARCH)
    some_capacity(session, listing, JANUARY, JANUARY, units=7, taken=2)
    found = queries.offer(session, an_organisation(session).id, listing.id)
    assert (found.title, found.plans[0].unit_price_pence) == (listing.title, 26_500)
    assert [(period.starts_on.month, period.left) for period in found.capacity] == [(1, 5), (2, 10), (3, 10)]


@pytest.mark.parametrize(
    "state", [state for state in ListingState if state is not ListingState.PUBLISHED], ids=lambda s: s.value
)
def test_only_a_published_listing_is_offered(session: Session, state: ListingState) -> None:
    listing = a_listing(session, state=state)
    with pytest.raises(NotFound):
        queries.offer(session, an_organisation(session).id, listing.id)
