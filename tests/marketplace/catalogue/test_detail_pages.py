"""Where and for whom, trial, people, evidence and visibility in the browser and by program."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue import assurance
from marketplace.catalogue.assurance import Check
from marketplace.catalogue.models import Listing
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import an_offer
from tests.factories.partnerships import a_partnership
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in

SCRIPT = '<script>alert("1")</script>'
HOSTILE = ["\x00", SCRIPT * 900, "9" * 400, "-1", "../../etc", "' OR 1=1 --", "١٢"]
EVIDENCE = {
    "measure": "Absence",
    "before": "24%",
    "after": "18%",
    "starts_on-day": "1",
    "starts_on-month": "9",
    "starts_on-year": "2024",
    "ends_on-day": "20",
    "ends_on-month": "7",
    "ends_on-year": "2025",
    "source": "Our register",
    "pillar": "education",
}
INSURANCE = {
    "insurance": "cyber",
    "cover_pence": "£5,000,000",
    "ends_on-day": "31",
    "ends_on-month": "8",
    "ends_on-year": "2099",
}
POST = {"post": "site manager", "number": "2", "setting": "supervised"}
FORMS: dict[str, dict[str, str]] = {
    "reach": {"reach": "distance", "reach_miles": "25"},
    "trial": {"is_offered": "yes", "trial_months": "6", "trial_percent": "0", "trial_terms": "One school."},
    "people": POST,
    "insurance": INSURANCE,
    "evidence": EVIDENCE,
    "visibility": {"partnership_id": ""},
}


@pytest.fixture
def own(app: Flask, session: Session) -> tuple[FlaskClient, Listing, Actor]:
    """A seller's browser, a listing of theirs, and who they are."""
    actor = an_actor(session)
    listing = an_offer(session, session.get_one(Organisation, actor.organisation_id))
    return signed_in(app, session, actor), listing, actor


@pytest.mark.parametrize("page", FORMS)
def test_each_form_is_shown_filled_in_and_kept(
    own: tuple[FlaskClient, Listing, Actor], session: Session, page: str
) -> None:
    browser, listing, _ = own
    path = f"/listings/{listing.id}/{page}"
    assert browser.get(path).status_code == 200
    assert browser.post(path, data=FORMS[page]).status_code == 302
    assert browser.get(path).status_code == 200
    shown = browser.get(f"/listings/{listing.id}")
    assert shown.status_code == 200


def test_what_was_said_is_on_the_page_of_buyers(
    own: tuple[FlaskClient, Listing, Actor], client: FlaskClient
) -> None:
    browser, listing, _ = own
    for page, data in FORMS.items():
        browser.post(f"/listings/{listing.id}/{page}", data=data)
    shown = client.get(f"/listings/{listing.id}").text
    for words in (
        "Within 25 miles of the seller&#39;s schools",
        "Up to 6 months, free",
        "If nobody decides by its last day, it ends and nothing more is owed.",
        "2 × site manager",
        "Cyber, up to",
        "What the seller states",
        "Measured by Sharewell",
        "Nothing is measured yet.",
        "High-quality and inclusive education",
    ):
        assert words in shown, words


BAD = [
    ("reach", "reach", ["", "mars"]),
    ("reach", "reach_miles", ["", "0", "501", "2.5"]),
    ("trial", "is_offered", ["", "perhaps"]),
    ("trial", "trial_months", ["", "0", "13", "19"]),
    ("trial", "trial_percent", ["100", "-1", "x"]),
    ("trial", "trial_terms", ["x" * 1_001]),
    ("people", "post", ["", "x" * 101, "cook 001234567890"]),
    ("people", "number", ["", "0", "501"]),
    ("people", "setting", ["", "moon"]),
    ("insurance", "insurance", ["", "life"]),
    ("insurance", "cover_pence", ["0", "x", "£1.234"]),
    ("insurance", "ends_on-day", ["", "32", "x"]),
    ("insurance", "ends_on-year", ["2020", "20"]),
    ("evidence", "measure", ["", "x" * 151]),
    ("evidence", "before", ["", "x" * 61]),
    ("evidence", "after", ["", "x" * 61]),
    ("evidence", "source", ["", "x" * 201]),
    ("evidence", "pillar", ["", "speed"]),
    ("evidence", "ends_on-year", ["2023", "2099"]),
    ("evidence", "starts_on-month", ["", "13"]),
    ("visibility", "partnership_id", ["x", str(uuid.uuid4())]),
]


