"""What binds an organisation that wants to leave: orders that are not at their end."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.ordering.models import Order
from marketplace.ordering.states import STATE_WORDS, OrderState
from marketplace.trusts.binding import MOST_NAMED, Bound

PLACED = (OrderState.PLACED, OrderState.ACCEPTED, OrderState.ACTIVE)


def bound(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    """Orders that wait or run; what waits for approval is known to the buyer alone."""
    bought = sa.and_(
        Order.buyer_id == organisation_id, Order.state.in_((*PLACED, OrderState.AWAITING_APPROVAL))
    )
    sold = sa.and_(Order.seller_id == organisation_id, Order.state.in_(PLACED))
    statement = (
        sa.select(Order.id, Order.reference, Order.title, Order.state)
        .where(sa.or_(bought, sold))
        .order_by(Order.id)
        .limit(MOST_NAMED)
    )
    return [
        Bound(f"Order {row.reference}, {row.title}: {STATE_WORDS[row.state].lower()}", f"/orders/{row.id}")
        for row in session.execute(statement)
    ]
