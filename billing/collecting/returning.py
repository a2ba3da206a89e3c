"""Recording what a seller paid back of a buyer's credit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.collecting import services
from billing.documents import settling
from billing.documents.content import parties
from billing.documents.models import Invoice
from billing.ledger import postings
from billing.ledger import services as ledger
from billing.ledger.postings import JournalEntry, JournalKind
from marketplace.kernel import money
from marketplace.kernel.errors import Refused
from marketplace.notifications.services import Message, tell
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role


@dataclass(frozen=True)
class Return:
    """A payment to the buyer as it stands on the seller's bank statement."""

    amount_pence: int
    paid_on: date
    bank_reference: str


def return_credit(session: Session, actor: Actor, invoice_id: uuid.UUID, paid: Return) -> int:
    """Take what was paid back from what is kept for the buyer of an own invoice; how many pence are left.

    Refused when it is more than is kept, or was recorded before.
    """
    access.require(actor, Role.FINANCE)
    invoice = access.own(session, Invoice, invoice_id, Invoice.seller_id, acting=actor, lock=True)
    services.check_line(invoice, "paid_on", paid.paid_on, paid.bank_reference)
    kept = settling.over_pence(session, invoice)
    _refuse_more(kept, paid.amount_pence)
    fact = services.BANK.returned(invoice.seller_id, paid.amount_pence, paid.paid_on, paid.bank_reference)
    fact_id = services.store(session, actor, invoice, fact)
    words = f"Paid back by bank transfer, {paid.bank_reference}"
    settling.take_back(session, invoice, fact_id, (paid.amount_pence, 0), paid.paid_on, words)
    _post(session, invoice, fact_id, paid)
    _tell(session, invoice, fact_id, paid)
    after = {"amount_pence": paid.amount_pence, "paid_on": paid.paid_on}
    access.record(session, actor, "return-credit", invoice, after=after)
    return kept - paid.amount_pence


def _refuse_more(kept_pence: int, amount_pence: int) -> None:
    if not kept_pence:
        raise Refused("Nothing is kept for the buyer on this invoice", field="amount_pence")
    if amount_pence > kept_pence:
        sentence = f"Enter {money.pounds(kept_pence)} or less: no more is kept for the buyer on this invoice"
        raise Refused(sentence, field="amount_pence")


def _post(session: Session, invoice: Invoice, fact_id: uuid.UUID, paid: Return) -> None:
    legs = postings.credit_returned(invoice.buyer_id, paid.amount_pence)
    memo = f"{paid.bank_reference} for {invoice.number}"
    entry = JournalEntry(JournalKind.RETURN, paid.paid_on, f"return:{fact_id}", memo, legs)
    ledger.post(session, invoice.seller_id, entry)


def _tell(session: Session, invoice: Invoice, fact_id: uuid.UUID, paid: Return) -> None:
    """The buyer checks its own bank statement: nobody else can."""
    seller, _, _ = parties(invoice.parties)
    text = (
        f"{seller.name} has recorded that it paid you back {money.pounds(paid.amount_pence)}, "
        f"which you had paid above invoice {invoice.number}.\n"
        f"The reference on the bank statement is {paid.bank_reference}.\n"
        "If it does not arrive, ask them. The invoice is here:"
    )
    message = Message(
        key=f"credit-returned:{fact_id}",
        subject=f"{seller.name} paid you back {money.pounds(paid.amount_pence)}",
        text=text,
        path=f"/invoices/{invoice.id}",
    )
    tell(session, invoice.buyer_id, [Role.FINANCE], message)
