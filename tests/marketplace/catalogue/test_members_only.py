"""A partnership's listing is not there for anybody but its members and its seller."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue import detailing, queries
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.ordering import services as ordering
from marketplace.ordering.terms import OrderTerms
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import MembershipState, PartnershipMembership
from tests.factories.catalogue import a_listing, an_offer
from tests.factories.delegation import a_policy
from tests.factories.finding import asked
from tests.factories.partnerships import a_member, a_partnership
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in


@dataclass
class Circle:
    """A members-only listing, its seller, a member and somebody else."""

    listing: Listing
    seller: Actor
    member: Actor
    stranger: Actor
    membership: PartnershipMembership
    partnership_id: uuid.UUID


@pytest.fixture
def circle(session: Session) -> Circle:
    """The partnership is the seller's own."""
    seller = an_actor(session)
    partnership = a_partnership(session, seller)
    organisation = an_organisation(session)
    a_policy(session, organisation.id, approval_limit_pence=10**9, requires_po_number=False)
    membership = a_member(session, partnership, organisation)
    listing = an_offer(
        session,
        session.get_one(Organisation, seller.organisation_id),
        title="Quokka keeping",
        partnership_id=partnership.id,
    )
    member = an_actor(session, organisation)
    return Circle(listing, seller, member, an_actor(session), membership, partnership.id)


def some_terms() -> OrderTerms:
    return OrderTerms(quantity=1, starts_on=clock.today() + timedelta(days=40), periods=1)


def found_by(session: Session, actor: Actor | None) -> int:
    return asked(session, actor, words="quokka").total


def test_members_and_the_seller_find_it_and_nobody_else(session: Session, circle: Circle) -> None:
    assert [found_by(session, one) for one in (circle.member, circle.seller, circle.stranger, None)] == [
        1,
        1,
        0,
        0,
    ]
    for actor in (circle.stranger, None):
        with pytest.raises(NotFound):
            queries.visible(session, actor.organisation_id if actor else None, circle.listing.id)
    shown = queries.visible(session, circle.member.organisation_id, circle.listing.id)
    assert shown.partnership_id == circle.partnership_id


def test_its_page_and_its_json_are_not_there_for_others(
    app: Flask, session: Session, client: FlaskClient, circle: Circle
) -> None:
    page = f"/listings/{circle.listing.id}"
    member, stranger = (signed_in(app, session, one) for one in (circle.member, circle.stranger))
    assert [one.get(page).status_code for one in (member, stranger, client)] == [200, 404, 404]
    assert "Members only" in member.get(page).text
    for path in (page, f"{page}/waiting", f"/orders/new?listing={circle.listing.id}"):
        assert stranger.get(path).status_code == 404, path
    for actor, status in ((circle.member, 200), (circle.stranger, 404)):
        headers = bearer(session, actor)
        assert client.get(f"/api{page}", headers=headers).status_code == status
        listed: Any = client.get("/api/listings?words=quokka", headers=headers).json
        assert listed["total"] == (status == 200)


def test_only_members_order_it(session: Session, circle: Circle) -> None:
    with pytest.raises(NotFound):
        ordering.start_order(session, circle.stranger, circle.listing.id, some_terms())
    order = ordering.start_order(session, circle.member, circle.listing.id, some_terms())
    ordering.submit_order(session, circle.member, order.id)
    assert order.placed_at is not None


def test_who_is_a_member_no_longer_places_no_order(session: Session, circle: Circle) -> None:
    order = ordering.start_order(session, circle.member, circle.listing.id, some_terms())
    circle.membership.starts_on = clock.today() - timedelta(days=9)
    circle.membership.ends_on = clock.today() - timedelta(days=1)
    session.flush()
    with pytest.raises(Conflict, match="no longer offers"):
        ordering.submit_order(session, circle.member, order.id)
    assert found_by(session, circle.member) == 0


def test_an_invitation_alone_opens_nothing(session: Session, circle: Circle) -> None:
    circle.membership.state = MembershipState.INVITED
    circle.membership.starts_on = None
    session.flush()
    assert found_by(session, circle.member) == 0
    with pytest.raises(NotFound):
        queries.offer(session, circle.member.organisation_id, circle.listing.id)


def test_it_is_hidden_from_members_too_before_it_is_published(session: Session, circle: Circle) -> None:
    circle.listing.state = ListingState.DRAFT
    session.flush()
    with pytest.raises(NotFound):
        queries.visible(session, circle.member.organisation_id, circle.listing.id)


def test_the_preview_says_who_will_find_it(app: Flask, session: Session, circle: Circle) -> None:
    circle.listing.state = ListingState.DRAFT
    seller = session.get_one(Organisation, circle.seller.organisation_id)
    seller.standing = Standing.VERIFIED
    a_listing(session, seller, state=ListingState.WITHDRAWN)
    session.flush()
    shown = signed_in(app, session, circle.seller).get(f"/listings/{circle.listing.id}/preview").text
    assert "Members of the partnership find it as soon as" in shown


def test_opened_for_everybody_it_is_found_by_everybody(session: Session, circle: Circle) -> None:
    detailing.set_visibility(session, circle.seller, circle.listing.id, None)
    assert found_by(session, None) == 1


def test_a_seller_is_told_that_members_alone_can_find_what_was_published(
    app: Flask, session: Session, circle: Circle
) -> None:
    browser = signed_in(app, session, circle.seller)
    circle.listing.state = ListingState.DRAFT
    session.get_one(Organisation, circle.seller.organisation_id).standing = Standing.VERIFIED
    session.flush()
    done = browser.post(f"/listings/{circle.listing.id}/publish", follow_redirects=True)
    assert "Members of the partnership can find it now." in done.text
