"""`flask people`: adding people and their tokens."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.people import services
from tests.factories.trusts import an_actor

PASSWORD = "seven green bicycles"


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["people", *arguments])


def add(app: Flask, email: str, password: str) -> Result:
    return run(app, "add", email, "Sam Pike", "--password", password)


def test_who_was_added_can_sign_in(app: Flask, session: Session) -> None:
    result = add(app, "Sam@trust.example", PASSWORD)
    assert (result.exit_code, PASSWORD in result.output) == (0, False)
    assert services.sign_in(session, "sam@trust.example", PASSWORD, "test")


@pytest.mark.parametrize("password", ["short", ""])
def test_a_short_password_is_refused_in_words(app: Flask, session: Session, password: str) -> None:
    result = add(app, "sam@trust.example", password)
    assert (result.exit_code, "15 characters or more" in result.stderr) == (1, True)


def test_nobody_is_added_twice(app: Flask, session: Session) -> None:
    add(app, "sam@trust.example", PASSWORD)
    again = add(app, "sam@trust.example", PASSWORD)
    assert (again.exit_code, "already has an account" in again.stderr) == (1, True)


def test_a_token_opens_the_api(app: Flask, client: FlaskClient, session: Session) -> None:
    actor = an_actor(session)
    session.commit()
    result = run(app, "token", actor.email)
    assert result.exit_code == 0
    token = result.stdout.strip()
    assert token.startswith("sharewell_")
    answer = client.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json is not None
    assert answer.json["email"] == actor.email


def test_a_token_for_nobody_is_refused_in_words(app: Flask, session: Session) -> None:
    result = run(app, "token", "nobody@trust.example")
    assert (result.exit_code, "Nobody has an account" in result.stderr) == (1, True)
