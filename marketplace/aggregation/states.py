"""The lives of a round, its award, a commitment, a purchase request and a price list. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeVar

from marketplace.kernel.errors import InvalidState


class RoundState(enum.Enum):
    """gathering -> evaluating -> awarded -> contracted -> complete, or cancelled, or unsuccessful.

    In an open-tier round trusts commit while it gathers, so the commitments have no state of their own.
    """

    GATHERING = "gathering"
    EVALUATING = "evaluating"
    AWARDED = "awarded"
    CONTRACTED = "contracted"
    COMPLETE = "complete"
    UNSUCCESSFUL = "unsuccessful"
    CANCELLED = "cancelled"


class RoundMove(enum.Enum):
    """What may happen to a round."""

    CLOSE = "closed"
    AWARD = "awarded"
    CONTRACT = "contracted"
    COMPLETE = "completed"
    FAIL = "closed without an award"
    CANCEL = "cancelled"


class RunState(enum.Enum):
    """Where the working out of an award is; one that a worker left is taken up where it was."""

    WAITING = "waiting"
    SOLVING = "solving"
    SOLVED = "solved"
    FAILED = "failed"


class RunMove(enum.Enum):
    """What may happen to the working out of an award."""

    BEGIN = "begun"
    SOLVE = "solved"
    FAIL = "given up"
    RETRY = "tried again"


class CommitmentState(enum.Enum):
    """Only a firm commitment counts; the award serves it or does not."""

    AWAITING_APPROVAL = "awaiting-approval"
    FIRM = "firm"
    WITHDRAWN = "withdrawn"
    SERVED = "served"
    UNSERVED = "unserved"


class CommitmentMove(enum.Enum):
    """What may happen to a commitment."""

    ASK_APPROVAL = "sent for approval"
    MAKE_FIRM = "made firm"
    APPROVE = "approved"
    WITHDRAW = "withdrawn"
    SERVE = "served"
    LEAVE = "left unserved"


class RequestState(enum.Enum):
    """A need is open until it joins a round, and closed when it was met or is no more."""

    OPEN = "open"
    JOINED = "joined"
    CLOSED = "closed"


class RequestMove(enum.Enum):
    """What may happen to a purchase request."""

    JOIN = "taken into a round"
    REOPEN = "opened again"
    CLOSE = "closed"


class PriceListState(enum.Enum):
    """Rounds start from published lists; a round that has started keeps its own copy of the tiers."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


ROUND_WORDS = {
    RoundState.GATHERING: "open",
    RoundState.EVALUATING: "being evaluated",
    RoundState.AWARDED: "awarded",
    RoundState.CONTRACTED: "contracted",
    RoundState.COMPLETE: "complete",
    RoundState.UNSUCCESSFUL: "unsuccessful",
    RoundState.CANCELLED: "cancelled",
}
RUN_WORDS = {
    RunState.WAITING: "waiting for a worker",
    RunState.SOLVING: "under way",
    RunState.SOLVED: "solved",
    RunState.FAILED: "stopped by a fault",
}
COMMITMENT_WORDS = {
    CommitmentState.AWAITING_APPROVAL: "waiting for approval",
    CommitmentState.FIRM: "firm",
    CommitmentState.WITHDRAWN: "withdrawn",
    CommitmentState.SERVED: "served",
    CommitmentState.UNSERVED: "not served",
}
REQUEST_WORDS = {
    RequestState.OPEN: "open",
    RequestState.JOINED: "in a round",
    RequestState.CLOSED: "closed",
}

UNDECIDED = (RoundState.GATHERING, RoundState.EVALUATING)
"""The states of a round that holds trusts and has no award yet."""
ROUND_MOVES = {
    (RoundState.GATHERING, RoundMove.CLOSE): RoundState.EVALUATING,
    (RoundState.EVALUATING, RoundMove.AWARD): RoundState.AWARDED,
    **{(state, RoundMove.FAIL): RoundState.UNSUCCESSFUL for state in UNDECIDED},
    **{(state, RoundMove.CANCEL): RoundState.CANCELLED for state in UNDECIDED},
    (RoundState.AWARDED, RoundMove.CONTRACT): RoundState.CONTRACTED,
    (RoundState.CONTRACTED, RoundMove.COMPLETE): RoundState.COMPLETE,
}
RUN_MOVES = {
    **{(state, RunMove.BEGIN): RunState.SOLVING for state in (RunState.WAITING, RunState.SOLVING)},
    (RunState.SOLVING, RunMove.SOLVE): RunState.SOLVED,
    **{(state, RunMove.FAIL): RunState.FAILED for state in (RunState.WAITING, RunState.SOLVING)},
    (RunState.FAILED, RunMove.RETRY): RunState.WAITING,
}
_A, _F, _W = CommitmentState.AWAITING_APPROVAL, CommitmentState.FIRM, CommitmentState.WITHDRAWN
COMMITMENT_MOVES = {
    **{(state, CommitmentMove.ASK_APPROVAL): _A for state in (_A, _F, _W)},
    **{(state, CommitmentMove.MAKE_FIRM): _F for state in (_A, _F, _W)},
    (_A, CommitmentMove.APPROVE): _F,
    (_A, CommitmentMove.WITHDRAW): _W,
    (_F, CommitmentMove.WITHDRAW): _W,
    (_F, CommitmentMove.SERVE): CommitmentState.SERVED,
    (_F, CommitmentMove.LEAVE): CommitmentState.UNSERVED,
}
REQUEST_MOVES = {
    (RequestState.OPEN, RequestMove.JOIN): RequestState.JOINED,
    (RequestState.JOINED, RequestMove.REOPEN): RequestState.OPEN,
    (RequestState.OPEN, RequestMove.CLOSE): RequestState.CLOSED,
    (RequestState.JOINED, RequestMove.CLOSE): RequestState.CLOSED,
}
OVER = frozenset(RoundState) - set(UNDECIDED)
"""The states of a round that is decided or cancelled."""
RUNNING = (RunState.WAITING, RunState.SOLVING)
"""The states of a run that a worker has taken up or will."""

S = TypeVar("S", bound=enum.Enum)
M = TypeVar("M", bound=enum.Enum)


def move_round(state: RoundState, move: RoundMove) -> RoundState:
    """The state after a move; InvalidState naming both when the table has none."""
    return _move("A round", ROUND_MOVES, ROUND_WORDS, state, move)


def move_run(state: RunState, move: RunMove) -> RunState:
    """The state after a move; InvalidState naming both when the table has none."""
    return _move("The working out of an award", RUN_MOVES, RUN_WORDS, state, move)


def move_commitment(state: CommitmentState, move: CommitmentMove) -> CommitmentState:
    """The state after a move; InvalidState naming both when the table has none."""
    return _move("A commitment", COMMITMENT_MOVES, COMMITMENT_WORDS, state, move)


def move_request(state: RequestState, move: RequestMove) -> RequestState:
    """The state after a move; InvalidState naming both when the table has none."""
    return _move("A purchase request", REQUEST_MOVES, REQUEST_WORDS, state, move)


def _move(thing: str, table: Mapping[tuple[S, M], S], words: Mapping[S, str], state: S, move: M) -> S:
    after = table.get((state, move))
    if after is None:
        raise InvalidState(f"{thing} that is {words[state]} cannot be {move.value}.")
    return after
