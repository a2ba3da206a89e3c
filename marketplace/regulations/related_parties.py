"""What an academy trust owes before it buys from a related party (Academy trust handbook, part 5). Pure."""

from __future__ import annotations

import enum
from datetime import date

from marketplace.kernel.money import pounds
from marketplace.regulations import rules
from marketplace.regulations.findings import Finding, day_words

AUGUST = 8


class Seller(enum.Enum):
    """Who sells; the first alone needs no approval and is presumed to sell at cost."""

    STATE_FUNDED = "state-funded"
    TRADING_SUBSIDIARY = "trading-subsidiary"
    FIRM = "firm"
    CHARITY = "charity"
    PERSON = "person"


def findings(
    seller: Seller, value_pence: int, contract_on: date, before_pence: int = 0
) -> tuple[Finding, ...]:
    """What a purchase of an academy trust from a related party needs.

    value_pence: this transaction over its whole life. before_pence: what the trust has agreed with the same
    party before it in the year to 31 August. Refused for a contract before 1 September 2023.
    """
    report = rules.rule("related-party-report", contract_on).says(
        "Report the transaction to DfE before it is agreed."
    )
    if seller is Seller.STATE_FUNDED:
        return (report, _spared(contract_on))
    return (
        report,
        *([_subsidiary(contract_on)] if seller is Seller.TRADING_SUBSIDIARY else []),
        _approval(value_pence, contract_on),
        _at_cost(value_pence, before_pence, contract_on),
    )


def needs_approval(seller: Seller, value_pence: int, contract_on: date) -> bool:
    """Whether DfE must approve before the contract; each transaction counts alone, nothing is added up."""
    limit = rules.rule("related-party-approval", contract_on).amount
    return seller is not Seller.STATE_FUNDED and value_pence > limit


def over_at_cost_pence(seller: Seller, value_pence: int, contract_on: date, before_pence: int = 0) -> int:
    """How much of a transaction must be at cost: what lies above the year's limit for one related party."""
    if seller is Seller.STATE_FUNDED:
        return 0
    limit = rules.rule("related-party-at-cost", contract_on).amount
    return min(value_pence, max(0, before_pence + value_pence - limit))


def year_of(on: date) -> tuple[date, date]:
    """The academy year of a date: 1 September to 31 August."""
    first = on.year if on.month > AUGUST else on.year - 1
    return date(first, 9, 1), date(first + 1, 8, 31)


def _spared(contract_on: date) -> Finding:
    return rules.rule("related-party-state-funded", contract_on).says(
        "The seller is a state-funded school or academy trust: no approval is needed, and its price is "
        "presumed to be at cost."
    )


def _subsidiary(contract_on: date) -> Finding:
    return rules.rule("related-party-trading-subsidiary", contract_on).says(
        "The seller is a trading subsidiary: it is treated as any other related party, although a school or "
        "trust owns it."
    )


def _approval(value_pence: int, contract_on: date) -> Finding:
    rule = rules.rule("related-party-approval", contract_on)
    limit, value = pounds(rule.amount), pounds(value_pence)
    if value_pence > rule.amount:
        return rule.says(f"{value} is over {limit}: DfE must approve it before it is agreed.")
    return rule.says(
        f"{value} is not over {limit}: DfE need not approve it. Transactions with one supplier are not "
        "added up."
    )


def _at_cost(value_pence: int, before_pence: int, contract_on: date) -> Finding:
    rule = rules.rule("related-party-at-cost", contract_on)
    limit, whole = pounds(rule.amount), pounds(before_pence + value_pence)
    over = max(0, before_pence + value_pence - rule.amount)
    year = f"the year to {day_words(year_of(contract_on)[1])}"
    if not over:
        return rule.says(f"{whole} with this party in {year} is not over {limit}: it need not be at cost.")
    part = pounds(min(over, value_pence))
    return rule.says(
        f"{whole} with this party in {year} is over {limit}: {part} of this purchase must be at no more than "
        "cost. Get a statement of assurance that says so from the seller before you agree."
    )
