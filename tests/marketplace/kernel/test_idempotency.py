"""A command that is sent twice has its effect once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g, request
from werkzeug.test import TestResponse

from marketplace.kernel import http, outbox
from marketplace.kernel import session as sessions
from marketplace.kernel.errors import Refused
from marketplace.kernel.idempotency import IdempotencyKey
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import UnitOfWorkFlask, current_session, database_of
from marketplace.trusts.guard import once

PERSON = uuid.UUID(int=1)


class Somebody:
    """An actor as far as a repeated command is concerned."""

    def __init__(self, person_id: uuid.UUID, organisation_id: uuid.UUID) -> None:
        self.person_id, self.organisation_id = person_id, organisation_id


@pytest.fixture
def shop(environment: dict[str, str]) -> Iterator[Flask]:
    """An application with one command, and nothing of it faked but who sends it."""
    app = UnitOfWorkFlask("shop")
    sessions.init_app(app, environment["DATABASE_URL"])
    http.init_app(app)
    app.answer_with = once

    @app.before_request
    def somebody() -> None:
        person, organisation = (request.headers.get(name, str(PERSON)) for name in ("X-Person", "X-For"))
        g.actor = Somebody(uuid.UUID(person), uuid.UUID(organisation))

    @app.post("/api/orders")
    def place() -> tuple[dict[str, Any], int, dict[str, str]]:
        body = request.get_json()
        session = current_session()
        made = str(uuid.uuid4())
        outbox.owe(session, "place", made, {})
        if body.get("refused"):
            raise Refused("Not this one.")
        return {"id": made}, 201, {"Location": f"/api/orders/{made}"}

    yield app
    database_of(app).close()


def send(
    app: Flask, key: str | None, body: dict[str, Any] | None = None, person: uuid.UUID = PERSON
) -> TestResponse:
    headers = {"X-Person": str(person)} | ({} if key is None else {"Idempotency-Key": key})
    return app.test_client().post("/api/orders", json=body or {}, headers=headers)


def effects(app: Flask) -> int:
    with database_of(app).reading() as session:
        return session.scalar(sa.select(sa.func.count(OutboxJob.id))) or 0


def test_the_same_key_replays_the_same_answer_and_has_one_effect(shop: Flask) -> None:
    first, second = send(shop, "k1"), send(shop, "k1")
    assert first.status_code == second.status_code == 201
    assert first.get_data() == second.get_data()
    assert first.headers["Location"] == second.headers["Location"]
    assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (
        None,
        "true",
    )
    assert effects(shop) == 1


def test_without_a_key_every_command_has_its_effect(shop: Flask) -> None:
    for _ in range(2):
        send(shop, None)
    assert effects(shop) == 2


def test_a_key_used_for_another_body_is_refused(shop: Flask) -> None:
    send(shop, "k1")
    other = send(shop, "k1", {"quantity": 2})
    assert other.status_code == 422
    assert "used for another request" in other.get_data(as_text=True)
    assert effects(shop) == 1


def test_two_people_may_use_the_same_key(shop: Flask) -> None:
    assert send(shop, "k1").get_json() != send(shop, "k1", person=uuid.UUID(int=2)).get_json()
    assert effects(shop) == 2


def test_a_key_used_for_one_organisation_is_no_answer_for_another(shop: Flask) -> None:
    send(shop, "k1")
    headers = {"Idempotency-Key": "k1", "X-For": str(uuid.UUID(int=2))}
    other = shop.test_client().post("/api/orders", json={}, headers=headers)
    assert (other.status_code, "used for another request" in other.text) == (422, True)
    assert effects(shop) == 1


def test_what_failed_is_not_kept_and_may_be_tried_again(shop: Flask) -> None:
    assert send(shop, "k1", {"refused": True}).status_code == 422
    assert send(shop, "k1").status_code == 201
    assert effects(shop) == 1


@pytest.mark.parametrize("key", ["x" * 101, "a\tb"])
def test_a_key_that_cannot_be_one_is_refused(shop: Flask, key: str) -> None:
    assert send(shop, key).status_code == 422
    assert effects(shop) == 0


def test_the_same_command_sent_by_many_at_once_has_one_effect(shop: Flask) -> None:
    barrier, bodies = threading.Barrier(4), []

    def run() -> None:
        barrier.wait()
        bodies.append(send(shop, "k1").get_data())

    in_threads(run, 4)
    assert len(bodies) == 4
    assert len(set(bodies)) == 1
    assert effects(shop) == 1
    with database_of(shop).reading() as session:
        assert session.scalar(sa.select(sa.func.count(IdempotencyKey.id))) == 1


def in_threads(run: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