@pytest.mark.parametrize(("page", "field", "values"), BAD, ids=lambda one: str(one)[:20] if one else "none")
def test_bad_input_is_said_at_its_field_and_nothing_typed_is_lost(
    own: tuple[FlaskClient, Listing, Actor], session: Session, page: str, field: str, values: list[str]
) -> None:
    browser, listing, _ = own
    version = listing.version
    key = field.rsplit("-", 1)[0] + "-day" if "-" in field else field
    for value in [*values, *HOSTILE[:1]]:
        answer = browser.post(f"/listings/{listing.id}/{page}", data=FORMS[page] | {field: value})
        assert (answer.status_code, f'href="#{key}"' in answer.text) == (422, True), value
        assert SCRIPT not in answer.text
        others = [typed for name, typed in FORMS[page].items() if name != field and len(typed) > 9]
        assert all(typed in answer.text for typed in others)
    session.refresh(listing)
    assert listing.version == version


@pytest.mark.parametrize("page", FORMS)
def test_hostile_input_is_never_an_error_of_ours(own: tuple[FlaskClient, Listing, Actor], page: str) -> None:
    browser, listing, _ = own
    for field in FORMS[page]:
        for value in HOSTILE:
            answer = browser.post(f"/listings/{listing.id}/{page}", data=FORMS[page] | {field: value})
            assert answer.status_code in {302, 422}, (field, value)
            assert SCRIPT not in answer.text


@pytest.mark.parametrize("page", FORMS)
def test_another_trusts_listing_has_no_such_page(app: Flask, session: Session, page: str) -> None:
    listing = an_offer(session)
    browser = signed_in(app, session, an_actor(session))
    path = f"/listings/{listing.id}/{page}"
    assert browser.get(path).status_code == 404
    assert browser.post(path, data=FORMS[page]).status_code == 404
    assert browser.get(f"/listings/{listing.id}/preview").status_code == 404


def test_only_checks_that_a_post_is_eligible_for_are_asked(
    own: tuple[FlaskClient, Listing, Actor], session: Session
) -> None:
    browser, listing, _ = own
    checks = browser.post(f"/listings/{listing.id}/people", data=POST | {"setting": "remote"}).location
    shown = browser.get(checks).text
    assert "Identity" in shown
    assert "DBS" not in shown
    refused = browser.post(checks, data={"enhanced-day": "1", "enhanced-month": "1", "enhanced-year": "2025"})
    assert refused.status_code == 422
    for year, status in (("2099", 422), ("x", 422), ("2025", 302)):
        data = {"identity-day": "1", "identity-month": "9", "identity-year": year}
        assert browser.post(checks, data=data).status_code == status
    session.refresh(listing)
    assert [one.check for one in assurance.posts(listing.posts)[0].checks] == [Check.IDENTITY]


def test_what_was_added_is_removed_again(own: tuple[FlaskClient, Listing, Actor], session: Session) -> None:
    browser, listing, _ = own
    for page in ("people", "insurance", "evidence"):
        browser.post(f"/listings/{listing.id}/{page}", data=FORMS[page])
    session.refresh(listing)
    removals = [
        f"people/{listing.posts[0]['post_id']}",
        f"insurance/{listing.insurances[0]['cover_id']}",
        f"evidence/{listing.evidence[0]['effect_id']}",
    ]
    for path in removals:
        assert browser.post(f"/listings/{listing.id}/{path}/remove").status_code == 302
    session.refresh(listing)
    assert (listing.posts, listing.insurances, listing.evidence) == ([], [], [])


