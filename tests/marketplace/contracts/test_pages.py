"""The contract register in a browser."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue import pricing
from marketplace.contracts.models import Contract
from marketplace.kernel import clock
from marketplace.ordering import services
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.ordering import a_contract, a_market, a_sent_order
from tests.factories.trusts import an_actor, bearer, signed_in


def test_both_parties_find_the_contract_and_its_terms(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    for party in (market.buyer, market.seller):
        browser = signed_in(app, session, party)
        assert contract.reference in browser.get("/contracts").text
        page = browser.get(f"/contracts/{contract.id}").text
        for words in ("£265.00", "£1,590.00", "3 months", market.seller.organisation_name, contract.title):
            assert words in page
        assert f"/invoices?contract={contract.id}" in page


def test_the_page_states_everything_that_was_agreed(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market, quantity=3)
    services.approve_order(session, market.approver, order.id)
    contract = services.accept_order(session, market.seller, order.id)
    session.commit()
    page = signed_in(app, session, market.buyer).get(f"/contracts/{contract.id}").text
    for words in (
        "3 days",
        "£795.00",
        "£954.00",
        "£2,385.00",
        "£477.00",
        "£2,862.00",
        "Not started",
        "VAT is charged only while",
    ):
        assert words in page
    assert "3 x day" not in page
    for charge in pricing.priced_charges(order):
        assert f"{charge.starts_on.day} {charge.starts_on:%B %Y}" in page
    assert f'href="/orders/{order.id}">Order {order.reference}</a>' in page


def test_who_signed_is_named_to_their_own_side_only(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    contract = services.accept_order(session, market.seller, order.id)
    for reader, named in ((market.buyer, market.approver), (market.seller, market.seller)):
        other = ({market.approver, market.seller} - {named}).pop()
        page = signed_in(app, session, reader).get(f"/contracts/{contract.id}").text
        headers = bearer(session, reader)
        for text in (page, app.test_client().get(f"/api/contracts/{contract.id}", headers=headers).text):
            assert named.name in text
            assert other.name not in text
            assert other.organisation_name in text


def test_a_contract_is_active_from_its_first_day_on(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market, starts_on=clock.today())
    for page in ("/contracts", f"/contracts/{contract.id}"):
        text = signed_in(app, session, market.buyer).get(page).text
        assert ("Active" in text, "Not started" in text) == (True, False)


def test_who_is_no_party_finds_nothing(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    stranger = signed_in(app, session, market.stranger)
    assert contract.reference not in stranger.get("/contracts").text
    assert "You have no contracts yet" in stranger.get("/contracts").text
    assert stranger.get(f"/contracts/{contract.id}").status_code == 404
    assert stranger.post(f"/contracts/{contract.id}/po-number", data={"po_number": "1"}).status_code == 404
    assert stranger.get(f"/contracts/{uuid.uuid4()}").status_code == 404


def test_the_buyer_gives_a_po_number_later(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    browser = signed_in(app, session, market.buyer)
    done = browser.post(
        f"/contracts/{contract.id}/po-number", data={"po_number": "PO <7>"}, follow_redirects=True
    )
    assert "Purchase order number saved" in done.text
    assert "PO &lt;7&gt;" in done.text


def test_the_seller_is_neither_asked_nor_allowed(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    selling = session.get_one(Organisation, market.seller.organisation_id)
    seller = signed_in(app, session, an_actor(session, selling))
    assert "Save number" not in seller.get(f"/contracts/{contract.id}").text
    assert seller.post(f"/contracts/{contract.id}/po-number", data={"po_number": "1"}).status_code == 404


def test_an_approver_is_not_asked_for_the_number(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    approver = signed_in(app, session, market.approver)
    assert "Save number" not in approver.get(f"/contracts/{contract.id}").text
    assert approver.post(f"/contracts/{contract.id}/po-number", data={"po_number": "1"}).status_code == 403


@pytest.mark.parametrize("wrong", ["", " ", "x" * 51, "a\x00b"], ids=repr)
def test_a_wrong_number_is_refused_and_not_stored(app: Flask, session: Session, wrong: str) -> None:
    market = a_market(session)
    contract = a_contract(session, market, po_number="PO-1")
    answer = signed_in(app, session, market.buyer).post(
        f"/contracts/{contract.id}/po-number", data={"po_number": wrong}
    )
    assert (answer.status_code, "#po_number" in answer.text) == (422, True)
    session.expire_all()
    assert session.get_one(Contract, contract.id).po_number == "PO-1"


def test_finance_may_give_the_number(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    buying = session.get_one(Organisation, market.buyer.organisation_id)
    finance = signed_in(app, session, an_actor(session, buying, Role.FINANCE))
    assert "Save number" in finance.get(f"/contracts/{contract.id}").text
