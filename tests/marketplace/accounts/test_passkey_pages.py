"""Passkeys in the browser: added, used alone, as the second proof and as a fresh one; each answer once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.people import factors, services
from marketplace.people.factor_models import Challenge, Passkey
from marketplace.people.models import BrowserSession, Person
from marketplace.people.sites import Site
from marketplace.trusts.access import Actor
from tests.factories.devices import Device
from tests.factories.trusts import an_actor, signed_in

PASSWORD = "seven green bicycles"
LIST = "/account/security"


@pytest.fixture
def actor(session: Session) -> Actor:
    """Somebody with a password."""
    actor = an_actor(session)
    services.set_password(session, session.get_one(Person, actor.person_id), PASSWORD)
    return actor


@pytest.fixture
def browser(app: Flask, session: Session, actor: Actor) -> FlaskClient:
    return signed_in(app, session, actor)


@pytest.fixture
def device(app: Flask) -> Device:
    """A device that stands before the pages of this application."""
    site = Site.at(app.extensions["settings"].public_url)
    return Device(origin=site.origin, domain=site.domain)


def options(client: FlaskClient, place: str) -> str:
    answer = client.post(f"{place}/options")
    assert (answer.status_code, answer.mimetype) == (200, "application/json"), answer.text
    return answer.text


def add(client: FlaskClient, device: Device, name: str = "Laptop") -> str:
    made = device.makes(options(client, f"{LIST}/passkeys"))
    answer = client.post(f"{LIST}/passkeys", data={"name": name, "answer": made})
    assert answer.status_code in {200, 302}, answer.text
    return answer.text


def half_in(client: FlaskClient, actor: Actor) -> FlaskClient:
    answer = client.post("/sign-in", data={"email": actor.email, "password": PASSWORD})
    assert answer.location.startswith("/sign-in/second")
    return client


def test_the_first_passkey_brings_recovery_codes(browser: FlaskClient, device: Device) -> None:
    assert "Name of this passkey" in browser.get(f"{LIST}/passkeys/new").text
    assert "Keep your recovery codes" in add(browser, device)
    page = browser.get(LIST).text
    assert "Laptop" in page
    assert "You have <strong>10</strong> left" in page


def test_adding_one_signs_other_browsers_out(
    app: Flask, session: Session, actor: Actor, browser: FlaskClient, device: Device
) -> None:
    other = signed_in(app, session, actor)
    add(browser, device)
    assert other.get("/account").location.startswith("/sign-in")
    assert browser.get("/account").status_code == 200


def test_a_passkey_alone_signs_in_and_is_both_proofs(
    client: FlaskClient, browser: FlaskClient, device: Device, actor: Actor
) -> None:
    add(browser, device)
    said = device.answers(options(client, "/sign-in/passkey"))
    answer = client.post("/sign-in/passkey", data={"answer": said, "next": "/orders"})
    assert answer.location == "/orders"
    assert actor.name in client.get("/orders").text


def test_an_answer_is_taken_once(
    client: FlaskClient, browser: FlaskClient, device: Device, app: Flask
) -> None:
    add(browser, device)
    said = device.answers(options(client, "/sign-in/passkey"))
    assert client.post("/sign-in/passkey", data={"answer": said}).status_code == 302
    for again in (client, app.test_client()):
        assert again.post("/sign-in/passkey", data={"answer": said}).status_code == 409


def test_another_browser_cannot_bring_the_answer(
    app: Flask, client: FlaskClient, browser: FlaskClient, device: Device
) -> None:
    add(browser, device)
    said = device.answers(options(client, "/sign-in/passkey"))
    other = app.test_client()
    options(other, "/sign-in/passkey")
    answer = other.post("/sign-in/passkey", data={"answer": said})
    assert answer.status_code == 409
    assert "Start again" in answer.text


def test_a_wrong_answer_spends_the_question(
    client: FlaskClient, browser: FlaskClient, device: Device, session: Session
) -> None:
    add(browser, device)
    asked = options(client, "/sign-in/passkey")
    right, device.origin = device.origin, "https://evil.example"
    assert client.post("/sign-in/passkey", data={"answer": device.answers(asked)}).status_code == 422
    assert session.scalar(sa.select(sa.func.count()).select_from(Challenge)) == 0
    device.origin = right
    assert client.post("/sign-in/passkey", data={"answer": device.answers(asked)}).status_code == 409


def test_an_answer_is_too_late_after_ten_minutes(
    client: FlaskClient, browser: FlaskClient, device: Device
) -> None:
    with freeze_time("2027-03-01 12:00:00"):
        asked = options(client, "/sign-in/passkey")
    with freeze_time("2027-03-01 12:10:00"):
        assert client.post("/sign-in/passkey", data={"answer": device.answers(asked)}).status_code == 409


def test_an_answer_for_one_purpose_is_none_for_another(
    app: Flask, session: Session, client: FlaskClient, browser: FlaskClient, device: Device, actor: Actor
) -> None:
    add(browser, device)
    half_in(client, actor)
    alone = device.answers(options(client, "/sign-in/passkey"))
    assert client.post("/sign-in/second/passkey", data={"answer": alone}).status_code == 409
    confirming = device.answers(options(browser, "/confirm/passkey"))
    assert browser.post("/sign-in/passkey", data={"answer": confirming}).status_code == 409
    made = Device(origin=device.origin, domain=device.domain).makes(options(browser, f"{LIST}/passkeys"))
    assert browser.post("/sign-in/passkey", data={"answer": made}).status_code == 409


def test_a_passkey_is_the_second_proof(
    client: FlaskClient, browser: FlaskClient, device: Device, actor: Actor
) -> None:
    add(browser, device)
    half_in(client, actor)
    assert "Use your passkey" in client.get("/sign-in/second").text
    said = device.answers(options(client, "/sign-in/second/passkey"))
    answer = client.post("/sign-in/second/passkey", data={"answer": said, "next": "/orders"})
    assert answer.location == "/orders"
    assert client.get("/orders").status_code == 200


def test_anothers_passkey_is_not_the_second_proof(
    app: Flask, session: Session, client: FlaskClient, browser: FlaskClient, device: Device, actor: Actor
) -> None:
    add(browser, device)
    theirs = Device(origin=device.origin, domain=device.domain)
    add(signed_in(app, session, an_actor(session)), theirs)
    half_in(client, actor)
    said = theirs.answers(options(client, "/sign-in/second/passkey"))
    assert client.post("/sign-in/second/passkey", data={"answer": said}).status_code == 422
    assert client.get("/orders").location.startswith("/sign-in/second")


def test_a_passkey_is_a_fresh_proof(session: Session, browser: FlaskClient, device: Device) -> None:
    add(browser, device)
    session.execute(sa.update(BrowserSession).values(confirmed_at=clock.now() - timedelta(hours=2)))
    session.commit()
    new = f"{LIST}/passkeys/new"
    assert "Use your passkey" in browser.get(browser.get(new).location).text
    said = device.answers(options(browser, "/confirm/passkey"))
    assert browser.post("/confirm/passkey", data={"answer": said, "next": new}).location == new
    assert browser.get(new).status_code == 200


def test_a_wrong_answer_leads_back_to_where_it_was_asked(
    client: FlaskClient, browser: FlaskClient, device: Device, actor: Actor
) -> None:
    add(browser, device)
    assert 'href="/sign-in?next=/orders"' in client.post("/sign-in/passkey", data={"next": "/orders"}).text
    half_in(client, actor)
    answer = client.post("/sign-in/second/passkey", data={"answer": "{}", "next": "//evil.example"})
    assert 'href="/sign-in/second?next=/"' in answer.text
    assert 'href="/confirm?next=/"' in browser.post("/confirm/passkey", data={"answer": "x"}).text


def test_a_nameless_or_unmade_passkey_is_not_kept(
    browser: FlaskClient, device: Device, session: Session, actor: Actor
) -> None:
    made = device.makes(options(browser, f"{LIST}/passkeys"))
    nameless = browser.post(f"{LIST}/passkeys", data={"answer": made})
    assert (nameless.status_code, "Enter a name" in nameless.text) == (422, True)
    unmade = browser.post(f"{LIST}/passkeys", data={"name": "Laptop", "answer": "{}"})
    assert unmade.status_code == 422
    assert 'value="Laptop"' in unmade.text
    assert not factors.required(session, actor.person_id)


def test_one_of_two_passkeys_can_go_without_a_warning(
    session: Session, browser: FlaskClient, device: Device
) -> None:
    add(browser, device, "Laptop")
    add(browser, Device(origin=device.origin, domain=device.domain), "Phone")
    one = session.scalars(sa.select(Passkey).where(Passkey.name == "Phone")).one()
    page = browser.get(f"{LIST}/passkeys/{one.id}/remove").text
    assert "Your other ways stay" in page
    assert "Remove the passkey Phone?" in page
    assert browser.post(f"{LIST}/passkeys/{one.id}/remove").location == LIST
    assert "Phone" not in browser.get(LIST).text


def test_anothers_passkey_is_not_there(
    app: Flask, session: Session, browser: FlaskClient, device: Device
) -> None:
    add(browser, device)
    one = session.scalars(sa.select(Passkey)).one()
    other = signed_in(app, session, an_actor(session))
    assert other.get(f"{LIST}/passkeys/{one.id}/remove").status_code == 404
    assert other.post(f"{LIST}/passkeys/{one.id}/remove").status_code == 404
    assert session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 1


def test_the_host_of_a_request_has_no_say(client: FlaskClient, browser: FlaskClient, device: Device) -> None:
    add(browser, device)
    asked = client.post("/sign-in/passkey/options", headers={"Host": "evil.example"}).json
    assert asked is not None
    assert asked["rpId"] == device.domain
