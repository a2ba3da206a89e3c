"""The life of a payment attempt."""

from __future__ import annotations

import pytest

from billing.collecting.states import ENDS, LIVE, AttemptState, moved
from marketplace.kernel.errors import InvalidState


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("to", AttemptState)
def test_what_has_ended_never_moves(end: AttemptState, to: AttemptState) -> None:
    with pytest.raises(InvalidState):
        moved(end, to)


@pytest.mark.parametrize("state", LIVE)
def test_what_is_live_can_end(state: AttemptState) -> None:
    assert moved(state, AttemptState.SUCCEEDED) is AttemptState.SUCCEEDED


def test_unknown_is_left_only_by_an_answer() -> None:
    with pytest.raises(InvalidState):
        moved(AttemptState.UNKNOWN, AttemptState.PLANNED)


def test_every_state_is_live_or_an_end() -> None:
    assert frozenset(AttemptState) == LIVE | ENDS
    assert not LIVE & ENDS
