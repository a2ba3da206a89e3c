"""The list of invoices: its order, its file, and what waits on the home page."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session

from billing.collecting.services import Receipt, record_receipt
from billing.documents import queries
from billing.documents.kinds import Side
from billing.documents.models import Invoice
from marketplace.catalogue.kinds import ListingState
from marketplace.kernel import clock
from marketplace.trusts.models import Organisation
from tests.factories.billing import a_contract, a_seller, an_invoice
from tests.factories.catalogue import a_listing
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in


def the_file(browser: FlaskClient, query: str = "") -> list[list[str]]:
    answer = browser.get(f"/invoices.csv{query}")
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_the_newest_date_comes_first_whatever_was_entered_last(session: Session) -> None:
    buyer, early, late = an_actor(session), a_seller(session), a_seller(session)
    for seller, days in ((late, 2), (early, 1)):
        with freeze_time(clock.now() + timedelta(days=days)):
            for _ in range(15):
                a_contract(session, seller, buyer)
    first = queries.invoices(session, buyer, Side.RECEIVED)
    second = queries.invoices(session, buyer, Side.RECEIVED, after=first.next_after)
    found = [(row.issued_on, row.number) for row in (*first.rows, *second.rows)]
    assert len(found) == 30
    assert found == sorted(found, reverse=True)
    assert found == [
        (row.issued_on, row.number) for row in queries.every_invoice(session, buyer, Side.RECEIVED)
    ]


def test_another_trusts_invoice_is_no_place_to_go_on_from(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    browser = signed_in(app, session, an_actor(session))
    assert browser.get(f"/invoices?after={owed.invoice.id}").status_code == 422


def test_the_file_has_what_is_on_the_screen_and_every_page_of_it(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    for _ in range(26):
        a_contract(session, owed.seller, owed.buyer)
    record_receipt(session, owed.seller, owed.invoice.id, Receipt(10_000, clock.today(), "BEECH 77"))
    browser = signed_in(app, session, owed.buyer)
    rows = the_file(browser)
    assert len(rows) == 28
    assert rows[0][:3] == ["Number", "From", "Contract"]
    today, due = clock.today(), owed.invoice.due_on
    assert rows[-1] == [
        "INV-00001",
        owed.seller.organisation_name,
        owed.contract.reference,
        today.isoformat(),
        due.isoformat(),
        *("250.00", "50.00", "300.00", "100.00", "200.00"),
        "Part paid",
    ]
    assert len(the_file(browser, f"?contract={owed.contract.id}")) == 2
    assert len(the_file(browser, "?side=issued")) == 1
    assert "/invoices.csv?side=received" in browser.get("/invoices").text


def test_a_name_that_is_a_formula_is_text_in_the_file(app: Flask, session: Session) -> None:
    buyer = an_actor(session, an_organisation(session, name="=1+1 Trust"))
    seller = a_seller(session)
    a_contract(session, seller, buyer)
    assert the_file(signed_in(app, session, seller))[1][1] == "'=1+1 Trust"


def test_another_trusts_invoices_are_not_in_the_file(app: Flask, session: Session) -> None:
    an_invoice(session)
    assert len(the_file(signed_in(app, session, an_actor(session)))) == 1


def test_a_program_raises_what_is_due(app: Flask, session: Session) -> None:
    seller = an_actor(session)
    a_contract(session, seller, an_actor(session))
    client, headers = app.test_client(), bearer(session, seller)
    assert client.post("/api/billing/run", headers=headers).get_json() == {"issued": 0, "held": 1}
    settings = {
        "legal_name": "Ash Trust",
        "address": "1 Ash Lane",
        "payee_name": "Ash Trust",
        "sort_code": "123456",
        "account_number": "12345678",
    }
    client.put("/api/billing/settings", json=settings, headers=headers)
    for issued in (1, 0):
        assert client.post("/api/billing/run", headers=headers).get_json() == {"issued": issued, "held": 0}
    assert session.scalar(sa.select(sa.func.count(Invoice.id))) == 1


def test_another_sellers_charges_are_not_raised(app: Flask, session: Session) -> None:
    a_contract(session, an_actor(session), an_actor(session))
    headers = bearer(session, an_actor(session))
    answer = app.test_client().post("/api/billing/run", headers=headers)
    assert answer.get_json() == {"issued": 0, "held": 0}


def test_more_overdue_invoices_than_fit_are_counted(session: Session) -> None:
    seller, buyer = a_seller(session), an_actor(session)
    for _ in range(12):
        a_contract(session, seller, buyer, periods=1)
    with freeze_time(clock.now() + timedelta(days=31)):
        bought, sold = (queries.waiting(session, actor) for actor in (buyer, seller))
    assert len(bought) == len(sold) == 11
    assert (bought[-1].sentence, bought[-1].href) == (
        "Pay 2 more overdue invoices",
        "/invoices?side=received",
    )
    assert sold[-1].sentence == "Ask for payment of 2 more overdue invoices"


@pytest.mark.parametrize(("state", "waits"), [(ListingState.PUBLISHED, True), (ListingState.DRAFT, False)])
def test_who_offers_a_service_is_asked_how_it_is_paid(
    session: Session, state: ListingState, waits: bool
) -> None:
    seller = an_actor(session)
    a_listing(session, session.get_one(Organisation, seller.organisation_id), state=state)
    found = [each.href for each in queries.waiting(session, seller) if not each.sets_up]
    assert found == (["/billing/settings"] if waits else [])
