"""What an invoice's state is derived from."""

from __future__ import annotations

from datetime import date

import pytest

from billing.documents.kinds import InvoiceState, state_of

DUE = date(2027, 4, 30)


@pytest.mark.parametrize(
    ("paid", "today", "state"),
    [
        (0, DUE, InvoiceState.TO_PAY),
        (1, DUE, InvoiceState.PART_PAID),
        (0, date(2027, 5, 1), InvoiceState.OVERDUE),
        (119, date(2027, 5, 1), InvoiceState.OVERDUE),
        (120, date(2027, 5, 1), InvoiceState.PAID),
    ],
)
def test_what_is_left_and_the_date_decide(paid: int, today: date, state: InvoiceState) -> None:
    assert state_of(120, paid, DUE, today) is state
