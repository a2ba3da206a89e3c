"""Every move of a round, a commitment and a request is in its table, and every other is refused by name."""

from __future__ import annotations

import itertools

import pytest

from marketplace.aggregation.states import (
    COMMITMENT_MOVES,
    REQUEST_MOVES,
    ROUND_MOVES,
    RUN_MOVES,
    CommitmentMove,
    CommitmentState,
    RequestMove,
    RequestState,
    RoundMove,
    RoundState,
    RunMove,
    RunState,
    move_commitment,
    move_request,
    move_round,
    move_run,
)
from marketplace.kernel.errors import InvalidState


@pytest.mark.parametrize(("state", "move"), list(itertools.product(RoundState, RoundMove)))
def test_a_round_moves_as_its_table_says_or_not_at_all(state: RoundState, move: RoundMove) -> None:
    if (state, move) in ROUND_MOVES:
        assert move_round(state, move) is ROUND_MOVES[state, move]
    else:
        with pytest.raises(InvalidState, match=f"cannot be {move.value}"):
            move_round(state, move)


@pytest.mark.parametrize(("state", "move"), list(itertools.product(CommitmentState, CommitmentMove)))
def test_a_commitment_moves_as_its_table_says_or_not_at_all(
    state: CommitmentState, move: CommitmentMove
) -> None:
    if (state, move) in COMMITMENT_MOVES:
        assert move_commitment(state, move) is COMMITMENT_MOVES[state, move]
    else:
        with pytest.raises(InvalidState, match=f"cannot be {move.value}"):
            move_commitment(state, move)


@pytest.mark.parametrize(("state", "move"), list(itertools.product(RequestState, RequestMove)))
def test_a_request_moves_as_its_table_says_or_not_at_all(state: RequestState, move: RequestMove) -> None:
    if (state, move) in REQUEST_MOVES:
        assert move_request(state, move) is REQUEST_MOVES[state, move]
    else:
        with pytest.raises(InvalidState, match=f"cannot be {move.value}"):
            move_request(state, move)


@pytest.mark.parametrize(("state", "move"), list(itertools.product(RunState, RunMove)))
def test_the_working_out_of_an_award_moves_as_its_table_says_or_not_at_all(
    state: RunState, move: RunMove
) -> None:
    if (state, move) in RUN_MOVES:
        assert move_run(state, move) is RUN_MOVES[state, move]
    else:
        with pytest.raises(InvalidState, match=f"cannot be {move.value}"):
            move_run(state, move)


def test_what_is_solved_stays_solved() -> None:
    assert not [state for state, _ in RUN_MOVES if state is RunState.SOLVED]


def test_a_round_never_returns_to_a_state_it_has_left() -> None:
    order = list(RoundState)
    assert all(order.index(after) > order.index(before) for (before, _), after in ROUND_MOVES.items())


def test_what_is_decided_about_a_commitment_stays_decided() -> None:
    decided = {CommitmentState.SERVED, CommitmentState.UNSERVED}
    assert not [state for state, _ in COMMITMENT_MOVES if state in decided]
