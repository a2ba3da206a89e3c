"""Second proofs in the browser: set up, asked for when signing in, used once, removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.outbox import OutboxJob
from marketplace.people import authenticators, factors, proving, recovery, services
from marketplace.people.factor_models import Authenticator, FactorTries
from marketplace.people.models import BrowserSession, Person
from marketplace.trusts.access import Actor
from tests.factories.devices import app_code
from tests.factories.trusts import an_actor, signed_in

PASSWORD = "seven green bicycles"
NOON = "2027-03-01 12:00:00"
STEP = 1_803_902_400 // 30


@pytest.fixture(autouse=True)
def noon() -> Iterator[FrozenDateTimeFactory]:
    """Codes change with the clock, so it stands."""
    with freeze_time(NOON) as told:
        assert isinstance(told, FrozenDateTimeFactory)
        yield told


@pytest.fixture
def actor(session: Session) -> Actor:
    """Somebody with a password."""
    actor = an_actor(session)
    services.set_password(session, session.get_one(Person, actor.person_id), PASSWORD)
    return actor


@pytest.fixture
def browser(app: Flask, session: Session, actor: Actor) -> FlaskClient:
    return signed_in(app, session, actor)


def key_of(app: Flask) -> str:
    return str(app.extensions["settings"].secret_key)


def has_app(app: Flask, session: Session, actor: Actor) -> str:
    """The secret of an app that the actor has set up long ago."""
    authenticators.begin(session, actor.person_id, key_of(app))
    secret = authenticators.enrolment(session, actor.person_id, key_of(app)).secret
    authenticators.confirm(session, actor.person_id, key_of(app), app_code(secret, STEP - 1))
    session.commit()
    return secret


def half_in(client: FlaskClient, actor: Actor, address: str = "/orders") -> FlaskClient:
    """The browser after the right password."""
    sent = {"email": actor.email, "password": PASSWORD, "next": address}
    answer = client.post("/sign-in", data=sent)
    assert (answer.status_code, answer.location) == (302, f"/sign-in/second?next={address}")
    return client


def secret_of(client: FlaskClient) -> str:
    with client.session_transaction() as cookie:
        return str(cookie.get("session", ""))


def mails(session: Session) -> list[str]:
    return [job.payload["subject"] for job in session.scalars(sa.select(OutboxJob).order_by(OutboxJob.id))]


def test_an_app_is_set_up_with_a_picture_a_key_and_one_code(
    browser: FlaskClient, session: Session, actor: Actor
) -> None:
    assert browser.post("/account/security/app").location == "/account/security/app"
    page = browser.get("/account/security/app").text
    assert 'src="data:image/svg+xml' in page
    secret = "".join(re.findall(r'app-key">([A-Z2-7 ]+)<', page)[0].split())
    done = browser.post("/account/security/app/confirm", data={"code": app_code(secret, STEP)})
    assert done.status_code == 200
    assert len(re.findall(r"<code>([a-z2-9-]{19})</code>", done.text)) == 10
    assert "Your authenticator app is set up." in done.text
    assert factors.methods(session, actor.person_id).recovery_codes == 10
    assert "An authenticator app was set up" in mails(session)


def test_recovery_codes_are_shown_once_and_can_be_kept_as_text(
    browser: FlaskClient, session: Session
) -> None:
    browser.post("/account/security/app")
    secret = "".join(
        re.findall(r'app-key">([A-Z2-7 ]+)<', browser.get("/account/security/app").text)[0].split()
    )
    page = browser.post("/account/security/app/confirm", data={"code": app_code(secret, STEP)}).text
    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", page)
    kept = re.findall(r'download="sharewell-recovery-codes.txt" href="data:text/plain[^,]*,([^"]+)"', page)
    assert unquote(kept[0]).split()[-10:] == codes
    for address in ("/account/security", "/account/security/recovery-codes", "/account"):
        assert codes[0] not in browser.get(address).text


def test_a_wrong_first_code_sets_nothing_up(browser: FlaskClient, session: Session, actor: Actor) -> None:
    browser.post("/account/security/app")
    answer = browser.post("/account/security/app/confirm", data={"code": "000000"})
    assert answer.status_code == 422
    assert "This code is not right" in answer.text
    assert 'value="000000"' not in answer.text
    assert not factors.required(session, actor.person_id)
    assert browser.post("/account/security/app/confirm").status_code == 422


def test_the_page_of_an_app_that_was_not_begun_goes_back(browser: FlaskClient) -> None:
    assert browser.get("/account/security/app").location == "/account/security"
    assert browser.post("/account/security/app/confirm", data={"code": "123456"}).status_code == 409


def test_a_password_opens_nothing_while_the_code_is_owed(
    app: Flask, client: FlaskClient, session: Session, actor: Actor
) -> None:
    has_app(app, session, actor)
    half_in(client, actor)
    for address in (
        "/account",
        "/orders",
        "/account/security",
        "/trust",
        "/confirm",
        "/account/security/app",
    ):
        assert client.get(address).location.startswith("/sign-in/second"), address
    assert client.post("/account/security/app/remove").location.startswith("/sign-in/second")
    assert client.get("/help").status_code == 200
    assert "Prove that it is you" in client.get("/sign-in/second").text


def test_the_code_opens_what_was_wanted_under_a_new_secret(
    app: Flask, client: FlaskClient, session: Session, actor: Actor
) -> None:
    secret = has_app(app, session, actor)
    half_in(client, actor)
    before = secret_of(client)
    answer = client.post("/sign-in/second", data={"code": app_code(secret, STEP), "next": "/orders"})
    assert answer.location == "/orders"
    assert client.get("/orders").status_code == 200
    assert secret_of(client) != before
    with client.session_transaction() as cookie:
        cookie["session"] = before
    assert client.get("/orders").location.startswith("/sign-in")


def test_one_code_lets_one_browser_in_once(
    app: Flask, client: FlaskClient, session: Session, actor: Actor
) -> None:
    secret = has_app(app, session, actor)
    code = app_code(secret, STEP)
    half_in(client, actor)
    assert client.post("/sign-in/second", data={"code": code}).status_code == 302
    other = half_in(app.test_client(), actor)
    for again in (code, f"{code[:3]} {code[3:]}", f" {code}"):
        answer = other.post("/sign-in/second", data={"code": again})
        assert answer.status_code == 422
        assert "was used before" in answer.text
    assert other.get("/orders").location.startswith("/sign-in/second")


def test_wrong_codes_are_counted_although_nothing_else_of_them_stays(
    app: Flask, client: FlaskClient, session: Session, actor: Actor
) -> None:
    secret = has_app(app, session, actor)
    half_in(client, actor)
    for _ in range(5):
        assert client.post("/sign-in/second", data={"code": "000000"}).status_code == 422
    assert session.scalars(sa.select(FactorTries.tries)).one() == 5
    right = client.post("/sign-in/second", data={"code": app_code(secret, STEP)})
    assert right.status_code == 429
    assert "Wait 15 minutes" in right.text
    assert sum("codes were tried" in subject for subject in mails(session)) == 1


def test_recovery_codes_are_counted_with_the_others(
    app: Flask, client: FlaskClient, session: Session, actor: Actor
) -> None:
    has_app(app, session, actor)
    codes = recovery.make(session, actor.person_id)
    session.commit()
    half_in(client, actor)
    for number in range(5):
        place, name = (("", "code"), ("/recovery", "recovery_code"))[number % 2]
        assert client.post(f"/sign-in/second{place}", data={name: "x"}).status_code == 422
    answer = client.post("/sign-in/second/recovery", data={"recovery_code": codes[0]})
    assert answer.status_code == 429
    assert factors.methods(session, actor.person_id).recovery_codes == 10


def test_a_right_code_after_the_wait_opens(
    app: Flask,
    client: FlaskClient,
    session: Session,
    actor: Actor,
    noon: FrozenDateTimeFactory,
) -> None:
    secret = has_app(app, session, actor)
    half_in(client, actor)
    for _ in range(6):
        client.post("/sign-in/second", data={"code": "000000"})
    noon.tick(proving.WINDOW)
    later = STEP + int(proving.WINDOW.total_seconds()) // 30
    answer = client.post("/sign-in/second", data={"code": app_code(secret, later)})
    assert answer.status_code == 302


def test_a_recovery_code_opens_once_and_says_how_many_are_left(
    app: Flask, client: FlaskClient, session: Session, actor: Actor
) -> None:
    has_app(app, session, actor)
    code = recovery.make(session, actor.person_id)[0]
    session.commit()
    half_in(client, actor)
    answer = client.post("/sign-in/second/recovery", data={"recovery_code": code, "next": "/orders"})
    assert answer.location == "/orders"
    assert "You used a recovery code. 9 are left." in client.get("/orders").text
    assert "A recovery code was used" in mails(session)
    other = half_in(app.test_client(), actor)
    assert other.post("/sign-in/second/recovery", data={"recovery_code": code}).status_code == 422


def test_the_second_proof_leads_nowhere_else(
    app: Flask, client: FlaskClient, session: Session, actor: Actor
) -> None:
    secret = has_app(app, session, actor)
    half_in(client, actor)
    assert "evil" not in client.get("/sign-in/second?next=//evil.example").text
    sent = {"code": app_code(secret, STEP), "next": "//evil.example"}
    assert client.post("/sign-in/second", data=sent).location == "/"


def test_nobody_proves_a_second_time_who_did_not_a_first(client: FlaskClient, browser: FlaskClient) -> None:
    for place in ("/sign-in/second", "/sign-in/second/recovery", "/sign-in/second/passkey"):
        assert client.post(place, data={"code": "123456"}).location.startswith("/sign-in?")
        assert browser.post(place, data={"code": "123456"}).status_code in {302, 403}


def test_one_person_is_not_let_in_by_anothers_code(
    app: Flask, client: FlaskClient, session: Session, actor: Actor
) -> None:
    has_app(app, session, actor)
    other = an_actor(session)
    theirs = has_app(app, session, other)
    half_in(client, actor)
    assert client.post("/sign-in/second", data={"code": app_code(theirs, STEP)}).status_code == 422


def test_after_a_change_of_the_key_a_recovery_code_still_opens(
    app: Flask, client: FlaskClient, session: Session, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = has_app(app, session, actor)
    code = recovery.make(session, actor.person_id)[0]
    session.commit()
    changed = replace(app.extensions["settings"], secret_key="another key, as long as one has to be")
    monkeypatch.setitem(app.extensions, "settings", changed)
    half_in(client, actor)
    answer = client.post("/sign-in/second", data={"code": app_code(secret, STEP)})
    assert answer.status_code == 409
    assert "its own key was changed" in answer.text.replace("\n", " ")
    assert client.post("/sign-in/second/recovery", data={"recovery_code": code}).status_code == 302
    assert "Set the app up again" in client.get("/account/security").text
    assert client.post("/account/security/app").status_code == 302


def test_setting_up_needs_a_fresh_proof(app: Flask, session: Session, browser: FlaskClient) -> None:
    session.execute(sa.update(BrowserSession).values(confirmed_at=clock.now() - timedelta(hours=2)))
    session.commit()
    gets = ("app", "app/remove", "recovery-codes", "passkeys/new")
    for name in gets:
        assert browser.get(f"/account/security/{name}").location.startswith("/confirm"), name
    posts = ("app", "app/confirm", "app/remove", "recovery-codes", "passkeys", "passkeys/options")
    for name in posts:
        assert browser.post(f"/account/security/{name}").status_code == 403, name
    assert session.scalar(sa.select(sa.func.count()).select_from(Authenticator)) == 0


def test_a_code_is_a_fresh_proof(app: Flask, session: Session, actor: Actor) -> None:
    secret = has_app(app, session, actor)
    browser = signed_in(app, session, actor)
    session.execute(sa.update(BrowserSession).values(confirmed_at=clock.now() - timedelta(hours=2)))
    session.commit()
    assert "Use a code of your authenticator app" in browser.get("/confirm?next=/account/security/app").text
    assert "6-digit code" in browser.get("/confirm/code?next=/account/security/recovery-codes").text
    sent = {"code": "000000", "next": "/account/security/recovery-codes"}
    assert browser.post("/confirm/code", data=sent).status_code == 422
    before = secret_of(browser)
    answer = browser.post("/confirm/code", data=sent | {"code": app_code(secret, STEP)})
    assert answer.location == "/account/security/recovery-codes"
    assert browser.get(answer.location).status_code == 200
    assert secret_of(browser) != before


def test_tries_at_confirming_are_counted_too(app: Flask, session: Session, actor: Actor) -> None:
    secret = has_app(app, session, actor)
    browser = signed_in(app, session, actor)
    for _ in range(5):
        browser.post("/confirm/code", data={"code": "000000"})
    assert browser.post("/confirm/code", data={"code": app_code(secret, STEP)}).status_code == 429


def test_removing_the_last_one_is_warned_about_and_ends_the_codes(
    app: Flask, session: Session, actor: Actor, browser: FlaskClient
) -> None:
    has_app(app, session, actor)
    recovery.make(session, actor.person_id)
    other = signed_in(app, session, actor)
    assert "It is the last of your second proofs" in browser.get("/account/security/app/remove").text
    answer = browser.post("/account/security/app/remove")
    assert answer.location == "/account/security"
    assert "signed out of every other browser" in browser.get(answer.location).text
    assert other.get("/account").location.startswith("/sign-in")
    assert factors.methods(session, actor.person_id) == factors.Methods(False, 0, 0)
    assert "Your authenticator app was removed" in mails(session)


def test_new_codes_are_made_by_choice(
    app: Flask, session: Session, actor: Actor, browser: FlaskClient
) -> None:
    assert browser.post("/account/security/recovery-codes").location == "/account/security"
    has_app(app, session, actor)
    old = recovery.make(session, actor.person_id)
    session.commit()
    assert "The 10 that you have left" in browser.get("/account/security/recovery-codes").text
    page = browser.post("/account/security/recovery-codes").text
    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", page)
    assert len(codes) == 10
    assert set(codes).isdisjoint(old)


def test_somebody_without_a_role_can_secure_their_account(app: Flask, session: Session) -> None:
    person = services.add_person(session, "new@trust.example", "New Person", None)
    secret = services.open_session(session, person.id, "test")
    session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = secret
    assert "How you sign in" in client.get("/account/security").text


def test_no_page_about_the_account_is_kept_by_the_browser(browser: FlaskClient) -> None:
    assert browser.get("/account/security").headers["Cache-Control"] == "no-store"
    browser.post("/account/security/app")
    assert browser.get("/account/security/app").headers["Cache-Control"] == "no-store"
