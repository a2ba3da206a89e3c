"""The life of a listing."""

from __future__ import annotations

import itertools

import pytest

from marketplace.catalogue import states
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.states import ListingNotMovable, Move

LEGAL = {
    ("draft", "publish"): "published",
    ("published", "pause"): "paused",
    ("paused", "resume"): "published",
    ("draft", "withdraw"): "withdrawn",
    ("published", "withdraw"): "withdrawn",
    ("paused", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize(("state", "move"), list(itertools.product(ListingState, Move)))
def test_every_move_is_in_the_table_or_refused_by_name(state: ListingState, move: Move) -> None:
    expected = LEGAL.get((state.value, move.value))
    if expected:
        assert states.moved(state, move).value == expected
        return
    with pytest.raises(ListingNotMovable, match=state.value):
        states.moved(state, move)


def test_nothing_can_be_done_with_a_withdrawn_listing() -> None:
    assert states.moves(ListingState.WITHDRAWN) == []
    assert states.moves(ListingState.PUBLISHED) == [Move.PAUSE, Move.WITHDRAW]


def test_what_a_listing_lacks_is_said_in_one_sentence() -> None:
    assert states.lacking(False, False) == (
        "Add a price and capacity in this month or a later one before you publish."
    )
    assert states.lacking(False, True) == "Add a price before you publish."
    assert states.lacking(True, True) is None
