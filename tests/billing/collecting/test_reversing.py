"""A payment recorded by mistake is undone by one fact and one journal more."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from billing.collecting.models import Fact, PaymentAttempt
from billing.collecting.reversing import reverse_receipt
from billing.collecting.services import Receipt, record_receipt
from billing.collecting.states import AttemptState
from billing.documents import queries
from billing.documents.kinds import InvoiceState
from billing.documents.models import Allocation, Invoice
from billing.gateways.port import FactKind
from billing.ledger.models import Posting
from billing.ledger.queries import trial_balance
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import database_of
from marketplace.trusts.access import actor_of
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.billing import Owed, a_contract, an_invoice
from tests.factories.trusts import a_person, an_actor, bearer, signed_in


def pay(session: Session, owed: Owed, pence: int, reference: str = "BEECH 77") -> uuid.UUID:
    """Record it; the receipt's identifier."""
    receipt = Receipt(pence, clock.today(), reference)
    record_receipt(session, owed.seller, owed.invoice.id, receipt)
    newest = sa.select(Fact.id).where(Fact.kind == FactKind.RECEIVED).order_by(Fact.id.desc())
    return session.scalars(newest.limit(1)).one()


def view(session: Session, owed: Owed) -> queries.InvoiceView:
    return queries.invoice(session, owed.buyer, owed.invoice.id)


def balance(session: Session, owed: Owed) -> dict[str, int]:
    rows = trial_balance(session, owed.seller.organisation_id).rows
    return {row.kind.value: row.amount_pence for row in rows}


def told(session: Session, receipt_id: uuid.UUID) -> list[str]:
    jobs = sa.select(OutboxJob.payload).where(OutboxJob.key.contains(f"receipt-reversed:{receipt_id}"))
    return [job["to"] for job in session.scalars(jobs)]


def test_what_a_mistake_had_settled_is_owed_again(session: Session) -> None:
    owed = an_invoice(session)
    receipt_id = pay(session, owed, 30_000)
    reverse_receipt(session, owed.seller, receipt_id)
    seen = view(session, owed)
    assert (seen.state, seen.owed_pence, seen.paid_pence) == (InvoiceState.TO_PAY, 30_000, 0)
    assert balance(session, owed) == {"bank": 0, "receivable": 30_000, "sales": -25_000, "vat-output": -5_000}
    assert session.scalar(sa.select(sa.func.count(Fact.id))) == 2
    assert told(session, receipt_id) == [owed.buyer.email]


def test_a_paid_invoice_is_asked_for_again_and_what_succeeded_stays(session: Session) -> None:
    owed = an_invoice(session)
    reverse_receipt(session, owed.seller, pay(session, owed, 30_000))
    attempts = session.scalars(sa.select(PaymentAttempt).order_by(PaymentAttempt.no)).all()
    assert [attempt.state for attempt in attempts] == [AttemptState.SUCCEEDED, AttemptState.PENDING]
    assert attempts[1].amount_pence == 30_000
    pay(session, owed, 30_000, "THE RIGHT ONE")
    assert view(session, owed).state is InvoiceState.PAID
    assert attempts[1].state is AttemptState.SUCCEEDED


def test_a_payment_recorded_twice_is_taken_back_from_the_credit(session: Session) -> None:
    owed = an_invoice(session)
    first = pay(session, owed, 30_000)
    pay(session, owed, 30_000, "BEECH 77 TWICE")
    reverse_receipt(session, owed.seller, first)
    assert view(session, owed).state is InvoiceState.PAID
    assert balance(session, owed)["customer-credit"] == 0
    assert told(session, first) == []


def test_a_mistake_is_taken_back_once(session: Session) -> None:
    owed = an_invoice(session)
    receipt_id = pay(session, owed, 30_000)
    reverse_receipt(session, owed.seller, receipt_id)
    with pytest.raises(InvalidState, match="already marked"):
        reverse_receipt(session, owed.seller, receipt_id)
    reversal = session.scalars(sa.select(Fact.id).where(Fact.kind == FactKind.REVERSED)).one()
    with pytest.raises(NotFound):
        reverse_receipt(session, owed.seller, reversal)


def test_the_same_line_may_then_be_recorded_for_the_right_invoice_once(session: Session) -> None:
    owed = an_invoice(session)
    other = a_contract(session, owed.seller, owed.buyer, periods=1)
    right = session.scalars(sa.select(Invoice).where(Invoice.contract_id == other.id)).one()
    receipt = Receipt(30_000, clock.today(), "BEECH 77")
    for _ in range(2):
        reverse_receipt(session, owed.seller, pay(session, owed, 30_000))
    assert record_receipt(session, owed.seller, right.id, receipt) == 0
    with pytest.raises(Conflict, match="already recorded"):
        record_receipt(session, owed.seller, owed.invoice.id, receipt)


