"""The ledger on its page and as JSON."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from billing.collecting.services import Receipt, record_receipt
from billing.ledger.queries import own_journals
from marketplace.kernel import clock
from marketplace.trusts.kinds import Role
from tests.factories.billing import a_contract, an_invoice
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in


def test_finance_sees_balance_and_entries_of_its_own_book(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    page = signed_in(app, session, owed.seller).get("/billing/ledger").text
    for words in (
        f"Owed by {owed.buyer.organisation_name}",
        "VAT charged",
        "£50.00",
        "Invoice issued",
        "INV-00001",
    ):
        assert words in page
    assert "Nothing is entered yet" in signed_in(app, session, owed.buyer).get("/billing/ledger").text


def test_without_the_role_finance_the_ledger_is_closed(app: Flask, session: Session) -> None:
    actor = an_actor(session, an_organisation(session), Role.SELLER)
    assert signed_in(app, session, actor).get("/billing/ledger").status_code == 403
    headers = bearer(session, actor)
    assert app.test_client().get("/api/trial-balance", headers=headers).status_code == 403


def test_the_trial_balance_is_equal_on_both_sides(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    found = app.test_client().get("/api/trial-balance", headers=bearer(session, owed.seller)).get_json()
    assert found["debit_pence"] == found["credit_pence"] == 30_000
    assert [row["debit_pence"] - row["credit_pence"] for row in found["accounts"]] == [
        30_000,
        -25_000,
        -5_000,
    ]


def test_the_file_has_a_row_for_each_account_of_each_entry(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    receipt = Receipt(30_500, clock.today(), "=BEECH 77")
    record_receipt(session, owed.seller, owed.invoice.id, receipt)
    answer = signed_in(app, session, owed.seller).get("/billing/ledger.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    day, buyer = clock.today().isoformat(), owed.buyer.organisation_name
    paid = [day, "Payment received", "'=BEECH 77 for INV-00001"]
    assert rows == [
        ["Date", "What", "For", "Account", "Debit (£)", "Credit (£)"],
        [*paid, "Bank", "305.00", ""],
        [*paid, f"Owed by {buyer}", "", "300.00"],
        [*paid, f"Credit of {buyer}", "", "5.00"],
        [day, "Invoice issued", f"INV-00001 to {buyer}", f"Owed by {buyer}", "300.00", ""],
        [day, "Invoice issued", f"INV-00001 to {buyer}", "Sales", "", "250.00"],
        [day, "Invoice issued", f"INV-00001 to {buyer}", "VAT charged", "", "50.00"],
    ]


def test_the_file_is_of_the_own_book_and_for_finance_alone(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    theirs = signed_in(app, session, owed.buyer).get("/billing/ledger.csv")
    assert theirs.text.count("\r\n") == 1
    clerk = an_actor(session, an_organisation(session), Role.SELLER)
    assert signed_in(app, session, clerk).get("/billing/ledger.csv").status_code == 403


def test_an_entry_of_an_earlier_day_stands_below_those_of_later_days(session: Session) -> None:
    owed = an_invoice(session)
    with freeze_time(clock.now() + timedelta(days=3)):
        a_contract(session, owed.seller, owed.buyer)
    record_receipt(session, owed.seller, owed.invoice.id, Receipt(100, clock.today(), "LATE NEWS"))
    days = [row.posted_on for row in own_journals(session, owed.seller, None).rows]
    assert len(set(days)) == 2
    assert days == sorted(days, reverse=True)
