"""Taking back a payment that was recorded by mistake: a fact and a journal more, never one less."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.collecting import services
from billing.collecting.models import Fact, PaymentAttempt
from billing.collecting.states import LIVE
from billing.documents import settling
from billing.documents.content import parties
from billing.documents.models import Invoice
from billing.gateways.port import FactKind, Received
from billing.ledger import postings
from billing.ledger import services as ledger
from billing.ledger.postings import JournalEntry, JournalKind, Leg
from marketplace.kernel import clock, money
from marketplace.kernel.errors import InvalidState, NotFound
from marketplace.notifications.services import Message, tell
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role


def reverse_receipt(session: Session, actor: Actor, receipt_id: uuid.UUID) -> Invoice:
    """Say that a payment of an own invoice was recorded by mistake, once; its invoice.

    What it brought goes first from what was paid over; only the rest is owed again. What was paid back by
    mistake is kept for the buyer again. The same line of the statement may then be recorded where it belongs.
    """
    access.require(actor, Role.FINANCE)
    receipt = access.own(session, Fact, receipt_id, Fact.seller_id, acting=actor)
    if receipt.kind is FactKind.REVERSED:
        raise NotFound
    invoice = access.own(session, Invoice, receipt.invoice_id, Invoice.seller_id, acting=actor, lock=True)
    _refuse_twice(session, receipt)
    undo = _undo_return if receipt.kind is FactKind.RETURNED else _undo_receipt
    owed_again = undo(session, invoice, receipt, _store(session, actor, invoice, receipt))
    after = {"amount_pence": receipt.amount_pence, "owed_again_pence": owed_again}
    access.record(session, actor, "reverse-receipt", receipt, after=after)
    return invoice


def _store(session: Session, actor: Actor, invoice: Invoice, receipt: Fact) -> uuid.UUID:
    fact = Received(
        FactKind.REVERSED, receipt.external_id, receipt.object_ref, receipt.amount_pence, clock.today()
    )
    return services.store(session, actor, invoice, fact)


def _undo_receipt(session: Session, invoice: Invoice, receipt: Fact, fact_id: uuid.UUID) -> int:
    """How many pence of a locked invoice are owed again."""
    owed_again = max(receipt.amount_pence - settling.over_pence(session, invoice), 0)
    if owed_again > invoice.gross_pence - settling.owed_pence(session, invoice):
        raise InvalidState("Part of this payment was paid back to the buyer, so it cannot be taken back.")
    taken = receipt.amount_pence, owed_again
    settling.take_back(session, invoice, fact_id, taken, clock.today(), _words(receipt))
    legs = postings.payment_reversed(invoice.buyer_id, owed_again, receipt.amount_pence - owed_again)
    _post(session, invoice, receipt, legs)
    if owed_again:
        _ask_again(session, invoice, receipt.id, owed_again)
    return owed_again


def _undo_return(session: Session, invoice: Invoice, receipt: Fact, fact_id: uuid.UUID) -> int:
    """What never went back is there again: for what is owed of a locked invoice, the rest as credit."""
    amount, today = receipt.amount_pence, clock.today()
    settled = settling.allocate(session, invoice, fact_id, amount, today, _words(receipt))
    _post(session, invoice, receipt, postings.payment_received(invoice.buyer_id, settled, amount - settled))
    services.end_attempt(session, invoice)
    _tell_not_returned(session, invoice, receipt)
    return -settled


def _tell_not_returned(session: Session, invoice: Invoice, receipt: Fact) -> None:
    """The buyer was told that the money is on its way."""
    seller, _, _ = parties(invoice.parties)
    amount = money.pounds(receipt.amount_pence)
    message = Message(
        key=f"return-reversed:{receipt.id}",
        subject=f"{seller.name} has not paid you back {amount}: that was recorded by mistake",
        text=(
            f"{seller.name} had recorded by mistake that it paid you back {amount}, which you had paid above "
            f"invoice {invoice.number}.\nWhat it keeps for you, and what is left to pay, is on the invoice:"
        ),
        path=f"/invoices/{invoice.id}",
    )
    tell(session, invoice.buyer_id, [Role.FINANCE], message)


def _words(receipt: Fact) -> str:
    return f"Recorded by mistake: {receipt.object_ref}"


def _refuse_twice(session: Session, receipt: Fact) -> None:
    """Exact while the invoice is locked; the key of facts is the second guard."""
    reversal = sa.select(Fact.id).where(
        Fact.gateway == receipt.gateway,
        Fact.kind == FactKind.REVERSED,
        Fact.external_id == receipt.external_id,
    )
    if session.scalar(reversal) is not None:
        raise InvalidState("This payment is already marked as recorded by mistake.")


def _post(session: Session, invoice: Invoice, receipt: Fact, legs: tuple[Leg, ...]) -> None:
    memo = f"{receipt.object_ref} for {invoice.number}"
    entry = JournalEntry(JournalKind.REVERSAL, clock.today(), f"reversal:{receipt.id}", memo, legs)
    ledger.post(session, invoice.seller_id, entry)


def _ask_again(session: Session, invoice: Invoice, receipt_id: uuid.UUID, owed_again: int) -> None:
    """An attempt that succeeded stays so; the buyer, who saw the invoice as paid, hears what is left."""
    live = sa.select(PaymentAttempt.id).where(
        PaymentAttempt.invoice_id == invoice.id, PaymentAttempt.state.in_(LIVE)
    )
    if session.scalar(live) is None:
        services.ask_for_payment(session, invoice.id)
    seller, _, _ = parties(invoice.parties)
    owed = settling.owed_pence(session, invoice)
    text = (
        f"{seller.name} had recorded a payment for invoice {invoice.number} by mistake: "
        f"{money.pounds(owed_again)} of it is owed again, and {money.pounds(owed)} is left to pay.\n"
        "The invoice is here:"
    )
    message = Message(
        key=f"receipt-reversed:{receipt_id}",
        subject=f"Check invoice {invoice.number} from {seller.name}: a payment was recorded by mistake",
        text=text,
        path=f"/invoices/{invoice.id}",
    )
    tell(session, invoice.buyer_id, [Role.FINANCE], message)
