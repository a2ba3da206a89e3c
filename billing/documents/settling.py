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
    session: Session, invoice: Invoice, source_id: uuid.UUID, received_pence: int, on: date, words: str
) -> int:
    """Settle as much of a locked invoice as is owed, at most what was received; how much that was."""
    allocated = min(received_pence, owed_pence(session, invoice))
    _keep(
        session,
        Allocation(
            invoice_id=invoice.id,
            source_id=source_id,
            received_pence=received_pence,
            amount_pence=allocated,
            settled_on=on,
            words=words,
        ),
    )
    return allocated


def take_back(
    session: Session, invoice: Invoice, source_id: uuid.UUID, taken: tuple[int, int], on: date, words: str
) -> None:
    """Of a locked invoice, undo what was received and how much it had settled, both in pence above zero."""
    received_pence, settled_pence = taken
    _keep(
        session,
        Allocation(
            invoice_id=invoice.id,
            source_id=source_id,
            received_pence=-received_pence,
            amount_pence=-settled_pence,
            settled_on=on,
            words=words,
        ),
    )


def over_pence(session: Session, invoice: Invoice) -> int:
    """What was received for a locked invoice above its gross: the buyer's credit."""
    over = sa.func.sum(Allocation.received_pence - Allocation.amount_pence)
    return int(session.scalar(sa.select(over).where(Allocation.invoice_id == invoice.id)) or 0)


def _keep(session: Session, allocation: Allocation) -> None:
    session.add(allocation)
    session.flush()
