"""`flask people`: adding people and their tokens."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel.audit import AuditEntry
from marketplace.people import services
from tests.factories.trusts import an_actor, bearer, signed_in

PASSWORD = "seven green bicycles"


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["people", *arguments])


def add(app: Flask, email: str, password: str) -> Result:
    return run(app, "add", email, "Sam Pike", "--password", password)


def test_who_was_added_can_sign_in(app: Flask, session: Session) -> None:
    result = add(app, "Sam@trust.example", PASSWORD)
    assert (result.exit_code, PASSWORD in result.output) == (0, False)
    assert services.prove_by_password(session, "sam@trust.example", PASSWORD)


@pytest.mark.parametrize("password", ["short", ""])
def test_a_short_password_is_refused_in_words(app: Flask, session: Session, password: str) -> None:
    result = add(app, "sam@trust.example", password)
    assert (result.exit_code, "15 characters or more" in result.stderr) == (1, True)


def test_the_operator_is_named_and_unnamed_on_record(app: Flask, session: Session) -> None:
    add(app, "sam@trust.example", PASSWORD)
    made = run(app, "operator", "sam@trust.example")
    assert "is an operator" in made.stdout
    assert services.find_person(session, "sam@trust.example").is_operator
    assert "no longer" in run(app, "operator", "sam@trust.example", "--remove").stdout
    session.expire_all()
    assert not services.find_person(session, "sam@trust.example").is_operator
    assert list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.number))) == [
        "make-operator",
        "end-operator",
    ]


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


@freeze_time("2026-12-01 10:00:00Z")
def test_a_token_stands_alone_on_standard_output_and_its_end_beside_it(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    session.commit()
    result = run(app, "token", actor.email)
    assert len(result.stdout.split()) == 1
    assert result.stderr == "It lasts until 1 March 2027, 10:00am.\n"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "Bell\x07"])
def test_a_token_needs_a_name(app: Flask, session: Session, name: str) -> None:
    actor = an_actor(session)
    session.commit()
    result = run(app, "token", actor.email, "--name", name)
    assert (result.exit_code, "what the token is for" in result.stderr) == (1, True)


def test_a_password_set_by_the_operator_signs_in_and_ends_every_browser(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    browser, program = signed_in(app, session, actor), bearer(session, actor)
    result = run(app, "reset-password", actor.email, "--password", PASSWORD)
    assert (result.exit_code, PASSWORD in result.output) == (0, False)
    assert services.prove_by_password(session, actor.email, PASSWORD)
    assert browser.get("/account").status_code == 302
    assert app.test_client().get("/api/me", headers=program).status_code == 200


def test_a_short_password_is_not_set(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    result = run(app, "reset-password", actor.email, "--password", "short")
    assert (result.exit_code, "15 characters or more" in result.stderr) == (1, True)
    assert browser.get("/account").status_code == 200


def test_sign_out_ends_every_session_and_token_of_one_person(app: Flask, session: Session) -> None:
    actor, other = an_actor(session), an_actor(session)
    browser, program = signed_in(app, session, actor), bearer(session, actor)
    spared = signed_in(app, session, other)
    result = run(app, "sign-out", actor.email.upper())
    assert "Sessions ended: 1. Tokens ended: 1." in result.stdout
    assert browser.get("/account").status_code == 302
    assert app.test_client().get("/api/me", headers=program).status_code == 401
    assert spared.get("/account").status_code == 200
    assert "Sessions ended: 0. Tokens ended: 0." in run(app, "sign-out", actor.email).stdout


@pytest.mark.parametrize(
    "command", [("reset-password", "--password", PASSWORD), ("sign-out",), ("erase", "--yes")]
)
def test_nobody_is_found_in_words(app: Flask, session: Session, command: tuple[str, ...]) -> None:
    name, *options = command
    result = run(app, name, "nobody@trust.example", *options)
    assert (result.exit_code, "Nobody has an account" in result.stderr) == (1, True)


def test_nobody_is_erased_without_being_asked(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    session.commit()
    result = app.test_cli_runner().invoke(args=["people", "erase", actor.email], input="n\n")
    assert result.exit_code == 1
    assert services.find_person(session, actor.email).name == actor.name


def test_an_operators_acts_stand_in_the_record(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    session.commit()
    run(app, "reset-password", actor.email, "--password", PASSWORD)
    run(app, "sign-out", actor.email)
    run(app, "erase", actor.email, "--yes")
    mine = sa.select(AuditEntry.action).where(AuditEntry.subject_id == actor.person_id)
    entries = session.scalars(mine.order_by(AuditEntry.number)).all()
    assert entries == ["reset-password", "sign-out", "erase"]


def test_a_token_for_nobody_is_refused_in_words(app: Flask, session: Session) -> None:
    result = run(app, "token", "nobody@trust.example")
    assert (result.exit_code, "Nobody has an account" in result.stderr) == (1, True)
