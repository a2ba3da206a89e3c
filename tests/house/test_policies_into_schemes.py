"""The approval limits that organisations had are the first rows of their schemes."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.orm import Session

from marketplace.delegation import queries
from marketplace.delegation.kinds import SchemeState
from marketplace.delegation.models import StoredScheme
from marketplace.delegation.rules import Scheme, limited
from marketplace.kernel import clock
from marketplace.kernel.database import make_engine
from marketplace.kernel.settings import ROOT, Settings, read_settings

BEFORE = "d5be9c9fc7ee"


def config(settings: Settings) -> Config:
    made = Config(toml_file=str(ROOT / "pyproject.toml"))
    made.attributes["settings"] = settings
    return made


def insert(connection: sa.Connection, table: str, **values: Any) -> uuid.UUID:
    """A row as the tables were then: every column that must have a value gets one."""
    found = sa.Table(table, sa.MetaData(), autoload_with=connection)
    kinds = {column.name: column.type for column in found.c}
    given = {"id": uuid.uuid4(), "created_at": clock.now(), **values}
    typed = {name: sa.bindparam(name, type_=_type(kinds[name], value)) for name, value in given.items()}
    connection.execute(sa.insert(found).values(typed), given)
    return uuid.UUID(str(given["id"]))


def _type(kind: sa.types.TypeEngine[Any], value: object) -> sa.types.TypeEngine[Any]:
    return sa.Uuid() if isinstance(value, uuid.UUID) else kind


def test_limits_are_carried_over_and_back(environment: dict[str, str]) -> None:
    settings = read_settings(environment)
    command.downgrade(config(settings), BEFORE)
    engine = make_engine(settings.migrations_database_url)
    with engine.begin() as connection:
        person = insert(connection, "people", email="a@b.example", name="Ann", **_rest(connection, "people"))
        trust = insert(
            connection,
            "organisations",
            name="Trust",
            kind="multi-academy-trust",
            **_rest(connection, "organisations", standing="verified", state="open"),
        )
        rules = {"organisation_id": trust, "requires_po_number": False}
        insert(connection, "spending_policies", approval_limit_pence=250_000, **rules)
        insert(
            connection,
            "policy_changes",
            approval_limit_pence=900_000,
            proposed_by_id=person,
            state="waiting",
            **rules,
        )
    command.upgrade(config(settings), "head")
    with Session(engine) as session:
        states = {one.state: one.id for one in session.scalars(sa.select(StoredScheme))}
        assert queries.scheme_of(session, trust) == limited(250_000, requires_po_number=False)
        waits = queries.written(session, states[SchemeState.WAITING])
        assert waits == limited(900_000, requires_po_number=False)
        assert queries.scheme_of(session, uuid.uuid4()) == Scheme()
    command.downgrade(config(settings), BEFORE)
    with engine.begin() as connection:
        limits = [
            connection.scalar(sa.text(f"SELECT approval_limit_pence FROM {table}"))  # noqa: S608
            for table in ("spending_policies", "policy_changes")
        ]
    engine.dispose()
    assert limits == [250_000, 900_000]


def _rest(connection: sa.Connection, table: str, **known: Any) -> dict[str, Any]:
    """Something for each column of then that must have a value and that a test does not care about."""
    plain: dict[str, Any] = {}
    for column in sa.inspect(connection).get_columns(table):
        name, needed = column["name"], not column["nullable"] and column.get("default") is None
        if needed and name in known:
            plain[name] = known[name]
        elif needed and isinstance(column["type"], sa.Boolean):
            plain[name] = False
        elif needed and isinstance(column["type"], sa.Integer):
            plain[name] = 0
    return plain
