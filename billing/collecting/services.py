"""Asking for payment of what was invoiced, and recording what was received."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.collecting.models import Fact, PaymentAttempt
from billing.collecting.states import LIVE, AttemptState, moved
from billing.documents import settling
from billing.documents.content import parties
from billing.documents.models import Invoice
from billing.gateways.bank import BankGateway, plain
from billing.gateways.port import Command, FactKind, Outcome, PaymentRequest, Received, Submission
from billing.ledger import postings
from billing.ledger import services as ledger
from billing.ledger.postings import JournalEntry, JournalKind
from marketplace.kernel import clock
from marketplace.kernel.database import insert_into, new_id
from marketplace.kernel.errors import Conflict, Refused
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role

BANK = BankGateway()
AFTER_ASKING = {
    Outcome.ACCEPTED: AttemptState.PENDING,
    Outcome.DECLINED: AttemptState.FAILED,
    Outcome.UNKNOWN: AttemptState.UNKNOWN,
}


@dataclass(frozen=True)
class Receipt:
    """A payment as it stands on the seller's bank statement."""

    amount_pence: int
    received_on: date
    bank_reference: str


def ask_for_payment(session: Session, invoice_id: uuid.UUID) -> Submission:
    """Ask, by bank transfer, for what is owed of an invoice; one attempt is live at a time."""
    invoice = session.get_one(Invoice, invoice_id)
    id_ = new_id()
    _, _, payee = parties(invoice.parties)
    request = PaymentRequest(
        attempt_id=id_,
        invoice_id=invoice.id,
        amount_pence=settling.owed_pence(session, invoice),
        buyer_id=invoice.buyer_id,
        seller_id=invoice.seller_id,
        payee_name=payee.name,
        sort_code=payee.sort_code,
        account_number=payee.account_number,
        reference=invoice.payment_reference,
        due_on=invoice.due_on,
    )
    attempt = _plan(session, request)
    command = Command(attempt.id, attempt.key, attempt.fingerprint, attempt.created_at)
    submission = BANK.request_payment(command, request)
    attempt.state = moved(attempt.state, AFTER_ASKING[submission.outcome])
    attempt.external_ref = submission.ref
    session.flush()
    return submission


def _plan(session: Session, request: PaymentRequest) -> PaymentAttempt:
    """The row and its stable key come before the call (billing.md, every outbound command)."""
    count = sa.select(sa.func.count(PaymentAttempt.id)).where(PaymentAttempt.invoice_id == request.invoice_id)
    attempt = PaymentAttempt(
        id=request.attempt_id,
        invoice_id=request.invoice_id,
        no=(session.scalar(count) or 0) + 1,
        gateway=BANK.name,
        amount_pence=request.amount_pence,
        key=f"pay:{request.attempt_id}",
        fingerprint=hashlib.sha256(repr(request).encode()).hexdigest(),
    )
    session.add(attempt)
    session.flush()
    return attempt


def record_receipt(session: Session, actor: Actor, invoice_id: uuid.UUID, receipt: Receipt) -> int:
    """Set a payment received against an own invoice; how many pence were paid over, as the buyer's credit.

    Refused when it was recorded before: the same day, amount and bank reference is the same payment.
    """
    access.require(actor, Role.FINANCE)
    invoice = access.own(session, Invoice, invoice_id, Invoice.seller_id, acting=actor, lock=True)
    check_line(invoice, "received_on", receipt.received_on, receipt.bank_reference)
    fact = BANK.received(invoice.seller_id, receipt.amount_pence, receipt.received_on, receipt.bank_reference)
    fact_id = store(session, actor, invoice, fact)
    words = f"Bank transfer, {receipt.bank_reference}"
    allocated = settling.allocate(session, invoice, fact_id, receipt.amount_pence, receipt.received_on, words)
    over = receipt.amount_pence - allocated
    legs = postings.payment_received(invoice.buyer_id, allocated, over)
    memo = f"{receipt.bank_reference} for {invoice.number}"
    entry = JournalEntry(JournalKind.RECEIPT, receipt.received_on, f"receipt:{fact_id}", memo, legs)
    ledger.post(session, invoice.seller_id, entry)
    end_attempt(session, invoice)
    after = {"amount_pence": receipt.amount_pence, "received_on": receipt.received_on, "over_pence": over}
    access.record(session, actor, "record-receipt", invoice, after=after)
    return over


def check_line(invoice: Invoice, field: str, on: date, bank_reference: str) -> None:
    """Refuse a line of a statement, dated by `field`, that cannot be of this invoice.

    Nobody knows an invoice's payment reference before it is issued, so nobody pays it before.
    """
    label = field.replace("_on", "")
    if on > clock.today():
        raise Refused(f"The date {label} must be today or in the past", field=field)
    issued_on = invoice.issued_on
    if on < issued_on:
        day = f"{issued_on.day} {issued_on:%B %Y}"
        sentence = f"The date {label} must be {day}, when this invoice was issued, or later"
        raise Refused(sentence, field=field)
    if not plain(bank_reference):
        raise Refused("Enter a reference with a letter or a number in it", field="bank_reference")


def _again(session: Session, fact: Received, seller_id: uuid.UUID) -> Received:
    """A line of a statement that was reversed may be recorded again: it gets a name of its own."""
    reversed_ = session.scalar(
        sa.select(sa.func.count(Fact.id)).where(
            Fact.seller_id == seller_id,
            Fact.kind == FactKind.REVERSED,
            Fact.external_id.startswith(fact.external_id, autoescape=True),
        )
    )
    return replace(fact, external_id=f"{fact.external_id}:{reversed_}") if reversed_ else fact


def store(session: Session, actor: Actor, invoice: Invoice, fact: Received) -> uuid.UUID:
    """The fact, once: a second recorder waits for the first one's row and is refused."""
    if fact.kind is not FactKind.REVERSED:
        fact = _again(session, fact, invoice.seller_id)
    values = {
        "id": new_id(),
        "created_at": clock.now(),
        "gateway": BANK.name,
        "kind": fact.kind,
        "external_id": fact.external_id,
        "object_ref": fact.object_ref,
        "seller_id": invoice.seller_id,
        "invoice_id": invoice.id,
        "amount_pence": fact.amount_pence,
        "value_on": fact.value_on,
        "recorded_by_id": actor.person_id,
    }
    statement = insert_into(session, Fact).values(values).on_conflict_do_nothing().returning(Fact.id)
    stored: uuid.UUID | None = session.scalar(statement)
    if stored is None:
        sentence = "A payment with this date, amount and bank reference is already recorded"
        raise Conflict(sentence, field="bank_reference")
    return stored


def end_attempt(session: Session, invoice: Invoice) -> None:
    """The attempt has succeeded when nothing is owed any more."""
    attempt = session.scalars(
        sa.select(PaymentAttempt).where(
            PaymentAttempt.invoice_id == invoice.id, PaymentAttempt.state.in_(LIVE)
        )
    ).one_or_none()
    if attempt is not None and settling.owed_pence(session, invoice) == 0:
        attempt.state = moved(attempt.state, AttemptState.SUCCEEDED)
        session.flush()
