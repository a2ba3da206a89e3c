"""How invoices must be sent, and how long a direct debit takes. Pure."""

from __future__ import annotations

from datetime import date

from marketplace.kernel.money import pounds
from marketplace.regulations import rules, working_days
from marketplace.regulations.findings import Finding, day_words


def e_invoicing(issued_on: date) -> tuple[Finding, Finding]:
    """Whether a VAT invoice issued on a date must be a structured one, and in which network."""
    rule = rules.newest("electronic-invoicing")
    start = day_words(rule.from_on)
    words = (
        f"From {start} VAT invoices to businesses and public bodies are electronic: structured data, no PDF."
        if issued_on >= rule.from_on
        else f"A VAT invoice may still be a PDF: electronic invoices become mandatory on {start}."
    )
    network = "Electronic invoices are expected to travel by the Peppol network."
    return rule.says(words), rules.newest("electronic-invoicing-network").says(network)


def bacs_days(on: date, *, is_new_mandate: bool = False) -> int:
    """After how many working days a direct debit asked for on a date is known to be paid or not."""
    return rules.rule(_bacs_rule(is_new_mandate), on).amount


def bacs_known_on(on: date, *, is_new_mandate: bool = False) -> date:
    """The working day on which a direct debit asked for on a date is known to be paid or not."""
    return working_days.after(on, bacs_days(on, is_new_mandate=is_new_mandate))


def bacs(pence: int, on: date, *, is_new_mandate: bool = False) -> tuple[Finding, ...]:
    """How long a direct debit takes, and whether it is too large for one."""
    rule, most = rules.rule(_bacs_rule(is_new_mandate), on), rules.rule("bacs-limit", on)
    mandate = "with a new mandate" if is_new_mandate else "with a mandate in place"
    days = rule.says(f"A direct debit {mandate} is known to be paid or not after {rule.figure} working days.")
    limit, sum_ = pounds(most.amount), pounds(pence)
    if pence <= most.amount:
        return days, most.says(f"{sum_} can be one direct debit: the most is {limit}.")
    return days, most.says(f"{sum_} cannot be one direct debit: the most is {limit}. Pay by bank transfer.")


def _bacs_rule(is_new_mandate: bool) -> str:
    return "bacs-days-new-mandate" if is_new_mandate else "bacs-days"
