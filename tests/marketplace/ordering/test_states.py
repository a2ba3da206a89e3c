"""The table of an order's life."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from marketplace.kernel.errors import InvalidState
from marketplace.ordering.states import MOVE_WORDS, MOVES, STATE_WORDS, after, answer_by
from marketplace.ordering.states import Move as Step
from marketplace.ordering.states import OrderState as S

LEGAL = {
    (S.DRAFT, Step.CHANGE, S.DRAFT),
    (S.DRAFT, Step.SUBMIT, S.AWAITING_APPROVAL),
    (S.DRAFT, Step.PLACE, S.PLACED),
    (S.DRAFT, Step.CANCEL, S.CANCELLED),
    (S.AWAITING_APPROVAL, Step.APPROVE, S.PLACED),
    (S.AWAITING_APPROVAL, Step.SEND_BACK, S.DRAFT),
    (S.AWAITING_APPROVAL, Step.REJECT, S.REJECTED),
    (S.AWAITING_APPROVAL, Step.CANCEL, S.CANCELLED),
    (S.PLACED, Step.ACCEPT, S.ACCEPTED),
    (S.PLACED, Step.DECLINE, S.DECLINED),
    (S.PLACED, Step.LAPSE, S.LAPSED),
    (S.PLACED, Step.CANCEL, S.CANCELLED),
    (S.ACCEPTED, Step.BEGIN, S.ACTIVE),
    (S.ACTIVE, Step.END, S.ENDED),
    (S.ACCEPTED, Step.SHORTEN, S.ACCEPTED),
    (S.ACTIVE, Step.SHORTEN, S.ACTIVE),
}
ILLEGAL = sorted(set(product(S, Step)) - {(state, move) for state, move, _ in LEGAL}, key=str)


@pytest.mark.parametrize(("state", "move", "end"), sorted(LEGAL, key=str))
def test_every_legal_move_leads_where_the_table_says(state: S, move: Step, end: S) -> None:
    assert after(state, move) is end


def test_the_table_has_no_other_move() -> None:
    assert {(state, move, end) for (state, move), end in MOVES.items()} == LEGAL


@pytest.mark.parametrize(("state", "move"), ILLEGAL)
def test_an_illegal_move_is_refused(state: S, move: Step) -> None:
    with pytest.raises(InvalidState):
        after(state, move)


def test_an_illegal_move_names_both_states() -> None:
    with pytest.raises(InvalidState) as refused:
        after(S.DECLINED, Step.ACCEPT)
    assert refused.value.sentence == "This order is declined, so it cannot become accepted."
    with pytest.raises(InvalidState) as early:
        after(S.AWAITING_APPROVAL, Step.ACCEPT)
    assert early.value.sentence == "This order is awaiting approval, so it cannot become accepted."
    with pytest.raises(InvalidState) as notice:
        after(S.PLACED, Step.SHORTEN)
    assert notice.value.sentence == "This order is placed, so it cannot end early."


def test_every_state_and_move_has_words() -> None:
    assert set(STATE_WORDS) == set(S)
    assert set(MOVE_WORDS) == set(Step)
    assert all(len(words.split()) <= 2 for words in STATE_WORDS.values())


def test_a_seller_has_fourteen_days_over_a_clock_change() -> None:
    assert answer_by(date(2027, 3, 20), date(2028, 3, 20)) == date(2027, 4, 3)


@pytest.mark.parametrize("starts_on", [date(2027, 3, 20), date(2027, 4, 2), date(2027, 4, 3)])
def test_a_seller_answers_no_later_than_the_first_day_of_the_order(starts_on: date) -> None:
    assert answer_by(date(2027, 3, 20), starts_on) == starts_on
