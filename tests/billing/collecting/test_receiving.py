"""Recording a payment, in the browser and as JSON."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from billing.collecting.models import Fact
from marketplace.kernel import clock
from marketplace.kernel.database import PENCE_LIMIT
from marketplace.trusts.kinds import Role
from tests.factories.billing import Owed, an_invoice
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in


def form(**more: str) -> dict[str, str]:
    today = clock.today()
    return {
        "amount_pence": "£100.00",
        "received_on-day": str(today.day),
        "received_on-month": str(today.month),
        "received_on-year": str(today.year),
        "bank_reference": "BEECH 77",
    } | more


def path(owed: Owed) -> str:
    return f"/invoices/{owed.invoice.id}/receipts"


def facts(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count(Fact.id))) or 0


def test_the_form_is_filled_with_what_is_owed(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    page = signed_in(app, session, owed.seller).get(f"{path(owed)}/new").text
    assert 'value="300.00"' in page


def test_a_payment_is_recorded_and_shown(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    page = signed_in(app, session, owed.seller).post(path(owed), data=form(), follow_redirects=True).text
    for words in ("The payment of £100.00 is recorded.", "Part paid", "£200.00", "Bank transfer, BEECH 77"):
        assert words in page


def test_what_is_paid_over_is_said(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    browser = signed_in(app, session, owed.seller)
    page = browser.post(path(owed), data=form(amount_pence="310"), follow_redirects=True).text
    assert "£10.00 of it is more than was owed" in page
    assert "This invoice is paid." in page


def test_the_same_payment_twice_is_refused_at_its_field(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    browser = signed_in(app, session, owed.seller)
    browser.post(path(owed), data=form())
    answer = browser.post(path(owed), data=form())
    assert answer.status_code == 409
    assert 'href="#bank_reference"' in answer.text
    assert facts(session) == 1


def test_the_greatest_invoice_that_there_can_be_is_paid_by_the_form_as_it_is_filled(
    app: Flask, session: Session
) -> None:
    owed = an_invoice(session, quantity=1, unit_price_pence=PENCE_LIMIT - 1, periods=1)
    browser = signed_in(app, session, owed.seller)
    filled = re.search(r'name="amount_pence"[^>]* value="([0-9.]+)"', browser.get(f"{path(owed)}/new").text)
    assert filled is not None
    page = browser.post(path(owed), data=form(amount_pence=filled[1]), follow_redirects=True).text
    assert "This invoice is paid." in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount_pence", "", "Enter the amount received"),
        ("amount_pence", "0", "Enter a sum from £0.01"),
        ("amount_pence", "-5", "Enter a sum in pounds and pence"),
        ("amount_pence", "1e9", "Enter a sum in pounds and pence"),
        ("amount_pence", "9" * 40, "Enter a sum in pounds and pence"),
        ("received_on-day", "32", "Enter a real date"),
        ("received_on-year", "2100", "must be today or in the past"),
        ("received_on-year", "2000", "when this invoice was issued, or later"),
        ("bank_reference", "", "Enter the reference on the bank statement"),
        ("bank_reference", "x" * 101, "Use 100 characters or fewer"),
        ("bank_reference", "a\x00b", "Remove the characters that cannot be printed"),
    ],
)
def test_a_wrong_value_is_shown_and_nothing_is_recorded(
    app: Flask, session: Session, field: str, value: str, sentence: str
) -> None:
    owed = an_invoice(session)
    answer = signed_in(app, session, owed.seller).post(path(owed), data=form(**{field: value}))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert facts(session) == 0


def test_the_buyer_and_others_cannot_record_one(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    other = an_actor(session)
    plain = an_actor(session, an_organisation(session), Role.SELLER)
    for actor, status in ((owed.buyer, 404), (other, 404), (plain, 403)):
        assert signed_in(app, session, actor).post(path(owed), data=form()).status_code == status
    assert facts(session) == 0


def test_a_program_records_a_payment_once_for_its_key(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    headers = bearer(session, owed.seller) | {"Idempotency-Key": "k1"}
    body = {"amount_pence": 30_100, "received_on": clock.today().isoformat(), "bank_reference": "BEECH"}
    client = app.test_client()
    first = client.post(f"/api{path(owed)}", json=body, headers=headers)
    again = client.post(f"/api{path(owed)}", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert first.get_json()["over_pence"] == 100
    assert first.get_json()["state"] == "paid"
    assert first.location.endswith(f"/api/invoices/{owed.invoice.id}")
    assert facts(session) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_pence", 0),
        ("amount_pence", 1.5),
        ("amount_pence", 10**30),
        ("received_on", "1/4/2027"),
        ("x", 1),
    ],
)
def test_a_wrong_json_value_is_named(app: Flask, session: Session, field: str, value: object) -> None:
    owed = an_invoice(session)
    body = {"amount_pence": 1, "received_on": clock.today().isoformat(), "bank_reference": "B"} | {
        field: value
    }
    headers = bearer(session, owed.seller) | {"Content-Type": "application/json"}
    answer = app.test_client().post(f"/api{path(owed)}", data=json.dumps(body), headers=headers)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]
    assert facts(session) == 0
