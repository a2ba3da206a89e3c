"""An account for a newcomer, by a letter; the answer tells nobody who has one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from app import create_app
from marketplace.kernel import clock, outbox
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings
from marketplace.people.models import Person
from tests.factories.membership import letters, secret_in, somebody

PASSWORD = "copper lantern drifts over moss"


def test_a_newcomer_gets_a_letter_makes_an_account_once_and_is_asked_what_to_claim(
    app: Flask, session: Session
) -> None:
    client = app.test_client()
    assert client.post("/join", data={"email": "nia@school.example"}).status_code == 200
    secret = secret_in(letters(session, "nia@school.example")[-1], "join")
    assert "nia@school.example" in client.get(f"/join/{secret}").text
    bad = client.post(f"/join/{secret}", data={"name": "Nia", "password": "short"})
    assert bad.status_code == 422
    answer = client.post(f"/join/{secret}", data={"name": "Nia", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (302, "/claims/new")
    assert "Which organisation do you work for?" in client.get("/claims/new").text
    assert client.get(f"/join/{secret}").status_code == 410
    again = app.test_client().post(f"/join/{secret}", data={"name": "Eve", "password": PASSWORD})
    assert again.status_code == 410


def test_the_answer_is_the_same_for_known_and_unknown_addresses(app: Flask, session: Session) -> None:
    somebody(session, "known@school.example")
    session.commit()
    client = app.test_client()
    known = client.post("/join", data={"email": "known@school.example"})
    unknown = client.post("/join", data={"email": "never@school.example"})
    assert known.status_code == unknown.status_code == 200
    scrubbed = [page.text.replace("known@", "").replace("never@", "") for page in (known, unknown)]
    nonces = [one.partition("nonce=")[0] for one in scrubbed]
    assert nonces[0] == nonces[1]
    assert "We have sent an email" in known.text
    assert len(letters(session, "known@school.example")) == len(letters(session, "never@school.example")) == 1
    assert letters(session, "known@school.example")[0]["path"].startswith("/sign-in")
    assert session.scalar(sa.select(sa.func.count(Person.id)).where(Person.email.like("never%"))) == 0


def test_an_address_is_refused_when_it_is_none(app: Flask, session: Session) -> None:
    answer = app.test_client().post("/join", data={"email": "nobody"})
    assert answer.status_code == 422
    assert "correct format" in answer.text


def test_a_password_keeps_the_spaces_around_it(app: Flask, session: Session) -> None:
    client, padded = app.test_client(), f"  {PASSWORD} "
    client.post("/join", data={"email": "nia@school.example"})
    secret = secret_in(letters(session, "nia@school.example")[-1], "join")
    assert client.post(f"/join/{secret}", data={"name": "Nia", "password": padded}).status_code == 302
    form = {"email": "nia@school.example", "password": padded}
    assert app.test_client().post("/sign-in", data=form).status_code == 302


def test_one_address_is_sent_ten_letters_in_a_quarter_of_an_hour_at_most(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(read_settings(environment), WTF_CSRF_ENABLED=False)
    monkeypatch.setattr(outbox, "_wakers", [])  # the queue of this application opens no connection
    with freeze_time(clock.now()):
        answers = [
            app.test_client().post(
                "/join",
                data={"email": "Nia@school.example"},
                environ_base={"REMOTE_ADDR": f"192.0.2.{number}"},
            )
            for number in range(11)
        ]
    assert [one.status_code for one in answers] == [200] * 10 + [429]
    database_of(app).close()
