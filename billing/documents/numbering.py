"""A seller's series of invoice numbers: no gap, no double, and dates that never go back."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.kinds import DocumentKind
from billing.documents.models import Invoice, NumberSeries
from marketplace.kernel import clock
from marketplace.kernel.database import insert_into

PREFIX = "INV-"


def lock_series(session: Session, seller_id: uuid.UUID) -> None:
    """The seller's series, made on first use, locked until the unit of work ends.

    Whoever issues for a seller, and whoever changes how it is paid, waits here for the other.
    """
    values = {"seller_id": seller_id, "kind": DocumentKind.INVOICE, "prefix": PREFIX, "next_no": 1}
    session.execute(insert_into(session, NumberSeries).values(values).on_conflict_do_nothing())
    session.execute(sa.select(NumberSeries.next_no).where(*_series(seller_id)).with_for_update())


def day_of_issue(session: Session, seller_id: uuid.UUID) -> date:
    """Today, or the day of the last invoice of a locked series if a clock was ahead: a London date."""
    statement = sa.select(sa.func.max(Invoice.issued_on)).where(
        Invoice.seller_id == seller_id, Invoice.kind == DocumentKind.INVOICE
    )
    return max(clock.today(), session.scalar(statement) or date.min)


def take_number(session: Session, seller_id: uuid.UUID) -> str:
    """The seller's next invoice number; undone with the unit of work, so that no number is missing."""
    prefix, next_no = session.execute(
        sa.update(NumberSeries)
        .where(*_series(seller_id))
        .values(next_no=NumberSeries.next_no + 1)
        .returning(NumberSeries.prefix, NumberSeries.next_no)
    ).one()
    return f"{prefix}{next_no - 1:05d}"


def _series(seller_id: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return NumberSeries.seller_id == seller_id, NumberSeries.kind == DocumentKind.INVOICE
