"""One altered byte anywhere in the record is found, whichever it is."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.kernel import audit, audit_checks
from marketplace.kernel.audit import Act, AuditChain, AuditEntry, AuditPersonalValues
from marketplace.kernel.database import make_engine
from marketplace.kernel.session import Database

MINE, THEIRS, PERSON = uuid.UUID(int=0xABCDEF), uuid.UUID(int=2), uuid.UUID(int=0xFEDCBA)
TABLES = {one.__tablename__: one.__table__ for one in (AuditChain, AuditEntry, AuditPersonalValues)}


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own with two chains."""
    made = Database.at(environment["DATABASE_URL"])
    with made.writing() as session, session.begin():
        for organisation_id in (MINE, MINE, MINE, THEIRS):
            audit.record(
                session,
                Act(
                    organisation_id=organisation_id,
                    person_id=PERSON,
                    action="order.placed",
                    subject_kind="orders",
                    subject_id=uuid.UUID(int=0xBEEF),
                    before={"state": "draft", "net_pence": 10},
                    after={"state": "placed", "note": "café"},
                    personal={"name": "Zoë O'Neill"},
                ),
            )
    yield made
    made.close()


@pytest.fixture
def forge(environment: dict[str, str]) -> Iterator[Callable[..., None]]:
    """Whoever has the database itself in hand, and takes its guards away first."""
    address = environment.get("MIGRATIONS_DATABASE_URL", environment["DATABASE_URL"])
    engine = make_engine(address)
    postgresql = engine.dialect.name == "postgresql"

    @sa.event.listens_for(engine, "connect")
    def unguarded(driver: Any, record: object) -> None:
        if not postgresql:
            driver.execute("PRAGMA foreign_keys=OFF").close()

    with engine.begin() as connection:
        for verb in ("update", "delete"):
            on = " ON audit_entries" if postgresql else ""
            connection.exec_driver_sql(f"DROP TRIGGER audit_entries_append_only_{verb}{on}")
        if postgresql:
            key = "fk_audit_personal_values_entry_id_audit_entries"
            connection.exec_driver_sql(f"ALTER TABLE audit_personal_values DROP CONSTRAINT {key}")

    def run(statement: str, **values: Any) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    yield run
    engine.dispose()


def faults(database: Database, noted: Any = None) -> list[str]:
    with database.reading() as session:
        return list(audit_checks.faults(session, noted))


def bytes_of(database: Database, table: str, column: str) -> str:
    """What stands in a column of the table's first row, as text."""
    with database.reading() as session:
        found = session.scalar(
            sa.text(f'SELECT CAST("{column}" AS TEXT) FROM {table} ORDER BY 1 LIMIT 1')  # noqa: S608  our own
        )
    return str(found)


def texts(database: Database, at: tuple[str, str]) -> Counter[str]:
    """What stands in a column of every row, as text."""
    table, column = at
    with database.reading() as session:
        return Counter(session.scalars(sa.text(f'SELECT CAST("{column}" AS TEXT) FROM {table}')))  # noqa: S608


def put(database: Database, forge: Callable[..., None], at: tuple[str, str], old: str, new: str) -> bool:
    """Write something else into one row; False when PostgreSQL refuses such a value in such a column."""
    table, column = at
    postgresql = database.engine.dialect.name == "postgresql"
    kind = TABLES[table].c[column].type.compile(database.engine.dialect) if postgresql else "TEXT"
    row = "ctid" if postgresql else "rowid"
    one = f'{row} = (SELECT {row} FROM {table} WHERE CAST("{column}" AS TEXT) = :old LIMIT 1)'  # noqa: S608
    try:
        forge(f'UPDATE {table} SET "{column}" = CAST(:new AS {kind}) WHERE {one}', new=new, old=old)  # noqa: S608
    except sa.exc.DBAPIError:
        return False
    return True


