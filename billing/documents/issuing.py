"""Raising the invoices that are due: numbered without a gap, each charge period once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from billing.documents import due as dues
from billing.documents import queries, vat
from billing.documents.content import Content, Line, VatSum, digest, parties_json
from billing.documents.due import Due
from billing.documents.events import InvoiceIssued
from billing.documents.kinds import DocumentKind, HeldFor, VatCode
from billing.documents.models import Invoice, InvoiceLine, InvoiceVat
from billing.documents.numbering import day_of_issue, lock_series, take_number
from billing.documents.payment_references import new_payment_reference
from billing.documents.queries import Seller
from billing.ledger import postings
from billing.ledger import services as ledger
from billing.ledger.postings import JournalEntry, JournalKind
from marketplace.catalogue.kinds import Cadence
from marketplace.contracts.models import Contract
from marketplace.contracts.wording import made_of
from marketplace.kernel import audit, clock, money
from marketplace.kernel.events import announce
from marketplace.notifications.services import Message, tell
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation

LONGEST_DESCRIPTION = 300
PART_WORDS = {
    Cadence.TERMLY: " (part of a term, charged by its days)",
    Cadence.ANNUAL: " (part of a year, charged by its months)",
}
TERMS = timedelta(days=30)
"""What trusts are used to (Check payment practices: 30 days is the standard)."""


@dataclass(frozen=True)
class Raised:
    """How many invoices were issued, and how many charges that are due wait for something."""

    issued: int = 0
    held: int = 0

    @property
    def words(self) -> str:
        """What happened, for the person who asked for it."""
        issued = "1 invoice was issued." if self.issued == 1 else f"{self.issued} invoices were issued."
        if not self.held:
            return issued if self.issued else "Nothing is due to be invoiced today."
        held = "1 charge waits" if self.held == 1 else f"{self.held} charges wait"
        return f"{issued} {held}: the list below says what for."


def raise_due_invoices(
    session: Session, seller_id: uuid.UUID | None = None, contract_id: uuid.UUID | None = None
) -> Raised:
    """Issue an invoice, dated today, for each charge that is due; run again it issues nothing more.

    Two runs at once wait for each other at the seller's series of numbers; the date is read behind that lock,
    so that however late a run comes, a later number never has an earlier date.
    """
    issued = held = 0
    for each in dues.sellers_due(session, clock.today(), seller_id, contract_id):
        lock_series(session, each)
        on = day_of_issue(session, each)
        for due in dues.due(session, clock.today(), each, contract_id):
            if due.held_for is None:
                _issue(session, on, due)
                issued += 1
            else:
                _tell_held(session, due, due.held_for)
                held += 1
    return Raised(issued, held)


def raise_own_invoices(session: Session, actor: Actor) -> Raised:
    """Issue what is due today from the actor's organisation; NotPermitted without the role finance."""
    access.require(actor, Role.FINANCE)
    return raise_due_invoices(session, seller_id=actor.organisation_id)


def _issue(session: Session, on: date, due: Due) -> None:
    seller = queries.seller(session, due.contract.supplier_id, on)
    content = _draw_up(session, on, due, seller)
    invoice = _store(session, due.contract, content)
    legs = postings.invoice_issued(invoice.buyer_id, invoice.net_pence, invoice.vat_pence)
    memo = f"{invoice.number} to {content.buyer.name}"
    entry = JournalEntry(JournalKind.INVOICE, on, f"invoice:{invoice.id}", memo, legs)
    ledger.post(session, invoice.seller_id, entry)
    _record(session, invoice)
    _tell_issued(session, invoice, content)
    announce(session, InvoiceIssued(invoice.id, invoice.contract_id, invoice.net_pence))


def _draw_up(session: Session, on: date, due: Due, seller: Seller) -> Content:
    lines = [_line(due, vat.code_for(due.contract.vat_treatment, seller.party.vat_number is not None))]
    sums = [VatSum(*row) for row in vat.by_rate((line.vat_code, line.net_pence) for line in lines)]
    net, vat_ = sum(row.net_pence for row in sums), sum(row.vat_pence for row in sums)
    return Content(
        number=take_number(session, due.contract.supplier_id),
        issued_on=on,
        tax_point_on=on,
        due_on=on + TERMS,
        po_number=due.contract.po_number,
        contract_reference=due.contract.reference,
        payment_reference=new_payment_reference(),
        seller=seller.party,
        buyer=queries.buyer(session, due.contract.buyer_id),
        payee=seller.payee,
        lines=lines,
        vat=sums,
        net_pence=net,
        vat_pence=vat_,
        gross_pence=net + vat_,
    )


