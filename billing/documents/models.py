"""How organisations are paid, series of numbers, and invoices, which are never changed once issued."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.documents.kinds import DocumentKind, VatCode
from marketplace.kernel.database import Base, Identified, append_only, choice, owned_by, owned_through


class BillingDetails(Identified, Base):
    """What an organisation puts on its invoices: its name and address in law and its bank account."""

    __tablename__ = "billing_details"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), unique=True)
    legal_name: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str] = mapped_column(sa.String(500))
    payee_name: Mapped[str] = mapped_column(sa.String(40))
    sort_code: Mapped[str] = mapped_column(sa.String(6))
    account_number: Mapped[str] = mapped_column(sa.String(8))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.CheckConstraint("length(sort_code) = 6", name="sort_code_length"),
        sa.CheckConstraint("length(account_number) = 8", name="account_number_length"),
    )


class VatRegistration(Identified, Base):
    """From when to when an organisation is registered for VAT (both days included), and its number."""

    __tablename__ = "vat_registrations"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    number: Mapped[str] = mapped_column(sa.String(11))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None] = mapped_column(default=None)
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "starts_on"),
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
    )


class NumberSeries(Base):
    """A seller's next number; it is taken in the transaction that issues, so a rollback leaves no gap."""

    __tablename__ = "number_series"
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(choice(DocumentKind), primary_key=True)
    prefix: Mapped[str] = mapped_column(sa.String(10))
    next_no: Mapped[int] = mapped_column(default=1)
    __table_args__ = (sa.CheckConstraint("next_no > 0", name="next_no_above_zero"),)


class Invoice(Identified, Base):
    """One invoice of one seller to one buyer; it exists only as issued. Money in pence.

    `parties` holds both sides and the bank account as they were then; `sha256` is over the whole content.
    """

    __tablename__ = "invoices"
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    buyer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    kind: Mapped[DocumentKind] = mapped_column(choice(DocumentKind))
    number: Mapped[str] = mapped_column(sa.String(20))
    issued_on: Mapped[date]
    tax_point_on: Mapped[date]
    due_on: Mapped[date]
    po_number: Mapped[str | None] = mapped_column(sa.String(50))
    contract_reference: Mapped[str] = mapped_column(sa.String(12))
    payment_reference: Mapped[str] = mapped_column(sa.String(18), unique=True)
    parties: Mapped[dict[str, Any]]
    net_pence: Mapped[int]
    vat_pence: Mapped[int]
    gross_pence: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    __table_args__ = (
        sa.UniqueConstraint("seller_id", "kind", "number"),
        sa.Index("ix_invoices_issued", "seller_id", "issued_on", "number", "id"),
        sa.Index("ix_invoices_received", "buyer_id", "issued_on", "number", "id"),
        sa.CheckConstraint("gross_pence = net_pence + vat_pence", name="gross_is_net_and_vat"),
        sa.CheckConstraint("buyer_id <> seller_id", name="two_parties"),
    )


class InvoiceLine(Identified, Base):
    """One line; a charge period is invoiced once."""

    __tablename__ = "invoice_lines"
    invoice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invoices.id"))
    no: Mapped[int]
    description: Mapped[str] = mapped_column(sa.String(300))
    quantity: Mapped[int]
    unit: Mapped[str] = mapped_column(sa.String(60))
    unit_price_pence: Mapped[int]
    net_pence: Mapped[int]
    period_starts_on: Mapped[date]
    period_ends_on: Mapped[date]
    vat_code: Mapped[VatCode] = mapped_column(choice(VatCode))
    charge_period_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("charge_periods.id"), unique=True)
    __table_args__ = (sa.UniqueConstraint("invoice_id", "no"),)


class InvoiceVat(Identified, Base):
    """The VAT of one rate on the sum of its lines."""

    __tablename__ = "invoice_vat"
    invoice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invoices.id"))
    code: Mapped[VatCode] = mapped_column(choice(VatCode))
    rate_bp: Mapped[int]
    net_pence: Mapped[int]
    vat_pence: Mapped[int]
    __table_args__ = (sa.UniqueConstraint("invoice_id", "code"),)


class Allocation(Identified, Base):
    """So much of what was received was set against an invoice; `source_id` is the fact of a floor above.

    Below zero it takes back a payment recorded by mistake. What is owed is the gross less the sum of
    `amount_pence`; nothing else says that an invoice is paid. The rest of `received_pence` is the
    buyer's credit.
    """

    __tablename__ = "allocations"
    invoice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invoices.id"))
    source_id: Mapped[uuid.UUID]
    received_pence: Mapped[int]
    amount_pence: Mapped[int]
    settled_on: Mapped[date]
    words: Mapped[str] = mapped_column(sa.String(200))
    __table_args__ = (
        sa.UniqueConstraint("invoice_id", "source_id"),
        sa.CheckConstraint("received_pence <> 0", name="received_not_zero"),
        sa.CheckConstraint(
            "amount_pence BETWEEN 0 AND received_pence OR amount_pence BETWEEN received_pence AND 0",
            name="amount_within_received",
        ),
    )


for _table in (Invoice, InvoiceLine, InvoiceVat, Allocation):
    append_only(_table.__table__)  # type: ignore[arg-type]

for _own in (BillingDetails, VatRegistration):
    owned_by(_own.__table__, "organisation_id")
owned_by(NumberSeries.__table__, "seller_id")
owned_by(Invoice.__table__, "seller_id", "buyer_id")
for _part in (InvoiceLine, InvoiceVat, Allocation):
    owned_through(_part.__table__, "invoice_id", "invoices")
