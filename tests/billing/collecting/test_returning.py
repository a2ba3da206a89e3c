"""What was paid over is kept for the buyer, shown to both sides, and paid back."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from billing.collecting.models import Fact, PaymentAttempt
from billing.collecting.returning import Return, return_credit
from billing.collecting.reversing import reverse_receipt
from billing.collecting.services import Receipt, record_receipt
from billing.collecting.states import AttemptState
from billing.documents import queries
from billing.documents.kinds import Side
from billing.gateways.port import FactKind
from billing.ledger.queries import trial_balance
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import database_of
from marketplace.trusts.kinds import Role
from tests.factories.billing import Owed, an_invoice
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in


def paid_over(session: Session, pence: int = 30_500) -> Owed:
    """An invoice of £300.00 with VAT, and a payment of it."""
    owed = an_invoice(session)
    record_receipt(session, owed.seller, owed.invoice.id, Receipt(pence, clock.today(), "BEECH 77"))
    return owed


def back(pence: int, reference: str = "BACK 1") -> Return:
    return Return(pence, clock.today(), reference)


def kept(session: Session, owed: Owed) -> list[int]:
    return [each.over_pence for each in queries.credits_kept(session, owed.buyer, Side.RECEIVED)]


def balance(session: Session, owed: Owed) -> dict[str, int]:
    rows = trial_balance(session, owed.seller.organisation_id).rows
    return {row.kind.value: row.amount_pence for row in rows}


def test_a_payment_is_shown_whole_with_what_of_it_was_for_the_invoice(session: Session) -> None:
    owed = paid_over(session)
    record_receipt(session, owed.seller, owed.invoice.id, Receipt(700, clock.today(), "AGAIN"))
    seen = queries.invoice(session, owed.buyer, owed.invoice.id)
    assert [(each.received_pence, each.amount_pence) for each in seen.settled] == [(30_500, 30_000), (700, 0)]
    assert (seen.paid_pence, seen.owed_pence, seen.over_pence) == (30_000, 0, 1_200)


def test_both_sides_see_the_credit_and_nobody_else(app: Flask, session: Session) -> None:
    owed = paid_over(session)
    bought, sold = (signed_in(app, session, actor) for actor in (owed.buyer, owed.seller))
    for browser, words in ((bought, "Ask it to pay you back"), (sold, "Pay the rest back by bank transfer")):
        listed = browser.get("/invoices").text
        assert words in listed
        assert "£5.00" in listed
    page = f"/invoices/{owed.invoice.id}"
    for words in ("£305.00", "£300.00", "Ask it to pay you back"):
        assert words in bought.get(page).text
    assert "Record what you paid back" in sold.get(page).text
    assert "Record what you paid back" not in bought.get(page).text
    assert queries.credits_kept(session, an_actor(session), Side.RECEIVED) == []


def test_what_was_paid_back_is_kept_no_more(session: Session) -> None:
    owed = paid_over(session)
    assert kept(session, owed) == [500]
    assert return_credit(session, owed.seller, owed.invoice.id, back(200)) == 300
    assert kept(session, owed) == [300]
    assert return_credit(session, owed.seller, owed.invoice.id, back(300, "BACK 2")) == 0
    assert kept(session, owed) == []
    assert balance(session, owed) == {
        "bank": 30_000,
        "receivable": 0,
        "customer-credit": 0,
        "sales": -25_000,
        "vat-output": -5_000,
    }
    assert queries.invoice(session, owed.buyer, owed.invoice.id).owed_pence == 0


def test_what_is_kept_waits_on_the_sellers_home_page(session: Session) -> None:
    owed = paid_over(session)
    assert [(each.sentence, each.href) for each in queries.waiting(session, owed.seller)] == [
        (
            f"Pay back £5.00 to {owed.buyer.organisation_name}, paid above INV-00001",
            f"/invoices/{owed.invoice.id}",
        )
    ]
    assert queries.waiting(session, owed.buyer) == []


@pytest.mark.parametrize("pence", [501, 30_500])
def test_no_more_is_paid_back_than_is_kept(session: Session, pence: int) -> None:
    owed = paid_over(session)
    with pytest.raises(Refused, match=r"£5\.00 or less"):
        return_credit(session, owed.seller, owed.invoice.id, back(pence))


def test_where_nothing_is_kept_nothing_is_paid_back(session: Session) -> None:
    owed = paid_over(session, 30_000)
    with pytest.raises(Refused, match="Nothing is kept"):
        return_credit(session, owed.seller, owed.invoice.id, back(1))


def test_the_same_line_twice_is_refused(session: Session) -> None:
    owed = paid_over(session)
    return_credit(session, owed.seller, owed.invoice.id, back(200))
    with pytest.raises(Conflict, match="already recorded"):
        return_credit(session, owed.seller, owed.invoice.id, back(200, "back-1"))


@pytest.mark.parametrize("days", [-1, 1])
def test_a_day_before_the_invoice_or_after_today_is_refused(session: Session, days: int) -> None:
    owed = paid_over(session)
    wrong = Return(200, clock.today() + timedelta(days=days), "BACK 1")
    with pytest.raises(Refused, match="The date paid must be") as refused:
        return_credit(session, owed.seller, owed.invoice.id, wrong)
    assert refused.value.field == "paid_on"


def test_only_the_sellers_finance_pays_back(session: Session) -> None:
    owed = paid_over(session)
    with pytest.raises(NotPermitted):
        return_credit(
            session, an_actor(session, an_organisation(session), Role.SELLER), owed.invoice.id, back(1)
        )
    for stranger in (owed.buyer, an_actor(session)):
        with pytest.raises(NotFound):
            return_credit(session, stranger, owed.invoice.id, back(1))


def test_the_buyer_is_told_and_the_record_says_so(session: Session) -> None:
    owed = paid_over(session)
    return_credit(session, owed.seller, owed.invoice.id, back(500))
    session.commit()
    told = sa.select(OutboxJob.payload).where(OutboxJob.key.contains("credit-returned:"))
    assert [job["to"] for job in session.scalars(told)] == [owed.buyer.email]
    act = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "return-credit")).one()
    assert (act.person_id, act.after["amount_pence"]) == (owed.seller.person_id, 500)


def return_of(session: Session) -> uuid.UUID:
    return session.scalars(sa.select(Fact.id).where(Fact.kind == FactKind.RETURNED)).one()


def test_what_was_paid_back_by_mistake_is_kept_again(session: Session) -> None:
    owed = paid_over(session)
    return_credit(session, owed.seller, owed.invoice.id, back(200))
    reverse_receipt(session, owed.seller, return_of(session))
    assert kept(session, owed) == [500]
    told = sa.select(OutboxJob.payload).where(OutboxJob.key.contains("return-reversed:"))
    assert [job["to"] for job in session.scalars(told)] == [owed.buyer.email]
    assert (balance(session, owed)["bank"], balance(session, owed)["customer-credit"]) == (30_500, -500)
    with pytest.raises(InvalidState, match="already marked"):
        reverse_receipt(session, owed.seller, return_of(session))
    assert return_credit(session, owed.seller, owed.invoice.id, back(200)) == 300


def test_what_never_went_back_pays_what_is_owed_first(session: Session) -> None:
    owed = paid_over(session, 30_000)
    record_receipt(session, owed.seller, owed.invoice.id, Receipt(500, clock.today(), "AGAIN"))
    again = session.scalars(sa.select(Fact.id).where(Fact.amount_pence == 500)).one()
    return_credit(session, owed.seller, owed.invoice.id, back(500))
    reverse_receipt(session, owed.seller, again)
    assert queries.invoice(session, owed.buyer, owed.invoice.id).owed_pence == 500
    reverse_receipt(session, owed.seller, return_of(session))
    seen = queries.invoice(session, owed.buyer, owed.invoice.id)
    assert (seen.owed_pence, seen.over_pence) == (0, 0)
    assert balance(session, owed)["bank"] == 30_000
    attempts = set(session.scalars(sa.select(PaymentAttempt.state)))
    assert attempts == {AttemptState.SUCCEEDED}


def test_the_same_line_in_and_out_is_two_facts(session: Session) -> None:
    owed = paid_over(session)
    record_receipt(session, owed.seller, owed.invoice.id, Receipt(200, clock.today(), "BACK 1"))
    return_credit(session, owed.seller, owed.invoice.id, back(200))
    reverse_receipt(session, owed.seller, return_of(session))
    with pytest.raises(Conflict, match="already recorded"):
        record_receipt(session, owed.seller, owed.invoice.id, Receipt(200, clock.today(), "BACK 1"))


def test_finance_takes_back_in_the_browser_what_was_paid_back(app: Flask, session: Session) -> None:
    owed = paid_over(session)
    return_credit(session, owed.seller, owed.invoice.id, back(200))
    browser, fact_id = signed_in(app, session, owed.seller), return_of(session)
    assert "BACK 1 (paid back)" in browser.get(f"/invoices/{owed.invoice.id}/receipts").text
    check = browser.get(f"/receipts/{fact_id}/reversal/new").text
    assert "you keep the amount for" in check
    assert "Yes, it was recorded by mistake" in check
    browser.post(f"/receipts/{fact_id}/reversal")
    assert "It was already taken back" in browser.get(f"/receipts/{fact_id}/reversal/new").text
    assert kept(session, owed) == [500]


def test_a_payment_of_which_a_part_was_paid_back_is_not_taken_back(session: Session) -> None:
    owed = paid_over(session)
    receipt_id = session.scalars(sa.select(Fact.id)).one()
    return_credit(session, owed.seller, owed.invoice.id, back(200))
    with pytest.raises(InvalidState, match="was paid back"):
        reverse_receipt(session, owed.seller, receipt_id)
    assert queries.invoice(session, owed.buyer, owed.invoice.id).owed_pence == 0


def test_four_who_pay_back_at_once_pay_back_what_is_kept(own_app: Flask) -> None:
    database = database_of(own_app)
    with database.writing() as session, session.begin():
        owed = paid_over(session)
        seller, invoice_id = owed.seller, owed.invoice.id

    def work(no: int) -> bool:
        try:
            database.run(lambda session: return_credit(session, seller, invoice_id, back(400, f"BACK {no}")))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == [False, False, False, True]
    with database.reading() as session:
        assert kept(session, owed) == [100]


def test_finance_records_it_in_the_browser(app: Flask, session: Session) -> None:
    owed = paid_over(session)
    browser = signed_in(app, session, owed.seller)
    page = f"/invoices/{owed.invoice.id}"
    form = browser.get(f"{page}/returns/new").text
    assert 'value="5.00"' in form
    today = clock.today()
    sent = {
        "amount_pence": "6.00",
        "paid_on-day": str(today.day),
        "paid_on-month": str(today.month),
        "paid_on-year": str(today.year),
        "bank_reference": "BACK 1",
    }
    refused = browser.post(f"{page}/returns", data=sent)
    assert refused.status_code == 422
    assert "£5.00 or less" in refused.text
    done = browser.post(f"{page}/returns", data=sent | {"amount_pence": "5.00"}, follow_redirects=True).text
    assert "It is recorded that you paid back £5.00." in done
    assert "Paid back by bank transfer, BACK 1" in done
    assert "Credit paid back" in browser.get("/billing/ledger").text
    assert signed_in(app, session, owed.buyer).get(f"{page}/returns/new").status_code == 404


def test_a_program_records_it(app: Flask, session: Session) -> None:
    owed = paid_over(session)
    url = f"/api/invoices/{owed.invoice.id}/returns"
    sent = {"amount_pence": 200, "paid_on": clock.today().isoformat(), "bank_reference": "BACK 1"}
    client, headers = app.test_client(), bearer(session, owed.seller)
    answer = client.post(url, json=sent, headers=headers)
    assert (answer.status_code, answer.get_json()["over_pence"]) == (201, 300)
    seen = client.get(f"/api/invoices/{owed.invoice.id}", headers=bearer(session, owed.buyer)).get_json()
    assert seen["over_pence"] == 300
    assert [each["received_pence"] for each in seen["settled"]] == [30_500, -200]
    assert client.post(url, json=sent, headers=bearer(session, owed.buyer)).status_code == 404
    assert client.post(f"/api/invoices/{uuid.uuid4()}/returns", json=sent, headers=headers).status_code == 404
