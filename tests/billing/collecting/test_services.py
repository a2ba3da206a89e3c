"""What was received is recorded once, and what is owed follows from it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from billing.collecting.models import Fact, PaymentAttempt
from billing.collecting.services import Receipt, ask_for_payment, record_receipt
from billing.collecting.states import AttemptState
from billing.documents import queries
from billing.documents.kinds import InvoiceState
from billing.documents.models import Allocation, Invoice
from billing.ledger.models import Posting
from billing.ledger.queries import trial_balance
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from marketplace.kernel.session import database_of
from marketplace.trusts.kinds import Role
from tests.factories.billing import Owed, an_invoice
from tests.factories.trusts import an_actor, an_organisation


def pay(session: Session, owed: Owed, pence: int, reference: str = "BEECH 77") -> int:
    receipt = Receipt(pence, clock.today(), reference)
    return record_receipt(session, owed.seller, owed.invoice.id, receipt)


def view(session: Session, owed: Owed) -> queries.InvoiceView:
    return queries.invoice(session, owed.buyer, owed.invoice.id)


def test_an_issued_invoice_is_asked_for_by_bank_transfer(session: Session) -> None:
    owed = an_invoice(session)
    attempt = session.scalars(sa.select(PaymentAttempt)).one()
    assert (attempt.state, attempt.external_ref) == (AttemptState.PENDING, owed.invoice.payment_reference)


def test_one_attempt_is_live_at_a_time(session: Session) -> None:
    owed = an_invoice(session)
    with pytest.raises(sa.exc.IntegrityError):
        ask_for_payment(session, owed.invoice.id)


def test_a_whole_payment_pays_the_invoice(session: Session) -> None:
    owed = an_invoice(session)
    assert pay(session, owed, 30_000) == 0
    assert (view(session, owed).state, view(session, owed).owed_pence) == (InvoiceState.PAID, 0)
    assert session.scalars(sa.select(PaymentAttempt.state)).one() is AttemptState.SUCCEEDED


def test_two_parts_pay_the_invoice(session: Session) -> None:
    owed = an_invoice(session)
    pay(session, owed, 10_000)
    assert (view(session, owed).state, view(session, owed).owed_pence) == (InvoiceState.PART_PAID, 20_000)
    pay(session, owed, 20_000, "BEECH 78")
    assert view(session, owed).state is InvoiceState.PAID


def test_what_is_paid_over_is_the_buyers_credit(session: Session) -> None:
    owed = an_invoice(session)
    assert pay(session, owed, 30_100) == 100
    balance = {
        row.words: row.amount_pence for row in trial_balance(session, owed.seller.organisation_id).rows
    }
    assert balance[f"Credit of {owed.buyer.organisation_name}"] == -100
    assert balance["Bank"] == 30_100
    assert balance[f"Owed by {owed.buyer.organisation_name}"] == 0


def test_a_payment_of_what_is_paid_is_all_credit(session: Session) -> None:
    owed = an_invoice(session)
    pay(session, owed, 30_000)
    assert pay(session, owed, 500, "AGAIN") == 500


def test_the_same_payment_twice_is_refused(session: Session) -> None:
    owed = an_invoice(session)
    pay(session, owed, 10_000)
    with pytest.raises(Conflict, match="already recorded") as refused:
        pay(session, owed, 10_000, "beech 77")
    assert refused.value.field == "bank_reference"
    assert session.scalar(sa.select(sa.func.count(Fact.id))) == 1


def test_a_payment_of_tomorrow_is_refused(session: Session) -> None:
    owed = an_invoice(session)
    tomorrow = Receipt(1, clock.today() + timedelta(days=1), "X")
    with pytest.raises(Refused):
        record_receipt(session, owed.seller, owed.invoice.id, tomorrow)


def test_a_payment_of_before_the_invoice_is_refused(session: Session) -> None:
    owed = an_invoice(session)
    yesterday = Receipt(1, clock.today() - timedelta(days=1), "X")
    with pytest.raises(Refused, match=r"when this invoice was issued, or later") as refused:
        record_receipt(session, owed.seller, owed.invoice.id, yesterday)
    assert refused.value.field == "received_on"
    assert session.scalar(sa.select(sa.func.count(Fact.id))) == 0


@pytest.mark.parametrize("reference", ["-", "日本"])
def test_a_reference_that_cannot_be_compared_is_refused(session: Session, reference: str) -> None:
    with pytest.raises(Refused) as refused:
        pay(session, an_invoice(session), 1, reference)
    assert refused.value.field == "bank_reference"


def test_only_the_sellers_finance_records_a_payment(session: Session) -> None:
    owed = an_invoice(session)
    receipt = Receipt(1, clock.today(), "X")
    with pytest.raises(NotFound):
        record_receipt(session, owed.buyer, owed.invoice.id, receipt)
    with pytest.raises(NotPermitted):
        record_receipt(
            session, an_actor(session, an_organisation(session), Role.BUYER), owed.invoice.id, receipt
        )


@pytest.mark.parametrize("table", ["facts", "allocations"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET created_at = created_at"])
def test_what_was_received_is_never_changed(session: Session, table: str, verb: str) -> None:
    pay(session, an_invoice(session), 1)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        session.execute(sa.text(verb.format(table)))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 40_000), max_size=6))
def test_whatever_is_received_the_books_balance_and_no_penny_is_lost(
    session: Session, parts: list[int]
) -> None:
    owed = an_invoice(session)
    for number, pence in enumerate(parts):
        pay(session, owed, pence, f"PART {number}")
    paid = min(sum(parts), 30_000)
    seller_id = owed.seller.organisation_id
    balance = {row.kind.value: row.amount_pence for row in trial_balance(session, seller_id).rows}
    assert sum(balance.values()) == 0
    assert view(session, owed).paid_pence == paid
    assert balance.get("bank", 0) == sum(parts)
    assert balance.get("customer-credit", 0) == paid - sum(parts)
    assert balance["receivable"] == 30_000 - paid
    assert session.scalar(sa.select(sa.func.sum(Posting.amount_pence))) == 0


def test_allocations_never_exceed_the_invoice(session: Session) -> None:
    owed = an_invoice(session)
    for number in range(4):
        pay(session, owed, 12_000, f"PART {number}")
    settled = session.scalar(sa.select(sa.func.sum(Allocation.amount_pence)))
    assert settled == session.scalar(sa.select(Invoice.gross_pence)) == 30_000


def test_four_recorders_of_one_payment_record_it_once(own_app: Flask) -> None:
    database = database_of(own_app)
    with database.writing() as session, session.begin():
        owed = an_invoice(session)
        seller, invoice_id = owed.seller, owed.invoice.id
    receipt = Receipt(10_000, clock.today(), "BEECH 77")
    answers: list[str] = []

    def work() -> None:
        try:
            database.run(lambda session: record_receipt(session, seller, invoice_id, receipt))
        except Conflict as refused:
            answers.append(refused.sentence)
        else:
            answers.append("recorded")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.sum(Allocation.amount_pence))) == 10_000
        assert session.scalar(sa.select(sa.func.sum(Posting.amount_pence))) == 0
    assert sorted("already recorded" in answer for answer in answers) == [False, True, True, True]
