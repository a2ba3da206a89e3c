"""Who sees what of an order, and what it costs."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import VatTreatment
from marketplace.catalogue.models import Plan
from marketplace.delegation.rules import ANY_SUM, Scheme
from marketplace.ordering import queries, services
from marketplace.ordering.states import Move, Side
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation
from marketplace.trusts.waiting import Waiting
from tests.factories.delegation import the_scheme, up_to
from tests.factories.ordering import a_draft, a_market, a_sent_order
from tests.factories.trusts import an_actor, bearer, signed_in


def test_vat_is_rounded_on_each_charge_as_its_invoice_will_be(session: Session) -> None:
    market = a_market(session)
    session.scalars(sa.select(Plan)).one().unit_price_pence = 1_003  # VAT of 200.6 pence a month
    view = queries.order_view(session, market.buyer, a_draft(session, market, quantity=1).id)
    assert (view.net_pence, view.vat_pence, view.gross_pence) == (3_009, 603, 3_612)


@pytest.mark.parametrize("treatment", [VatTreatment.EXEMPT, VatTreatment.ZERO, VatTreatment.OUTSIDE])
def test_what_bears_no_vat_shows_none(session: Session, treatment: VatTreatment) -> None:
    market = a_market(session)
    session.scalars(sa.select(Plan)).one().vat_treatment = treatment
    view = queries.order_view(session, market.buyer, a_draft(session, market).id)
    assert (view.vat_pence, view.gross_pence) == (0, view.net_pence)


def test_each_person_is_offered_what_they_may_do(session: Session) -> None:
    market = a_market(session, limit_pence=100_000)
    waits, placed = a_sent_order(session, market), a_sent_order(session, market, quantity=1, periods=1)

    def moves(actor: Actor, order_id: uuid.UUID) -> frozenset[Move]:
        return queries.order_view(session, actor, order_id).actions

    assert moves(market.buyer, waits.id) == {Move.CANCEL}
    assert moves(market.approver, waits.id) == {Move.APPROVE, Move.SEND_BACK, Move.REJECT}
    assert moves(market.approver, placed.id) == set()
    assert moves(market.seller, placed.id) == {Move.ACCEPT, Move.DECLINE}


def test_who_asked_is_not_offered_to_approve(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    everything = an_actor(session, session.get_one(Organisation, market.buyer.organisation_id))
    order = a_sent_order(session, market)
    assert Move.APPROVE in queries.order_view(session, everything, order.id).actions
    assert Move.APPROVE not in queries.order_view(session, market.buyer, order.id).actions


def test_approvals_are_oldest_first(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    first, second = a_draft(session, market), a_draft(session, market)
    for order in (second, first):
        services.submit_order(session, market.buyer, order.id)
    waiting = queries.waiting_for_approval(session, market.approver)
    assert [row.id for row in waiting.mine] == [second.id, first.id]


def test_what_an_approver_may_approve_comes_apart_from_what_they_may_only_refuse(
    app: Flask, session: Session
) -> None:
    market = a_market(session, limit_pence=0)
    rows = up_to(200_000, market.approver)
    the_scheme(session, market.buyer.organisation_id, Scheme((*rows, *ANY_SUM[1:]), requires_po_number=False))
    large, small = a_sent_order(session, market, periods=9), a_sent_order(session, market)
    waiting = queries.waiting_for_approval(session, market.approver)
    assert ([row.id for row in waiting.mine], [row.id for row in waiting.others]) == ([small.id], [large.id])
    page = signed_in(app, session, market.approver).get("/orders/approvals").text
    assert page.index("Orders that you may approve") < page.index(small.reference)
    assert page.index("Orders that others must approve") < page.index(large.reference)


def test_a_seller_sees_an_order_that_was_cancelled_after_it_was_placed_only(session: Session) -> None:
    market = a_market(session)
    placed, draft = a_sent_order(session, market), a_draft(session, market)
    for order in (placed, draft):
        services.cancel_order(session, market.buyer, order.id)
    sold = queries.orders(session, market.seller, Side.SOLD, None).rows
    assert [row.id for row in sold] == [placed.id]


def test_each_side_sees_the_names_of_its_own_people_and_the_organisation_of_the_others(
    session: Session,
) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    services.accept_order(session, market.seller, order.id)
    bought = queries.order_view(session, market.buyer, order.id)
    sold = queries.order_view(session, market.seller, order.id)
    assert (bought.order.requested_by, sold.order.requested_by) == (market.buyer.name, None)
    selling, buying = market.seller.organisation_name, market.buyer.organisation_name
    assert [made.by for made in bought.history] == [market.buyer.name, market.approver.name, selling]
    assert [made.by for made in sold.history] == [buying, market.seller.name]


def test_neither_pages_nor_programs_tell_the_names_of_the_other_sides_people(
    app: Flask, session: Session
) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    services.accept_order(session, market.seller, order.id)
    session.commit()
    for reader, hidden in ((market.buyer, market.seller.name), (market.seller, market.buyer.name)):
        browser = signed_in(app, session, reader)
        program = app.test_client().get(f"/api/orders/{order.id}", headers=bearer(session, reader))
        for text in (browser.get(f"/orders/{order.id}").text, program.text):
            assert reader.name in text
            assert hidden not in text


def test_a_long_list_of_what_waits_is_cut_and_says_how_many_more_there_are(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    drafts = [a_draft(session, market, quantity=1) for _ in range(12)]
    waiting = queries.waiting(session, market.buyer)
    assert len(waiting) == 11
    assert waiting[-1] == Waiting("See 2 more drafts to send or cancel", "/orders")
    assert drafts[0].reference in waiting[0].sentence
    for order in drafts:
        services.submit_order(session, market.buyer, order.id)
    waiting = queries.waiting(session, market.approver)
    assert waiting[10:] == [Waiting("See 2 more orders to approve", "/orders/approvals")]
    for order in drafts[:10]:
        services.approve_order(session, market.approver, order.id)
    assert len(queries.waiting(session, market.approver)) == 2
    assert len(queries.waiting(session, market.seller)) == 10


@pytest.mark.parametrize(
    ("day", "words"), [(1, "April 2027 to June 2027 (3 months)"), (15, "April 2027 to July 2027 (4 months)")]
)
def test_the_check_page_names_the_months_that_are_taken(
    app: Flask, session: Session, day: int, words: str
) -> None:
    with freeze_time("2027-03-10"):
        market = a_market(session)
        order = a_draft(session, market, starts_on=date(2027, 4, day))
        page = signed_in(app, session, market.buyer).get(f"/orders/{order.id}/check").text
    assert words in page
    assert ("one month more than it lasts" in page) is (day > 1)


@pytest.mark.parametrize(("needed", "words"), [(True, "Your trust needs one"), (False, "(optional)")])
def test_the_form_says_whether_a_purchase_order_number_is_needed(
    app: Flask, session: Session, needed: bool, words: str
) -> None:
    market = a_market(session, requires_po_number=needed)
    page = signed_in(app, session, market.buyer).get(f"/orders/new?listing={market.listing_id}").text
    assert f"Purchase order number{'' if needed else ' (optional)'}" in page
    assert ("Your trust needs one" in page) is needed
    assert words in page
