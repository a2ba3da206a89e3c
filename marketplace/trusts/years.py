"""Financial years: which one a day lies in, by the kind of organisation. Pure.

Academies and academy trusts keep theirs from 1 September to 31 August (Academy Trust Handbook); maintained
schools, federations and local authorities from 1 April to 31 March. Suppliers, and the trusts that an
authority set up, say in which month theirs ends.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.trusts.kinds import OrganisationKind

AUGUST = 8
MARCH = 3
DECEMBER = 12
ACADEMY_TRUSTS = frozenset(
    {
        OrganisationKind.MULTI_ACADEMY_TRUST,
        OrganisationKind.SINGLE_ACADEMY_TRUST,
        OrganisationKind.AUTHORITY_TRUST,
        OrganisationKind.UMBRELLA_TRUST,
    }
)
CHOOSERS = frozenset({OrganisationKind.SUPPLIER, OrganisationKind.AUTHORITY_TRUST})
"""Whose year may end in a month of their own choice."""
ACADEMY_WORDS = ("academy", "free school", "studio school", "technical college", "technology college")
"""What the register calls the types of state-funded independent school."""
MONTHS = {month: calendar.month_name[month] for month in range(1, DECEMBER + 1)}


@dataclass(frozen=True)
class FinancialYear:
    """Both days belong to it."""

    starts_on: date
    ends_on: date


def is_academy(establishment_type: str | None) -> bool:
    """Whether a school of this type keeps an academy's year."""
    return any(word in (establishment_type or "").lower() for word in ACADEMY_WORDS)


def ends_in(kind: OrganisationKind, establishment_type: str | None = None, chosen: int | None = None) -> int:
    """The month, 1 to 12, with whose last day the year of such an organisation ends."""
    if chosen is not None and kind in CHOOSERS:
        return chosen
    academies = kind in ACADEMY_TRUSTS or (kind is OrganisationKind.SCHOOL and is_academy(establishment_type))
    return AUGUST if academies else MARCH


def year_of(
    kind: OrganisationKind, on: date, establishment_type: str | None = None, chosen: int | None = None
) -> FinancialYear:
    """The financial year in which a London date lies."""
    month = ends_in(kind, establishment_type, chosen)
    ends_on = _last_of(on.year, month)
    if ends_on < on:
        ends_on = _last_of(on.year + 1, month)
    return FinancialYear(_last_of(ends_on.year - 1, month) + timedelta(1), ends_on)


def _last_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