def test_knowledge_is_described_by_its_own_form(
    own: tuple[FlaskClient, Listing, Actor], session: Session
) -> None:
    browser = own[0]
    shown = browser.get("/listings/new").text
    assert "What do you want to list?" in shown
    assert shown.count(" checked") == 1, "so that nobody goes on without having chosen"
    form = browser.get("/listings/new?kind=data").text
    assert "what buyers may do with it" in form
    assert ("Where the work is done" in form, "Qualified estates manager" in form) == (False, False)
    data = {
        "kind": "data",
        "category": "estates",
        "title": "Survey data",
        "summary": "Blocks",
        "description": "Every block",
        "is_unlimited": "true",
    }
    answer = browser.post("/listings/new", data=data)
    assert (answer.status_code, 'href="#licence"' in answer.text) == (422, True)
    tasks = browser.post("/listings/new", data=data | {"licence": "Use it."}).location
    listed = browser.get(tasks).text
    assert "Any number, so there is nothing to say" in listed
    assert "Cannot start yet" in listed


SAID: dict[str, dict[str, Any]] = {
    "reach": {"reach": "distance", "reach_miles": 25, "phases": ["primary"]},
    "trial": {"trial_months": 6, "trial_percent": 25, "trial_terms": "One school."},
    "people": {
        "posts": [
            {
                "post": "teacher",
                "number": 1,
                "setting": "teaching",
                "checks": [{"check": "barred-list", "made_on": "2025-09-01"}],
            }
        ],
        "insurances": [{"insurance": "cyber", "cover_pence": None, "ends_on": "2099-08-31"}],
    },
    "evidence": {
        "evidence": [
            {
                "measure": "Absence",
                "before": "24%",
                "after": "18%",
                "starts_on": "2024-09-01",
                "ends_on": "2025-07-20",
                "source": "Our register",
                "pillar": "education",
            }
        ]
    },
    "visibility": {"partnership_id": None},
}


@pytest.mark.parametrize("what", SAID)
def test_programs_say_the_same_and_read_it_back(
    own: tuple[FlaskClient, Listing, Actor], session: Session, client: FlaskClient, what: str
) -> None:
    _, listing, actor = own
    path, headers = f"/api/listings/{listing.id}", bearer(session, actor)
    answer = client.put(f"{path}/{what}", json=SAID[what], headers=headers)
    assert answer.status_code == 200, answer.text
    shown: Any = client.get(path, headers=headers).json
    for name, value in SAID[what].items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            assert {key: shown[name][0][key] for key in value[0]} == value[0]
        else:
            assert shown[name] == value
    other = bearer(session, an_actor(session))
    assert client.put(f"{path}/{what}", json=SAID[what], headers=other).status_code == 404


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("reach", {"reach": "authorities"}, "authority_codes"),
    ("reach", {"reach": "authorities", "authority_codes": ["999"]}, "authority_codes"),
    ("reach", {"reach": "distance"}, "reach_miles"),
    ("reach", {"reach": "england", "phases": ["moon"]}, "phases"),
    ("trial", {"trial_months": 13}, "trial_months"),
    ("trial", {"trial_percent": 100}, "trial_percent"),
    ("people", {"posts": [{"post": "x"}], "insurances": []}, "posts"),
    ("people", {"posts": []}, "insurances"),
    ("evidence", {"evidence": [{}]}, "evidence"),
    ("evidence", {"evidence": None}, "evidence"),
    ("visibility", {"partnership_id": "x"}, "partnership_id"),
    ("visibility", {"seller_id": "x"}, "seller_id"),
]


@pytest.mark.parametrize(("what", "body", "field"), WRONG, ids=range(len(WRONG)))
def test_programs_hear_what_is_wrong_at_its_field(
    own: tuple[FlaskClient, Listing, Actor],
    session: Session,
    client: FlaskClient,
    what: str,
    body: dict[str, Any],
    field: str,
) -> None:
    _, listing, actor = own
    answer = client.put(f"/api/listings/{listing.id}/{what}", json=body, headers=bearer(session, actor))
    assert answer.status_code == 422
    problem: Any = answer.json
    assert list(problem["errors"]) == [field]


