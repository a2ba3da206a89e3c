"""Every journal balances, whatever the amounts."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from billing.ledger import postings
from billing.ledger.postings import AccountKind, AccountName, Leg, is_balanced

BUYER = uuid.uuid4()
PENCE = st.integers(0, 10**12)


@given(st.integers(1, 10**12), PENCE)
def test_an_invoice_balances_and_the_buyer_owes_the_gross(net: int, vat: int) -> None:
    legs = postings.invoice_issued(BUYER, net, vat)
    assert is_balanced(legs)
    assert legs[0] == Leg(AccountName(AccountKind.RECEIVABLE, BUYER), net + vat)


@given(PENCE, PENCE)
def test_a_payment_balances_whatever_part_of_it_was_owed(allocated: int, over: int) -> None:
    legs = postings.payment_received(BUYER, allocated, over)
    assert is_balanced(legs) == (allocated + over > 0)


def test_what_is_paid_over_is_the_customers_credit() -> None:
    legs = postings.payment_received(BUYER, 100, 20)
    assert Leg(AccountName(AccountKind.CUSTOMER_CREDIT, BUYER), -20) in legs
    assert Leg(AccountName(AccountKind.BANK), 120) in legs


def test_a_leg_of_nothing_or_no_legs_do_not_balance() -> None:
    assert not is_balanced(())
    assert not is_balanced((Leg(AccountName(AccountKind.BANK), 0),))


def test_each_customer_has_an_account() -> None:
    assert AccountName(AccountKind.RECEIVABLE, BUYER).code == f"receivable:{BUYER}"
    assert AccountName(AccountKind.BANK).code == "bank"
