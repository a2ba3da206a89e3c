"""The pages of the register, and its JSON."""

from __future__ import annotations

import csv
import io
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import load_workbook
from sqlalchemy.orm import Session

from marketplace.interests.columns import read_line
from marketplace.interests.kinds import InterestKind
from marketplace.interests.models import DeclaredPerson, Interest, InterestUpload
from marketplace.interests.upload_pages import OTHER_WORDS
from marketplace.kernel import clock
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.interests import a_declared_person, an_interest
from tests.factories.sheets import as_file
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in

HEADINGS = ["Name", "Post", "Interest", "Organisation", "Company number"]
INTEREST = {"kind": "directorship", "body_name": "Quay Books Ltd", "identifier": "1234567"}


@pytest.fixture
def trust(session: Session) -> Organisation:
    return an_organisation(session, "Ash Trust")


@pytest.fixture
def keeper(session: Session, trust: Organisation) -> Actor:
    return an_actor(session, trust, Role.ADMINISTRATOR)


@pytest.fixture
def desk(app: Flask, session: Session, keeper: Actor) -> FlaskClient:
    return signed_in(app, session, keeper)


def test_an_administrator_adds_a_person_and_an_interest(desk: FlaskClient, session: Session) -> None:
    person = {
        "name": "Jane Smith",
        "post": "trustee",
        "starts_on-day": "1",
        "starts_on-month": "9",
        "starts_on-year": "1998",
    }
    answer = desk.post("/interests/people/new", data=person)
    assert answer.status_code == 302
    answer = desk.post(f"{answer.location}/interests/new", data=INTEREST)
    page = desk.get(answer.location).text
    for words in ("Jane Smith", "1 September 1998", "Quay Books Ltd", "01234567"):
        assert words in page
    interest = session.scalars(sa.select(Interest)).one()
    answer = desk.post(
        f"/interests/{interest.id}/end",
        data={"ends_on-day": "1", "ends_on-month": "10", "ends_on-year": "2026"},
    )
    assert re.search(r"until\s+<time[^>]+>1 October 2026", desk.get(answer.location).text)
    assert "Quay Books Ltd" in desk.get("/interests").text


@pytest.mark.parametrize(
    ("data", "link"),
    [({}, "#name"), ({"name": "J", "post": "trustee", "birth_month": "5"}, "#birth_year")],
)
def test_a_wrong_person_is_shown_at_the_field_and_not_stored(
    desk: FlaskClient, session: Session, data: dict[str, str], link: str
) -> None:
    answer = desk.post("/interests/people/new", data=data)
    assert (answer.status_code, f'href="{link}"' in answer.text) == (422, True)
    assert session.scalar(sa.select(sa.func.count(DeclaredPerson.id))) == 0


def test_a_change_keeps_what_was_typed_and_shows_it(
    desk: FlaskClient, session: Session, trust: Organisation
) -> None:
    declared = a_declared_person(session, trust, birth_year=1970, birth_month=5)
    address = f"/interests/people/{declared.id}/change"
    assert 'value="1970"' in desk.get(address).text
    desk.post(address, data={"name": "Jane Hall", "post": "member"})
    assert "Jane Hall" in desk.get(f"/interests/people/{declared.id}").text


