"""Which migration a database is at, and which ones this version knows."""

from __future__ import annotations

import re
from functools import cache

import sqlalchemy as sa

from marketplace.kernel.errors import Unavailable
from marketplace.kernel.settings import ROOT

NOT_MIGRATED = "The database is not at the schema of this version. Run: flask --app app migrate"
NAMED = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)


@cache
def _pairs() -> frozenset[tuple[str, str]]:
    texts = [file.read_text() for file in (ROOT / "migrations/versions").glob("*.py")]
    return frozenset(pair for text in texts for pair in NAMED.findall(text))


def known_revisions() -> set[str]:
    """Every migration of this version."""
    return {revision for name, revision in _pairs() if name == "revision"}


def newest_revision() -> str:
    """The migration that no other builds on, as the files say."""
    built_on = {revision for name, revision in _pairs() if name == "down_revision"}
    return next(iter(known_revisions() - built_on))


def revision_of(connection: sa.Connection) -> str | None:
    """The migration that a database is at; None for a new one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def check_newest(connection: sa.Connection) -> None:
    """Unavailable unless the database is at the newest migration."""
    if revision_of(connection) != newest_revision():
        raise Unavailable(NOT_MIGRATED)
