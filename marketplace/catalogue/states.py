"""The life of a listing, in one table. Pure."""

from __future__ import annotations

import enum

from marketplace.catalogue.kinds import ListingState
from marketplace.kernel.errors import InvalidState


class Move(enum.Enum):
    """What a seller does with a listing."""

    PUBLISH = "publish"
    PAUSE = "pause"
    RESUME = "resume"
    WITHDRAW = "withdraw"


MOVES = {
    (ListingState.DRAFT, Move.PUBLISH): ListingState.PUBLISHED,
    (ListingState.PUBLISHED, Move.PAUSE): ListingState.PAUSED,
    (ListingState.PAUSED, Move.RESUME): ListingState.PUBLISHED,
    (ListingState.DRAFT, Move.WITHDRAW): ListingState.WITHDRAWN,
    (ListingState.PUBLISHED, Move.WITHDRAW): ListingState.WITHDRAWN,
    (ListingState.PAUSED, Move.WITHDRAW): ListingState.WITHDRAWN,
}
DONE_WORDS = {
    Move.PUBLISH: "published",
    Move.PAUSE: "paused",
    Move.RESUME: "resumed",
    Move.WITHDRAW: "withdrawn",
}


class ListingNotMovable(InvalidState):
    """The listing's state does not allow the move."""


class ListingWithdrawn(InvalidState):
    """A withdrawn listing stays as it is."""

    def __init__(self) -> None:
        super().__init__("This listing was withdrawn and cannot be changed. Describe a new one.")


def moved(state: ListingState, move: Move) -> ListingState:
    """The state after a move; ListingNotMovable when the table has none."""
    after = MOVES.get((state, move))
    if after is None:
        raise ListingNotMovable(f"A listing that is {state.value} cannot be {DONE_WORDS[move]}.")
    return after


def moves(state: ListingState) -> list[Move]:
    """What can be done from a state, in the order of the table."""
    return [move for before, move in MOVES if before is state]


def lacking(has_price: bool, has_capacity: bool) -> str | None:
    """What must be added before buyers can see the listing, as a sentence; None when nothing is."""
    missing = [
        words
        for words, there in (("a price", has_price), ("capacity in this month or a later one", has_capacity))
        if not there
    ]
    return f"Add {' and '.join(missing)} before you publish." if missing else None
