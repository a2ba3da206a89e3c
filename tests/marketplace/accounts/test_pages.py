"""Signing in and out in the browser, and the account page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session

from app import create_app
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings
from marketplace.people import services
from marketplace.people.models import BrowserSession, Person
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership
from tests.factories.trusts import an_actor, an_organisation, signed_in

PASSWORD = "seven green bicycles"
ADDRESS = "sam@trust.example"


@pytest.fixture
def sam(session: Session) -> Person:
    """Somebody with a password and a role."""
    person = services.add_person(session, ADDRESS, "Sam Pike", PASSWORD)
    trust = an_organisation(session, "Harbour Trust")
    session.add(Membership(person_id=person.id, organisation_id=trust.id, role=Role.ADMINISTRATOR))
    session.commit()
    return person


def sign_in(client: FlaskClient, **changes: str) -> str:
    answer = client.post("/sign-in", data={"email": ADDRESS, "password": PASSWORD, **changes})
    assert answer.status_code == 302, answer.text
    return answer.location


def secret_of(client: FlaskClient) -> str | None:
    with client.session_transaction() as cookie:
        return cookie.get("session")


def test_the_right_password_signs_in(client: FlaskClient, sam: Person) -> None:
    assert sign_in(client, email=" SAM@Trust.example ") == "/"
    page = client.get("/trust").text
    assert "Sam Pike" in page
    assert "Harbour Trust</h1>" in page


def test_signing_in_leads_to_the_page_that_was_wanted(client: FlaskClient, sam: Person) -> None:
    page = client.get("/sign-in?next=/trust/audit%3Fafter%3D1").text
    assert 'name="next" value="/trust/audit?after=1"' in page
    assert sign_in(client, next="/trust/audit") == "/trust/audit"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\t/evil.example",
        "/" + "x" * 1000,
        "/\x00",
        "",
    ],
)
def test_no_address_outside_sharewell_is_followed(client: FlaskClient, sam: Person, address: str) -> None:
    assert sign_in(client, next=address) == "/"
    assert "evil" not in client.get("/sign-in", query_string={"next": address}).text


def test_a_long_address_leads_back_and_an_endless_one_to_the_start(client: FlaskClient, sam: Person) -> None:
    long = client.get("/trusts?q=" + "x" * 250)
    assert sign_in(client, next=f"/trusts?q={'x' * 250}") == f"/trusts?q={'x' * 250}"
    assert long.location.endswith("x" * 250)
    client.post("/sign-out")
    assert client.get("/trusts?q=" + "x" * 5000).location == "/sign-in?next=/"


@pytest.mark.parametrize(
    ("email", "password"),
    [(ADDRESS, "wrong horse battery"), ("nobody@trust.example", PASSWORD), (ADDRESS, PASSWORD.upper())],
)
def test_a_wrong_sign_in_says_the_same_for_known_and_unknown(
    client: FlaskClient, sam: Person, email: str, password: str
) -> None:
    answer = client.post("/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 422
    assert "The email address or the password is not right" in answer.text
    assert f'value="{email}"' in answer.text
    assert password not in answer.text
    assert secret_of(client) is None


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Enter email address"),
        ({"email": ADDRESS}, "Enter password"),
        ({"email": "x" * 300, "password": "y"}, "Use 200 characters or fewer"),
        ({"email": "a\x00b", "password": "y"}, "Remove the characters that cannot be printed"),
        ({"email": ADDRESS, "password": "y" * 1001}, "Use 1,000 characters or fewer"),
        ({"email": ADDRESS, "password": "y", "role": "king"}, "role: This is not something"),
    ],
)
def test_what_cannot_be_a_sign_in_is_named(client: FlaskClient, form: dict[str, str], said: str) -> None:
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_huge_post_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"email": "x" * 2_000_000, "password": "y"})
    assert answer.status_code == 413


def test_signing_in_replaces_whatever_the_cookie_held(client: FlaskClient, sam: Person) -> None:
    with client.session_transaction() as cookie:
        cookie["session"] = "planted"
        cookie["planted"] = "by an attacker"
    sign_in(client)
    with client.session_transaction() as cookie:
        assert set(cookie) == {"session"}
        assert cookie["session"] != "planted"


def test_a_second_sign_in_has_a_secret_of_its_own(client: FlaskClient, sam: Person) -> None:
    sign_in(client)
    first = secret_of(client)
    sign_in(client)
    assert secret_of(client) not in {None, first}


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: FlaskClient, sam: Person) -> None:
    answer = client.post("/sign-in", data={"email": ADDRESS, "password": PASSWORD})
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("address", ["https://sharewell.example", "http://127.0.0.1:8000"])
def test_behind_tls_the_cookie_never_travels_without_it(environment: dict[str, str], address: str) -> None:
    made = create_app(read_settings({**environment, "PUBLIC_URL": address}), COUNT_TRIES=False)
    assert made.config["SESSION_COOKIE_SECURE"] is address.startswith("https://")
    cookie = made.test_client().get("/sign-in", base_url=address).headers["Set-Cookie"]
    assert ("Secure" in cookie) is address.startswith("https://")
    assert "Domain" not in cookie
    database_of(made).close()


def test_a_stolen_cookie_is_worthless_after_signing_out(app: Flask, client: FlaskClient, sam: Person) -> None:
    sign_in(client)
    stolen = client.get_cookie("session")
    assert stolen is not None
    assert client.post("/sign-out").status_code == 302
    thief = app.test_client()
    thief.set_cookie("session", stolen.value)
    assert thief.get("/trust").status_code == 302


def test_demonstration_people_are_buttons_and_sign_in_without_a_password(
    client: FlaskClient, session: Session
) -> None:
    actor = an_actor(session)
    session.get_one(Person, actor.person_id).demonstration_part = "Business manager, Harbour View"
    session.commit()
    assert "Business manager, Harbour View" in client.get("/sign-in").text
    form = {"person_id": str(actor.person_id), "next": "/trust"}
    assert client.post("/sign-in/demonstration", data=form).location == "/trust"
    assert actor.name in client.get("/trust").text
    endless = {**form, "next": "/trusts?q=" + "x" * 5000}
    assert client.post("/sign-in/demonstration", data=endless).location == "/"


def test_real_people_are_no_buttons_in_a_demonstration(client: FlaskClient, sam: Person) -> None:
    assert "Sam Pike" not in client.get("/sign-in").text
    assert client.post("/sign-in/demonstration", data={"person_id": str(sam.id)}).status_code == 404


def test_outside_the_demonstration_its_people_cannot_sign_in(
    app: Flask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = an_actor(session)
    session.get_one(Person, actor.person_id).demonstration_part = "Business manager"
    session.commit()
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], demo=False))
    assert client.post("/sign-in/demonstration", data={"person_id": str(actor.person_id)}).status_code == 404
    assert "Business manager" not in client.get("/sign-in").text


def test_the_account_lists_browsers_and_ends_one(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    here, there = signed_in(app, session, actor), signed_in(app, session, actor)
    page = here.get("/account").text
    assert page.count("This browser") == 1
    (other_id,) = re.findall(r'name="session_id" value="([^"]+)"', page)
    assert here.post("/account/sessions/end", data={"session_id": other_id}).location == "/account"
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200


def test_every_other_browser_can_be_ended_at_once(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    here, one, other = (signed_in(app, session, actor) for _ in range(3))
    assert here.post("/account/sessions/end-others").location == "/account"
    assert [browser.get("/account").status_code for browser in (here, one, other)] == [200, 302, 302]
    assert "every other browser" not in here.get("/account").text


def test_a_browser_is_listed_with_when_and_from_where_it_was_used(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    with freeze_time("2026-12-01 10:00:00Z"):
        here = signed_in(app, session, actor)
    with freeze_time("2026-12-01 10:04:00Z"):
        assert "last used 1 December 2026, 10:00am</td>" in here.get("/account").text
    with freeze_time("2026-12-01 10:06:00Z"):
        here.get("/account", environ_base={"REMOTE_ADDR": "192.0.2.7"})
        page = here.get("/account").text
    assert "since 1 December 2026, 10:00am<br>last used 1 December 2026, 10:06am from 192.0.2.7" in page


def test_a_second_sign_in_ends_the_session_that_the_browser_had(
    app: Flask, client: FlaskClient, sam: Person
) -> None:
    sign_in(client)
    first = client.get_cookie("session")
    assert first is not None
    sign_in(client)
    thief = app.test_client()
    thief.set_cookie("session", first.value)
    assert thief.get("/account").status_code == 302


def test_somebody_without_an_organisation_has_an_account_page(app: Flask, session: Session) -> None:
    services.add_person(session, ADDRESS, "Sam Pike", PASSWORD)
    session.commit()
    browser = app.test_client()
    sign_in(browser)
    page = browser.get("/account")
    assert page.status_code == 200
    assert "Sign out" in page.text
    assert browser.get("/trust").status_code == 403


def test_account_pages_are_kept_in_no_cache(app: Flask, session: Session) -> None:
    here = signed_in(app, session, an_actor(session))
    for path in ("/account", "/account/tokens", "/account/password", "/confirm"):
        assert here.get(path).headers["Cache-Control"] == "no-store"


def test_signing_out_everywhere_ends_every_browser(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    here, there = signed_in(app, session, actor), signed_in(app, session, actor)
    assert here.post("/account/sessions/end-all").location == "/sign-in"
    assert (here.get("/account").status_code, there.get("/account").status_code) == (302, 302)


@pytest.mark.parametrize(("form", "lives"), [({"tokens": "true"}, False), ({}, True)])
def test_signing_out_everywhere_ends_tokens_as_well_unless_the_box_is_unticked(
    app: Flask, session: Session, form: dict[str, str], lives: bool
) -> None:
    actor = an_actor(session)
    here = signed_in(app, session, actor)
    assert "still act" not in here.get("/account").text
    token = services.make_token(session, actor.email, "payroll")
    session.commit()
    page = here.get("/account").text
    assert "A token still acts for you after you sign out" in page
    box = re.search(r'<input[^>]*name="tokens"[^>]*>', page)
    assert box is not None
    assert "checked" in box[0]
    here.post("/account/sessions/end-all", data=form)
    assert (services.token_of(session, token) is not None) == lives
    assert ("your tokens have ended" in here.get("/sign-in").text) != lives


@pytest.mark.parametrize("session_id", [None, "x"])
def test_nobody_ends_a_browser_of_others(app: Flask, session: Session, session_id: str | None) -> None:
    other = an_actor(session)
    there = signed_in(app, session, other)
    others = session.scalars(sa.select(BrowserSession.id)).one()
    here = signed_in(app, session, an_actor(session))
    form = {"session_id": session_id or str(others)}
    assert here.post("/account/sessions/end", data=form).status_code == 404
    assert there.get("/account").status_code == 200


@pytest.fixture
def guarded(environment: dict[str, str]) -> Iterator[Flask]:
    """An application with CSRF protection, on a database of its own."""
    app = create_app(read_settings(environment), TESTING=True, COUNT_TRIES=False)
    yield app
    database_of(app).close()


def test_a_form_of_another_site_cannot_sign_anybody_in_or_out(guarded: Flask) -> None:
    with database_of(guarded).writing() as session:
        services.add_person(session, ADDRESS, "Sam Pike", PASSWORD)
        session.commit()
    browser = guarded.test_client()
    form = {"email": ADDRESS, "password": PASSWORD}
    refused = browser.post("/sign-in", data=form)
    assert refused.status_code == 400
    assert "reload the page and try again" in refused.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-in").text)
    assert token is not None
    assert browser.post("/sign-in", data={**form, "csrf_token": token[1]}).status_code == 302
    assert browser.post("/sign-out").status_code == 400
