"""Orders under a scheme of delegation: who approves, with what said, and what a budget gives."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import CATEGORY_WORDS
from marketplace.catalogue.models import Listing
from marketplace.delegation import budget_queries, budgeting, queries, standing_in
from marketplace.delegation.models import Undertaking
from marketplace.delegation.rules import Row, Scheme, limited
from marketplace.delegation.undertaking import Said
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering import services
from marketplace.ordering.models import Order
from marketplace.ordering.queries import order_view, waiting
from marketplace.ordering.states import Move, OrderState
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership, Organisation
from tests.factories.delegation import a_cost_centre, the_scheme, up_to
from tests.factories.ordering import Market, a_draft, a_market, a_sent_order, next_month
from tests.factories.trusts import an_actor, bearer, signed_in

TWO = replace(limited(0), second_above_pence=100_000)


def a_colleague(session: Session, market: Market, *roles: Role) -> Actor:
    return an_actor(session, session.get_one(Organisation, market.buyer.organisation_id), *roles)


def a_market_with(session: Session, scheme: Scheme) -> Market:
    market = a_market(session)
    the_scheme(session, market.buyer.organisation_id, replace(scheme, requires_po_number=False))
    return market


def told(session: Session, to: Actor) -> list[str]:
    """The subjects of the e-mails to somebody, the oldest first."""
    jobs = session.scalars(sa.select(OutboxJob).order_by(OutboxJob.id))
    return [job.payload["subject"] for job in jobs if job.payload.get("to") == to.email]


def committed(session: Session, market: Market, cost_centre_id: uuid.UUID) -> int:
    """Over all years."""
    starts = budget_queries.years(session, market.buyer)
    years = [budget_queries.budget_year(session, market.buyer, on) for on in starts]
    rows = [row for year in years for row in year.rows if row.cost_centre_id == cost_centre_id]
    return sum(row.committed_pence for row in rows)


def test_two_people_approve_one_after_the_other(session: Session) -> None:
    market = a_market_with(session, TWO)
    second = a_colleague(session, market, Role.APPROVER)
    order = a_sent_order(session, market)
    assert services.approve_order(session, market.approver, order.id).state is OrderState.AWAITING_APPROVAL
    assert order.decided_by_id is None
    assert told(session, second)[-1].startswith("Approve as the second person by ")
    assert len(told(session, market.approver)) == 1
    with pytest.raises(NotPermitted, match="a second person must"):
        services.approve_order(session, market.approver, order.id)
    assert services.approve_order(session, second, order.id).state is OrderState.PLACED
    assert order.decided_by_id == second.person_id


def test_the_state_between_two_approvals_is_shown(app: Flask, session: Session) -> None:
    market = a_market_with(session, TWO)
    second = a_colleague(session, market, Role.APPROVER)
    order = a_sent_order(session, market)
    browser = signed_in(app, session, market.approver)
    page = browser.get(f"/orders/{order.id}/approval").text
    assert "needs approval by two different people" in page
    assert "Approve as the first of two" in page
    done = browser.post(f"/orders/{order.id}/approve", data={"version": "1"}, follow_redirects=True).text
    assert "A second, different person must approve it too" in done
    page = signed_in(app, session, second).get(f"/orders/{order.id}/approval").text
    assert "Approved so far: 1 of 2" in page
    assert "Approve and place order" in page
    assert "Approve and place order" not in browser.get(f"/orders/{order.id}/approval").text


def test_an_approval_whose_giver_lost_their_role_is_shown_and_counts_no_longer(
    app: Flask, session: Session
) -> None:
    market = a_market_with(session, TWO)
    second, third = (a_colleague(session, market, Role.APPROVER) for _ in range(2))
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    mine = (Membership.person_id == market.approver.person_id, Membership.role == Role.APPROVER)
    session.execute(sa.update(Membership).where(*mine).values(role=Role.BUYER))
    assert services.approve_order(session, second, order.id).state is OrderState.AWAITING_APPROVAL
    browser, address = signed_in(app, session, third), f"/orders/{order.id}"
    approval = browser.get(f"{address}/approval").text
    assert "Approved so far: 1 of 2" in approval
    for page in (approval, browser.get(address).text):
        assert "No longer counts" in page
    answer = app.test_client().get(f"/api{address}", headers=bearer(session, third)).json
    assert answer is not None
    assert [one["counts"] for one in answer["approvals"]] == [False, True]
    assert services.approve_order(session, third, order.id).state is OrderState.PLACED


def test_a_change_begins_the_approvals_anew(session: Session) -> None:
    market = a_market_with(session, TWO)
    second = a_colleague(session, market, Role.APPROVER)
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    services.send_back(session, second, order.id, "One day is enough")
    services.change_order(session, market.buyer, order.id, {"note": "East"})
    services.submit_order(session, market.buyer, order.id)
    assert services.approve_order(session, second, order.id).state is OrderState.AWAITING_APPROVAL
    assert services.approve_order(session, market.approver, order.id).state is OrderState.PLACED


def test_only_those_whose_limit_reaches_are_asked(session: Session) -> None:
    market = a_market(session)
    head, cfo = a_colleague(session, market, Role.BUYER), a_colleague(session, market, Role.FINANCE)
    rows = (Row(0), *up_to(100_000, head), *up_to(1_000_000, cfo))
    the_scheme(session, market.buyer.organisation_id, Scheme(rows, requires_po_number=False))
    order = a_sent_order(session, market)
    assert [bool(told(session, one)) for one in (head, cfo, market.approver)] == [False, True, False]
    assert [bool(waiting(session, one)) for one in (head, cfo, market.approver)] == [False, True, False]
    with pytest.raises(NotPermitted):
        services.approve_order(session, head, order.id)
    assert order_view(session, market.approver, order.id).actions == {Move.SEND_BACK, Move.REJECT}
    assert services.approve_order(session, cfo, order.id).state is OrderState.PLACED


def test_an_order_above_every_row_is_not_sent(session: Session) -> None:
    market = a_market_with(session, Scheme((Row(0), Row(158_999, Role.APPROVER))))
    order = a_draft(session, market)
    with pytest.raises(Refused, match="cannot be approved by anybody"):
        services.submit_order(session, market.buyer, order.id)
    assert order.state is OrderState.DRAFT


def test_the_three_quotes_are_ticked_and_named_before_it_is_approved(app: Flask, session: Session) -> None:
    market = a_market_with(session, Scheme((Row(0), Row(2_000_000, Role.APPROVER, quotes=3))))
    order = a_sent_order(session, market)
    browser = signed_in(app, session, market.approver)
    address, form = f"/orders/{order.id}/approve", {"version": "1"}
    assert "three quotes were asked for" in browser.get(f"/orders/{order.id}/approval").text
    assert browser.post(address, data=form).status_code == 422
    assert browser.post(address, data=form | {"quotes_note": "A, B and C"}).status_code == 422
    assert browser.post(address, data=form | {"has_quotes": "true"}).status_code == 422
    both = form | {"has_quotes": "true", "quotes_note": "A £1,600, B £1,700, C £1,800"}
    assert browser.post(address, data=both).status_code == 302
    assert "C £1,800" in browser.get(f"/orders/{order.id}").text


def test_a_stand_in_approves_for_who_is_away_and_it_is_said(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    clerk = a_colleague(session, market, Role.SELLER)
    until = clock.today() + timedelta(days=3)
    standing_in.name_stand_in(session, market.approver, clerk.person_id, clock.today(), until)
    order = a_sent_order(session, market)
    browser = signed_in(app, session, clerk)
    assert f"Approve {order.reference}" in browser.get("/").text
    page = browser.get(f"/orders/{order.id}/approval").text
    assert f"You decide for {market.approver.name}, away until {until.day} {until:%B %Y}" in page
    assert browser.post(f"/orders/{order.id}/approve", data={"version": "1"}).status_code == 302
    assert f"{clerk.name} for {market.approver.name}" in browser.get(f"/orders/{order.id}").text
    kept = (AuditEntry.subject_kind == "undertakings", AuditEntry.action == "approve")
    (entry,) = session.scalars(sa.select(AuditEntry).where(*kept)).all()
    assert (entry.person_id, entry.after["for"]) == (clerk.person_id, str(market.approver.person_id))


def test_a_stand_in_does_not_approve_their_own(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    standing_in.name_stand_in(session, market.approver, market.buyer.person_id, clock.today(), clock.today())
    order = a_sent_order(session, market)
    with pytest.raises(NotPermitted):
        services.approve_order(session, market.buyer, order.id)


def test_an_order_that_is_split_shows_it_to_buyer_and_approver(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=200_000)
    first, second = a_sent_order(session, market), a_draft(session, market)
    assert first.state is OrderState.PLACED
    session.commit()
    said = "Orders to this supplier in this category within 90 days are added up"
    assert said in signed_in(app, session, market.buyer).get(f"/orders/{second.id}/check").text
    services.submit_order(session, market.buyer, second.id)
    assert second.state is OrderState.AWAITING_APPROVAL
    page = signed_in(app, session, market.approver).get(f"/orders/{second.id}/approval").text
    assert said in page
    assert first.reference in page


def test_where_there_are_cost_centres_an_order_names_the_one_that_pays(app: Flask, session: Session) -> None:
    market = a_market(session)
    centre = a_cost_centre(session, market.buyer)
    order = a_draft(session, market)
    browser = signed_in(app, session, market.buyer)
    assert "which cost centre pays before this can be sent" in browser.get(f"/orders/{order.id}/check").text
    answer = browser.post(f"/orders/{order.id}/submit", data={"version": "1"})
    assert (answer.status_code, "Select the cost centre that pays" in answer.text) == (422, True)
    assert centre.name in browser.get(f"/orders/{order.id}/change").text
    services.change_order(session, market.buyer, order.id, {"cost_centre_id": centre.id})
    assert services.submit_order(session, market.buyer, order.id).state is OrderState.PLACED
    session.commit()
    assert centre.name in browser.get(f"/orders/{order.id}").text
    assert centre.name not in signed_in(app, session, market.seller).get(f"/orders/{order.id}").text


def test_the_seller_reads_nothing_of_the_buyers_scheme(app: Flask, session: Session) -> None:
    market = a_market_with(session, Scheme((Row(0), Row(2_000_000, Role.APPROVER, quotes=1))))
    centre = a_cost_centre(session, market.buyer)
    order = a_sent_order(session, market, cost_centre_id=centre.id)
    services.approve_order(session, market.approver, order.id, 1, Said(quotes_note="Secret quote"))
    session.commit()
    page = signed_in(app, session, market.seller).get(f"/orders/{order.id}").text
    assert order.reference in page
    for inside in ("Secret quote", market.approver.name, centre.name):
        assert inside not in page


@pytest.mark.parametrize("end", ["decline", "cancel", "lapse", "reject", "send-back"])
def test_a_budget_has_back_what_came_to_nothing(session: Session, end: str) -> None:
    is_placed = end in {"decline", "cancel", "lapse"}
    market = a_market(session, limit_pence=10**6 if is_placed else 0)
    centre = a_cost_centre(session, market.buyer)
    order = a_sent_order(session, market, cost_centre_id=centre.id)
    assert committed(session, market, centre.id) == (159_000 if is_placed else 0)
    finish(session, market, order, end)
    assert committed(session, market, centre.id) == 0
    mine = sa.select(Undertaking.state).where(Undertaking.source_id == order.id)
    assert session.scalars(mine).one().value == "released"


def finish(session: Session, market: Market, order: Order, end: str) -> None:
    if end == "decline":
        services.decline_order(session, market.seller, order.id, "Full")
    elif end == "cancel":
        services.cancel_order(session, market.buyer, order.id)
    elif end == "lapse":
        services.move_due_orders(session, clock.today() + timedelta(days=15))
    elif end == "reject":
        services.reject_order(session, market.approver, order.id, "No")
    else:
        services.send_back(session, market.approver, order.id, "Less")


def test_an_order_over_the_budget_needs_somebody_to_say_why(app: Flask, session: Session) -> None:
    market = a_market(session)
    on = next_month()
    centre = a_cost_centre(session, market.buyer)
    set_budget(session, market, centre.id, on, 52_999)
    order = a_sent_order(session, market, cost_centre_id=centre.id, starts_on=on, periods=1)
    assert order.state is OrderState.AWAITING_APPROVAL
    finance = a_colleague(session, market, Role.FINANCE)
    browser = signed_in(app, session, finance)
    assert "£0.01 too much" in browser.get(f"/orders/{order.id}/approval").text
    form: dict[str, Any] = {"version": "1"}
    assert browser.post(f"/orders/{order.id}/approve", data=form).status_code == 422
    form |= {"accepts_over_budget": "true", "over_budget_reason": "The roof leaks"}
    assert browser.post(f"/orders/{order.id}/approve", data=form).status_code == 302
    assert order_view(session, market.buyer, order.id).order.state is OrderState.PLACED
    assert "The roof leaks" in browser.get(f"/orders/{order.id}").text


def set_budget(session: Session, market: Market, cost_centre_id: uuid.UUID, on: Any, pence: int) -> None:
    budgeting.set_budget(session, a_colleague(session, market, Role.FINANCE), cost_centre_id, on, pence)


def test_the_link_in_the_mail_opens_the_approval_after_signing_in(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    job = next(
        job for job in session.scalars(sa.select(OutboxJob)) if job.payload.get("to") == market.approver.email
    )
    path = f"/orders/{order.id}/approval"
    assert path in str(job.payload)
    session.commit()
    sent_on = app.test_client().get(path)
    assert (sent_on.status_code, path in str(sent_on.location).replace("%2F", "/")) == (302, True)
    assert signed_in(app, session, market.approver).get(path).status_code == 200
    assert signed_in(app, session, market.stranger).get(path).status_code == 404
    assert signed_in(app, session, market.seller).get(path).status_code == 404


def test_whoever_may_not_decide_is_told_so_whatever_they_send(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    browser = signed_in(app, session, a_colleague(session, market, Role.SELLER))
    for way in ("approve", "send-back", "reject"):
        assert browser.post(f"/orders/{order.id}/{way}", data={}).status_code == 403
    stranger = signed_in(app, session, market.stranger)
    for way in ("approve", "send-back", "reject"):
        assert stranger.post(f"/orders/{order.id}/{way}", data={}).status_code == 404


def test_what_is_added_up_is_of_one_category_in_words(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    kept = session.scalars(sa.select(Undertaking).where(Undertaking.source_id == order.id)).one()
    listing = session.get_one(Listing, market.listing_id)
    assert kept.category == CATEGORY_WORDS[listing.category]
    assert queries.scheme_of(session, market.buyer.organisation_id).free_pence() > 0
    with pytest.raises(NotFound):
        services.check_decider(session, market.stranger, order.id)
