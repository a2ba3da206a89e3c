"""Who is recognised, and what everybody else is answered."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.trusts import an_actor, bearer, signed_in


def test_a_token_acts_for_its_person(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    answer = app.test_client().get("/api/me", headers=bearer(session, actor))
    assert answer.json is not None
    assert answer.json["organisation_id"] == str(actor.organisation_id)


def test_a_wrong_token_is_nobody(client: FlaskClient) -> None:
    answer = client.get("/api/me", headers={"Authorization": "Bearer sharewell_wrong"})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_a_session_opens_pages_but_not_the_api(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session))
    assert "Sign out" in browser.get("/").text
    assert browser.get("/api/me").status_code == 401