def test_the_downloads_hold_what_the_page_shows(
    desk: FlaskClient, session: Session, trust: Organisation
) -> None:
    an_interest(session, a_declared_person(session, trust, "=Jane"), "Quay", nature="=1+1")
    a_declared_person(session, trust, "Tom Hall")
    session.commit()
    text = desk.get("/interests.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    book = load_workbook(io.BytesIO(desk.get("/interests.xlsx").data))
    excel = book.get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["Name", "'=Jane", "Tom Hall"]
    assert [row[0] for row in excel] == ["Name", "=Jane", "Tom Hall"]
    assert [row[5] for row in rows] == [row[5] for row in excel]
    assert rows[1][7] == "'=1+1"
    page = desk.get("/interests").text
    assert all(name in page for name in ("=Jane", "Tom Hall"))


def test_a_member_declares_their_own_interest_and_sees_only_that(
    app: Flask, session: Session, trust: Organisation, keeper: Actor
) -> None:
    a_declared_person(session, trust, "Somebody Else")
    member = signed_in(app, session, an_actor(session, trust, Role.BUYER))
    assert member.get("/interests").status_code == 403
    assert member.get("/interests/people/new").status_code == 403
    answer = member.post("/interests/own", data=INTEREST)
    assert (answer.status_code, 'href="#post"' in answer.text) == (422, True)
    assert member.post("/interests/own", data=INTEREST | {"post": "senior-staff"}).status_code == 302
    page = member.get("/interests/own").text
    assert "Quay Books Ltd" in page
    assert "To confirm" in page
    assert "Somebody Else" not in page
    interest = session.scalars(sa.select(Interest)).one()
    administrator = signed_in(app, session, keeper)
    assert "Confirm an interest that somebody declared" in administrator.get("/").text
    answer = administrator.post(f"/interests/{interest.id}/confirm")
    assert "To confirm" not in administrator.get(answer.location).text


def test_what_is_another_trusts_answers_404_without_a_trace(
    desk: FlaskClient, session: Session, keeper: Actor
) -> None:
    strange = an_organisation(session, "Strange Trust")
    declared = a_declared_person(session, strange, "Canary Bird")
    interest = an_interest(session, declared, "Canary Ltd")
    session.commit()
    one, other = f"/interests/people/{declared.id}", f"/interests/{interest.id}"
    answers = [desk.get(path) for path in (one, f"{one}/change", f"{one}/interests/new", f"{other}/end")]
    answers += [desk.post(f"{other}/confirm"), desk.get(f"/trusts/{strange.id}/interests")]
    answers.append(desk.post(f"{one}/interests/new", data=INTEREST))
    answers.append(desk.post(f"{one}/change", data={"name": "x", "post": "member"}))
    assert {answer.status_code for answer in answers} == {404}
    assert not any("Canary" in answer.text for answer in answers)
    assert "Canary" not in desk.get("/interests").text


def test_the_published_part_is_for_everybody_once_the_trust_says_so(
    app: Flask, desk: FlaskClient, session: Session, trust: Organisation, keeper: Actor
) -> None:
    confirmed: dict[str, Any] = {"confirmed_by_id": keeper.person_id, "confirmed_at": clock.now()}
    an_interest(session, a_declared_person(session, trust), "Quay Books", **confirmed)
    session.commit()
    address = f"/trusts/{trust.id}/interests"
    assert app.test_client().get(address).status_code == 404
    assert "not published yet" in desk.get("/interests/published").text
    assert desk.post("/interests/published", data={"is_published": "true"}).status_code == 302
    page = app.test_client().get(address)
    assert page.status_code == 200
    assert "Jane Smith" in page.text
    assert "Quay Books" in page.text
    assert address in desk.get("/interests/published").text
    desk.post("/interests/published", data={"is_published": "false"})
    assert app.test_client().get(address).status_code == 404


def a_csv(*rows: list[str], more: tuple[str, ...] = ()) -> dict[str, object]:
    return {"file": (io.BytesIO(as_file("csv", [[*HEADINGS, *more], *rows])), "interests.csv")}


def test_a_file_is_uploaded_corrected_in_place_and_stored(desk: FlaskClient, session: Session) -> None:
    good = ["Jane Smith", "Trustee", "Directorship", "Quay Ltd", "1234567"]
    wrong = ["Tom Hall", "King", "Directorship", "<b>Bee</b> Ltd", "12-34"]
    answer = desk.post("/interests/uploads/new", data=a_csv(good, wrong))
    assert answer.status_code == 302
    address = answer.location
    page = desk.get(address).text
    assert "1 row is wrong" in page
    assert "Row 3, Company number: Enter a company number" in page
    assert 'href="#r3-post"' in page
    assert "<b>Bee" not in page
    faults = list(csv.reader(io.StringIO(desk.get(f"{address}/faults.csv").data.decode("utf-8-sig"))))
    assert [row[:3] for row in faults[1:]] == [["3", "Post", "King"], ["3", "Company number", "12-34"]]
    assert desk.post(f"{address}/store").status_code == 409
    assert session.scalar(sa.select(sa.func.count(DeclaredPerson.id))) == 0
    desk.post(address, data={"r3-post": "Queen", "r3-identifier": "7654321"})
    assert 'value="Queen"' in desk.get(address).text
    desk.post(address, data={"r3-post": "Member"})
    page = desk.get(address).text
    assert "Store 2 rows" in page
    assert desk.post(f"{address}/store").status_code == 302
    page = desk.get("/interests").text
    assert "2 new people, 2 new interests" in page
    assert "Tom Hall" in page
    assert desk.get(address).status_code == 404


def test_the_rows_are_shown_as_they_will_be_stored(desk: FlaskClient, session: Session) -> None:
    school = an_organisation(session, "Bay School", urn="137291")
    session.commit()
    content = a_csv(
        ["Jane Smith", "Headteacher", "director", "Quay Ltd", "1234567", "1/9/2023"],
        ["Tom Hall", "Chair of trustees", "School governor", school.name, "137291", ""],
        more=("From",),
    )
    page = desk.get(desk.post("/interests/uploads/new", data=content).location).text
    stored = ("Senior staff", "Trustee", "Directorship", "Governor elsewhere", "01234567", "1 September 2023")
    for words in stored:
        assert f">{words}</" in page
    assert (">137291</" in page, "00137291" in page, "1/9/2023" in page) == (True, False, False)


def test_the_upload_page_lists_the_words_that_it_understands(desk: FlaskClient) -> None:
    page = desk.get("/interests/uploads/new").text
    for words in ("Local governor", "Accounting officer", "Shareholding", "Local authority: councillor"):
        assert words in page
    assert page.index("An example of a row") < page.index("Quay Books Ltd") < page.index("01234567")
    for words in OTHER_WORDS.replace(" or ", ", ").split(", "):
        assert read_line(2, {"name": "Jane", "post": words}).faults == {}


def test_a_row_can_be_left_out_and_an_upload_thrown_away(desk: FlaskClient, session: Session) -> None:
    wrong = ["Tom Hall", "King", "", "", ""]
    address = desk.post("/interests/uploads/new", data=a_csv(wrong, ["Jane", "Member", "", "", ""])).location
    desk.post(address, data={"r2-left_out": "true"})
    assert "Store 1 row" in desk.get(address).text
    assert desk.post(f"{address}/forget").status_code == 302
    assert desk.get(address).status_code == 404
    assert session.scalar(sa.select(sa.func.count(InterestUpload.id))) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "The file is empty"), (b"<svg></svg>", "Choose a CSV file"), (b"a,b\n", "these are missing")],
)
def test_what_is_no_register_is_named_at_the_file(desk: FlaskClient, content: bytes, said: str) -> None:
    answer = desk.post("/interests/uploads/new", data={"file": (io.BytesIO(content), "a.csv")})
    assert (answer.status_code, said in answer.text, 'href="#file"' in answer.text) == (422, True, True)


