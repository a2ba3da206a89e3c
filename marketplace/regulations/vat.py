"""How VAT falls on what trusts sell each other, and when a seller must register. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.money import pounds
from marketplace.regulations import rules
from marketplace.regulations.findings import Finding, day_words


class Supply(enum.Enum):
    """What is supplied, as far as VAT differs."""

    TEACHING_STAFF = "teaching-staff"
    ADMINISTRATIVE_STAFF = "administrative-staff"
    OTHER_STAFF = "other-staff"
    VOCATIONAL_TRAINING = "vocational-training"
    OTHER = "other"


STAFF = {Supply.ADMINISTRATIVE_STAFF, Supply.OTHER_STAFF}


class Party(enum.Enum):
    """Schools, academy trusts and local authorities are eligible bodies; most firms are not."""

    ELIGIBLE_BODY = "eligible-body"
    OTHER_BODY = "other-body"


@dataclass(frozen=True)
class Treatment:
    """Exempt, or VAT at a rate in basis points (2000 is 20%); 0 when exempt."""

    is_exempt: bool
    rate_bp: int
    finding: Finding


def treatment(supply: Supply, seller: Party, buyer: Party, on: date) -> Treatment:
    """How a supply is taxed when its seller is registered for VAT; Refused before the table begins."""
    if supply is Supply.TEACHING_STAFF and seller is buyer is Party.ELIGIBLE_BODY:
        sentence = "Teaching staff supplied by one eligible body to another are exempt from VAT."
        return _exempt(rules.rule("vat-teaching-staff", on).says(sentence))
    if supply is Supply.VOCATIONAL_TRAINING and seller is Party.ELIGIBLE_BODY:
        sentence = "Vocational training supplied by an eligible body is exempt from VAT."
        return _exempt(rules.rule("vat-vocational-training", on).says(sentence))
    return _standard(supply, on)


def _exempt(finding: Finding) -> Treatment:
    return Treatment(True, 0, finding)


def _standard(supply: Supply, on: date) -> Treatment:
    rate = rules.rule("vat-standard-rate", on)
    rate_bp = rate.amount
    percent = f"{rate_bp // 100}%"
    if supply in STAFF:
        finding = rules.rule("vat-other-staff", on).says(
            f"Administrative and other staff are taxed at {percent}, also between eligible bodies."
        )
    elif supply is Supply.TEACHING_STAFF:
        finding = rate.says(f"Teaching staff are taxed at {percent} unless both sides are eligible bodies.")
    elif supply is Supply.VOCATIONAL_TRAINING:
        finding = rate.says(f"Vocational training is taxed at {percent} unless an eligible body gives it.")
    else:
        finding = rate.says(f"No exemption is known for this supply: it is taxed at {percent}.")
    return Treatment(False, rate_bp, finding)


def must_register(turnover_pence: int, on: date) -> bool:
    """Whether the taxable turnover of the last 12 months obliges a seller to register."""
    return turnover_pence > rules.rule("vat-registration", on).amount


def registration(turnover_pence: int, on: date) -> Finding:
    """What a taxable turnover of the 12 months to a date means; Refused before 1 April 2024."""
    rule = rules.rule("vat-registration", on)
    limit, turnover = pounds(rule.amount), pounds(turnover_pence)
    span = f"in the 12 months to {day_words(on)}"
    if must_register(turnover_pence, on):
        return rule.says(
            f"A taxable turnover of {turnover} {span} is over {limit}: the seller must register for VAT."
        )
    return rule.says(
        f"A taxable turnover of {turnover} {span} is not over {limit}: the seller need not register. Look "
        "again at the end of every month."
    )


def refund(on: date) -> Finding:
    """What an academy trust may claim back."""
    return rules.rule("vat-refund-academies", on).says(
        "An academy trust claims back VAT on what it buys for its free education alone. VAT on what it "
        "buys in order to sell is recovered by registration, or not at all."
    )
