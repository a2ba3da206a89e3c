"""Setting what was received against an invoice."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.models import Allocation, Invoice


def owed_pence(session: Session, invoice: Invoice) -> int:
    """What is left to pay; exact while the invoice is locked by this unit of work."""
    settled = session.scalar(
        sa.select(sa.func.sum(Allocation.amount_pence)).where(Allocation.invoice_id == invoice.id)
    )
    return invoice.gross_pence - int(settled or 0)


def allocate(
    session: Session, invoice: Invoice, source_id: uuid.UUID, amount_pence: int, on: date, words: str
) -> int:
    """Settle as much of a locked invoice as is owed, at most the amount; how much that was."""
    allocated = min(amount_pence, owed_pence(session, invoice))
    if allocated > 0:
        session.add(
            Allocation(
                invoice_id=invoice.id,
                source_id=source_id,
                amount_pence=allocated,
                settled_on=on,
                words=words,
            )
        )
        session.flush()
    return allocated


def take_back(
    session: Session, invoice: Invoice, source_id: uuid.UUID, amount_pence: int, on: date, words: str
) -> None:
    """So much of a locked invoice is owed again."""
    if amount_pence > 0:
        session.add(
            Allocation(
                invoice_id=invoice.id,
                source_id=source_id,
                amount_pence=-amount_pence,
                settled_on=on,
                words=words,
            )
        )
        session.flush()
