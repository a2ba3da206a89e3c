"""Names and numbers are compared as people mean them."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.interests.kinds import body_key, company_number, looked_back_from, person_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Smith", "JANE  SMITH"),
        ("Dr Zoë O’Neill", "zoe o'neill"),
        ("Cllr. Tom Hall", "Tom Hall"),
        ("Ann-Marie Jones", "Ann Marie Jones"),
    ],
)
def test_the_same_person_has_the_same_key(one: str, other: str) -> None:
    assert person_key(one) == person_key(other)


def test_a_name_that_is_only_a_title_keeps_it() -> None:
    assert person_key("Dame") == "dame"
    assert person_key("Tom Hall") != person_key("Tim Hall")


@pytest.mark.parametrize(
    ("one", "other"),
    [("The Quay & Sons Limited", "Quay and Sons Ltd."), ("Hall's Books LTD", "halls books limited")],
)
def test_the_same_firm_has_the_same_key(one: str, other: str) -> None:
    assert body_key(one) == body_key(other)


def test_a_firm_and_a_charity_of_one_name_stay_apart() -> None:
    assert body_key("Quay Ltd") != body_key("Quay CIO")
    assert body_key("The And") == "the and"


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("07318714", "07318714"),
        ("7318714", "07318714"),
        ("sc 123456", "SC123456"),
        ("0", None),
        ("123456789", None),
        ("SC12345", None),
        ("", None),
        ("٣١٨٧١٤", None),
    ],
)
def test_a_company_number_gets_its_zeros_back(given: str, number: str | None) -> None:
    assert company_number(given) == number


def test_a_year_back_from_a_leap_day_is_the_28th() -> None:
    assert looked_back_from(date(2028, 2, 29)) == date(2027, 2, 28)
    assert looked_back_from(date(2026, 11, 21)) == date(2025, 11, 21)
