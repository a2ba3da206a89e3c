"""Nobody decides about what they had a hand in, and the rules of the day hold."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.errors import Conflict, NotPermitted, Refused
from marketplace.ordering import queries, services
from marketplace.ordering.models import Order
from marketplace.ordering.states import Move, OrderState
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.delegation import a_policy
from tests.factories.ordering import Market, a_draft, a_market, a_sent_order
from tests.factories.trusts import an_actor, signed_in

DECISIONS = {Move.APPROVE, Move.SEND_BACK, Move.REJECT}


def somebody_with_every_role(session: Session, market: Market) -> Actor:
    """Somebody at the buying trust who may write and approve."""
    return an_actor(session, session.get_one(Organisation, market.buyer.organisation_id))


def changed_by(session: Session, market: Market, *people: Actor) -> Order:
    """An order that the buyer wrote, these people changed in turn, and the buyer sent."""
    order = a_draft(session, market)
    for quantity, person in enumerate(people, start=3):
        services.change_order(session, person, order.id, {"quantity": quantity})
    return services.submit_order(session, market.buyer, order.id)


def test_nobody_approves_the_figures_that_they_wrote_into_anothers_order(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    helpful = somebody_with_every_role(session, market)
    order = changed_by(session, market, helpful)
    with pytest.raises(NotPermitted, match="another person must decide"):
        services.approve_order(session, helpful, order.id)
    assert order.decided_by_id is None
    assert services.approve_order(session, market.approver, order.id).state is OrderState.PLACED


def test_a_later_writer_does_not_wash_the_first_one_clean(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    helpful = somebody_with_every_role(session, market)
    order = changed_by(session, market, helpful, market.buyer)
    assert order.written_by_id == market.buyer.person_id
    with pytest.raises(NotPermitted):
        services.approve_order(session, helpful, order.id)


def test_who_changed_an_order_is_not_offered_to_decide(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    first, last = (somebody_with_every_role(session, market) for _ in range(2))
    order = changed_by(session, market, first, last)
    for person, offered in ((first, set()), (last, set()), (market.approver, DECISIONS)):
        assert queries.order_view(session, person, order.id).actions & DECISIONS == offered
        assert bool(queries.waiting(session, person)) is bool(offered)


@pytest.mark.parametrize("column", ["requested_by_id", "written_by_id", "submitted_by_id"])
def test_the_database_refuses_each_of_them_too(session: Session, column: str) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    setattr(order, column, market.approver.person_id)
    session.flush()
    order.decided_by_id = market.approver.person_id
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_the_history_tells_who_changed_it_to_the_buyer_alone(app: Flask, session: Session) -> None:
    market = a_market(session)
    helpful = somebody_with_every_role(session, market)
    order = changed_by(session, market, helpful)
    session.commit()
    mine = signed_in(app, session, market.buyer).get(f"/orders/{order.id}").text
    theirs = signed_in(app, session, market.seller).get(f"/orders/{order.id}").text
    assert f"Changed by {helpful.name}" in mine
    assert helpful.name not in theirs


def test_the_reason_of_who_sent_it_back_stays_while_it_is_changed(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    services.send_back(session, market.approver, order.id, "One day is enough")
    services.change_order(session, market.buyer, order.id, {"note": "East"})
    page = signed_in(app, session, market.buyer).get(f"/orders/{order.id}/check").text
    assert f"Sent back by {market.approver.name}: One day is enough" in page


@pytest.mark.parametrize("limit_pence", [0, 10**12])
def test_an_order_keeps_the_limit_it_was_sent_under(app: Flask, session: Session, limit_pence: int) -> None:
    market = a_market(session, limit_pence=limit_pence)
    order = a_sent_order(session, market)
    a_policy(session, market.buyer.organisation_id, 500)
    assert order.approval_limit_pence == limit_pence
    words = "Sent under an approval limit of"
    bought = signed_in(app, session, market.buyer).get(f"/orders/{order.id}").text
    assert words in bought
    if order.state is OrderState.PLACED:
        assert "£10,000,000,000.00" in bought
        assert words not in signed_in(app, session, market.seller).get(f"/orders/{order.id}").text


def test_the_database_refuses_an_order_that_was_sent_without_its_limit(session: Session) -> None:
    order = a_sent_order(session, a_market(session))
    order.approval_limit_pence = None
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_an_order_sent_before_po_numbers_were_asked_for_is_not_approved_without_one(
    app: Flask, session: Session
) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    a_policy(session, market.buyer.organisation_id, 0, requires_po_number=True)
    with pytest.raises(Refused, match="Send this order back") as refused:
        services.approve_order(session, market.approver, order.id)
    assert (refused.value.field, order.state) == ("po_number", OrderState.AWAITING_APPROVAL)
    approver = signed_in(app, session, market.approver)
    assert "needs a purchase order number on every order" in approver.get(f"/orders/{order.id}/approval").text
    answer = approver.post(f"/orders/{order.id}/approve", data={"version": "1"})
    assert answer.status_code == 422
    assert "Send this order back" in answer.text


def test_with_its_number_the_same_order_is_approved(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market, po_number="PO-5")
    a_policy(session, market.buyer.organisation_id, 0, requires_po_number=True)
    assert services.approve_order(session, market.approver, order.id).state is OrderState.PLACED


def test_an_approver_is_never_bound_to_figures_that_they_did_not_see(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    approver = signed_in(app, session, market.approver)
    old_page = approver.get(f"/orders/{order.id}/approval").text
    assert 'name="version" value="1"' in old_page
    colleague = an_actor(session, session.get_one(Organisation, market.buyer.organisation_id), Role.APPROVER)
    services.send_back(session, colleague, order.id, "More")
    services.change_order(session, market.buyer, order.id, {"quantity": 10})
    services.submit_order(session, market.buyer, order.id)
    session.commit()
    answer = approver.post(f"/orders/{order.id}/approve", data={"version": "1"})
    assert (answer.status_code, "changed since you opened it" in answer.text) == (409, True)
    assert 'name="version" value="2"' in answer.text
    assert "£7,950.00" in answer.text
    state = sa.select(Order.state).where(Order.id == order.id)
    assert session.scalar(state) is OrderState.AWAITING_APPROVAL
    approver.post(f"/orders/{order.id}/approve", data={"version": "2"})
    assert session.scalar(state) is OrderState.PLACED


def test_a_draft_is_not_sent_as_it_was_before_a_colleague_changed_it(session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    services.change_order(session, somebody_with_every_role(session, market), order.id, {"quantity": 9})
    with pytest.raises(Conflict, match="changed since you opened it"):
        services.submit_order(session, market.buyer, order.id, seen=1)
    assert services.submit_order(session, market.buyer, order.id, seen=2).state is OrderState.PLACED


def test_a_seller_accepts_the_version_that_they_read(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    seller = signed_in(app, session, market.seller)
    for data in ({"version": "2"}, {}):
        assert seller.post(f"/orders/{order.id}/accept", data=data).status_code == 409
    session.refresh(order)
    assert order.state is OrderState.PLACED
