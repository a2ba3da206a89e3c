"""A place that nobody knows is refused with the nearest of the register, as a link to search there."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.finding import place_names, places
from marketplace.finding.places import UnknownPlace
from marketplace.trusts.kinds import OrganisationKind, OrganisationState
from tests.factories.catalogue import an_offer
from tests.factories.trusts import an_actor, an_organisation, bearer
from tests.marketplace.finding.test_places import a_school
from tests.statements import statements_sent


@pytest.fixture(autouse=True)
def _register(session: Session) -> None:
    """Towns that are written in several ways, one of two authorities, some that can be mixed up."""
    for town in (
        "Tavistock",
        "TAVISTOCK",
        "Plymouth",
        "Plympton",
        "Stoke-on-Trent",
        "King's Lynn",
        "St Ives",
    ):
        a_school(session, town, "Devon")
    for town in ("Ashford", "Ashforde", "Ashfords", "Ely"):
        a_school(session, town, "Kent")
    a_school(session, "Newport", "Isle of Wight")
    a_school(session, "Clifton", "Bristol, City of")
    a_school(session, "Ledbury", "Herefordshire, County of")
    session.commit()


def meant(session: Session, typed: str) -> tuple[str, ...]:
    with pytest.raises(UnknownPlace) as refused:
        places.find(session, typed, None)
    asked = re.search(r" Did you mean (.*)\?$", refused.value.sentence)
    assert (asked[1] if asked else "") == " or ".join(refused.value.meant)
    return refused.value.meant


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Tavistok", "Tavistock"),
        ("tavistcok", "Tavistock"),
        ("Ravistock", "Tavistock"),
        ("Plymoth", "Plymouth"),
        ("stoke on trant", "Stoke-on-Trent"),
        ("Stock-upon-Trent", None),
        ("kings lyn", "King's Lynn"),
        ("Devn", "Devon"),
        ("Bristle", None),
        ("Bristl", "Bristol"),
        ("Herefordshir", "Herefordshire"),
        ("Tavistok, Devon", "Tavistock, Devon"),
        ("Tavistock, Devn", "Tavistock"),
        ("Neewport, Isle of Wight", "Newport, Isle of Wight"),
        ("Atlantis", None),
        ("Ley", None),
        ("PL19 8XX", None),
        ("Tavistock 1", None),
        (",", None),
        ("%", None),
    ],
)
def test_the_nearest_name_of_the_register_is_proposed_and_can_be_asked(
    session: Session, typed: str, name: str | None
) -> None:
    assert meant(session, typed) == ((name,) if name else ())
    if name:
        assert places.find(session, name, None).authority_code == "800"


def test_three_that_are_equally_near_are_proposed_and_no_farther_one(session: Session) -> None:
    assert meant(session, "Aashforde") == ("Ashforde",), "the others lack two letters"
    for town in ("Oxley", "Oxlet", "Oxlea", "Oxleb"):
        a_school(session, town, "Kent")
    assert meant(session, "Oxlep") == ("Oxlea", "Oxleb", "Oxlet")


def test_a_town_without_an_open_school_or_trust_is_not_proposed(session: Session) -> None:
    a_school(session, "Okehampton", "Devon", state=OrganisationState.CLOSED)
    an_organisation(session, None, OrganisationKind.SUPPLIER, town="Crediton")
    assert (meant(session, "Okehamton"), meant(session, "Creditn")) == ((), ())


def test_the_register_is_asked_for_its_names_alone_with_two_statements(session: Session) -> None:
    with statements_sent(session.connection()) as sent:
        place_names.meant(session, "Tavistok")
    assert len(sent) == 2
    with statements_sent(session.connection()) as sent:
        assert place_names.meant(session, "EX1 1AA") == []
    assert sent == []


def test_the_page_says_so_at_the_field_and_above_it_and_leads_to_the_same_search_there(
    session: Session, client: FlaskClient
) -> None:
    an_offer(session, title="Zither lessons")
    session.commit()
    answer = client.get("/listings?words=zither&category=estates&place=Tavistok&near=25&sort=price")
    assert answer.status_code == 422
    said = "local authority called Tavistok. Did you mean Tavistock?"
    summary, _, page = answer.text.partition('id="find"')
    assert re.search(f'<a href="#place">[^<]*{re.escape(said)}</a>', summary)
    assert re.search(f'id="place-error"[^>]*>.*{re.escape(said)}</p>', page)
    assert 'value="Tavistok"' in page, "what was typed is not lost"
    links = re.findall(r'href="([^"]*)">Tavistock</a>', page)
    there = "/listings?words=zither&category=estates&place=Tavistock&near=25&sort=price"
    assert {html.unescape(link) for link in links} == {there}
    assert client.get(there).status_code == 200


def test_where_nothing_is_like_it_nothing_is_proposed(client: FlaskClient) -> None:
    page = client.get("/listings?place=Atlantis").text
    assert ("Did you mean" in page, "Search in" in page) == (False, False)
    assert "Nothing was looked for yet. Change what is marked" in page


def test_programs_and_downloads_are_told_it_too(session: Session, client: FlaskClient) -> None:
    headers = bearer(session, an_actor(session))
    answer = client.get("/api/listings?place=Plymoth", headers=headers)
    assert answer.status_code == 422
    assert answer.json
    assert answer.json["detail"].endswith("called Plymoth. Did you mean Plymouth?")
    assert "Did you mean Plymouth?" in client.get("/listings.csv?place=Plymoth").text
