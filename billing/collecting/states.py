"""The life of a payment attempt. Pure."""

from __future__ import annotations

import enum

from marketplace.kernel.errors import InvalidState


class AttemptState(enum.Enum):
    """planned -> submitted -> pending -> succeeded, failed or cancelled; unknown when no answer came."""

    PLANNED = "planned"
    SUBMITTED = "submitted"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({AttemptState.PLANNED, AttemptState.SUBMITTED, AttemptState.PENDING, AttemptState.UNKNOWN})
"""An invoice has at most one attempt in one of these states."""
ENDS = frozenset({AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.CANCELLED})
MOVES = {
    AttemptState.PLANNED: LIVE | ENDS,
    AttemptState.SUBMITTED: ENDS | {AttemptState.PENDING, AttemptState.UNKNOWN},
    AttemptState.PENDING: ENDS | {AttemptState.UNKNOWN},
    AttemptState.UNKNOWN: ENDS | {AttemptState.PENDING},
}


def moved(state: AttemptState, to: AttemptState) -> AttemptState:
    """The next state; InvalidState for a move that is not in the table. What succeeded never moves."""
    if to not in MOVES.get(state, frozenset()):
        raise InvalidState(f"A payment that is {state.value} cannot become {to.value}.")
    return to
