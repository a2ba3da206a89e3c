"""How a contract's terms are said."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.contracts.states import ContractState
from marketplace.contracts.wording import quantity_words, status_words


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [
        (1, "school", "1 school"),
        (1_200, "pupil", "1,200 pupils"),
        (3, "box of 5 reams", "3 x box of 5 reams"),
    ],
)
def test_a_quantity_is_said_in_the_plural_that_we_know(quantity: int, unit: str, words: str) -> None:
    assert quantity_words(quantity, unit) == words


@pytest.mark.parametrize(
    ("state", "today", "words"),
    [
        (ContractState.ACTIVE, date(2027, 3, 31), "Not started"),
        (ContractState.ACTIVE, date(2027, 4, 1), "Active"),
        (ContractState.CANCELLED, date(2027, 3, 31), "Cancelled"),
        (ContractState.COMPLETE, date(2028, 4, 1), "Complete"),
    ],
)
def test_a_contract_runs_from_its_first_day(state: ContractState, today: date, words: str) -> None:
    assert status_words(state, date(2027, 4, 1), today) == words