def test_a_check_that_a_post_is_not_eligible_for_is_refused_by_program_too(
    own: tuple[FlaskClient, Listing, Actor], session: Session, client: FlaskClient
) -> None:
    _, listing, actor = own
    body = {
        "posts": [
            {
                "post": "clerk",
                "number": 1,
                "setting": "remote",
                "checks": [{"check": "enhanced", "made_on": "2025-09-01"}],
            }
        ],
        "insurances": [],
    }
    path = f"/api/listings/{listing.id}/people"
    answer = client.put(path, json=body, headers=bearer(session, actor))
    assert (answer.status_code, "may not be asked" in answer.text) == (422, True)


def test_a_partnership_is_chosen_from_ones_own(
    own: tuple[FlaskClient, Listing, Actor], session: Session, client: FlaskClient
) -> None:
    browser, listing, actor = own
    partnership = a_partnership(session, actor, "Moor and Coast")
    a_partnership(session, an_actor(session), "Far Away")
    session.commit()
    page = f"/listings/{listing.id}/visibility"
    shown = browser.get(page).text
    assert ("Only members of Moor and Coast" in shown, "Far Away" in shown) == (True, False)
    assert browser.post(page, data={"partnership_id": str(partnership.id)}).status_code == 302
    assert client.get(f"/listings/{listing.id}").status_code == 404
    assert browser.post(page, data={"partnership_id": ""}).status_code == 302
    assert client.get(f"/listings/{listing.id}").status_code == 200


def test_the_authorities_of_the_register_are_offered(
    own: tuple[FlaskClient, Listing, Actor], session: Session
) -> None:
    browser, listing, _ = own
    page = f"/listings/{listing.id}/reach"
    assert "the schools register was not imported" in browser.get(page).text
    for code, name in (("878", "Devon"), ("908", "Cornwall")):
        school = OrganisationKind.SCHOOL
        an_organisation(session, name, school, authority_code=code, authority_name=name)
    session.commit()
    chosen = {"reach": "authorities", "authority_codes": ["878", "908"]}
    assert browser.post(page, data=chosen).status_code == 302
    shown = browser.get(page).text
    assert shown.count("checked") == 3
    assert "Buyers read now: Cornwall and Devon" in shown


def test_local_authorities_stand_by_region_and_what_is_ticked_comes_first(
    own: tuple[FlaskClient, Listing, Actor], session: Session
) -> None:
    browser, listing, _ = own
    named = {"878": "Devon", "908": "Cornwall", "383": "Leeds", "660": "Anglesey"}
    for code, name in named.items():
        school = OrganisationKind.SCHOOL
        an_organisation(session, name, school, authority_code=code, authority_name=name)
    session.commit()
    page = f"/listings/{listing.id}/reach"
    wrong = browser.post(page, data={"reach": "authorities"})
    assert wrong.status_code == 422
    assert re.search(r"<details[^>]* open>.*South West", wrong.text, re.DOTALL)
    assert wrong.text.count(" open>") == 1
    assert 'href="#authority_codes"' in wrong.text
    assert 'id="authority_codes"' in wrong.text
    ids = re.findall(r' id="(authority_codes[^"]*)"', wrong.text)
    assert (len(ids), len(set(ids))) == (4, 4), "a label ticks one box"
    browser.post(page, data={"reach": "authorities", "authority_codes": ["383", "878"]})
    shown = browser.get(page).text
    boxes = re.findall(r'name="authority_codes"[^>]*value="(\d+)"( checked)?', shown)
    assert boxes == [("878", " checked"), ("383", " checked"), ("908", ""), ("660", "")]
    summaries = re.findall(r'details__summary-text">\s*([^<]+?)\s*</span>', shown)
    assert summaries == ["South West (1 chosen, 1 more)", "Elsewhere (1)"]
