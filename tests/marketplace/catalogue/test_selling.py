"""From a description to a published listing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.catalogue import offering, queries, services, taking
from marketplace.catalogue.kinds import (
    Basis,
    Cadence,
    CapacityUnit,
    Category,
    Delivery,
    ListingState,
    VatTreatment,
)
from marketplace.catalogue.models import Listing
from marketplace.catalogue.offering import CapacityTaken
from marketplace.catalogue.plans import Price, add_plan, change_plan, remove_plan
from marketplace.catalogue.services import NotReady
from marketplace.catalogue.states import ListingNotMovable, ListingWithdrawn, Move
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import NotFound, NotPermitted, Refused
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_known_seller, an_offer, some_capacity
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in

JANUARY, MARCH = date(2027, 1, 1), date(2027, 3, 1)
DESCRIPTION: dict[str, Any] = {
    "category": Category.SEND,
    "title": "Educational psychologist",
    "summary": "Assessments",
    "description": "A registered psychologist",
    "delivery": Delivery.BOTH,
    "places_served": "Devon",
    "unit": CapacityUnit.DAY,
}
PRICE = Price(Cadence.TERMLY, 41_200, VatTreatment.EXEMPT)


def a_draft(session: Session, actor: Actor) -> Listing:
    return services.describe_listing(session, actor, DESCRIPTION)


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with freeze_time("2026-11-21T12:00:00Z"):
        yield


def test_a_described_priced_and_offered_listing_can_be_published(session: Session) -> None:
    actor = an_actor(session, a_known_seller(session))
    listing = a_draft(session, actor)
    add_plan(session, actor, listing.id, PRICE)
    offering.set_capacity(session, actor, listing.id, JANUARY, MARCH, 6)
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    offer = queries.offer(session, actor.organisation_id, listing.id)
    assert [(period.words, period.left) for period in offer.capacity] == [
        ("January 2027", 6),
        ("February 2027", 6),
        ("March 2027", 6),
    ]
    assert offer.plans[0].words == "£412.00 a day, charged each term"
    assert offer.published_at is not None


def test_what_a_seller_did_is_recorded(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    add_plan(session, actor, listing.id, PRICE)
    session.commit()
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.subject_id == listing.id).order_by(AuditEntry.number)
    )
    assert [(entry.action, entry.person_id) for entry in entries] == [
        ("describe", actor.person_id),
        ("price", actor.person_id),
    ]


def test_a_listing_is_not_published_before_it_has_a_price_and_future_capacity(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    with pytest.raises(NotReady, match="a price and capacity"):
        services.move_listing(session, actor, listing.id, Move.PUBLISH)
    add_plan(session, actor, listing.id, PRICE)
    some_capacity(session, listing, date(2026, 9, 1), date(2026, 10, 31))
    offering.set_capacity(session, actor, listing.id, JANUARY, JANUARY, 0)
    with pytest.raises(NotReady, match="capacity in this month or a later one before"):
        services.move_listing(session, actor, listing.id, Move.PUBLISH)
    assert listing.state is ListingState.DRAFT


def test_a_paused_listing_keeps_the_day_it_was_first_published(session: Session) -> None:
    actor = an_actor(session, a_known_seller(session))
    listing = a_draft(session, actor)
    add_plan(session, actor, listing.id, PRICE)
    offering.set_capacity(session, actor, listing.id, JANUARY, JANUARY, 1)
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    first = listing.published_at
    services.move_listing(session, actor, listing.id, Move.PAUSE)
    with pytest.raises(NotFound):
        queries.offer(session, actor.organisation_id, listing.id)
    with freeze_time("2026-11-22"):
        services.move_listing(session, actor, listing.id, Move.RESUME)
    assert listing.published_at == first


def test_a_withdrawn_listing_stays_as_it_is(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    services.move_listing(session, actor, listing.id, Move.WITHDRAW)
    with pytest.raises(ListingWithdrawn):
        services.revise_listing(session, actor, listing.id, {"title": "Other"})
    with pytest.raises(ListingNotMovable):
        services.move_listing(session, actor, listing.id, Move.PUBLISH)


def test_every_change_raises_the_version_and_no_change_does_not(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    services.revise_listing(session, actor, listing.id, {"title": "Psychologist"})
    plan = add_plan(session, actor, listing.id, PRICE)
    assert (listing.version, listing.title) == (3, "Psychologist")
    services.revise_listing(session, actor, listing.id, {"title": "Psychologist"})
    change_plan(session, actor, listing.id, plan.id, PRICE)
    assert listing.version == 3


def test_capacity_can_be_raised_and_lowered_to_what_is_taken_but_not_below(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    offering.set_capacity(session, actor, listing.id, JANUARY, MARCH, 10)
    taking.take_capacity(session, listing.id, 4, date(2027, 2, 1), date(2027, 2, 28))
    offering.set_capacity(session, actor, listing.id, JANUARY, MARCH, 4)
    with pytest.raises(CapacityTaken) as refused, session.begin_nested():
        offering.set_capacity(session, actor, listing.id, JANUARY, MARCH, 3)
    assert refused.value.sentence == "4 days are already taken in February 2027. Enter 4 or more."
    assert [period.units for period in queries.capacity_of(session, listing.id)] == [4, 4, 4]


def test_months_can_be_added_before_between_and_after(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    offering.set_capacity(session, actor, listing.id, MARCH, MARCH, 1)
    offering.set_capacity(session, actor, listing.id, JANUARY, date(2027, 4, 1), 2)
    capacity = queries.capacity_of(session, listing.id)
    assert [(period.starts_on.month, period.units) for period in capacity] == [(1, 2), (2, 2), (3, 2), (4, 2)]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 10, 1), JANUARY, "first_month"),
        (MARCH, JANUARY, "last_month"),
        (JANUARY, date(2031, 11, 1), "last_month"),
    ],
)
def test_capacity_begins_this_month_at_the_earliest_and_ends_within_five_years(
    session: Session, first: date, last: date, field: str
) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    with pytest.raises(Refused) as refused:
        offering.set_capacity(session, actor, listing.id, first, last, 1)
    assert refused.value.field == field
    assert queries.capacity_of(session, listing.id) == []


def test_what_was_sold_by_the_day_stays_days(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    some_capacity(session, listing, JANUARY, JANUARY, taken=1)
    with pytest.raises(Refused, match="unit cannot change"):
        services.revise_listing(session, actor, listing.id, {"unit": CapacityUnit.HOUR})


@pytest.mark.parametrize("basis", list(Basis))
def test_no_figure_of_a_price_means_something_else_because_the_unit_changed(
    session: Session, basis: Basis
) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    units = 20 if basis is Basis.BUNDLE else None
    price = Price(Cadence.MONTHLY, 26_500, VatTreatment.ZERO, basis, bundle_units=units)
    plan = add_plan(session, actor, listing.id, price)
    words = r"are counted in days\. First remove its prices\.$"
    with pytest.raises(Refused, match=words) as refused:
        services.revise_listing(session, actor, listing.id, {"unit": CapacityUnit.HOUR})
    assert refused.value.field == "unit"
    remove_plan(session, actor, listing.id, plan.id)
    services.revise_listing(session, actor, listing.id, {"unit": CapacityUnit.HOUR})
    assert listing.unit is CapacityUnit.HOUR


def test_no_capacity_means_something_else_because_the_unit_changed(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    plan = add_plan(session, actor, listing.id, PRICE)
    offering.set_capacity(session, actor, listing.id, JANUARY, JANUARY, 5)
    with pytest.raises(Refused, match=r"First remove its prices and set its capacity to 0\.$"):
        services.revise_listing(session, actor, listing.id, {"unit": CapacityUnit.HOUR})
    remove_plan(session, actor, listing.id, plan.id)
    with pytest.raises(Refused, match=r"First set its capacity to 0\.$"):
        services.revise_listing(session, actor, listing.id, {"unit": CapacityUnit.HOUR})
    offering.set_capacity(session, actor, listing.id, JANUARY, JANUARY, 0)
    services.revise_listing(session, actor, listing.id, {"unit": CapacityUnit.HOUR})
    assert listing.unit is CapacityUnit.HOUR


def test_a_listing_in_review_is_taken_back_before_its_unit_changes(session: Session) -> None:
    actor = an_actor(session)
    listing = a_draft(session, actor)
    plan = add_plan(session, actor, listing.id, PRICE)
    offering.set_capacity(session, actor, listing.id, JANUARY, JANUARY, 5)
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    assert listing.state is ListingState.IN_REVIEW
    words = r"First take it back from review, remove its prices and set its capacity to 0\.$"
    with pytest.raises(Refused, match=words):
        services.revise_listing(session, actor, listing.id, {"unit": CapacityUnit.HOUR})
    services.move_listing(session, actor, listing.id, Move.RECALL)
    remove_plan(session, actor, listing.id, plan.id)
    offering.set_capacity(session, actor, listing.id, JANUARY, JANUARY, 0)
    services.revise_listing(session, actor, listing.id, {"unit": CapacityUnit.HOUR})
    assert listing.unit is CapacityUnit.HOUR


def test_what_buyers_saw_sold_by_the_day_stays_days(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    seller = session.get_one(Organisation, actor.organisation_id)
    listing = an_offer(session, seller)
    headers, browser = bearer(session, actor), signed_in(app, session, actor)
    session.commit()
    words = "It was published, sold by the day. List another one, and withdraw this one."
    sent = app.test_client().patch(f"/api/listings/{listing.id}", json={"unit": "hour"}, headers=headers)
    assert (sent.status_code, sent.get_json()["errors"]) == (422, {"unit": [words]})
    typed = {"category": "estates", "title": "T", "summary": "S", "description": "D", "delivery": "remote"}
    page = browser.post(
        f"/listings/{listing.id}/description", data=typed | {"kind": "service", "unit": "hour"}
    )
    assert (page.status_code, page.text.count(words)) == (422, 2)
    assert listing.unit is CapacityUnit.DAY


def test_another_trusts_listing_cannot_be_found_let_alone_changed(session: Session) -> None:
    listing = a_draft(session, an_actor(session))
    other = an_actor(session)
    with pytest.raises(NotFound):
        services.revise_listing(session, other, listing.id, {"title": "Mine now"})
    with pytest.raises(NotFound):
        add_plan(session, other, listing.id, PRICE)
    with pytest.raises(NotFound):
        offering.set_capacity(session, other, listing.id, JANUARY, MARCH, 1)
    with pytest.raises(NotFound):
        services.move_listing(session, other, listing.id, Move.WITHDRAW)
    with pytest.raises(NotFound):
        queries.own_listing(session, other.organisation_id, listing.id)


@pytest.mark.parametrize("role", [Role.BUYER, Role.APPROVER, Role.FINANCE])
def test_only_sellers_and_administrators_list_services(session: Session, role: Role) -> None:
    actor = an_actor(session, an_organisation(session), role)
    with pytest.raises(NotPermitted, match="seller or administrator"):
        a_draft(session, actor)


@pytest.mark.parametrize("kind", [OrganisationKind.SUPPLIER, OrganisationKind.LOCAL_AUTHORITY])
def test_suppliers_publish_price_lists_instead(session: Session, kind: OrganisationKind) -> None:
    actor = an_actor(session, an_organisation(session, kind=kind))
    with pytest.raises(NotPermitted, match="price lists"):
        a_draft(session, actor)