@pytest.mark.parametrize("table", sorted(TABLES))
def test_one_altered_byte_is_found_in_every_column(
    database: Database, forge: Callable[..., None], table: str
) -> None:
    assert faults(database) == []
    for column in (one.name for one in TABLES[table].c):
        at, old = (table, column), bytes_of(database, table, column)
        tried = 0
        for place in range(0, len(old), max(1, len(old) // 6)):
            new = old[:place] + (chr(ord(old[place]) ^ 1) if old[place] != "\x01" else "x") + old[place + 1 :]
            before = texts(database, at)
            if not put(database, forge, at, old, new):
                continue
            for written in texts(database, at) - before:  # PostgreSQL writes some values in its own way
                tried += 1
                assert faults(database), f"{table}.{column}: {old} became {written}"
                assert put(database, forge, at, written, old)
        assert tried, f"{table}.{column}: nothing else can stand here"
    assert faults(database) == []


def test_a_blank_more_in_what_was_recorded_is_found(database: Database, forge: Callable[..., None]) -> None:
    text = bytes_of(database, "audit_entries", "before")
    kind = "JSON" if database.engine.dialect.name == "postgresql" else "TEXT"
    forge(f"UPDATE audit_entries SET before = CAST(:new AS {kind})", new=text.replace(": ", ":  ", 1))  # noqa: S608
    assert faults(database)


def test_an_end_that_was_cut_off_with_its_chain_is_found_by_what_was_noted(
    database: Database, forge: Callable[..., None]
) -> None:
    with database.reading() as session:
        noted = audit_checks.heads(session)
    assert faults(database, noted) == []
    forge("DELETE FROM audit_personal_values")
    forge("DELETE FROM audit_entries WHERE number = 3")
    forge(
        "UPDATE audit_chains SET length = 2, head = (SELECT digest FROM audit_entries e "
        "WHERE e.organisation_id = audit_chains.organisation_id AND number = 2) WHERE length = 3"
    )
    assert faults(database) == []  # the database alone cannot tell
    assert faults(database, noted) == [f"Entry 3 of {MINE} is not the one that was noted."]


def test_a_chain_that_was_written_anew_is_found_by_what_was_noted(
    database: Database, forge: Callable[..., None]
) -> None:
    with database.reading() as session:
        noted = audit_checks.heads(session)
    for table in ("audit_personal_values", "audit_entries", "audit_chains"):
        forge(f"DELETE FROM {table}")  # noqa: S608  our own
    with database.writing() as session, session.begin():
        for _ in range(3):
            audit.record(session, Act(MINE, PERSON, "order.cancelled", "orders", uuid.UUID(int=7)))
    assert faults(database) == []
    assert faults(database, noted) == [
        f"Entry 1 of {THEIRS} is not the one that was noted.",
        f"Entry 3 of {MINE} is not the one that was noted.",
    ]


def test_a_chain_that_has_grown_since_is_no_fault(database: Database) -> None:
    with database.reading() as session:
        noted = audit_checks.heads(session)
    with database.writing() as session, session.begin():
        audit.record(session, Act(MINE, PERSON, "order.placed", "orders", uuid.UUID(int=7)))
    assert faults(database, noted) == []


def test_what_the_first_release_sealed_still_holds_and_is_still_guarded(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.at(environment["DATABASE_URL"])
    monkeypatch.setattr(
        audit, "personal_digest", lambda salt, person, values: audit.earlier_personal_digest(salt, values)
    )
    with database.writing() as session, session.begin():
        act = Act(MINE, PERSON, "order.placed", "orders", uuid.UUID(int=1), personal={"name": "Ada"})
        audit.record(session, act)
    assert faults(database) == []
    with database.writing() as session, session.begin():
        session.execute(sa.update(AuditPersonalValues).values(values={"name": "Eve"}))
    assert faults(database) == [f"The personal values of entry 1 of {MINE} were altered."]
    database.close()