def test_only_the_sellers_finance_takes_back_a_payment(session: Session) -> None:
    owed = an_invoice(session)
    receipt_id = pay(session, owed, 30_000)
    organisation = session.get_one(Organisation, owed.seller.organisation_id)
    clerk = actor_of(session, a_person(session, organisation, Role.SELLER))
    assert clerk is not None
    with pytest.raises(NotPermitted):
        reverse_receipt(session, clerk, receipt_id)
    for stranger in (owed.buyer, an_actor(session)):
        with pytest.raises(NotFound):
            reverse_receipt(session, stranger, receipt_id)


def test_the_record_says_who_took_back_what(session: Session) -> None:
    owed = an_invoice(session)
    receipt_id = pay(session, owed, 10_000)
    reverse_receipt(session, owed.seller, receipt_id)
    session.commit()
    act = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "reverse-receipt")).one()
    assert (act.person_id, act.subject_id) == (owed.seller.person_id, receipt_id)
    assert act.after == {"amount_pence": 10_000, "owed_again_pence": 10_000}


PARTS = st.lists(st.tuples(st.integers(1, 40_000), st.booleans()), min_size=1, max_size=5)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PARTS, st.randoms(use_true_random=False))
def test_whatever_is_taken_back_the_books_are_as_if_it_had_never_come(
    session: Session, parts: list[tuple[int, bool]], shuffled: object
) -> None:
    owed = an_invoice(session)
    made = [(pay(session, owed, pence, f"PART {no}"), wrong) for no, (pence, wrong) in enumerate(parts)]
    mistakes = [receipt_id for receipt_id, wrong in made if wrong]
    shuffled.shuffle(mistakes)  # type: ignore[attr-defined]
    for receipt_id in mistakes:
        reverse_receipt(session, owed.seller, receipt_id)
    came = sum(pence for pence, wrong in parts if not wrong)
    books = balance(session, owed)
    assert view(session, owed).paid_pence == min(came, 30_000)
    assert books["bank"] == came
    assert books["receivable"] == 30_000 - min(came, 30_000)
    assert books.get("customer-credit", 0) == min(came, 30_000) - came
    assert view(session, owed).over_pence == came - min(came, 30_000)
    assert session.scalar(sa.select(sa.func.sum(Posting.amount_pence))) == 0


def test_four_who_take_back_one_payment_do_it_once(own_app: Flask) -> None:
    database = database_of(own_app)
    with database.writing() as session, session.begin():
        owed = an_invoice(session)
        seller, receipt_id = owed.seller, pay(session, owed, 30_000)

    def work(_: int) -> bool:
        try:
            database.run(lambda session: reverse_receipt(session, seller, receipt_id).id)
        except InvalidState:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == [False, False, False, True]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.sum(Allocation.amount_pence))) == 0


def test_finance_takes_a_payment_back_in_the_browser(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    receipt_id = pay(session, owed, 30_000)
    browser = signed_in(app, session, owed.seller)
    invoice, listed = f"/invoices/{owed.invoice.id}", f"/invoices/{owed.invoice.id}/receipts"
    assert f'href="{listed}"' in browser.get(invoice).text
    assert f'href="/receipts/{receipt_id}/reversal/new"' in browser.get(listed).text
    assert "Yes, it was recorded by mistake" in browser.get(f"/receipts/{receipt_id}/reversal/new").text
    page = browser.post(f"/receipts/{receipt_id}/reversal", follow_redirects=True).text
    for words in ("marked as recorded by mistake", "Recorded by mistake: BEECH 77", "-£300.00", "To pay"):
        assert words in page
    assert "Taken back on" in browser.get(listed).text
    assert "Payment recorded by mistake" in browser.get("/billing/ledger").text
    assert browser.post(f"/receipts/{receipt_id}/reversal").status_code == 409


def test_a_program_lists_payments_and_takes_one_back(app: Flask, session: Session) -> None:
    owed = an_invoice(session)
    receipt_id = pay(session, owed, 30_000)
    headers, client = bearer(session, owed.seller), app.test_client()
    url = f"/api/invoices/{owed.invoice.id}/receipts"
    item = client.get(url, headers=headers).get_json()["items"][0]
    assert (item["id"], item["amount_pence"], item["reversed_on"]) == (str(receipt_id), 30_000, None)
    answer = client.post(f"/api/receipts/{receipt_id}/reversal", headers=headers)
    assert (answer.status_code, answer.get_json()["reversed_on"]) == (200, clock.today().isoformat())
    assert client.post(f"/api/receipts/{receipt_id}/reversal", headers=headers).status_code == 409
    assert client.get(url, headers=bearer(session, owed.buyer)).status_code == 404
