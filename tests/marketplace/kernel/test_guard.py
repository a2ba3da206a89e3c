"""Who is recognised, and what everybody else is answered."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import create_app
from marketplace.kernel import database, http, outbox
from marketplace.kernel import session as sessions
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings
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


def test_who_asks_while_another_holds_the_database_is_told_to_come_again(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LONGEST_SECONDS", 0.2)
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(outbox, "_wakers", [])  # the queue of this application wakes nobody afterwards
    app = create_app(read_settings(environment))
    owner = database.make_engine(read_settings(environment).migrations_database_url)
    with owner.begin() as other:
        if other.dialect.name == "postgresql":
            other.execute(sa.text("LOCK TABLE api_tokens IN ACCESS EXCLUSIVE MODE"))
        held = app.test_client().post("/api/listings", headers={"Authorization": "Bearer sharewell_x"})
    free = app.test_client().post("/api/listings", headers={"Authorization": "Bearer sharewell_x"})
    app.extensions["queue"].storage.close()
    owner.dispose()
    database_of(app).close()
    assert (held.status_code, held.headers["Retry-After"]) == (503, "60")
    assert held.mimetype == "application/problem+json"
    assert held.json is not None
    assert held.json["detail"] == http.BUSY
    assert free.status_code == 401
