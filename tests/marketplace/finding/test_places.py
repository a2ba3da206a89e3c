"""The places that people type, found in the register as it writes them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.finding import places
from marketplace.finding.grid import Point
from marketplace.trusts.kinds import OrganisationKind
from tests.factories.trusts import an_actor, an_organisation


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


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("newport", "Newport, Shropshire"),
        ("newport, isle of wight", "Newport, Isle of Wight"),
        ("po30 1aa", "PO30 1AA, Isle of Wight"),
        ("po30", "PO30, Isle of Wight"),
        ("clifton", "Clifton, Bristol, City of"),
        ("bristol", "Bristol, City of"),
        ("exeter", "Exeter"),
        ("harbour", "Harbour Lights, Newport"),
    ],
)
def test_the_label_of_a_place_can_be_typed_and_means_the_same_place(
    session: Session, typed: str, label: str
) -> None:
    for number in range(2):
        a_school(session, "Newport", "Shropshire", "893", easting=300 + number, northing=9)
    a_school(session, "Newport", "Isle of Wight", "921", postcode="PO30 1AA", easting=700, northing=1)
    a_school(session, "Clifton", "Bristol, City of", "801", easting=100, northing=5)
    a_school(session, "Clifton", "Lancashire", "888", easting=900, northing=5)
    a_school(session, "Exeter", "Exeter", "700", easting=500, northing=5)
    more: dict[str, Any] = {"authority_code": "893", "easting": 305, "northing": 7}
    an_organisation(session, "Harbour Lights, Newport", OrganisationKind.SCHOOL, **more)
    found = places.find(session, typed, None)
    assert found.label == label
    assert places.find(session, label, None) == found


def test_the_name_of_ones_own_organisation_means_its_place(session: Session) -> None:
    place: dict[str, Any] = {"authority_code": "893", "easting": 305, "northing": 7}
    actor = an_actor(session, an_organisation(session, "Own Firm", OrganisationKind.SUPPLIER, **place))
    found = places.find(session, "", actor)
    assert places.find(session, found.label, actor) == found