def test_no_file_and_too_large_a_one_are_answered(desk: FlaskClient) -> None:
    assert "Choose a file" in desk.post("/interests/uploads/new", data={}).text
    large = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + b"a" * 1_100_000
    answer = desk.post("/interests/uploads/new", data=large, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_another_trusts_upload_is_not_found(app: Flask, desk: FlaskClient, session: Session) -> None:
    address = desk.post("/interests/uploads/new", data=a_csv(["Canary", "Member", "", "", ""])).location
    stranger = signed_in(app, session, an_actor(session))
    answers = [stranger.get(address), stranger.get(f"{address}/faults.csv")]
    answers += [stranger.post(f"{address}{rest}") for rest in ("", "/store", "/forget")]
    assert {answer.status_code for answer in answers} == {404}
    assert not any("Canary" in answer.text for answer in answers)


def test_the_example_can_be_uploaded(desk: FlaskClient) -> None:
    example = desk.get("/interests/uploads/example.csv").data
    answer = desk.post("/interests/uploads/new", data={"file": (io.BytesIO(example), "a.csv")})
    assert "Store 1 row" in desk.get(answer.location).text


def test_the_register_can_be_downloaded_and_uploaded_again(
    desk: FlaskClient, session: Session, trust: Organisation
) -> None:
    an_interest(session, a_declared_person(session, trust), "Quay")
    session.commit()
    for ending in ("csv", "xlsx"):
        content = desk.get(f"/interests.{ending}").data
        answer = desk.post("/interests/uploads/new", data={"file": (io.BytesIO(content), f"a.{ending}")})
        desk.post(f"{answer.location}/store")
        assert "0 new people, 0 new interests, 0 ended, 1 known before" in desk.get("/interests").text


def test_programs_keep_the_register_too(app: Flask, session: Session, keeper: Actor) -> None:
    client, headers = app.test_client(), bearer(session, keeper)
    made = client.post(
        "/api/interests/people", json={"name": "Jane Smith", "post": "trustee"}, headers=headers
    )
    assert (made.status_code, made.json is not None and made.json["interests"]) == (201, [])
    person_id = (made.json or {})["id"]
    added = client.post(f"/api/interests/people/{person_id}/interests", json=INTEREST, headers=headers)
    assert added.status_code == 201
    assert (added.json or {})["company_number"] == "01234567"
    ended = client.post(
        f"/api/interests/{(added.json or {})['id']}/end", json={"ends_on": "2026-10-01"}, headers=headers
    )
    assert (ended.json or {})["ends_on"] == "2026-10-01"
    changed = client.put(
        f"/api/interests/people/{person_id}", json={"name": "Jane Hall", "post": "member"}, headers=headers
    )
    assert (changed.json or {})["name"] == "Jane Hall"
    register = client.get("/api/interests", headers=headers).json or {}
    assert [one["name"] for one in register["people"]] == ["Jane Hall"]
    assert register["people"][0]["interests"][0]["organisation_name"] == "Quay Books Ltd"
    wrong = client.post(
        "/api/interests/people", json={"post": "king", "organisation_id": "x"}, headers=headers
    )
    assert wrong.status_code == 422
    assert set((wrong.json or {})["errors"]) == {"name", "post", "organisation_id"}


def test_a_program_asks_how_a_seller_is_related(
    app: Flask, session: Session, keeper: Actor, trust: Organisation
) -> None:
    seller = an_organisation(session, "Cedar Trust")
    an_interest(session, a_declared_person(session, trust), seller, InterestKind.TRUSTEESHIP)
    headers = bearer(session, keeper)
    client = app.test_client()
    found = client.get(f"/api/related-parties?seller_id={seller.id}", headers=headers).json
    assert found == {"paths": ["Jane Smith is trustee of Ash Trust and is trustee of Cedar Trust."]}
    assert client.get(f"/api/related-parties?seller_id={uuid.uuid4()}", headers=headers).status_code == 404


def test_only_one_of_two_stores_at_once_finds_the_upload(desk: FlaskClient, session: Session) -> None:
    address = desk.post("/interests/uploads/new", data=a_csv(["Jane", "Member", "", "", ""])).location
    answers = [desk.post(f"{address}/store").status_code for _ in range(2)]
    assert answers == [302, 404]
    assert len(re.findall("Jane", desk.get("/interests").text)) == 1
