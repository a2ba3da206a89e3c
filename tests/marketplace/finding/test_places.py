"""The places that people type, found in the register as it writes them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.finding import places
from marketplace.finding.grid import Point
from marketplace.trusts.kinds import OrganisationKind
from tests.factories.trusts import an_organisation


def a_school(session: Session, town: str, authority: str, code: str = "800", **more: Any) -> None:
    place = {"town": town, "authority_name": authority, "authority_code": code}
    an_organisation(session, None, OrganisationKind.SCHOOL, **(place | more))


@pytest.mark.parametrize(
    "typed",
    [
        "Stoke-on-Trent",
        "stoke on trent",
        "STOKE-ON-TRENT",
        "newcastle-upon-tyne",
        "St. Albans",
        "king\N{RIGHT SINGLE QUOTATION MARK}s lynn",
        "King's Lynn",
        "Herefordshire",
        "bristol",
    ],
)
def test_a_place_is_found_however_it_is_written(session: Session, typed: str) -> None:
    for town in ("Stoke-on-Trent", "Newcastle upon Tyne", "St Albans", "King's Lynn"):
        a_school(session, town, "Some Council")
    a_school(session, "Ledbury", "Herefordshire, County of")
    a_school(session, "Clifton", "Bristol, City of")
    assert places.find(session, typed, None).authority_code == "800"


def test_of_two_towns_of_one_name_that_with_most_schools_counts_whole(session: Session) -> None:
    for number in range(3):
        a_school(session, "Newport", "Shropshire", "893", easting=300 + number, northing=9)
    a_school(session, "Newport", "Shropshire", "893")
    for _ in range(3):
        a_school(session, "Newport", "Isle of Wight", "921", easting=900_000, northing=1)
    found = places.find(session, "newport", None)
    assert (found.label, found.authority_code, found.point) == ("Newport, Shropshire", "893", Point(301, 9))


def test_an_outward_code_is_not_the_beginning_of_another(session: Session) -> None:
    a_school(session, "Exeter", "Devon", "878", postcode="EX1 1AA")
    for _ in range(2):
        a_school(session, "Ottery", "Elsewhere", "999", postcode="EX10 1AA")
    assert places.find(session, "ex1", None).authority_code == "878"
