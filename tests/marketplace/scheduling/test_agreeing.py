"""What is held lasts as long as the order that takes it over, whatever the seller changes meanwhile."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue import plans, queries, taking
from marketplace.catalogue.kinds import Basis, Cadence, CapacityUnit, ListingKind
from marketplace.catalogue.models import Listing, Plan
from marketplace.catalogue.plans import Price
from marketplace.kernel import clock
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering import services as ordering
from marketplace.ordering.models import OrderCapacity
from marketplace.ordering.states import OrderState
from marketplace.ordering.terms import OrderTerms
from marketplace.scheduling import following
from marketplace.scheduling.kinds import WaitingState as W
from marketplace.scheduling.models import CapacityHold, WaitingPlace
from marketplace.trusts import describing, terms
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.terms import TermName
from tests.factories.catalogue import a_plan
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_buyer, a_place, a_scarce_listing, a_seller, a_wish, place_now
from tests.factories.trusts import an_actor, signed_in

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
EPIPHANY = date(2027, 1, 6)
"""A spring term that begins later than the national one: autumn lasts until the day before."""


@pytest.fixture(autouse=True)
def _the_autumn_term() -> Iterator[None]:
    with clock.standing_at(NOW):
        yield


def a_termly_listing(session: Session, units: int = 5, months: int = 6) -> Listing:
    return charged(session, a_scarce_listing(session, units, months), cadence=Cadence.TERMLY)


def charged(session: Session, listing: Listing, **columns: Any) -> Listing:
    session.execute(sa.update(Plan).where(Plan.listing_id == listing.id).values(**columns))
    session.flush()
    return listing


def the_price(session: Session, listing: Listing) -> Plan:
    mine = sa.select(Plan).where(Plan.listing_id == listing.id)
    return session.scalars(mine.order_by(Plan.id)).all()[0]


def price(session: Session, listing: Listing, **changed: Any) -> None:
    """The seller changes the price of a listing, as its page does it."""
    plan = the_price(session, listing)
    same = {name: getattr(plan, name) for name in Price.__dataclass_fields__}
    plans.change_plan(session, a_seller(session, listing), listing.id, plan.id, Price(**(same | changed)))


def spring_begins(session: Session, listing: Listing, day: date) -> None:
    """The seller gives its terms of the year, as its page does it."""
    year = terms.school_year(NOW.date())
    dates = {one.name: (one.starts_on, one.ends_on) for one in terms.national(year)}
    dates[TermName.AUTUMN] = (dates[TermName.AUTUMN][0], day - timedelta(days=1))
    dates[TermName.SPRING] = (day, dates[TermName.SPRING][1])
    describing.keep_terms(session, an_administrator(session, listing), year, dates)


def an_administrator(session: Session, listing: Listing) -> Actor:
    return an_actor(session, session.get_one(Organisation, listing.seller_id), Role.ADMINISTRATOR)


def a_line(
    session: Session, listing: Listing, *quantities: int, periods: int = 1
) -> tuple[list[Actor], list[WaitingPlace]]:
    """Everything of December is taken while these join, then free: in order, as far as it goes."""
    held = taking.take_capacity(session, listing.id, 5, DECEMBER, DECEMBER)
    buyers = [a_buyer(session) for _ in quantities]
    asked = zip(buyers, quantities, strict=True)
    places = [a_place(session, listing, buyer, a_wish(number, periods)) for buyer, number in asked]
    taking.give_back(session, held)
    return buyers, places


def now(session: Session, places: Sequence[WaitingPlace]) -> list[tuple[W, date]]:
    return [(one.state, one.ends_on) for one in (place_now(session, place.id) for place in places)]


def taken_of(session: Session, listing: Listing) -> list[int]:
    return [period.taken for period in queries.capacity_of(session, listing.id)]


def assert_nothing_is_lost(session: Session, listing: Listing) -> None:
    """What is taken is what orders have and what is held, period by period."""
    had: Counter[uuid.UUID] = Counter()
    for model in (CapacityHold, OrderCapacity):
        for period_id, units in session.execute(sa.select(model.period_id, model.units)):
            had[period_id] += units
    periods = queries.capacity_of(session, listing.id)
    assert {one.period_id: one.taken for one in periods if one.taken} == dict(had)


def subjects(session: Session) -> list[str]:
    owed = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == "send-email").order_by(OutboxJob.id))
    return [str(job.payload["subject"]).partition(":")[0] for job in owed]


def test_a_hold_lasts_as_long_as_its_order_when_the_seller_changes_its_terms(session: Session) -> None:
    listing = a_termly_listing(session)
    (buyer,), places = a_line(session, listing, 5)
    assert now(session, places) == [(W.OFFERED, date(2026, 12, 31))]
    spring_begins(session, listing, EPIPHANY)
    assert now(session, places) == [(W.OFFERED, date(2027, 1, 5))]
    assert taken_of(session, listing) == [5, 5, 0, 0, 0, 0]
    assert_nothing_is_lost(session, listing)
    order = ordering.start_order(session, buyer, listing.id, OrderTerms(5, next_month(), 1))
    ordering.submit_order(session, buyer, order.id)
    assert (order.state, order.ends_on) == (OrderState.PLACED, date(2027, 1, 5))
    assert now(session, places) == [(W.ORDERED, date(2027, 1, 5))]
    assert taken_of(session, listing) == [5, 5, 0, 0, 0, 0]
    assert_nothing_is_lost(session, listing)
    assert "Changed by the seller" in subjects(session)


def test_who_goes_back_to_the_national_terms_changes_what_is_held_too(session: Session) -> None:
    listing = a_termly_listing(session)
    spring_begins(session, listing, EPIPHANY)
    _, places = a_line(session, listing, 5)
    assert now(session, places) == [(W.OFFERED, date(2027, 1, 5))]
    describing.forget_terms(session, an_administrator(session, listing), 2026)
    assert now(session, places) == [(W.OFFERED, date(2026, 12, 31))]
    assert taken_of(session, listing) == [5, 0, 0, 0, 0, 0]
    assert_nothing_is_lost(session, listing)


def test_where_the_new_days_are_not_free_the_place_waits_again_and_the_next_in_line_is_served(
    session: Session,
) -> None:
    listing = a_termly_listing(session)
    taking.take_capacity(session, listing.id, 2, JANUARY, JANUARY)
    _, places = a_line(session, listing, 5, 3)
    assert [state for state, _ in now(session, places)] == [W.OFFERED, W.WAITING]
    told = len(subjects(session))
    spring_begins(session, listing, EPIPHANY)
    days = date(2027, 1, 5)
    assert now(session, places) == [(W.WAITING, days), (W.OFFERED, days)]
    assert taken_of(session, listing) == [3, 5, 0, 0, 0, 0]
    said = Counter(subjects(session)[told:])
    assert said.pop("Changed by the seller") == 2
    assert list(said) == ["Order by 1 December 2026"]


def test_of_several_holds_the_first_in_line_is_served_first_with_the_new_days(session: Session) -> None:
    listing = a_termly_listing(session)
    taking.take_capacity(session, listing.id, 2, JANUARY, JANUARY)
    _, places = a_line(session, listing, 2, 3)
    assert [state for state, _ in now(session, places)] == [W.OFFERED, W.OFFERED]
    spring_begins(session, listing, EPIPHANY)
    assert [state for state, _ in now(session, places)] == [W.OFFERED, W.WAITING]
    assert taken_of(session, listing) == [2, 4, 0, 0, 0, 0]


def test_who_waits_for_a_month_too_many_is_served_when_the_term_becomes_shorter(session: Session) -> None:
    listing = a_termly_listing(session)
    spring_begins(session, listing, EPIPHANY)
    taking.take_capacity(session, listing.id, 1, JANUARY, JANUARY)
    place = a_place(session, listing, wish=a_wish(5, 1))
    assert now(session, [place]) == [(W.WAITING, date(2027, 1, 5))]
    spring_begins(session, listing, JANUARY)
    assert now(session, [place]) == [(W.OFFERED, date(2026, 12, 31))]


def test_a_longer_shortest_order_makes_the_hold_longer_and_a_shorter_one_as_long_as_was_asked(
    session: Session,
) -> None:
    listing = a_scarce_listing(session)
    (buyer,), places = a_line(session, listing, 5, periods=2)
    price(session, listing, minimum_periods=3)
    assert now(session, places) == [(W.OFFERED, date(2027, 2, 28))]
    assert taken_of(session, listing) == [5, 5, 5, 0, 0, 0]
    price(session, listing, minimum_periods=1)
    assert now(session, places) == [(W.OFFERED, date(2027, 1, 31))]
    assert taken_of(session, listing) == [5, 5, 0, 0, 0, 0]
    order = ordering.start_order(session, buyer, listing.id, OrderTerms(5, next_month(), 2))
    ordering.submit_order(session, buyer, order.id)
    assert now(session, places)[0][0] is W.ORDERED
    assert_nothing_is_lost(session, listing)


def test_licences_are_held_as_long_as_the_seller_says_now(session: Session) -> None:
    listing = a_scarce_listing(session)
    listing.kind, listing.unit, listing.licence = ListingKind.TEMPLATES, CapacityUnit.LICENCE, "Use it."
    charged(session, listing, cadence=Cadence.ONCE)
    (buyer,), places = a_line(session, listing, 5, periods=1)
    price(session, listing, minimum_periods=2)
    assert now(session, places) == [(W.OFFERED, date(2027, 1, 31))]
    order = ordering.start_order(session, buyer, listing.id, OrderTerms(5, next_month(), None))
    ordering.submit_order(session, buyer, order.id)
    assert now(session, places)[0][0] is W.ORDERED
    assert_nothing_is_lost(session, listing)


def test_a_price_in_pence_moves_nobody(session: Session) -> None:
    listing = a_scarce_listing(session)
    _, places = a_line(session, listing, 5)
    before, told = place_now(session, places[0].id).answer_by_on, len(subjects(session))
    price(session, listing, unit_price_pence=99_900)
    spring_begins(session, listing, EPIPHANY)
    assert now(session, places) == [(W.OFFERED, date(2026, 12, 31))]
    assert (place_now(session, places[0].id).answer_by_on, len(subjects(session))) == (before, told)


def test_who_waited_for_a_price_that_is_gone_keeps_the_hold_at_another_of_the_same_days(
    session: Session,
) -> None:
    listing = a_termly_listing(session)
    (buyer,), places = a_line(session, listing, 5)
    gone, monthly = the_price(session, listing), a_plan(session, listing, Cadence.MONTHLY)
    plans.remove_plan(session, a_seller(session, listing), listing.id, gone.id)
    assert now(session, places) == [(W.OFFERED, date(2026, 12, 31))]
    place = place_now(session, places[0].id)
    assert (place.plan_id, place.cadence, place.periods) == (monthly.id, Cadence.MONTHLY, 1)
    order = ordering.start_order(session, buyer, listing.id, OrderTerms(5, next_month(), 1))
    ordering.submit_order(session, buyer, order.id)
    assert now(session, places)[0][0] is W.ORDERED


def test_what_is_held_at_another_price_stays_as_long_when_the_line_is_looked_at_again(
    session: Session,
) -> None:
    listing = a_termly_listing(session)
    held = taking.take_capacity(session, listing.id, 5, JANUARY, JANUARY)
    place = a_place(session, listing, wish=a_wish(5, 1, JANUARY))
    taking.give_back(session, held)
    until = date(2027, 4, 30)
    assert now(session, [place]) == [(W.OFFERED, until)]
    gone = the_price(session, listing)
    a_plan(session, listing, Cadence.MONTHLY)
    plans.remove_plan(session, a_seller(session, listing), listing.id, gone.id)
    told = len(subjects(session))
    following.follow_all(session)
    assert now(session, [place]) == [(W.OFFERED, until)]
    assert taken_of(session, listing) == [0, 5, 5, 5, 5, 0]
    assert len(subjects(session)) == told


@pytest.mark.parametrize("change", ["removed", "in bundles", "charged otherwise"])
def test_nothing_is_held_that_nobody_could_order_and_the_place_is_kept(
    app: Flask, session: Session, change: str
) -> None:
    listing = a_scarce_listing(session)
    (buyer, _), places = a_line(session, listing, 5, 4)
    plan, seller = the_price(session, listing), a_seller(session, listing)
    if change == "removed":
        a_plan(session, listing, Cadence.ANNUAL)
        plans.remove_plan(session, seller, listing.id, plan.id)
    elif change == "in bundles":
        price(session, listing, basis=Basis.BUNDLE, bundle_units=3)
    else:
        price(session, listing, cadence=Cadence.ANNUAL)
    assert [state for state, _ in now(session, places)] == [W.PAUSED, W.PAUSED]
    assert taken_of(session, listing) == [0] * 6
    assert subjects(session)[-2:] == ["Not at this price any more"] * 2
    session.commit()
    page = signed_in(app, session, buyer).get(f"/waiting-places/{places[0].id}").text
    assert "What you wait for cannot be ordered for now. You keep your place, number 1" in page
    if change == "removed":
        again = Price(plan.cadence, plan.unit_price_pence, plan.vat_treatment)
        plans.add_plan(session, seller, listing.id, again)
    else:
        price(session, listing, basis=Basis.UNIT, bundle_units=None, cadence=Cadence.MONTHLY)
    assert now(session, places) == [(W.OFFERED, date(2026, 12, 31)), (W.WAITING, date(2026, 12, 31))]
    assert_nothing_is_lost(session, listing)


def test_the_record_of_both_sides_says_what_changed(session: Session) -> None:
    listing = a_termly_listing(session)
    a_line(session, listing, 5)
    spring_begins(session, listing, EPIPHANY)
    session.commit()
    entries = session.execute(
        sa.text("SELECT action FROM audit_entries WHERE subject_kind = 'waiting_places'")
    ).scalars()
    assert Counter(entries)["waiting-changed"] == 2
