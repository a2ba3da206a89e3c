"""One request, one transaction: committed at the edge, begun again when another was in the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel import http
from marketplace.kernel import session as sessions
from marketplace.kernel.errors import Refused
from marketplace.kernel.session import (
    Database,
    UnitOfWorkFlask,
    command_session,
    current_session,
    database_of,
)
from marketplace.people.models import Person


def write(session: Session, key: str) -> None:
    session.add(Person(email=key, name=""))
    session.flush()


def stored(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Person.email).order_by(Person.email)))


@pytest.fixture
def small(environment: dict[str, str]) -> Iterator[Flask]:
    """An application with nothing but sessions and error pages."""
    app = UnitOfWorkFlask("small")
    sessions.init_app(app, environment["DATABASE_URL"])
    http.init_app(app)
    yield app
    database_of(app).close()


def route(app: Flask, view: Callable[[], Any], *methods: str) -> None:
    app.add_url_rule("/api/x", view_func=view, methods=methods or ("POST",))


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (303, True), (400, False), (422, False), (500, False)]
)
def test_only_an_answer_below_400_is_stored(small: Flask, status: int, kept: bool) -> None:
    def view() -> tuple[str, int]:
        write(current_session(), "row")
        return "", status

    route(small, view)
    assert small.test_client().post("/api/x").status_code == status
    assert stored(database_of(small)) == (["row"] if kept else [])


def test_an_exception_stores_nothing(small: Flask) -> None:
    def view() -> str:
        write(current_session(), "row")
        raise Refused("No.")

    route(small, view)
    assert small.test_client().post("/api/x").status_code == 422
    assert stored(database_of(small)) == []


def test_a_view_that_could_not_be_serialised_is_run_again(small: Flask) -> None:
    """A real failure: another unit changes the row between this one's read and its write."""
    database, runs = database_of(small), []
    with database.writing() as session, session.begin():
        write(session, "row")

    def view() -> str:
        runs.append(1)
        session = current_session()
        if database.engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            somebody = session.scalars(sa.select(Person)).one()
        else:  # a reader that becomes a writer: SQLITE_BUSY_SNAPSHOT when somebody wrote meanwhile
            session.close()
            session.bind = database.reading_engine
            somebody = session.scalars(sa.select(Person)).one()
        if len(runs) == 1:
            elsewhere = threading.Thread(target=change, args=("other",))
            elsewhere.start()
            elsewhere.join()
        somebody.name += "+ours"
        session.flush()
        return somebody.name

    def change(name: str) -> None:
        with database.writing() as session, session.begin():
            session.scalars(sa.select(Person)).one().name = name

    route(small, view)
    assert small.test_client().post("/api/x").text == "other+ours"
    assert len(runs) == 2


def test_a_view_is_tried_five_times_and_then_fails(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "pause", lambda attempt: None)
    runs = []

    def view() -> str:
        runs.append(1)
        busy = __import__("sqlite3").OperationalError("database is locked")
        busy.sqlite_errorname = "SQLITE_BUSY"
        raise sa.exc.OperationalError("", {}, busy)

    route(small, view)
    assert small.test_client().post("/api/x").status_code == 503
    assert len(runs) == 5


def test_any_other_database_error_is_not_tried_again(small: Flask) -> None:
    runs = []

    def view() -> str:
        runs.append(1)
        write(current_session(), "same")
        write(current_session(), "same")
        return ""

    route(small, view)
    assert small.test_client().post("/api/x").status_code == 500
    assert len(runs) == 1


def test_a_get_on_postgresql_cannot_write(small: Flask) -> None:
    def view() -> str:
        write(current_session(), "row")
        return ""

    route(small, view, "GET")
    answer = small.test_client().get("/api/x")
    is_sqlite = database_of(small).engine.dialect.name == "sqlite"
    assert answer.status_code == (200 if is_sqlite else 500)


def test_a_request_gives_its_connection_back(small: Flask) -> None:
    def view() -> str:
        current_session().execute(sa.text("SELECT 1"))
        return ""

    route(small, view, "GET")
    for _ in range(30):  # more than the pool holds
        assert small.test_client().get("/api/x").status_code == 200
    assert database_of(small).reading_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_unit_of_work_that_met_another_begins_again(small: Flask) -> None:
    database, tries = database_of(small), []

    def work(session: Session) -> int:
        tries.append(1)
        write(session, f"row {len(tries)}")
        if len(tries) == 1:
            busy = __import__("sqlite3").OperationalError("database is locked")
            busy.sqlite_errorname = "SQLITE_BUSY"
            raise sa.exc.OperationalError("", {}, busy)
        return 7

    assert database.run(work) == 7
    assert stored(database) == ["row 2"]


def test_a_command_that_meets_a_rule_ends_in_words_and_stores_nothing(small: Flask) -> None:
    with pytest.raises(click.ClickException, match="Not today"), command_session(small) as session:  # noqa: PT012
        write(session, "row")
        raise Refused("Not today.")
    assert stored(database_of(small)) == []


def test_a_command_is_committed_at_its_end(small: Flask) -> None:
    with command_session(small) as session:
        write(session, "row")
    assert stored(database_of(small)) == ["row"]


@pytest.mark.parametrize("address", ["postgresql://app@127.0.0.1:1/x", "sqlite:////proc/none/x.sqlite"])
def test_while_the_database_is_away_a_request_is_answered_in_words(address: str) -> None:
    app = UnitOfWorkFlask("small")
    sessions.init_app(app, address)
    http.init_app(app)
    route(app, lambda: str(current_session().scalar(sa.text("SELECT 1"))))
    answer = app.test_client().post("/api/x")
    database_of(app).close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json is not None
    assert answer.json["detail"] == http.AWAY


@pytest.mark.parametrize("address", ["postgresql://app@127.0.0.1:1/x", "sqlite:////proc/none/x.sqlite"])
def test_while_the_database_is_away_a_command_ends_in_words(address: str) -> None:
    app = UnitOfWorkFlask("small")
    sessions.init_app(app, address)
    with pytest.raises(click.ClickException, match="Sharewell cannot"), command_session(app) as session:
        session.execute(sa.text("SELECT 1"))
    database_of(app).close()


def test_a_request_is_not_begun_again_when_patience_is_over(
    small: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LONGEST_SECONDS", 0)
    runs = []

    def view() -> str:
        runs.append(1)
        busy = __import__("sqlite3").OperationalError("database is locked")
        busy.sqlite_errorname = "SQLITE_BUSY"
        raise sa.exc.OperationalError("", {}, busy)

    route(small, view)
    assert small.test_client().post("/api/x").status_code == 503
    assert len(runs) == 1


def test_recognising_who_asks_is_begun_again_too(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "pause", lambda attempt: None)
    runs = []

    def recognise() -> None:
        runs.append(1)
        if len(runs) == 1:
            busy = __import__("sqlite3").OperationalError("database is locked")
            busy.sqlite_errorname = "SQLITE_BUSY"
            raise sa.exc.OperationalError("", {}, busy)

    small.before_request(recognise)
    route(small, lambda: "done")
    assert small.test_client().post("/api/x").text == "done"
    assert len(runs) == 2
