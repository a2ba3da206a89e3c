"""The life of an order: every legal move, in one table (product.md section 4). Pure."""

from __future__ import annotations

import enum
from datetime import date, timedelta

from marketplace.kernel.errors import InvalidState
from marketplace.trusts.kinds import Role

ORDERERS = (Role.BUYER, Role.ADMINISTRATOR)
APPROVERS = (Role.APPROVER, Role.ADMINISTRATOR)
SELLERS = (Role.SELLER, Role.ADMINISTRATOR)

DAYS_TO_ANSWER = 14


class OrderState(enum.Enum):
    """Where an order stands."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting-approval"
    REJECTED = "rejected"
    PLACED = "placed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    ENDED = "ended"


STATE_WORDS = {
    OrderState.DRAFT: "Draft",
    OrderState.AWAITING_APPROVAL: "To approve",
    OrderState.REJECTED: "Rejected",
    OrderState.PLACED: "Placed",
    OrderState.DECLINED: "Declined",
    OrderState.LAPSED: "Lapsed",
    OrderState.CANCELLED: "Cancelled",
    OrderState.ACCEPTED: "Accepted",
    OrderState.ACTIVE: "Active",
    OrderState.ENDED: "Ended",
}
IN_SENTENCES = {OrderState.DRAFT: "a draft", OrderState.AWAITING_APPROVAL: "awaiting approval"}


class Side(enum.Enum):
    """Which orders: those a trust made, or those it received."""

    BOUGHT = "bought"
    SOLD = "sold"


class Move(enum.Enum):
    """What can be done to an order."""

    CHANGE = "change"
    SUBMIT = "submit"
    PLACE = "place"
    APPROVE = "approve"
    SEND_BACK = "send-back"
    REJECT = "reject"
    ACCEPT = "accept"
    DECLINE = "decline"
    LAPSE = "lapse"
    CANCEL = "cancel"
    BEGIN = "begin"
    END = "end"
    SHORTEN = "shorten"


MOVES: dict[tuple[OrderState, Move], OrderState] = {
    (OrderState.DRAFT, Move.CHANGE): OrderState.DRAFT,
    (OrderState.DRAFT, Move.SUBMIT): OrderState.AWAITING_APPROVAL,
    (OrderState.DRAFT, Move.PLACE): OrderState.PLACED,
    (OrderState.DRAFT, Move.CANCEL): OrderState.CANCELLED,
    (OrderState.AWAITING_APPROVAL, Move.APPROVE): OrderState.PLACED,
    (OrderState.AWAITING_APPROVAL, Move.SEND_BACK): OrderState.DRAFT,
    (OrderState.AWAITING_APPROVAL, Move.REJECT): OrderState.REJECTED,
    (OrderState.AWAITING_APPROVAL, Move.CANCEL): OrderState.CANCELLED,
    (OrderState.PLACED, Move.ACCEPT): OrderState.ACCEPTED,
    (OrderState.PLACED, Move.DECLINE): OrderState.DECLINED,
    (OrderState.PLACED, Move.LAPSE): OrderState.LAPSED,
    (OrderState.PLACED, Move.CANCEL): OrderState.CANCELLED,
    (OrderState.ACCEPTED, Move.BEGIN): OrderState.ACTIVE,
    (OrderState.ACTIVE, Move.END): OrderState.ENDED,
    (OrderState.ACCEPTED, Move.SHORTEN): OrderState.ACCEPTED,
    (OrderState.ACTIVE, Move.SHORTEN): OrderState.ACTIVE,
}
MOVE_WORDS = {
    Move.CHANGE: "Changed",
    Move.SUBMIT: "Sent for approval",
    Move.PLACE: "Placed",
    Move.APPROVE: "Approved and placed",
    Move.SEND_BACK: "Sent back",
    Move.REJECT: "Rejected",
    Move.ACCEPT: "Accepted",
    Move.DECLINE: "Declined",
    Move.LAPSE: "Lapsed without an answer",
    Move.CANCEL: "Cancelled",
    Move.BEGIN: "Begun",
    Move.END: "Ended",
    Move.SHORTEN: "Given notice, to end early",
}
"""What happened, in the history of an order."""


def after(state: OrderState, move: Move) -> OrderState:
    """Where a move leads from a state; InvalidState names both ends of a move that the table lacks."""
    found = MOVES.get((state, move))
    if found is None and move is Move.SHORTEN:
        raise InvalidState(f"This order is {state_in_words(state)}, so it cannot end early.")
    if found is None:
        wanted = next(end for (_, known), end in MOVES.items() if known is move)
        raise InvalidState(
            f"This order is {state_in_words(state)}, so it cannot become {state_in_words(wanted)}."
        )
    return found


def state_in_words(state: OrderState) -> str:
    """The state within a sentence."""
    return IN_SENTENCES.get(state, STATE_WORDS[state].lower())


def answer_by(placed_on: date, starts_on: date) -> date:
    """The last London date on which the seller may answer: never after the first day of what is ordered."""
    return min(placed_on + timedelta(days=DAYS_TO_ANSWER), starts_on)
