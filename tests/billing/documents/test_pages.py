"""The pages of invoices and of how one is paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from billing.documents import queries
from billing.documents.kinds import Side
from billing.documents.models import BillingDetails, Invoice, VatRegistration
from marketplace.kernel import clock
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from tests.factories.billing import VAT_NUMBER, a_contract, a_seller, an_invoice
from tests.factories.trusts import an_actor, an_organisation, signed_in

HOSTILE = ["\x00", "\ud800", "x" * 6_000, "<script>", "'; DROP TABLE invoices; --"]


def settings_form(**more: str) -> dict[str, str]:
    return {
        "legal_name": "Ash Trust",
        "address": "1 Ash Lane\r\n\r\nLeeds",
        "payee_name": "Ash Trust",
        "sort_code": "12-34-56",
        "account_number": "1234 5678",
        "vat_number": "",
        "vat_registered_on-day": "",
        "vat_registered_on-month": "",
        "vat_registered_on-year": "",
    } | more


VAT = {
    "vat_number": VAT_NUMBER,
    "vat_registered_on-day": "1",
    "vat_registered_on-month": "4",
    "vat_registered_on-year": "2020",
}


def test_the_buyer_sees_what_is_owed_and_how_to_pay(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    browser = signed_in(app, session, owed.buyer)
    listed = browser.get("/invoices").text
    assert "Invoices you received" in listed
    assert "£300.00" in listed
    page = browser.get(f"/invoices/{owed.invoice.id}").text
    for words in ("VAT invoice INV-00001", "12-34-56", owed.invoice.payment_reference, "PO-77", VAT_NUMBER):
        assert words in page
    assert "Record a payment" not in page


def test_the_seller_sees_the_invoice_and_can_record_a_payment(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    browser = signed_in(app, session, owed.seller)
    assert "Invoices you issued" in browser.get("/invoices").text
    page = browser.get(f"/invoices/{owed.invoice.id}").text
    assert "Record a payment received" in page
    assert "How to pay" not in page


@pytest.mark.parametrize("path", ["", ".pdf", "/receipts/new"])
def test_another_trust_finds_no_invoice(app: Flask, session: Session, path: str) -> None:
    owed = an_invoice(session)
    browser = signed_in(app, session, an_actor(session))
    assert browser.get(f"/invoices/{owed.invoice.id}{path}").status_code == 404
    assert owed.invoice.number not in browser.get("/invoices").text


def test_the_pdf_is_the_invoice(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    answer = signed_in(app, session, owed.buyer).get(f"/invoices/{owed.invoice.id}.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "INV-00001.pdf" in answer.headers["Content-Disposition"]


def test_the_list_of_a_contract_has_its_invoices_only(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    other = a_contract(session, owed.seller, owed.buyer, title="Other")
    browser = signed_in(app, session, owed.buyer)
    listed = browser.get(f"/invoices?contract={owed.contract.id}").text
    assert "INV-00001" in listed
    assert "INV-00002" not in listed
    assert "INV-00002" in browser.get(f"/invoices?contract={other.id}").text
    assert browser.get("/invoices?contract=1").status_code == 422


def test_an_overdue_invoice_says_so_and_waits_on_the_home_page(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    with freeze_time(clock.now() + timedelta(days=31)):
        page = signed_in(app, session, owed.buyer).get("/invoices").text
        bought, sold = (queries.waiting(session, actor) for actor in (owed.buyer, owed.seller))
    assert "Overdue" in page
    assert "is overdue" in page
    assert [each.sentence for each in bought] == [
        f"Pay invoice INV-00001 from {owed.seller.organisation_name}"
    ]
    assert [each.sentence for each in sold] == [
        f"Ask {owed.buyer.organisation_name} to pay invoice INV-00001"
    ]


def test_what_is_missing_waits_on_the_home_page(session: Session) -> None:
    seller, buyer = an_actor(session), an_actor(session)
    a_contract(session, seller, buyer, po_number=None)
    assert [each.href for each in queries.waiting(session, seller)] == ["/billing/settings"]
    asked = a_contract(session, a_seller(session), buyer, po_number=None)
    assert [each.href for each in queries.waiting(session, buyer)] == [f"/contracts/{asked.id}"]


def test_the_button_raises_what_is_due(app: Flask, session: Session) -> None:
    seller = an_actor(session)
    a_contract(session, seller, an_actor(session))
    browser = signed_in(app, session, seller)
    assert "You have not said how you are paid" in browser.get("/invoices").text
    browser.post("/billing/settings", data=settings_form())
    answer = browser.post("/invoices/raise", follow_redirects=True)
    assert "1 invoice was issued." in answer.text
    assert session.scalar(sa.select(sa.func.count(Invoice.id))) == 1


def test_how_one_is_paid_is_kept_as_typed(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    assert browser.post("/billing/settings", data=settings_form(**VAT)).status_code == 302
    kept = session.scalars(sa.select(BillingDetails)).one()
    assert (kept.sort_code, kept.account_number, kept.address) == ("123456", "12345678", "1 Ash Lane\nLeeds")
    page = browser.get("/billing/settings").text
    assert VAT_NUMBER in page
    assert 'value="2020"' in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("legal_name", "", "Enter the legal name"),
        ("address", " \n ", "Enter the address"),
        ("payee_name", "A name of more than eighteen characters", "Use 18 characters or fewer"),
        ("sort_code", "12345", "Sort code must be 6 digits"),
        ("sort_code", "١٢٣٤٥٦", "Sort code must be 6 digits"),
        ("account_number", "123456789", "Account number must be 8 digits"),
        ("vat_number", "GB123456789", "Enter a real VAT registration number"),
        ("vat_number", VAT_NUMBER, "Enter the date from which you are registered for VAT"),
        ("vat_registered_on-day", "1", "Enter a real date"),
        ("surprise", "1", "This is not something that can be set here"),
    ],
)
def test_a_wrong_value_is_shown_at_its_field_and_nothing_is_kept(
    app: Flask, session: Session, field: str, value: str, sentence: str
) -> None:
    browser = signed_in(app, session, an_actor(session))
    answer = browser.post("/billing/settings", data=settings_form(**{field: value}))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "There is a problem" in answer.text
    assert session.scalar(sa.select(sa.func.count(BillingDetails.id))) == 0


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["legal_name", "address", "payee_name", "sort_code", "vat_number"])
def test_a_hostile_value_is_refused_or_kept_as_text(
    app: Flask, session: Session, field: str, value: str
) -> None:
    browser = signed_in(app, session, an_actor(session))
    sent = settings_form(**{field: value}) | {field: value.encode("utf-8", "surrogatepass")}
    answer = browser.post("/billing/settings", data=sent)
    assert answer.status_code in {302, 422}
    assert "<script>" not in browser.get("/billing/settings").text.split("<main", 1)[1]


def test_a_new_vat_number_follows_the_old_one(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session))
    browser.post("/billing/settings", data=settings_form(**VAT))
    newer = VAT | {"vat_number": "GB434031494", "vat_registered_on-year": "2026"}
    assert browser.post("/billing/settings", data=settings_form(**newer)).status_code == 302
    kept = session.execute(
        sa.select(VatRegistration.number, VatRegistration.ends_on).order_by(VatRegistration.starts_on)
    ).all()
    assert [row.number for row in kept] == [VAT_NUMBER, "GB434031494"]
    assert str(kept[0].ends_on) == "2026-03-31"
    older = VAT | {"vat_number": "GB434031494", "vat_registered_on-year": "2019"}
    refused = browser.post("/billing/settings", data=settings_form(**older))
    assert refused.status_code == 422
    assert "Your last VAT registration ended on 31 March 2026" in refused.text


@pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER, Role.APPROVER])
def test_only_finance_and_administrators_say_how_one_is_paid(
    app: Flask, session: Session, role: Role
) -> None:
    actor: Actor = an_actor(session, an_organisation(session), role)
    browser = signed_in(app, session, actor)
    assert browser.get("/billing/settings").status_code == 403
    assert browser.post("/billing/settings", data=settings_form()).status_code == 403
    assert browser.post("/invoices/raise").status_code == 403


def test_a_long_list_goes_on(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    for _ in range(26):
        a_contract(session, owed.seller, owed.buyer)
    browser = signed_in(app, session, owed.buyer)
    first = queries.invoices(session, owed.buyer, Side.RECEIVED)
    assert len(first.rows) == 25
    second = browser.get(f"/invoices?after={first.next_after}").text
    assert "INV-00001" in second
    assert "INV-00027" not in second
    assert browser.get("/invoices?after=x").status_code == 422
