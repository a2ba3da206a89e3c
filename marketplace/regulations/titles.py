"""The names of the rules in words, by what they are about. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from marketplace.regulations.rules import Rule

SUBJECTS = {
    "Small purchases": {
        "low-value": "Low-value purchases",
        "three-quotes": "Medium-value purchases: how many quotes",
        "high-value": "High-value purchases",
        "schools-below-threshold": "Below the threshold: what schools are spared",
        "other-bodies-below-threshold": "Below the threshold: bodies other than schools",
    },
    "Public contracts": {
        "procurement-act": "The Procurement Act 2023 is in force",
        "threshold-goods-and-services": "Threshold for goods and services, including VAT",
        "threshold-light-touch": "Threshold for light-touch services, including VAT",
        "threshold-works": "Threshold for building works, including VAT",
        "standstill": "Standstill after an award",
        "standstill-light-touch": "Voluntary standstill for light-touch services",
        "contract-details-notice": "Contract details notice",
        "contract-details-notice-light-touch": "Contract details notice for light-touch services",
    },
    "Buying together": {
        "pooled-needs": "The needs of several buyers are added up",
        "joint-buyers": "Who answers for a joint purchase",
        "arrangements-between-trusts": "Trusts that buy from each other without competition",
    },
    "Related parties": {
        "related-party-report": "Reporting contracts with related parties",
        "related-party-approval": "Approval of contracts with related parties",
        "related-party-state-funded": "State-funded schools and trusts as related parties",
        "related-party-trading-subsidiary": "The trust’s own trading company as a related party",
        "related-party-at-cost": "At cost: what related parties supply",
    },
    "VAT": {
        "vat-standard-rate": "Standard rate of VAT",
        "vat-teaching-staff": "Lending teachers to another school",
        "vat-other-staff": "Lending other staff",
        "vat-vocational-training": "Education and vocational training",
        "vat-registration": "Taxable turnover above which VAT registration is due",
        "vat-refund-academies": "VAT refunds of academies",
    },
    "Invoices and payments": {
        "payments-by-schools": "Payment terms of public contracts, and schools",
        "electronic-invoicing": "Electronic invoices",
        "electronic-invoicing-network": "The network for electronic invoices",
        "bacs-days": "Bacs Direct Debit: until a payment is known",
        "bacs-days-new-mandate": "Bacs Direct Debit with a new mandate: until a payment is known",
        "bacs-limit": "Bacs Direct Debit: largest payment",
    },
    "Staff and trading": {
        "staff-of-another-body": "Staff of another body who work in school",
        "trading-by-trusts": "Trusts that sell beyond their own purpose",
    },
}
"""Every rule by its subject, in the order in which people meet them."""
TITLES = {name: words for names in SUBJECTS.values() for name, words in names.items()}
ORDER = {name: place for place, name in enumerate(TITLES)}


def title(rule: str) -> str:
    """A rule's name in words; KeyError: no such name."""
    return TITLES[rule]


def by_subject(rules: Iterable[Rule]) -> list[tuple[str, list[Rule]]]:
    """The rules under the words of their subject, those of one name by date."""
    subject_of = {name: subject for subject, names in SUBJECTS.items() for name in names}
    ordered = sorted(rules, key=lambda one: (ORDER[one.name], one.from_on))
    return [(subject, list(rows)) for subject, rows in groupby(ordered, lambda one: subject_of[one.name])]
