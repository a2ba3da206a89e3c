"""The table of an order's life."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from marketplace.kernel.errors import InvalidState
from marketplace.ordering.states import MOVE_WORDS, MOVES, STATE_WORDS, Move, OrderState, after, answer_by

S, M = OrderState, Move
LEGAL = {
    (S.DRAFT, M.SUBMIT, S.AWAITING_APPROVAL),
    (S.DRAFT, M.PLACE, S.PLACED),
    (S.DRAFT, M.CANCEL, S.CANCELLED),
    (S.AWAITING_APPROVAL, M.APPROVE, S.PLACED),
    (S.AWAITING_APPROVAL, M.SEND_BACK, S.DRAFT),
    (S.AWAITING_APPROVAL, M.REJECT, S.REJECTED),
    (S.AWAITING_APPROVAL, M.CANCEL, S.CANCELLED),
    (S.PLACED, M.ACCEPT, S.ACCEPTED),
    (S.PLACED, M.DECLINE, S.DECLINED),
    (S.PLACED, M.LAPSE, S.LAPSED),
    (S.PLACED, M.CANCEL, S.CANCELLED),
    (S.ACCEPTED, M.BEGIN, S.ACTIVE),
    (S.ACTIVE, M.END, S.ENDED),
}
ILLEGAL = sorted(set(product(S, M)) - {(state, move) for state, move, _ in LEGAL}, key=str)


@pytest.mark.parametrize(("state", "move", "end"), sorted(LEGAL, key=str))
def test_every_legal_move_leads_where_the_table_says(state: S, move: M, end: S) -> None:
    assert after(state, move) is end


def test_the_table_has_no_other_move() -> None:
    assert {(state, move, end) for (state, move), end in MOVES.items()} == LEGAL


@pytest.mark.parametrize(("state", "move"), ILLEGAL)
def test_an_illegal_move_is_refused(state: S, move: M) -> None:
    with pytest.raises(InvalidState):
        after(state, move)


def test_an_illegal_move_names_both_states() -> None:
    with pytest.raises(InvalidState) as refused:
        after(S.DECLINED, M.ACCEPT)
    assert refused.value.sentence == "This order is declined, so it cannot become accepted."
    with pytest.raises(InvalidState) as early:
        after(S.AWAITING_APPROVAL, M.ACCEPT)
    assert early.value.sentence == "This order is awaiting approval, so it cannot become accepted."


def test_every_state_and_move_has_words() -> None:
    assert set(STATE_WORDS) == set(S)
    assert set(MOVE_WORDS) == set(M)
    assert all(len(words.split()) <= 2 for words in STATE_WORDS.values())


def test_a_seller_has_fourteen_days_over_a_clock_change() -> None:
    assert answer_by(date(2027, 3, 20)) == date(2027, 4, 3)
