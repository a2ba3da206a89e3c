"""How long a direct debit takes."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.regulations import payments


@pytest.mark.parametrize(
    ("asked_on", "is_new_mandate", "known_on"),
    [
        (date(2026, 3, 2), False, date(2026, 3, 6)),
        (date(2026, 3, 2), True, date(2026, 3, 11)),
        (date(2026, 12, 24), False, date(2027, 1, 4)),
        (date(2026, 12, 24), True, date(2027, 1, 7)),
        (date(2026, 3, 7), False, date(2026, 3, 12)),
    ],
)
def test_a_debit_is_known_after_four_working_days_or_seven_with_a_new_mandate(
    asked_on: date, is_new_mandate: bool, known_on: date
) -> None:
    assert payments.bacs_known_on(asked_on, is_new_mandate=is_new_mandate) == known_on
