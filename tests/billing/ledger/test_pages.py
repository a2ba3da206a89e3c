"""The ledger on its page and as JSON."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from marketplace.trusts.kinds import Role
from tests.factories.billing import an_invoice
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
