"""What becomes of a place in a line when its listing or one of the two sides is not what it was. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from marketplace.catalogue.kinds import ListingState
from marketplace.scheduling.kinds import WaitingState
from marketplace.trusts.kinds import Standing


class Fate(enum.Enum):
    """Whether a place stays in its line, and otherwise why not."""

    STAYS = "stays"
    GONE = "gone"
    WITHDRAWN = "withdrawn"
    SHUT_OUT = "shut-out"
    RESTS = "rests"
    STOPPED = "stopped"
    PAUSED = "paused"
    UNLIMITED = "unlimited"


@dataclass(frozen=True)
class Facts:
    """A listing, its two sides, and whether the one who waits may order it if it is offered."""

    listing: ListingState
    is_unlimited: bool
    seller: Standing
    buyer: Standing
    may_order: bool


CLOSING = frozenset({Fate.GONE, Fate.WITHDRAWN, Fate.SHUT_OUT, Fate.UNLIMITED})
PAUSING = frozenset({Fate.RESTS, Fate.STOPPED, Fate.PAUSED})


def fate(facts: Facts) -> Fate:
    """The first that holds; what is paused may be unlimited, and is free for all only when it resumes."""
    for found, is_so in (
        (Fate.GONE, facts.buyer is Standing.LEFT),
        (Fate.WITHDRAWN, facts.listing is ListingState.WITHDRAWN or facts.seller is Standing.LEFT),
        (Fate.SHUT_OUT, not facts.may_order),
        (Fate.RESTS, facts.buyer is Standing.SUSPENDED),
        (Fate.STOPPED, facts.seller is Standing.SUSPENDED),
        (Fate.PAUSED, facts.listing is not ListingState.PUBLISHED),
        (Fate.UNLIMITED, facts.is_unlimited),
    ):
        if is_so:
            return found
    return Fate.STAYS


def state_after(state: WaitingState, found: Fate) -> WaitingState:
    """The state that a live place has then."""
    if found in CLOSING:
        return WaitingState.CLOSED
    if found in PAUSING:
        return WaitingState.PAUSED
    return WaitingState.WAITING if state is WaitingState.PAUSED else state


TOLD = {
    Fate.WITHDRAWN: (
        "Withdrawn: {}",
        "The seller has withdrawn {}. Nobody waits for it any more. Look for another.",
    ),
    Fate.SHUT_OUT: (
        "Not offered to you any more: {}",
        "{} is only for members of a partnership to which you do not belong. You wait for it no more.",
    ),
    Fate.UNLIMITED: (
        "Free for all: {}",
        "{} has no limit any more, so nobody waits for it. Order as much as you want, from when you want.",
    ),
    Fate.STOPPED: (
        "Stopped for now: {}",
        "Nobody can order {} for now. You keep your place in the line until that is over.",
    ),
    Fate.PAUSED: (
        "Paused: {}",
        "The seller has paused {}. You keep your place in the line until it resumes.",
    ),
}
"""Subject and text for whoever waited; nobody is told where nobody acts."""
