"""The record of who did what: chosen, taken away as a file, and checked elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import audit, clock
from marketplace.kernel.audit import Act
from marketplace.people import operating
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in


@pytest.fixture
def actor(session: Session) -> Actor:
    """An administrator whose trust has done five things on five days, two of them by somebody else."""
    actor = an_actor(session, an_organisation(session, "Ash Trust"))
    other = an_actor(session, session.get_one(Organisation, actor.organisation_id))
    for day in range(1, 6):
        with freeze_time(f"2026-03-0{day} 23:30:00"):
            who = other if day > 3 else actor
            personal = {"name": "Zoë O'Neill"} if day == 2 else {}
            act(session, who, "give-po-number" if day % 2 else "withdraw", personal=personal)
    act(session, an_actor(session), "of-another-trust")
    session.commit()
    return actor


def act(session: Session, who: Actor, action: str, **more: Any) -> None:
    about: dict[str, Any] = {
        "subject_kind": "people",
        "subject_id": who.person_id,
        "after": {"state": "=1+1"},
    } | more
    audit.record(session, Act(who.organisation_id, who.person_id, action, at=clock.now(), **about))


@pytest.fixture
def browser(app: Flask, session: Session, actor: Actor) -> FlaskClient:
    return signed_in(app, session, actor)


def shown(text: str) -> list[int]:
    """The numbers of the entries on a page."""
    return [int(one) for one in re.findall(r"<tr[^>]*>\s*<td[^>]*numeric[^>]*>(\d+)</td>", text)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [5, 4, 3, 2, 1]),
        ("from_on-day=3&from_on-month=3&from_on-year=2026", [5, 4, 3]),
        ("to_on-day=3&to_on-month=3&to_on-year=2026", [3, 2, 1]),
        ("action=withdraw", [4, 2]),
        ("subject_kind=people", [5, 4, 3, 2, 1]),
        ("subject_kind=orders", []),
        ("action=withdraw&to_on-day=2&to_on-month=3&to_on-year=2026", [2]),
    ],
)
def test_entries_are_chosen_by_day_act_and_subject(
    browser: FlaskClient, query: str, numbers: list[int]
) -> None:
    assert shown(browser.get(f"/trust/audit?{query}").text) == numbers


def test_a_day_is_a_london_day(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    with freeze_time("2026-06-30 23:30:00"):  # already 1 July in London
        act(session, actor, "withdraw")
    browser = signed_in(app, session, actor)
    day = "from_on-day={0}&from_on-month={1}&from_on-year=2026&to_on-day={0}&to_on-month={1}&to_on-year=2026"
    assert shown(browser.get(f"/trust/audit?{day.format(1, 7)}").text) == [1]
    assert shown(browser.get(f"/trust/audit?{day.format(30, 6)}").text) == []


def test_entries_are_chosen_by_who_acted(browser: FlaskClient, actor: Actor) -> None:
    assert shown(browser.get(f"/trust/audit?person_id={actor.person_id}").text) == [3, 2, 1]


def test_what_can_be_chosen_is_what_occurs_here(browser: FlaskClient) -> None:
    page = browser.get("/trust/audit").text
    assert re.findall(r'<option value="([a-z-]+)"', page) == ["give-po-number", "withdraw", "people"]
    assert "Give PO number" in page


def test_the_next_page_and_the_files_keep_what_was_chosen(
    app: Flask, session: Session, browser: FlaskClient, actor: Actor
) -> None:
    for _ in range(30):
        act(session, actor, "withdraw")
    session.commit()
    page = browser.get("/trust/audit?action=withdraw").text
    following = re.search(r'href="(/trust/audit\?[^"]*after=[^"]+)"', page)
    assert following
    address = following[1].replace("&amp;", "&")
    assert "action=withdraw" in address
    assert shown(browser.get(address).text)[-2:] == [4, 2]
    assert "/trust/audit.csv?action=withdraw" in page
    assert "/trust/audit.json?action=withdraw" in page


@pytest.mark.parametrize(
    "query",
    [
        "from_on-day=31&from_on-month=2&from_on-year=2026",
        "person_id=nobody",
        "from_on-day=2&from_on-month=3&from_on-year=2026&to_on-day=1&to_on-month=3&to_on-year=2026",
    ],
)
def test_what_cannot_be_chosen_is_said(browser: FlaskClient, query: str) -> None:
    answer = browser.get(f"/trust/audit?{query}")
    assert (answer.status_code, "There is a problem" in answer.text) == (422, True)
    assert browser.get(f"/trust/audit.csv?{query}").status_code == 422


def test_the_csv_file_holds_what_is_chosen_and_no_formula(browser: FlaskClient) -> None:
    answer = browser.get("/trust/audit.csv?action=withdraw")
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Entry,When (London),Who,What was done,About")
    assert [line.partition(",")[0] for line in lines[1:]] == ["2", "4"]
    assert "of-another-trust" not in answer.text


def digest(*items: Any) -> str:
    """The rule as the file itself tells it, without a line of Sharewell."""
    return hashlib.sha256(json.dumps(list(items), sort_keys=True).encode()).hexdigest()


def check(told: dict[str, Any]) -> None:
    """Follow the chain of a file from end to end, as an auditor would."""
    previous = "0" * 64
    for number, one in enumerate(told["entries"], start=1):
        assert (one["number"], one["previous"]) == (number, previous)
        personal = one["personal"]
        if personal:
            values = digest(personal["salt"], str(personal["about_id"]), personal["values"])
            assert values == one["personal_digest"]
        parts = [one["previous"], one["id"], told["organisation_id"], one["number"], one["created_at"]]
        parts += [str(one["person_id"]), one["action"], one["subject_kind"], one["subject_id"]]
        assert one["digest"] == digest(*parts, one["before"], one["after"], one["personal_digest"])
        previous = one["digest"]
    assert told["chain"] == {"length": len(told["entries"]), "head": previous}


def test_the_json_file_can_be_checked_elsewhere(browser: FlaskClient) -> None:
    told = browser.get("/trust/audit.json").get_json()
    assert (told["organisation"], told["is_complete"], len(told["entries"])) == ("Ash Trust", True, 5)
    assert told["entries"][1]["personal"]["values"] == {"name": "Zoë O'Neill"}
    check(told)
    told["entries"][2]["after"]["state"] = "=1+2"
    with pytest.raises(AssertionError):
        check(told)


def test_the_file_holds_after_a_person_was_erased(
    session: Session, browser: FlaskClient, actor: Actor
) -> None:
    operating.erase_person(session, session.get_one(Person, actor.person_id).email)
    session.commit()
    finance = an_actor(session, session.get_one(Organisation, actor.organisation_id))
    told = signed_in(browser.application, session, finance).get("/trust/audit.json").get_json()
    assert "Zoë" not in json.dumps(told, ensure_ascii=False)
    check(told)


def test_a_part_of_the_record_says_that_it_is_one(browser: FlaskClient) -> None:
    told = browser.get("/trust/audit.json?action=withdraw").get_json()
    assert (told["is_complete"], [one["number"] for one in told["entries"]]) == (False, [2, 4])


def test_an_empty_record_has_a_file_too(app: Flask, session: Session) -> None:
    check(signed_in(app, session, an_actor(session)).get("/trust/audit.json").get_json())


@pytest.mark.parametrize("path", ["/trust/audit", "/trust/audit.csv", "/trust/audit.json"])
@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_and_finance_read_it(app: Flask, session: Session, path: str, role: Role) -> None:
    may = role in {Role.ADMINISTRATOR, Role.FINANCE}
    browser = signed_in(app, session, an_actor(session, None, role))
    assert browser.get(path).status_code == (200 if may else 403)


def test_a_program_reads_it_page_by_page(app: Flask, session: Session, actor: Actor) -> None:
    headers, client = bearer(session, actor), app.test_client()
    first = client.get("/api/audit-entries?action=withdraw", headers=headers).get_json()
    assert ([one["number"] for one in first["items"]], first["next_after"]) == ([4, 2], None)
    after = first["items"][0]["id"]
    rest = client.get(f"/api/audit-entries?after={after}", headers=headers).get_json()
    assert [one["number"] for one in rest["items"]] == [3, 2, 1]
    days = {"from_on": "2026-03-02", "to_on": "2026-03-03"}
    some = client.get("/api/audit-entries", query_string=days, headers=headers).get_json()
    assert [one["number"] for one in some["items"]] == [3, 2]
    buyer = bearer(session, an_actor(session, None, Role.BUYER))
    assert client.get("/api/audit-entries", headers=buyer).status_code == 403


def test_several_values_read_as_a_list_and_what_is_empty_is_left_out(
    app: Flask, session: Session, actor: Actor
) -> None:
    after = {"rules": ["vat: standard", "vat: zero"], "for": "", "missing": 0, "stops": False}
    act(session, actor, "see-findings", after=after)
    session.commit()
    page = " ".join(signed_in(app, session, actor).get("/trust/audit").text.split())
    assert '<span class="app-prose">vat: standard, vat: zero</span>' in page
    assert "in the place of:" not in page
    assert 'approvals still to come: <span class="app-prose">0</span>' in page
    assert "stops: no" in page


def test_people_stand_in_the_values_by_their_names_until_they_are_erased(
    browser: FlaskClient, session: Session, actor: Actor
) -> None:
    head = an_actor(session, session.get_one(Organisation, actor.organisation_id))
    rows = f"nobody up to £500.00; {head.person_id} up to £3,000.00"
    act(session, actor, "set-approval-rules", after={"rows": rows, "for": str(head.person_id)})
    session.commit()
    page = browser.get("/trust/audit").text
    assert f"{head.name} up to £3,000.00" in page
    assert f'in the place of: <span class="app-prose">{head.name}</span>' in page
    assert str(head.person_id) not in page.replace(f'value="{head.person_id}"', "")
    assert str(head.person_id) in browser.get("/trust/audit.json").text
    operating.erase_person(session, head.email)
    session.commit()
    assert f"{head.person_id} up to £3,000.00" in browser.get("/trust/audit").text


def test_words_of_a_program_and_days_are_shown_in_words(
    browser: FlaskClient, session: Session, actor: Actor
) -> None:
    before = {"state": "awaiting-approval"}
    after = {"state": "placed", "ask": 1, "missing": 0, "closes_on": "2026-12-01", "for": ""}
    act(session, actor, "approve", before=before, after=after)
    session.commit()
    text = " ".join(re.sub(r"<[^>]+>", "", browser.get("/trust/audit").text).split())
    for words in (
        "state: placed (was awaiting approval)",
        "times asked: 1",
        "approvals still to come: 0",
        "closes on: 1 December 2026",
    ):
        assert words in text
    assert "in the place of" not in text
