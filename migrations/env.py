"""Alembic's way in: as the schema's owner, in batches on SQLite, with rights on PostgreSQL."""

from __future__ import annotations

import os
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy.engine import make_url

import app
from marketplace.kernel import row_security
from marketplace.kernel.database import Base, UtcInstant, is_made_by_hand, make_engine
from marketplace.kernel.settings import Settings, read_addresses

ROW_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """The queue makes its own tables, and an index of words stands beside the models."""
    table = name or ""
    return not (kind == "table" and (table.startswith("huey_") or is_made_by_hand(table)))


def render_plainly(kind: str, item: object, context_: object) -> str | Literal[False]:
    """A migration keeps its own words for a column's type, whatever becomes of the class in the code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcInstant) else False


def migrate(connection: sa.Connection, application_url: str) -> None:
    """Run what is asked for in one transaction."""
    sqlite = connection.dialect.name == "sqlite"
    driver: Any = connection.connection.driver_connection
    if sqlite:  # a batch copy drops the old table, and the pragma is ignored inside a transaction
        driver.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        include_name=is_ours,
        compare_server_default=True,
        transactional_ddl=True,
        render_item=render_plainly,
    )
    with context.begin_transaction():
        if not sqlite and is_moving():
            row_security.remove(connection)
        context.run_migrations()
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"foreign keys broken by the migration: {broken[:5]}")
        if not sqlite:
            row_security.apply(connection, Base.metadata)
            give_rights(connection, make_url(application_url).username)
    if sqlite:
        driver.execute("PRAGMA foreign_keys=ON")


def is_moving() -> bool:
    """Whether a migration will run: a policy that names a column stands in the way of changing it.

    A database that is where it should be keeps its policies, so that a start locks no table.
    """
    try:
        destination = context.get_revision_argument()
    except KeyError:  # only compared with the models
        return False
    return destination != context.get_context().get_current_revision()


def give_rights(connection: sa.Connection, role: str | None) -> None:
    """Let the application's role read and write rows; the tables stay their owner's."""
    owner = connection.scalar(sa.text("SELECT current_user"))
    if role is None or role == owner:
        return
    quoted = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT {ROW_RIGHTS} ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {ROW_RIGHTS} ON TABLES TO {quoted}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {quoted}",
    ):
        connection.exec_driver_sql(statement)


def run() -> None:
    """Migrate the database that the settings name."""
    app.import_models()
    given: Settings | None = context.config.attributes.get("settings")
    urls = (given.database_url, given.migrations_database_url) if given else read_addresses(os.environ)
    engine = make_engine(urls[1])
    try:
        with engine.connect() as connection:
            migrate(connection, urls[0])
    finally:
        engine.dispose()


run()
