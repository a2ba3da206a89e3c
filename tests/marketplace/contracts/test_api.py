"""Contracts as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from tests.factories.ordering import a_contract, a_market
from tests.factories.trusts import bearer


def test_a_party_reads_its_contracts(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    client, headers = app.test_client(), bearer(session, market.seller)
    listed = client.get("/api/contracts", headers=headers).json
    assert listed is not None
    assert [item["reference"] for item in listed["items"]] == [contract.reference]
    one = client.get(f"/api/contracts/{contract.id}", headers=headers).json
    assert one is not None
    assert (one["net_pence"], one["cadence"], one["state"]) == (159_000, "monthly", "active")
    assert one["starts_on"] == contract.starts_on.isoformat()


def test_a_stranger_reads_nothing(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    client, headers = app.test_client(), bearer(session, market.stranger)
    assert client.get("/api/contracts", headers=headers).json == {"items": [], "next_after": None}
    assert client.get(f"/api/contracts/{contract.id}", headers=headers).status_code == 404
    path = f"/api/contracts/{contract.id}/po-number"
    assert client.put(path, headers=headers, json={"po_number": "1"}).status_code == 404


def test_the_buyer_puts_its_po_number(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    path = f"/api/contracts/{contract.id}/po-number"
    answer = app.test_client().put(path, headers=bearer(session, market.buyer), json={"po_number": "PO-5"})
    assert answer.json is not None
    assert (answer.status_code, answer.json["po_number"]) == (200, "PO-5")


@pytest.mark.parametrize(
    "wrong",
    [{}, {"po_number": None}, {"po_number": ""}, {"po_number": 5}, {"po_number": "x" * 51}, {"other": 1}, []],
    ids=repr,
)
def test_a_wrong_number_is_refused(app: Flask, session: Session, wrong: Any) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    path = f"/api/contracts/{contract.id}/po-number"
    answer = app.test_client().put(path, headers=bearer(session, market.buyer), json=wrong)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    session.expire_all()
    assert session.get_one(Contract, contract.id).po_number is None


def test_nobody_reads_contracts_without_a_token(app: Flask, session: Session) -> None:
    contract = a_contract(session, a_market(session))
    session.commit()
    for path in ("/api/contracts", f"/api/contracts/{contract.id}"):
        assert app.test_client().get(path).status_code == 401
