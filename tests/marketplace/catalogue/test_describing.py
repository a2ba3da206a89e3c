"""What a listing's parts say together, in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from marketplace.catalogue import assurance, comparing, describing, trials
from marketplace.catalogue.assurance import Check, Cover, Effect, Insurance, Made, Pillar, Post, Setting
from marketplace.catalogue.kinds import CapacityUnit, ListingKind, Reach


@pytest.mark.parametrize(
    ("kind", "unit", "licence", "is_unlimited", "at_fault"),
    [
        (ListingKind.SERVICE, CapacityUnit.DAY, None, False, set()),
        (ListingKind.SERVICE, CapacityUnit.LICENCE, None, False, {"unit"}),
        (ListingKind.SERVICE, CapacityUnit.DAY, "Use it", False, {"licence"}),
        (ListingKind.SERVICE, CapacityUnit.DAY, None, True, {"is_unlimited"}),
        (ListingKind.DATA, CapacityUnit.LICENCE, "Use it", True, set()),
        (ListingKind.TEMPLATES, CapacityUnit.LICENCE, "Use it", False, set()),
        (ListingKind.TEMPLATES, CapacityUnit.LICENCE, None, False, {"licence"}),
        (ListingKind.TRAINING_MATERIAL, CapacityUnit.DAY, None, False, {"unit", "licence"}),
    ],
)
def test_a_service_has_no_licence_and_knowledge_has_nothing_else(
    kind: ListingKind, unit: CapacityUnit, licence: str | None, is_unlimited: bool, at_fault: set[str]
) -> None:
    assert describing.faults(kind, unit, licence, is_unlimited).keys() == at_fault


@pytest.mark.parametrize(
    ("reach", "names", "miles", "expected"),
    [
        (Reach.ENGLAND, [], None, "All of England"),
        (Reach.DISTANCE, [], 1, "Within 1 mile of the seller's schools"),
        (Reach.DISTANCE, [], 25, "Within 25 miles of the seller's schools"),
        (Reach.AUTHORITIES, ["Devon"], None, "Devon"),
        (Reach.AUTHORITIES, ["Cornwall", "Devon"], None, "Cornwall and Devon"),
        (Reach.AUTHORITIES, ["A", "B", "C", "D"], None, "A, B, C and D"),
        (Reach.AUTHORITIES, list("ABCDEF"), None, "A, B, C and 3 more local authorities"),
        (Reach.AUTHORITIES, ["x" * 90, "y" * 90, "z" * 90], None, "3 local authorities"),
    ],
)
def test_the_places_served_follow_from_the_reach(
    reach: Reach, names: list[str], miles: int | None, expected: str
) -> None:
    assert describing.places_words(reach, names, miles) == expected


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ([], "Every phase"),
        (["nursery", "primary", "secondary", "sixteen-plus", "special"], "Every phase"),
        (["primary"], "Primary"),
        (["special", "primary"], "Primary and special and alternative provision"),
        (["secondary", "nursery", "primary"], "Nursery, primary and secondary"),
    ],
)
def test_phases_are_said_in_their_order(phases: list[str], expected: str) -> None:
    assert describing.phases_words(phases) == expected


@pytest.mark.parametrize(
    ("months", "percent", "expected"),
    [
        (None, 0, "No trial"),
        (1, 0, "Up to 1 month, free"),
        (12, 25, "Up to 12 months, at 25% of the price"),
    ],
)
def test_a_trial_is_said_with_its_price(months: int | None, percent: int, expected: str) -> None:
    assert trials.words(months, percent) == expected


def test_what_happens_at_the_end_of_a_trial_is_said_plainly() -> None:
    assert "If nobody decides by its last day, it ends and nothing more is owed." in trials.ENDS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("educational psychologist", False),
        ("DBS 001234567890", True),
        ("0012 3456 7890", True),
        ("0012-3456-7890", True),
        ("0123456789012", False),
        ("room 12345678901", False),
    ],
)
def test_the_number_of_a_certificate_is_known_by_its_twelve_digits(text: str, expected: bool) -> None:
    assert assurance.holds_certificate_number(text) is expected


def test_an_enhanced_check_is_asked_only_of_who_is_eligible_for_it() -> None:
    dbs = (Check.ENHANCED, Check.BARRED_LIST)
    assert assurance.not_eligible(Setting.REMOTE, dbs) == list(dbs)
    assert assurance.not_eligible(Setting.SUPERVISED, dbs) == [Check.BARRED_LIST]
    assert assurance.not_eligible(Setting.REGULATED, [Check.PROHIBITION]) == [Check.PROHIBITION]
    assert assurance.not_eligible(Setting.TEACHING, [Check.PROHIBITION, Check.BARRED_LIST]) == []


def test_what_is_stored_reads_back_as_it_was() -> None:
    post = Post("teacher", 2, Setting.TEACHING, (Made(Check.IDENTITY, date(2026, 1, 2)),))
    cover = Cover(Insurance.CYBER, None, date(2027, 8, 31))
    effect = Effect("m", "1", "2", date(2025, 9, 1), date(2026, 7, 20), "s", Pillar.FINANCE)
    assert assurance.posts(assurance.stored([post])) == (post,)
    assert assurance.covers(assurance.stored([cover])) == (cover,)
    assert assurance.effects(assurance.stored([effect])) == (effect,)


TERMS: dict[str, Any] = {
    "title": "Payroll",
    "kind": "service",
    "category": "finance",
    "summary": "S",
    "description": "D",
    "licence": None,
    "unit": "school",
    "is_unlimited": False,
    "delivery": "remote",
    "places_served": "Devon",
    "phases": [],
    "plans": [
        {
            "cadence": "monthly",
            "unit_price_pence": 18_500,
            "vat_treatment": "standard",
            "basis": "unit",
            "fixed_pence": 0,
            "phase_prices": {},
            "units_each": 1,
            "bundle_units": None,
            "carried_over": 0,
            "minimum_periods": 1,
            "notice_days": None,
        }
    ],
    "trial_months": None,
    "trial_percent": 0,
    "trial_terms": None,
    "posts": [],
    "insurances": [],
    "evidence": [],
    "partnership_id": None,
}


def test_two_versions_differ_in_the_parts_that_say_something_else() -> None:
    plan = TERMS["plans"][0] | {"unit_price_pence": 19_000, "minimum_periods": 3, "notice_days": 30}
    after = TERMS | {"plans": [plan], "trial_months": 3, "trial_terms": "One school."}
    found = comparing.changes(TERMS, after)
    assert comparing.parts(found) == "Price and trial"
    price, least = "£190.00 a school, charged each month; VAT: Standard rate, 20%", "for 3 months at least"
    assert found[0].after == f"{price}; {least}; 30 days' notice"
    assert found[1].before == "No trial"
    assert found[1].after == "Up to 3 months, free\nOne school."
    assert comparing.changes(TERMS, TERMS) == []
