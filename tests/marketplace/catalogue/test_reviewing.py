"""The operator's look at the listings of new sellers."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue import detailing, moderating, services
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.catalogue.states import Move, ReviewState
from marketplace.catalogue.version_models import ListingReview, ListingVersion
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted
from marketplace.kernel.events import announce
from marketplace.membership.events import OrganisationLeft
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role, Standing
from marketplace.trusts.models import Membership, Organisation
from tests.factories.catalogue import a_known_seller, a_listing, a_plan, some_capacity
from tests.factories.membership import an_operator, browser_of, letters
from tests.factories.trusts import an_actor, an_organisation, signed_in


def a_ready_draft(session: Session, actor: Actor, **more: Any) -> Listing:
    """A draft that lacks nothing."""
    seller = session.get_one(type(an_organisation(session)), actor.organisation_id)
    listing = a_listing(session, seller, state=ListingState.DRAFT, **more)
    a_plan(session, listing)
    some_capacity(session, listing, clock.today(), clock.today())
    return listing


def sent(session: Session, standing: Standing = Standing.VERIFIED) -> tuple[Actor, Listing]:
    """A new seller and the listing that they sent for review."""
    actor = an_actor(session, an_organisation(session, standing=standing), Role.SELLER)
    listing = a_ready_draft(session, actor)
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    assert listing.state is ListingState.IN_REVIEW
    return actor, listing


def review_of(session: Session, listing: Listing) -> ListingReview:
    return session.scalars(
        sa.select(ListingReview)
        .where(ListingReview.listing_id == listing.id)
        .order_by(ListingReview.id.desc())
    ).first() or pytest.fail("there is no review")


def test_a_new_sellers_first_listing_waits_and_the_next_is_seen_at_once(session: Session) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    assert listing.published_at is None
    assert [one["subject"] for one in letters(session, operator.email)] == [
        f"Review a listing of {actor.organisation_name}"
    ]
    moderating.accept(session, operator.id, listing.id, listing.version)
    assert listing.state is ListingState.PUBLISHED
    assert listing.published_at is not None
    second = a_ready_draft(session, actor)
    assert services.move_listing(session, actor, second.id, Move.PUBLISH).state is ListingState.PUBLISHED


def test_a_seller_whom_nobody_verified_is_reviewed_each_time(session: Session) -> None:
    operator = an_operator(session)
    actor, listing = sent(session, Standing.UNVERIFIED)
    moderating.accept(session, operator.id, listing.id, listing.version)
    second = a_ready_draft(session, actor)
    assert services.move_listing(session, actor, second.id, Move.PUBLISH).state is ListingState.IN_REVIEW


def test_what_is_sent_back_is_a_draft_again_and_its_seller_knows_why(session: Session) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    moderating.send_back(session, operator.id, listing.id, listing.version, "Say who comes.")
    review = review_of(session, listing)
    assert (listing.state, review.state, review.reason) == (
        ListingState.DRAFT,
        ReviewState.SENT_BACK,
        "Say who comes.",
    )
    assert (review.version, review.decided_by_id) == (listing.version, operator.id)
    told = letters(session, actor.email)
    assert told[-1]["subject"] == f"Change before it is published: {listing.title}"
    assert "Say who comes." in told[-1]["text"]
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    assert [one.state for one in moderating.reviews_of(session, listing.id)] == [
        ReviewState.WAITING,
        ReviewState.SENT_BACK,
    ]


def test_what_was_sent_back_waits_on_its_sellers_home_page_until_it_is_sent_again(
    app: Flask, session: Session
) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    words, browser = f"Change {listing.title}: the operator sent it back", signed_in(app, session, actor)
    assert words not in browser.get("/").text
    moderating.send_back(session, operator.id, listing.id, listing.version, "Say who delivers it.")
    page = browser.get("/").text
    assert words in page
    assert f'href="/listings/{listing.id}/tasks"' in page
    assert (
        moderating.waiting(
            session, an_actor(session, session.get_one(Organisation, listing.seller_id), Role.BUYER)
        )
        == []
    )
    assert moderating.waiting(session, an_actor(session, an_organisation(session), Role.SELLER)) == []
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    assert words not in browser.get("/").text
    services.move_listing(session, actor, listing.id, Move.RECALL)
    assert words not in browser.get("/").text


def test_each_decision_stands_in_the_sellers_chain_under_the_operators_name(session: Session) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    moderating.send_back(session, operator.id, listing.id, listing.version, "Why")
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    moderating.accept(session, operator.id, listing.id, listing.version)
    session.commit()
    chain = sa.select(AuditEntry).where(AuditEntry.organisation_id == actor.organisation_id)
    acts = session.scalars(chain.order_by(AuditEntry.number)).all()
    assert [(one.action, one.person_id) for one in acts] == [
        ("submit", actor.person_id),
        ("send-back", operator.id),
        ("submit", actor.person_id),
        ("accept", operator.id),
    ]
    assert acts[-1].after["by"] == "operator"


def test_the_operator_decides_about_the_version_on_the_screen(session: Session) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    seen = listing.version
    detailing.set_trial(session, actor, listing.id, 3, 0, None)
    with pytest.raises(Conflict, match="changed this listing since you opened it"):
        moderating.accept(session, operator.id, listing.id, seen)
    with pytest.raises(Conflict):
        moderating.send_back(session, operator.id, listing.id, seen, "Why")
    moderating.accept(session, operator.id, listing.id, listing.version)
    kept = session.scalars(sa.select(ListingVersion).where(ListingVersion.listing_id == listing.id)).one()
    assert kept.terms["trial_months"] == 3


def test_nobody_reviews_the_listing_of_a_trust_they_act_for(session: Session) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    session.add(Membership(person_id=operator.id, organisation_id=actor.organisation_id, role=Role.FINANCE))
    session.flush()
    words = "another operator must decide"
    with pytest.raises(NotPermitted, match=words):
        moderating.accept(session, operator.id, listing.id, listing.version)
    with pytest.raises(NotPermitted, match=words):
        moderating.send_back(session, operator.id, listing.id, listing.version, "Why")
    assert listing.state is ListingState.IN_REVIEW


def test_a_listing_that_waits_no_longer_is_not_decided_about(session: Session) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    services.move_listing(session, actor, listing.id, Move.RECALL)
    assert (listing.state, review_of(session, listing).state) == (ListingState.DRAFT, ReviewState.RECALLED)
    with pytest.raises(InvalidState, match="waits for no review"):
        moderating.accept(session, operator.id, listing.id, listing.version)
    with pytest.raises(NotFound):
        moderating.waiting_listing(session, listing.id)


def test_what_is_withdrawn_leaves_the_queue(session: Session) -> None:
    actor, listing = sent(session)
    services.move_listing(session, actor, listing.id, Move.WITHDRAW)
    assert listing.id not in {row.listing_id for row in moderating.queue(session, None).rows}
    assert review_of(session, listing).state is ReviewState.RECALLED


@pytest.mark.parametrize("move", [Move.ACCEPT, Move.SEND_BACK, Move.SUBMIT])
def test_a_seller_does_not_review(session: Session, move: Move) -> None:
    actor, listing = sent(session)
    with pytest.raises(NotPermitted):
        services.move_listing(session, actor, listing.id, move)


def operators(app: Flask, session: Session) -> Any:
    operator = an_operator(session)
    return browser_of(app, session, operator)


def test_the_queue_shows_the_oldest_first_and_goes_on_by_page(app: Flask, session: Session) -> None:
    titles = [sent(session)[1].title for _ in range(27)]
    browser = operators(app, session)
    first = browser.get("/operator/listings").text
    assert [first.index(f">{title}<") for title in titles[:25]] == sorted(
        first.index(f">{title}<") for title in titles[:25]
    )
    assert f">{titles[25]}<" not in first
    last = moderating.queue(session, None).next_after
    assert f">{titles[26]}<" in browser.get(f"/operator/listings?after={last}").text


def test_the_operator_looks_at_the_page_of_buyers_and_accepts(app: Flask, session: Session) -> None:
    _, listing = sent(session)
    browser = operators(app, session)
    page = f"/operator/listings/{listing.id}"
    shown = browser.get(page).text
    assert all(words in shown for words in (listing.title, "£265.00 a day", "Nothing is measured yet."))
    assert "/orders/new" not in shown
    done = browser.post(f"{page}/accept", data={"seen": listing.version}, follow_redirects=True)
    assert "is published, and its seller is told" in done.text
    assert browser.get(f"/listings/{listing.id}").status_code == 200
    assert browser.get(page).status_code == 404


def test_sending_back_needs_a_reason_and_keeps_what_was_typed(app: Flask, session: Session) -> None:
    actor, listing = sent(session)
    browser = operators(app, session)
    page = f"/operator/listings/{listing.id}"
    for reason in ("", "\x00", "x" * 1_001):
        answer = browser.post(f"{page}/send-back", data={"seen": listing.version, "reason": reason})
        assert (answer.status_code, 'href="#reason"' in answer.text) == (422, True)
    stale = browser.post(f"{page}/send-back", data={"seen": 99, "reason": "Say who comes."})
    assert (stale.status_code, "Say who comes.</textarea>" in stale.text) == (409, True)
    browser.post(f"{page}/send-back", data={"seen": listing.version, "reason": "Say who comes."})
    shown = signed_in(app, session, actor).get(f"/listings/{listing.id}/tasks").text
    assert "sent this back" in shown
    assert "Say who comes." in shown


@pytest.mark.parametrize("seen", ["", "x", "0", "9" * 400])
def test_a_decision_names_the_version_that_was_seen(app: Flask, session: Session, seen: str) -> None:
    _, listing = sent(session)
    answer = operators(app, session).post(f"/operator/listings/{listing.id}/accept", data={"seen": seen})
    assert answer.status_code == 422


def test_only_the_operator_reaches_the_queue(app: Flask, session: Session) -> None:
    actor, listing = sent(session)
    browser = signed_in(app, session, actor)
    assert browser.get("/operator/listings").status_code == 403
    assert browser.get(f"/operator/listings/{listing.id}").status_code == 403
    answer = browser.post(f"/operator/listings/{listing.id}/accept", data={"seen": listing.version})
    assert answer.status_code == 403


def test_nobody_else_sees_a_listing_in_review(app: Flask, session: Session) -> None:
    actor, listing = sent(session)
    other = signed_in(app, session, an_actor(session))
    assert other.get(f"/listings/{listing.id}").status_code == 404
    own = signed_in(app, session, actor).get(f"/listings/{listing.id}")
    assert (own.status_code, "Take it back" in own.text) == (200, True)


def test_a_known_seller_is_told_that_buyers_find_it_at_once(app: Flask, session: Session) -> None:
    actor = an_actor(session, a_known_seller(session))
    known, new = a_ready_draft(session, actor), sent(session)
    services.move_listing(session, new[0], new[1].id, Move.RECALL)
    shown = signed_in(app, session, actor).get(f"/listings/{known.id}/preview").text
    assert "Publish this listing" in shown
    shown = signed_in(app, session, new[0]).get(f"/listings/{new[1].id}/preview").text
    assert "Send it for review" in shown
    answer = signed_in(app, session, new[0]).post(f"/listings/{new[1].id}/publish", follow_redirects=True)
    assert "sent for review" in answer.text


def test_each_time_that_it_is_sent_back_its_seller_is_told(session: Session) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    moderating.send_back(session, operator.id, listing.id, listing.version, "Say who comes.")
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    moderating.send_back(session, operator.id, listing.id, listing.version, "Say when they come.")
    told = [one["text"] for one in letters(session, actor.email)]
    assert ["Say who comes." in text for text in told] == [True, False]
    assert ["Say when they come." in text for text in told] == [False, True]


@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.LEFT])
def test_nothing_is_decided_while_nobody_acts_for_the_seller(session: Session, standing: Standing) -> None:
    operator = an_operator(session)
    actor, listing = sent(session)
    seller = session.get_one(Organisation, actor.organisation_id)
    seller.standing = standing
    seller.left_on = clock.today() if standing is Standing.LEFT else None
    session.flush()
    assert listing.id not in {row.listing_id for row in moderating.queue(session, None).rows}
    with pytest.raises(Conflict, match="suspended or has left"):
        moderating.accept(session, operator.id, listing.id, listing.version)
    with pytest.raises(Conflict, match="suspended or has left"):
        moderating.send_back(session, operator.id, listing.id, listing.version, "Why")
    seller.standing, seller.left_on = Standing.VERIFIED, None
    session.flush()
    assert listing.id in {row.listing_id for row in moderating.queue(session, None).rows}
    moderating.accept(session, operator.id, listing.id, listing.version)
    assert listing.state is ListingState.PUBLISHED


def test_what_a_seller_that_left_had_sent_is_a_draft_again_and_waits_no_more(session: Session) -> None:
    actor, listing = sent(session)
    seller = session.get_one(Organisation, actor.organisation_id)
    seller.standing, seller.left_on = Standing.LEFT, clock.today()
    session.flush()
    announce(session, OrganisationLeft(seller.id))
    assert listing.state is ListingState.DRAFT
    assert review_of(session, listing).state is ReviewState.RECALLED
    seller.standing, seller.left_on = Standing.VERIFIED, None
    session.flush()
    assert listing.id not in {row.listing_id for row in moderating.queue(session, None).rows}
