"""The migrations make exactly what the models say, on both databases, and can be undone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from marketplace.kernel.database import Base, is_made_by_hand, make_engine
from marketplace.kernel.settings import ROOT, Settings, read_settings
from tests.databases import Databases

TRIGGERS = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT t.tgname, t.tgrelid::regclass::text, pg_get_triggerdef(t.oid) || p.prosrc "
    "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal",
}


def config(settings: Settings | None = None) -> Config:
    made = Config(toml_file=str(ROOT / "pyproject.toml"))
    made.attributes["settings"] = settings
    return made


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """A migrated database of the test's own."""
    return read_settings(environment)


@pytest.fixture
def migrated(settings: Settings) -> Iterator[sa.Engine]:
    """That database as the owner of its schema."""
    engine = make_engine(settings.migrations_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def created(databases: Databases) -> Iterator[sa.Engine]:
    """A database made from the models, without a migration."""
    made = databases.settings(databases._make(uuid.uuid4().hex[:12]))
    engine = make_engine(made.migrations_database_url)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def ours(engine: sa.Engine) -> list[str]:
    names = sa.inspect(engine).get_table_names()
    own = (name for name in names if name != "alembic_version" and not name.startswith("huey_"))
    return sorted(name for name in own if not is_made_by_hand(name))


def shape(engine: sa.Engine) -> dict[str, Any]:
    """Everything that a database tells about its tables, in one order."""
    inspector = sa.inspect(engine)
    found: dict[str, Any] = {}
    for table in ours(engine):
        columns = inspector.get_columns(table)
        found[table] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c.get("default")) for c in columns},
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": ordered(inspector.get_foreign_keys(table)),
            "unique": ordered(inspector.get_unique_constraints(table)),
            "indexes": ordered(inspector.get_indexes(table)),
            "checks": ordered(inspector.get_check_constraints(table)),
        }
    return found


def ordered(constraints: Any) -> list[str]:
    """Each constraint as text, without the white space that only its way of making explains."""
    return sorted(" ".join(str(plain(one)).split()) for one in constraints)


def plain(value: Any) -> Any:
    """A condition of an index as its text, wherever it stands."""
    if isinstance(value, dict):
        return sorted((key, plain(inner)) for key, inner in value.items())
    return str(value) if isinstance(value, sa.TextClause) else value


def triggers(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.exec_driver_sql(TRIGGERS[engine.dialect.name]))


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(config()).get_heads()) == 1


def test_alembic_finds_nothing_to_migrate(settings: Settings) -> None:
    command.check(config(settings))


def test_migrated_and_created_databases_are_the_same(migrated: sa.Engine, created: sa.Engine) -> None:
    by_migration, by_models = shape(migrated), shape(created)
    assert by_migration.keys() == by_models.keys()
    for table, wanted in by_models.items():
        assert by_migration[table] == wanted, table


def test_both_have_the_same_triggers(migrated: sa.Engine, created: sa.Engine) -> None:
    assert triggers(migrated) == triggers(created)
    assert triggers(migrated)


def test_migrations_go_down_to_nothing_and_up_again(settings: Settings, migrated: sa.Engine) -> None:
    before = shape(migrated), triggers(migrated)
    command.downgrade(config(settings), "base")
    assert ours(migrated) == []
    assert triggers(migrated) == []
    command.upgrade(config(settings), "head")
    assert (shape(migrated), triggers(migrated)) == before


def test_the_application_owns_nothing_on_postgresql(settings: Settings) -> None:
    if settings.is_sqlite:
        return  # a file has one owner
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        owners = connection.scalars(
            sa.text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        )
        assert connection.scalar(sa.text("SELECT current_user")) not in owners.all()
        superuser = sa.text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert connection.scalar(superuser) is False
    engine.dispose()
