"""The life of a listing."""

from __future__ import annotations

import itertools

import pytest

from marketplace.catalogue import states
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.states import ListingNotMovable, Move, Status, Task

LEGAL = {
    ("draft", "publish"): "published",
    ("draft", "submit"): "in-review",
    ("in-review", "recall"): "draft",
    ("in-review", "accept"): "published",
    ("in-review", "send-back"): "draft",
    ("in-review", "withdraw"): "withdrawn",
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
    with pytest.raises(ListingNotMovable, match=state.value.replace("-", " ")):
        states.moved(state, move)


def test_what_a_seller_can_do_leaves_out_what_the_operator_decides() -> None:
    assert states.moves(ListingState.WITHDRAWN) == []
    assert states.moves(ListingState.PUBLISHED) == [Move.PAUSE, Move.WITHDRAW]
    assert states.moves(ListingState.DRAFT) == [Move.PUBLISH, Move.WITHDRAW]
    assert states.moves(ListingState.IN_REVIEW) == [Move.RECALL, Move.WITHDRAW]


@pytest.mark.parametrize(
    ("is_verified", "has_published", "expected"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, True)],
)
def test_only_a_verified_seller_who_has_published_needs_no_review(
    is_verified: bool, has_published: bool, expected: bool
) -> None:
    assert states.needs_review(is_verified, has_published) is expected


def test_what_a_listing_lacks_is_said_in_one_sentence() -> None:
    assert states.lacking(set()) == (
        "Add a price, capacity in this month or a later one and where and for whom it is before you publish."
    )
    assert states.lacking({Task.REACH}) == (
        "Add a price and capacity in this month or a later one before you publish."
    )
    assert states.lacking({Task.REACH, Task.CAPACITY}) == "Add a price before you publish."
    assert states.lacking({Task.REACH, Task.CAPACITY, Task.PRICE}) is None


def test_a_task_is_complete_unfinished_optional_or_not_started() -> None:
    found = states.statuses({Task.DESCRIPTION, Task.TRIAL, Task.REACH}, {Task.REACH, Task.EVIDENCE})
    assert found == {
        Task.DESCRIPTION: Status.COMPLETED,
        Task.REACH: Status.INCOMPLETE,
        Task.CAPACITY: Status.NOT_STARTED,
        Task.PRICE: Status.NOT_STARTED,
        Task.TRIAL: Status.COMPLETED,
        Task.PEOPLE: Status.OPTIONAL,
        Task.EVIDENCE: Status.INCOMPLETE,
        Task.VISIBILITY: Status.OPTIONAL,
    }
