"""What binds an organisation that wants to leave: money that is owed, and charges not yet invoiced."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.models import Allocation, Invoice, InvoiceLine
from billing.subscriptions.models import ChargePeriod, Subscription
from billing.subscriptions.states import SubscriptionState
from marketplace.kernel import money
from marketplace.trusts.binding import MOST_NAMED, Bound


def bound(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    """Invoices that are not paid in full, on either side, and how many charges are still to come."""
    return [*_unpaid(session, organisation_id), *_uninvoiced(session, organisation_id)]


def _unpaid(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    settled = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.amount_pence), 0))
        .where(Allocation.invoice_id == Invoice.id)
        .scalar_subquery()
    )
    owed = (Invoice.gross_pence - settled).label("owed_pence")
    theirs = sa.or_(Invoice.seller_id == organisation_id, Invoice.buyer_id == organisation_id)
    statement = sa.select(Invoice.id, Invoice.number, owed).where(theirs, Invoice.gross_pence > settled)
    rows = session.execute(statement.order_by(Invoice.id).limit(MOST_NAMED))
    return [
        Bound(f"Invoice {row.number}: {money.pounds(int(row.owed_pence))} is owed", f"/invoices/{row.id}")
        for row in rows
    ]


def _uninvoiced(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    theirs = sa.or_(Subscription.seller_id == organisation_id, Subscription.buyer_id == organisation_id)
    invoiced = sa.exists().where(InvoiceLine.charge_period_id == ChargePeriod.id)
    statement = (
        sa.select(sa.func.count(ChargePeriod.id))
        .join(Subscription, Subscription.id == ChargePeriod.subscription_id)
        .where(theirs, Subscription.state == SubscriptionState.ACTIVE)
        .where(~invoiced, ChargePeriod.net_pence > 0)
    )
    count = int(session.scalar(statement) or 0)
    if not count:
        return []
    charges = "1 agreed charge is" if count == 1 else f"{count:,} agreed charges are"
    return [Bound(f"{charges} not invoiced yet", "/invoices")]
