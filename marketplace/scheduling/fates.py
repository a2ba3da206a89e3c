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
    UNPRICED = "unpriced"


@dataclass(frozen=True)
class Facts:
    """A listing, its two sides, and whether who waits may order it if it is offered, and at some price."""

    listing: ListingState
    is_unlimited: bool
    seller: Standing
    buyer: Standing
    may_order: bool
    is_priced: bool


CLOSING = frozenset({Fate.GONE, Fate.WITHDRAWN, Fate.SHUT_OUT, Fate.UNLIMITED})
PAUSING = frozenset({Fate.RESTS, Fate.STOPPED, Fate.PAUSED, Fate.UNPRICED})


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
        (Fate.UNPRICED, not facts.is_priced),
    ):
        if is_so:
            return found
    return Fate.STAYS


def state_after(state: WaitingState, found: Fate, *, lasts_otherwise: bool = False) -> WaitingState:
    """The state that a live place has then; nothing stays held for other days than its order would last."""
    if found in CLOSING:
        return WaitingState.CLOSED
    if found in PAUSING:
        return WaitingState.PAUSED
    return WaitingState.WAITING if state is WaitingState.PAUSED or lasts_otherwise else state


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
    Fate.UNPRICED: (
        "Not at this price any more: {}",
        "The seller changed how {} is charged: what you wait for cannot be ordered now. You keep your place.",
    ),
    Fate.PAUSED: (
        "Paused: {}",
        "The seller has paused {}. You keep your place in the line until it resumes.",
    ),
}
"""Subject and text for whoever waited; nobody is told where nobody acts."""
AGREED = (
    "Changed by the seller: {}",
    "The seller changed its term dates, prices or shortest order. You wait for {} now, at the same place.",
)
HELD_NO_LONGER = " What was held for you lasted other days, so it is free again. We write when these are."
HEARS_AGREED = frozenset({Fate.STAYS, Fate.STOPPED, Fate.PAUSED})
"""The same for whoever would order something else than before, and where it is said."""
