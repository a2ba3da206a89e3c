"""Invoices as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.trusts.kinds import Role
from tests.factories.billing import VAT_NUMBER, an_invoice
from tests.factories.trusts import an_actor, an_organisation, bearer

SETTINGS: dict[str, Any] = {
    "legal_name": "Ash Trust",
    "address": "1 Ash Lane\nLeeds",
    "payee_name": "Ash Trust",
    "sort_code": "123456",
    "account_number": "12345678",
    "vat_number": VAT_NUMBER,
    "vat_registered_on": "2020-04-01",
}


def test_the_list_has_both_sides(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    client = app.test_client()
    received = client.get("/api/invoices", headers=bearer(session, owed.buyer)).get_json()
    issued = client.get("/api/invoices?side=issued", headers=bearer(session, owed.seller)).get_json()
    for found in (received, issued):
        assert found["next_after"] is None
        item = found["items"][0]
        assert (item["number"], item["gross_pence"], item["state"]) == ("INV-00001", 30_000, "to-pay")
    assert received["items"][0]["other"] == owed.seller.organisation_name


def test_one_invoice_has_everything(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    url = f"/api/invoices/{owed.invoice.id}"
    found = app.test_client().get(url, headers=bearer(session, owed.buyer)).get_json()
    assert found["title"] == "VAT invoice"
    assert found["seller"]["vat_number"] == VAT_NUMBER
    assert found["lines"][0]["net_pence"] == found["net_pence"] == 25_000
    assert found["vat"] == [{"code": "standard", "rate_bp": 2_000, "net_pence": 25_000, "vat_pence": 5_000}]
    assert found["payee"]["sort_code"] == "123456"
    assert found["sha256"] == owed.invoice.sha256


def test_another_trust_finds_nothing(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    headers = bearer(session, an_actor(session))
    client = app.test_client()
    assert client.get(f"/api/invoices/{owed.invoice.id}", headers=headers).status_code == 404
    assert client.get("/api/invoices", headers=headers).get_json()["items"] == []


@pytest.mark.parametrize("query", ["side=mine", "contract=1", "after=x"])
def test_a_wrong_query_is_refused(app: Flask, session: Session, query: str) -> None:
    headers = bearer(session, an_actor(session))
    assert app.test_client().get(f"/api/invoices?{query}", headers=headers).status_code == 422


def test_how_one_is_paid_is_put_and_got(app: Flask, session: Session) -> None:
    headers = bearer(session, an_actor(session))
    client = app.test_client()
    empty = client.get("/api/billing/settings", headers=headers).get_json()
    assert set(empty.values()) == {None}
    assert client.put("/api/billing/settings", json=SETTINGS, headers=headers).get_json() == SETTINGS
    assert client.get("/api/billing/settings", headers=headers).get_json() == SETTINGS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legal_name", None),
        ("legal_name", 7),
        ("sort_code", 123456),
        ("account_number", "1"),
        ("vat_number", "GB1"),
        ("vat_registered_on", None),
        ("vat_registered_on", "20200401"),
        ("surprise", 1),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_kept(
    app: Flask, session: Session, field: str, value: object
) -> None:
    headers = bearer(session, an_actor(session))
    client = app.test_client()
    answer = client.put("/api/billing/settings", json=SETTINGS | {field: value}, headers=headers)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]
    assert client.get("/api/billing/settings", headers=headers).get_json()["legal_name"] is None


def test_only_finance_and_administrators_say_how_one_is_paid(app: Flask, session: Session) -> None:
    headers = bearer(session, an_actor(session, an_organisation(session), Role.BUYER))
    assert app.test_client().put("/api/billing/settings", json=SETTINGS, headers=headers).status_code == 403
