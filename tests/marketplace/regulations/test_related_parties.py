"""What a purchase from a related party needs, as figures for the approval of an order."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.kernel.errors import Refused
from marketplace.regulations import related_parties
from marketplace.regulations.related_parties import Seller

TODAY = date(2026, 11, 21)
OTHERS = [seller for seller in Seller if seller is not Seller.STATE_FUNDED]


@pytest.mark.parametrize("seller", OTHERS)
def test_over_40_000_everybody_but_a_state_funded_seller_needs_approval(seller: Seller) -> None:
    assert related_parties.needs_approval(seller, 40_000_01, TODAY)
    assert not related_parties.needs_approval(seller, 40_000_00, TODAY)


def test_a_state_funded_seller_needs_no_approval_and_sells_at_cost() -> None:
    assert not related_parties.needs_approval(Seller.STATE_FUNDED, 1_000_000_00, TODAY)
    assert related_parties.over_at_cost_pence(Seller.STATE_FUNDED, 1_000_000_00, TODAY) == 0
    rules = [one.rule for one in related_parties.findings(Seller.STATE_FUNDED, 1_000_000_00, TODAY)]
    assert rules == ["related-party-report", "related-party-state-funded"]


def test_a_trading_subsidiary_is_told_apart_from_the_school_that_owns_it() -> None:
    rules = [one.rule for one in related_parties.findings(Seller.TRADING_SUBSIDIARY, 40_000_01, TODAY)]
    assert rules == [
        "related-party-report",
        "related-party-trading-subsidiary",
        "related-party-approval",
        "related-party-at-cost",
    ]


@pytest.mark.parametrize("seller", [Seller.FIRM, Seller.CHARITY, Seller.PERSON])
def test_a_firm_a_charity_and_a_person_are_reported_approved_and_at_cost(seller: Seller) -> None:
    rules = [one.rule for one in related_parties.findings(seller, 1, TODAY)]
    assert rules == ["related-party-report", "related-party-approval", "related-party-at-cost"]


@pytest.mark.parametrize(
    ("before", "value", "over"),
    [
        (0, 2_500_00, 0),
        (0, 2_500_01, 1),
        (2_500_00, 1, 1),
        (2_000_00, 1_000_00, 500_00),
        (9_000_00, 1_000_00, 1_000_00),
    ],
)
def test_what_lies_above_2_500_in_a_year_must_be_at_cost(before: int, value: int, over: int) -> None:
    assert related_parties.over_at_cost_pence(Seller.FIRM, value, TODAY, before) == over


@pytest.mark.parametrize(
    ("on", "year"),
    [
        (date(2026, 8, 31), (date(2025, 9, 1), date(2026, 8, 31))),
        (date(2026, 9, 1), (date(2026, 9, 1), date(2027, 8, 31))),
        (date(2027, 1, 1), (date(2026, 9, 1), date(2027, 8, 31))),
    ],
)
def test_the_year_ends_on_31_august(on: date, year: tuple[date, date]) -> None:
    assert related_parties.year_of(on) == year


def test_a_contract_before_1_september_2023_is_not_in_the_table() -> None:
    with pytest.raises(Refused, match="1 September 2023"):
        related_parties.findings(Seller.FIRM, 1, date(2023, 8, 31))
