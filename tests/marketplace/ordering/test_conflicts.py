"""Whoever has an interest in a seller is neither asked to approve an order from it nor able to."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.interests.kinds import InterestKind
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering import queries, services
from marketplace.ordering.models import Order
from marketplace.ordering.states import Move
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.interests import declares
from tests.factories.ordering import Market, a_draft, a_market, a_sent_order
from tests.factories.trusts import an_actor, signed_in


@pytest.fixture
def market(session: Session) -> Market:
    return a_market(session, limit_pence=0)


def a_conflict(session: Session, market: Market) -> Organisation:
    """The market's approver is a director of its seller."""
    seller = session.get_one(Organisation, market.seller.organisation_id)
    mine = {"kind": InterestKind.DIRECTORSHIP, "declared_by_id": market.approver.person_id}
    declares(session, market.approver, seller, **mine)
    return seller


def another_approver(session: Session, market: Market) -> Actor:
    return an_actor(session, session.get_one(Organisation, market.buyer.organisation_id), Role.APPROVER)


def was_asked(session: Session, person: Actor) -> bool:
    jobs = session.scalars(sa.select(OutboxJob)).all()
    return any(job.payload.get("to") == person.email for job in jobs)


def test_a_director_of_the_seller_cannot_approve_and_reads_why(session: Session, market: Market) -> None:
    seller, order = a_conflict(session, market), a_sent_order(session, market)
    with pytest.raises(NotPermitted, match=rf"an interest in {seller.name} \(directorship\), so another"):
        services.approve_order(session, market.approver, order.id)
    view = queries.order_view(session, market.approver, order.id)
    assert Move.APPROVE not in view.actions
    assert view.decision is not None
    assert "(directorship)" in view.decision.refusal(market.approver)


def test_who_has_an_interest_is_neither_asked_nor_shown_it_as_theirs_to_do(
    session: Session, market: Market
) -> None:
    other = another_approver(session, market)
    a_conflict(session, market)
    a_sent_order(session, market)
    assert (was_asked(session, other), was_asked(session, market.approver)) == (True, False)
    assert queries.waiting(session, market.approver) == []
    assert len(queries.waiting(session, other)) == 1


def test_others_read_that_an_interest_was_declared_and_not_which(
    app: Flask, session: Session, market: Market
) -> None:
    other = another_approver(session, market)
    a_conflict(session, market)
    order: Order = a_sent_order(session, market)
    page = signed_in(app, session, other).get(f"/orders/{order.id}/approval").text
    assert f"{market.approver.name} has declared an interest, so another person must decide." in page
    assert "(directorship)" not in page
    own = signed_in(app, session, market.approver).get(f"/orders/{order.id}/approval").text
    assert "(directorship)" in own
    assert "Approve and place order" not in own


def test_a_draft_tells_that_too_few_may_approve_when_the_only_approver_is_conflicted(
    session: Session, market: Market
) -> None:
    draft = a_draft(session, market)
    assert not queries.order_view(session, market.buyer, draft.id).lacks_approvers
    a_conflict(session, market)
    assert queries.order_view(session, market.buyer, draft.id).lacks_approvers


def test_who_sent_an_order_reads_there_too_that_too_few_may_approve_it(
    app: Flask, session: Session, market: Market
) -> None:
    fine, stuck = a_sent_order(session, market), a_sent_order(session, market)
    sender = signed_in(app, session, market.buyer)
    assert "Too few people" not in sender.get(f"/orders/{fine.id}/sent").text
    a_conflict(session, market)
    session.commit()
    page = sender.get(f"/orders/{stuck.id}/sent").text
    assert "Too few people at your trust may approve this now." in page
    assert "We have emailed everybody" not in page