def _line(due: Due, code: VatCode) -> Line:
    """What is charged in part, a term begun late or half a split year, is said in the description."""
    contract, period = due.contract, due.period
    whole = contract.unit_price_pence * contract.quantity == period.net_pence
    part = "" if whole else PART_WORDS.get(contract.cadence, "")
    return Line(
        description=_description(f"{contract.title}{part}", contract.price_lines),
        quantity=contract.quantity,
        unit=contract.unit,
        unit_price_pence=contract.unit_price_pence,
        net_pence=period.net_pence,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        vat_code=code,
        charge_period_id=period.id,
    )


def _description(what: str, price_lines: Sequence[Mapping[str, Any]]) -> str:
    """What is charged and of what it is made: as many whole lines as there is room for, never half a sum."""
    said = f"{what}{made_of(price_lines)}"
    shown = len(price_lines)
    while len(said) > LONGEST_DESCRIPTION and shown:
        shown -= 1
        said = f"{what}{made_of(price_lines[:shown])}, and the rest as in the contract"
    return said


def _store(session: Session, contract: Contract, content: Content) -> Invoice:
    invoice = Invoice(
        seller_id=contract.supplier_id,
        buyer_id=contract.buyer_id,
        contract_id=contract.id,
        kind=DocumentKind.INVOICE,
        number=content.number,
        issued_on=content.issued_on,
        tax_point_on=content.tax_point_on,
        due_on=content.due_on,
        po_number=content.po_number,
        contract_reference=content.contract_reference,
        payment_reference=content.payment_reference,
        parties=parties_json(content),
        net_pence=content.net_pence,
        vat_pence=content.vat_pence,
        gross_pence=content.gross_pence,
        sha256=digest(content),
    )
    session.add(invoice)
    session.flush()
    session.add_all(_rows(invoice.id, content.lines, content.vat))
    session.flush()
    return invoice


def _rows(
    invoice_id: uuid.UUID, lines: Sequence[Line], sums: Sequence[VatSum]
) -> list[InvoiceLine | InvoiceVat]:
    numbered = [
        InvoiceLine(invoice_id=invoice_id, no=no, **vars(line)) for no, line in enumerate(lines, start=1)
    ]
    return [*numbered, *(InvoiceVat(invoice_id=invoice_id, **vars(row)) for row in sums)]


def _record(session: Session, invoice: Invoice) -> None:
    """The issue in the seller's audit chain: no person did it, a date came."""
    act = audit.Act(
        organisation_id=invoice.seller_id,
        person_id=None,
        action="issue",
        subject_kind=Invoice.__tablename__,
        subject_id=invoice.id,
        after={"number": invoice.number, "gross_pence": invoice.gross_pence, "sha256": invoice.sha256},
    )
    audit.record(session, act)


def _tell_issued(session: Session, invoice: Invoice, content: Content) -> None:
    gross, due_on = money.pounds(invoice.gross_pence), invoice.due_on
    message = Message(
        key=f"invoice-issued:{invoice.id}",
        subject=f"Pay invoice {invoice.number} from {content.seller.name}",
        text=(
            f"{content.seller.name} has sent you invoice {invoice.number} for {gross} including VAT.\n"
            f"Pay it by {due_on.day} {due_on:%B %Y}, by bank transfer with the payment reference "
            f"{invoice.payment_reference}.\nThe invoice is here:"
        ),
        path=f"/invoices/{invoice.id}",
    )
    tell(session, invoice.buyer_id, [Role.FINANCE], message)


def _tell_held(session: Session, due: Due, reason: HeldFor) -> None:
    """Tell once for each contract who can do something about it."""
    contract = due.contract
    if reason is HeldFor.SELLER_DETAILS:
        text = "An invoice of yours is due, but we do not know your address and your bank account."
        message = Message(
            f"billing-details:{contract.supplier_id}", "Say how you are paid", text, "/billing/settings"
        )
        tell(session, contract.supplier_id, [Role.FINANCE, Role.ADMINISTRATOR], message)
        return
    supplier = session.get_one(Organisation, contract.supplier_id).name
    text = (
        f"{supplier} cannot invoice you for {contract.title} ({contract.reference}) before you give a "
        "PO number, because your trust asks for one on every invoice."
    )
    subject = f"Give a PO number for {contract.reference}"
    message = Message(f"po-number:{contract.id}", subject, text, f"/contracts/{contract.id}")
    tell(session, contract.buyer_id, [Role.BUYER, Role.FINANCE], message)
