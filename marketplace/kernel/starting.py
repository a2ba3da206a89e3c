"""What can be wrong when Sharewell starts, as sentences instead of tracebacks."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from marketplace.kernel import database
from marketplace.kernel.settings import Settings

NOT_ALLOWED = "42501"
FILE_WORDS = {
    "SQLITE_NOTADB": "it is no SQLite database. Name another file in DATABASE_URL.",
    "SQLITE_CORRUPT": "it is damaged. Put a copy of it back, or name another file in DATABASE_URL.",
    "SQLITE_CANTOPEN": "it cannot be opened. Let this user write to it and to its folder.",
    "SQLITE_READONLY": "it cannot be written to. Let this user write to it and to its folder.",
    "SQLITE_FULL": "the disk is full.",
}


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM end what runs in here, as they should: nothing went wrong."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def check_port(settings: Settings) -> None:
    """ClickException unless the port can be listened on."""
    with listening(settings):
        family, kind, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)


@contextmanager
def listening(settings: Settings) -> Iterator[None]:
    """A fault of HOST or PORT in words."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(_port_words(settings, error)) from error


def _port_words(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} of {settings.host} is in use. Stop what listens there, "
            f"or choose another port, such as PORT={settings.port % 65_535 + 1}."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {settings.port}. Set PORT to 1024 or more."
    return f"Sharewell cannot listen on {settings.host}: {error.strerror}. Set another HOST."


@contextmanager
def database_at(address: str) -> Iterator[None]:
    """ClickException in words when the database at an address cannot be used; other faults pass."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        words = _database_words(make_url(address), error)
        if words is None:
            raise
        raise click.ClickException(words) from error


def _database_words(url: sa.URL, error: sa.exc.DBAPIError) -> str | None:
    place = url.render_as_string(hide_password=True)
    said = database.first_line(error)
    if getattr(error.orig, "sqlstate", None) == NOT_ALLOWED:
        return (
            f"The role {url.username} may not do this in {place}: {said}. "
            "Set MIGRATIONS_DATABASE_URL to the database as the owner of its schema."
        )
    if database.is_busy(error):
        return f"Another program holds the database {place}. Wait until it has finished, then try again."
    if not database.is_away(error):
        return None
    if url.get_backend_name() != "sqlite":
        return f"Sharewell cannot reach the database {place}: {said}. Check its server and DATABASE_URL."
    name = getattr(error.orig, "sqlite_errorname", "")
    why = next((words for start, words in FILE_WORDS.items() if name.startswith(start)), f"{said}.")
    return f"Sharewell cannot use the file {url.database}: {why}"
