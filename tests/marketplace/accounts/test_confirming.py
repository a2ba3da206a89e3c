"""Proving again who one is."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.outbox import OutboxJob
from marketplace.people import services
from marketplace.people.models import BrowserSession, Person
from marketplace.trusts.access import Actor
from tests.factories.trusts import an_actor, signed_in

PASSWORD = "seven green bicycles"
FORM = "/account/email"


@pytest.fixture
def actor(session: Session) -> Actor:
    """Somebody with a password."""
    actor = an_actor(session)
    services.set_password(session, session.get_one(Person, actor.person_id), PASSWORD)
    return actor


@pytest.fixture
def browser(app: Flask, session: Session, actor: Actor) -> FlaskClient:
    """A browser whose proof is an hour old."""
    return stale(app, session, actor)


def stale(app: Flask, session: Session, actor: Actor) -> FlaskClient:
    made = signed_in(app, session, actor)
    session.execute(sa.update(BrowserSession).values(confirmed_at=clock.now() - timedelta(hours=1)))
    session.commit()
    return made


def secret_of(browser: FlaskClient) -> str:
    with browser.session_transaction() as cookie:
        return str(cookie["session"])


def mailed(browser: FlaskClient, session: Session) -> str:
    assert browser.post("/confirm/link", data={"next": FORM}).status_code == 200
    owed = sa.select(OutboxJob.payload).order_by(OutboxJob.id.desc()).limit(1)
    return str(session.scalars(owed).one()["path"])


def test_the_password_opens_the_form_that_was_wanted(browser: FlaskClient) -> None:
    asked = browser.get(FORM)
    assert asked.location == f"/confirm?next={FORM}"
    page = browser.get(asked.location).text
    assert f'name="next" value="{FORM}"' in page
    assert browser.post("/confirm", data={"password": PASSWORD, "next": FORM}).location == FORM
    assert browser.get(FORM).status_code == 200


def test_a_proof_gives_the_session_a_new_secret_and_keeps_what_was_chosen(
    app: Flask, browser: FlaskClient, actor: Actor
) -> None:
    before = secret_of(browser)
    old = browser.get_cookie("session")
    assert old is not None
    browser.post("/confirm", data={"password": PASSWORD})
    assert secret_of(browser) != before
    with browser.session_transaction() as cookie:
        assert cookie["organisation"] == str(actor.organisation_id)
    thief = app.test_client()
    thief.set_cookie("session", old.value)
    assert thief.get("/account").status_code == 302


@pytest.mark.parametrize("password", ["", "wrong horse battery", PASSWORD.upper(), f" {PASSWORD}"])
def test_a_wrong_password_proves_nothing(browser: FlaskClient, password: str) -> None:
    answer = browser.post("/confirm", data={"password": password, "next": FORM})
    assert (answer.status_code, 'href="#password"' in answer.text) == (422, True)
    assert browser.get(FORM).status_code == 302


def test_the_password_of_another_proves_nothing(app: Flask, session: Session, browser: FlaskClient) -> None:
    other = services.add_person(session, "kim@trust.example", "Kim", "eight yellow tricycles")
    session.commit()
    form = {"password": "eight yellow tricycles", "next": FORM, "person_id": str(other.id)}
    assert browser.post("/confirm", data=form).status_code == 422
    del form["person_id"]
    assert browser.post("/confirm", data=form).status_code == 422


def test_a_mailed_link_proves_it_in_the_browser_that_asked_alone(
    app: Flask, session: Session, browser: FlaskClient, actor: Actor
) -> None:
    path = mailed(browser, session)
    other, stranger = stale(app, session, actor), stale(app, session, an_actor(session))
    for elsewhere in (other, stranger):
        assert (elsewhere.get(path).status_code, elsewhere.post(path).status_code) == (410, 410)
        assert elsewhere.get(FORM).status_code == 302
    assert app.test_client().get(path).status_code == 302
    assert browser.get(path).status_code == 200
    assert browser.post(path, data={"next": FORM}).location == FORM
    assert browser.get(FORM).status_code == 200
    assert browser.post(path).status_code == 410


def test_the_demonstrations_people_prove_it_by_a_button_and_nobody_else_does(
    app: Flask, session: Session, browser: FlaskClient, actor: Actor
) -> None:
    assert "demonstration nothing more" not in browser.get("/confirm").text
    assert browser.post("/confirm/demonstration", data={"next": FORM}).status_code == 404
    session.get_one(Person, actor.person_id).demonstration_part = "Business manager"
    session.commit()
    assert "demonstration nothing more" in browser.get("/confirm").text
    assert browser.post("/confirm/demonstration", data={"next": FORM}).location == FORM
    assert browser.get(FORM).status_code == 200


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_proof_leads_nowhere_else(browser: FlaskClient, address: str) -> None:
    assert "evil" not in browser.get("/confirm", query_string={"next": address}).text
    assert browser.post("/confirm", data={"password": PASSWORD, "next": address}).location == "/"


def test_somebody_without_a_password_is_not_asked_for_one(app: Flask, session: Session) -> None:
    browser = stale(app, session, an_actor(session))
    assert 'name="password"' not in browser.get("/confirm").text
    assert browser.post("/confirm", data={"password": "x", "next": FORM}).status_code == 422
