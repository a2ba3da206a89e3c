"""What pausing or withdrawing a listing means for its orders, and who is told that it was withdrawn."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.consequences import Affected
from marketplace.catalogue.events import ListingEnded
from marketplace.catalogue.states import Move as ListingMove
from marketplace.kernel.database import on_behalf_of_all
from marketplace.notifications.services import Message, tell_each
from marketplace.ordering.models import Order
from marketplace.ordering.states import ORDERERS, OrderState


@dataclass(frozen=True)
class Fate:
    """What becomes of orders in one state when their listing is paused or withdrawn."""

    state: OrderState
    name: str
    paused: str
    withdrawn: str

    def becomes(self, move: ListingMove) -> str:
        """In a sentence."""
        return self.paused if move is ListingMove.PAUSE else self.withdrawn


GOES_ON = "They go on under the terms that they keep. You still owe what was agreed."
ANSWER = "They hold their capacity. You still accept or decline each of them in time."
FATES = (
    Fate(
        OrderState.DRAFT,
        "Draft",
        "They cannot be sent until you resume the listing.",
        "They can never be sent. Their buyers look for another service.",
    ),
    Fate(
        OrderState.AWAITING_APPROVAL,
        "Waiting for their buyer's approval",
        "They cannot be approved until you resume the listing.",
        "They can never be approved. Their buyers reject or cancel them.",
    ),
    Fate(OrderState.PLACED, "Placed with you", ANSWER, ANSWER),
    Fate(OrderState.ACCEPTED, "Accepted, not begun", GOES_ON, GOES_ON),
    Fate(OrderState.ACTIVE, "Active", GOES_ON, GOES_ON),
)
TOLD = "Their buyers, by email"
BUYERS = {
    OrderState.DRAFT: "your draft cannot be sent any more. Cancel it and look for another service.",
    OrderState.AWAITING_APPROVAL: "it cannot be approved any more. Cancel it and look for another service.",
    OrderState.PLACED: "the seller still has to accept or decline it.",
    OrderState.ACCEPTED: "it is accepted and goes on under the terms that it keeps.",
    OrderState.ACTIVE: "it goes on under the terms that it keeps.",
}
"""The same, as their buyers read it when it is withdrawn."""


def affected(session: Session, listing_id: uuid.UUID, move: ListingMove) -> list[Affected]:
    """The live orders of a listing by state: numbers and days, since what a draft says is its buyer's own."""
    columns = (Order.state, sa.func.count(), sa.func.max(Order.ends_on))
    live = (Order.listing_id == listing_id, Order.state.in_([fate.state for fate in FATES]))
    rows = session.execute(sa.select(*columns).where(*live).group_by(Order.state))
    found: dict[OrderState, tuple[int, date]] = {row[0]: (row[1], row[2]) for row in rows}
    told = TOLD if move is ListingMove.WITHDRAW else ""
    return [
        Affected(fate.name, *found[fate.state], fate.becomes(move), told)
        for fate in FATES
        if fate.state in found
    ]


def tell_buyers(session: Session, event: ListingEnded) -> None:
    """Each buyer with live orders hears, once, what becomes of them."""
    with on_behalf_of_all(session, "buyers hear what becomes of orders of a withdrawn listing"):
        live = (Order.listing_id == event.listing_id, Order.state.in_([fate.state for fate in FATES]))
        orders = session.scalars(sa.select(Order).where(*live).order_by(Order.id)).all()
        by_buyer: dict[uuid.UUID, list[Order]] = {}
        for order in orders:
            by_buyer.setdefault(order.buyer_id, []).append(order)
        messages = {buyer: _message(event, mine) for buyer, mine in by_buyer.items()}
        tell_each(session, ORDERERS, messages)


def _message(event: ListingEnded, orders: list[Order]) -> Message:
    first = orders[0]
    lines = [f"{order.reference}: {BUYERS[order.state]}" for order in orders]
    text = f"The seller withdrew {first.title}. It cannot be ordered any more.\n\n" + "\n".join(lines)
    subject = f"Withdrawn by its seller: {first.title}"
    return Message(f"listing-ended:{event.listing_id}", subject, text, f"/orders/{first.id}")
