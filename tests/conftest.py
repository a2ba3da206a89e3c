"""Fixtures for every test: each runs on SQLite and on a real PostgreSQL, in a transaction that is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from app import create_app
from marketplace.kernel import outbox
from marketplace.kernel.session import Database, database_of
from marketplace.kernel.settings import read_settings
from tests import postgres
from tests.databases import Databases
from tests.isolation import undone

# A busy machine is no fault of the code: no example has to be quick.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The superuser's address of a PostgreSQL server."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Makes databases of one kind; a test that uses it, directly or not, runs on both kinds."""
    folder = tmp_path_factory.mktemp("databases")
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return Databases(request.param, folder, url)


@pytest.fixture(autouse=True)
def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """No queue hears of a test's jobs, unless its own application is made in it.

    A queue on PostgreSQL opens a connection in whatever thread tells it, and none of them would be closed.
    """
    monkeypatch.setattr(outbox, "_wakers", [])


@pytest.fixture
def environment(databases: Databases) -> dict[str, str]:
    """The environment of a database of the test's own, for tests with servers, workers or processes."""
    return databases.fresh()


@pytest.fixture(scope="session")
def app(databases: Databases) -> Iterator[Flask]:
    """The application on a database that all tests share; use it through `session` or `client`."""
    app = create_app(
        read_settings(databases.fresh()), TESTING=True, WTF_CSRF_ENABLED=False, COUNT_TRIES=False
    )
    yield app
    database_of(app).close()


@pytest.fixture
def isolated(app: Flask) -> Iterator[Database]:
    """Both kinds of session join one transaction, which is rolled back after the test."""
    database = database_of(app)
    with undone(database):
        yield database


@pytest.fixture
def session(isolated: Database) -> Iterator[Session]:
    """A session whose commits are undone after the test."""
    with isolated.writing() as session:
        yield session


@pytest.fixture
def client(app: Flask, isolated: Database) -> FlaskClient:
    """A browser without JavaScript, before signing in."""
    return app.test_client()
