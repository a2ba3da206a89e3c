"""The session of a request, a command or a job, and the commit at its edge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import click
import sqlalchemy as sa
from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session, sessionmaker

from marketplace.kernel import database, starting, units
from marketplace.kernel.errors import DomainError
from marketplace.kernel.units import TRIES, pause

R = TypeVar("R")
LONGEST_SECONDS = 5.0
"""A person does not wait longer than this for others; a job does."""
READING_METHODS = {"GET", "HEAD", "OPTIONS"}


@dataclass
class Database:
    """The engines of an application and the makers of its two kinds of session."""

    engine: sa.Engine
    reading_engine: sa.Engine
    writing: sessionmaker[Session]
    reading: sessionmaker[Session]

    @classmethod
    def at(cls, url: str) -> Database:
        """Connect lazily to the database at a URL."""
        engine = database.make_engine(url)
        reading = database.reading_engine(engine)
        return cls(engine, reading, sessionmaker(engine), sessionmaker(reading))

    def close(self) -> None:
        """Close every connection that nobody uses; the next use connects again."""
        self.engine.dispose()
        self.reading_engine.dispose()

    def run(self, work: Callable[[Session], R]) -> R:
        """One unit of work: commit, or begin again when another was in the way (five tries, with jitter)."""
        return units.run(self.writing, work)


def database_of(app: Flask) -> Database:
    """The database that create_app() put into the application."""
    found: Database = app.extensions["database"]
    return found


def init_app(app: Flask, url: str) -> None:
    """Put the database into the application and close each request's session."""
    app.extensions["database"] = Database.at(url)
    app.teardown_appcontext(_close)


def current_session() -> Session:
    """The session of this request: a reading one for GET, so that pages take no write lock."""
    if "session" not in g:
        makers = database_of(current_app)
        g.session = makers.reading() if request.method in READING_METHODS else makers.writing()
        database.act_for(g.session, g.get("organisation_id"))
    session: Session = g.session
    return session


class UnitOfWorkFlask(Flask):
    """Commits when a view has answered below 400, and begins again when the database asks for it.

    The commit is here, not in after_request, because only here can the view be run again.
    `answer_with` may wrap the view; what it writes is part of the same unit of work.
    """

    answer_with: Callable[[Callable[[], Response]], Response] | None = None

    def full_dispatch_request(self) -> Response:
        with database.patience(LONGEST_SECONDS):
            return super().full_dispatch_request()

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Who asks is read from the database too, in the unit of work of the request."""
        return _again(super().preprocess_request)

    def dispatch_request(self) -> Response:
        return _again(lambda: self._commit(self._answer()))

    def _answer(self) -> Response:
        view = super().dispatch_request

        def answer() -> Response:
            return self.make_response(view())

        return answer() if self.answer_with is None else self.answer_with(answer)

    @staticmethod
    def _commit(response: Response) -> Response:
        session: Session | None = g.get("session")
        if session is not None:
            if response.status_code < 400:  # noqa: PLR2004  the first status that says no
                session.commit()
            else:
                session.rollback()
        return response


def _again(step: Callable[[], R]) -> R:
    """A step of a request, begun again while the database asks for it and the person's patience lasts."""
    until = time.monotonic() + LONGEST_SECONDS
    for attempt in range(1, TRIES + 1):
        try:
            return step()
        except sa.exc.DBAPIError as error:
            close_session()
            if attempt == TRIES or time.monotonic() >= until or not database.is_retryable(error):
                raise
        pause(attempt)
    raise AssertionError("the last try returns or raises")


def close_session() -> None:
    """Roll back what was not committed; the next use in this request begins anew."""
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.close()


def apart(work: Callable[[Session], R]) -> R:
    """A unit of work of its own, which stays whatever the request answers.

    What the request wrote before is undone, and its session begins anew: this comes first.
    """
    session: Session | None = g.get("session")
    if session is not None:
        session.rollback()
    return database_of(current_app).run(work)


def begin_writing() -> None:
    """Let this GET write from here on: another site can send a browser back in no other way."""
    close_session()
    g.session = database_of(current_app).writing()
    database.act_for(g.session, g.get("organisation_id"))


def _close(error: BaseException | None) -> None:
    close_session()


@contextmanager
def command_units(app: Flask) -> Iterator[units.Unit]:
    """The units of work of a long command, each of which is committed by itself."""
    found = database_of(app)
    with starting.database_at(found.engine.url.render_as_string(hide_password=False)):
        yield found.run


@contextmanager
def command_session(app: Flask) -> Iterator[Session]:
    """The session of a command: one transaction; a rule that is met ends the command in words.

    So does a database that cannot be used.
    """
    found = database_of(app)
    address = found.engine.url.render_as_string(hide_password=False)
    with starting.database_at(address), found.writing() as session:
        try:
            yield session
            session.commit()
        except DomainError as error:
            raise click.ClickException(error.sentence) from error
