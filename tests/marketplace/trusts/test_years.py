"""Financial years by kind of organisation."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.trusts.kinds import OrganisationKind
from marketplace.trusts.years import FinancialYear, year_of

KIND = OrganisationKind
ACADEMIES = FinancialYear(date(2025, 9, 1), date(2026, 8, 31))
MAINTAINED = FinancialYear(date(2025, 4, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("kind", "school_type", "expected"),
    [
        (KIND.MULTI_ACADEMY_TRUST, None, ACADEMIES),
        (KIND.SINGLE_ACADEMY_TRUST, None, ACADEMIES),
        (KIND.AUTHORITY_TRUST, None, ACADEMIES),
        (KIND.SCHOOL, "Academy converter", ACADEMIES),
        (KIND.SCHOOL, "Free schools", ACADEMIES),
        (KIND.SCHOOL, "University technical college", ACADEMIES),
        (KIND.SCHOOL, "Studio schools", ACADEMIES),
        (KIND.SCHOOL, "Voluntary aided school", MAINTAINED),
        (KIND.SCHOOL, "Community school", MAINTAINED),
        (KIND.SCHOOL, None, MAINTAINED),
        (KIND.FEDERATION, None, MAINTAINED),
        (KIND.LOCAL_AUTHORITY, None, MAINTAINED),
        (KIND.SUPPLIER, None, MAINTAINED),
    ],
)
def test_each_kind_has_its_year(kind: KIND, school_type: str | None, expected: FinancialYear) -> None:
    assert year_of(kind, date(2025, 12, 31), school_type) == expected


@pytest.mark.parametrize("on", [date(2025, 9, 1), date(2026, 2, 28), date(2026, 8, 31)])
def test_both_ends_belong_to_the_year(on: date) -> None:
    assert year_of(KIND.MULTI_ACADEMY_TRUST, on) == ACADEMIES


def test_the_days_beside_lie_in_the_years_beside() -> None:
    before = year_of(KIND.MULTI_ACADEMY_TRUST, date(2025, 8, 31))
    after = year_of(KIND.MULTI_ACADEMY_TRUST, date(2026, 9, 1))
    assert (before.starts_on, before.ends_on) == (date(2024, 9, 1), date(2025, 8, 31))
    assert (after.starts_on, after.ends_on) == (date(2026, 9, 1), date(2027, 8, 31))


def test_a_supplier_chooses_its_month_and_a_leap_day_is_in_it() -> None:
    found = year_of(KIND.SUPPLIER, date(2028, 2, 29), chosen=2)
    assert (found.starts_on, found.ends_on) == (date(2027, 3, 1), date(2028, 2, 29))
    calendar = year_of(KIND.SUPPLIER, date(2026, 6, 1), chosen=12)
    assert (calendar.starts_on, calendar.ends_on) == (date(2026, 1, 1), date(2026, 12, 31))


def test_a_trust_cannot_choose() -> None:
    assert year_of(KIND.MULTI_ACADEMY_TRUST, date(2026, 1, 1), chosen=3) == ACADEMIES
