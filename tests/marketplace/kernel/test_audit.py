"""The record of who did what: gapless, append-only, and every alteration is found."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import audit, audit_checks
from marketplace.kernel.audit import Act, AuditChain, AuditEntry, AuditPersonalValues
from marketplace.kernel.database import make_engine
from marketplace.kernel.session import Database

MINE, THEIRS = uuid.UUID(int=1), uuid.UUID(int=2)
PERSON = uuid.UUID(int=9)


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own."""
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


@pytest.fixture
def forge(environment: dict[str, str]) -> Iterator[Callable[[str], None]]:
    """Whoever has the database itself in hand, and takes its triggers away first."""
    engine = make_engine(environment.get("MIGRATIONS_DATABASE_URL", environment["DATABASE_URL"]))

    def run(statement: str) -> None:
        with engine.begin() as connection:
            for verb in ("update", "delete"):
                on = " ON audit_entries" if engine.dialect.name == "postgresql" else ""
                connection.exec_driver_sql(f"DROP TRIGGER audit_entries_append_only_{verb}{on}")
            connection.exec_driver_sql(statement)

    yield run
    engine.dispose()


def an_act(organisation_id: uuid.UUID = MINE, **more: Any) -> Act:
    values: dict[str, Any] = {
        "organisation_id": organisation_id,
        "person_id": PERSON,
        "action": "order.placed",
        "subject_kind": "orders",
        "subject_id": uuid.UUID(int=7),
        "before": {"state": "draft", "net_pence": 10},
        "after": {"state": "placed"},
        "personal": {"name": "Zoë O'Neill"},
    }
    return Act(**(values | more))


def record(database: Database, *acts: Act) -> None:
    with database.writing() as session, session.begin():
        for act in acts:
            audit.record(session, act)


def faults(database: Database) -> list[str]:
    with database.reading() as session:
        return list(audit_checks.faults(session))


def numbers(database: Database, organisation_id: uuid.UUID = MINE) -> list[int]:
    with database.reading() as session:
        mine = sa.select(AuditEntry.number).where(AuditEntry.organisation_id == organisation_id)
        return list(session.scalars(mine.order_by(AuditEntry.number)))


def test_each_organisation_has_its_own_gapless_chain(database: Database) -> None:
    record(database, an_act(), an_act(THEIRS))
    record(database, an_act(), an_act(personal={}, person_id=None))
    assert (numbers(database), numbers(database, THEIRS)) == ([1, 2, 3], [1])
    assert faults(database) == []


def test_an_empty_record_holds(database: Database) -> None:
    assert faults(database) == []


def test_nothing_is_recorded_of_what_was_rolled_back(database: Database) -> None:
    with database.writing() as session:
        audit.record(session, an_act())
        session.rollback()
        session.commit()
    assert numbers(database) == []


def test_an_act_in_a_savepoint_that_was_undone_did_not_happen(database: Database) -> None:
    with database.writing() as session, session.begin():
        audit.record(session, an_act(action="kept"))
        savepoint = session.begin_nested()
        audit.record(session, an_act(action="undone"))
        savepoint.rollback()
        with session.begin_nested():
            audit.record(session, an_act(action="kept too"))
    with database.reading() as session:
        assert session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.number)).all() == [
            "kept",
            "kept too",
        ]


def test_a_chain_is_locked_only_at_the_end_of_the_unit_of_work(database: Database) -> None:
    with database.writing() as session, session.begin():
        audit.record(session, an_act())
        with session.begin_nested():
            pass
        assert session.scalars(sa.select(AuditChain)).all() == []


def test_two_first_writers_at_once_and_many_after_leave_no_gap(database: Database) -> None:
    barrier, errors = threading.Barrier(4), []

    def run(orders: list[uuid.UUID]) -> None:
        barrier.wait()
        for organisation_id in orders:
            try:
                record(
                    database, an_act(organisation_id), an_act(MINE if organisation_id == THEIRS else THEIRS)
                )
            except sa.exc.DBAPIError as error:
                errors.append(error)

    orders = [[MINE, THEIRS] * 5, [THEIRS, MINE] * 5] * 2
    threads = [threading.Thread(target=run, args=(one,)) for one in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert numbers(database) == numbers(database, THEIRS) == list(range(1, 41))
    assert faults(database) == []


ALTERED = {
    "id": "'00000000000000000000000000000005'",
    "created_at": "'2026-01-01 00:00:00.000000+00:00'",
    "organisation_id": "'00000000000000000000000000000005'",
    "number": "7",
    "person_id": "NULL",
    "action": "'order.placeD'",
    "subject_kind": "'Orders'",
    "subject_id": "'00000000000000000000000000000005'",
    "before": """'{"state": "draft", "net_pence": 11}'""",
    "after": "'{}'",
    "personal_digest": f"'{'0' * 64}'",
    "previous": f"'{'1' * 64}'",
    "digest": f"'{'2' * 64}'",
}


def test_every_column_is_covered() -> None:
    assert set(ALTERED) == set(AuditEntry.__table__.columns.keys())


@pytest.mark.parametrize("column", sorted(ALTERED))
def test_an_altered_column_of_any_entry_is_found(
    database: Database, forge: Callable[[str], None], column: str
) -> None:
    record(database, an_act(personal={}), an_act(personal={}), an_act(personal={}))
    forge(f"UPDATE audit_entries SET {column} = {ALTERED[column]} WHERE number = 2")  # noqa: S608  our own
    assert faults(database)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_removed_entry_is_found(database: Database, forge: Callable[[str], None], number: int) -> None:
    record(database, an_act(personal={}), an_act(personal={}), an_act(personal={}))
    forge(f"DELETE FROM audit_entries WHERE number = {number}")  # noqa: S608  our own
    assert faults(database)


@pytest.mark.parametrize("statement", ["DELETE FROM audit_chains", "UPDATE audit_chains SET length = 0"])
def test_a_lost_end_is_found(database: Database, forge: Callable[[str], None], statement: str) -> None:
    record(database, an_act())
    forge(statement)
    assert faults(database) == [f"The last entries of {MINE} are missing."]


def test_an_entry_put_between_is_found(database: Database, forge: Callable[[str], None]) -> None:
    record(database, an_act(personal={}))
    columns = [name for name in ALTERED if name not in ("id", "number")]
    names = ", ".join(columns)
    forge(
        f"INSERT INTO audit_entries (id, number, {names}) "  # noqa: S608  our own
        f"SELECT '00000000000000000000000000000005', 2, {names} FROM audit_entries"
    )
    assert faults(database)


def test_what_cannot_even_be_read_is_named(database: Database, forge: Callable[[str], None]) -> None:
    record(database, an_act(personal={}), an_act(personal={}))
    if database.engine.dialect.name == "postgresql":
        return  # its columns refuse what is no JSON
    forge("UPDATE audit_entries SET after = '{' WHERE number = 1")
    assert faults(database)[0] == f"Entry 1 of {MINE} was altered."


def test_the_first_entry_that_was_altered_is_named_first(
    database: Database, forge: Callable[[str], None]
) -> None:
    record(database, *(an_act(personal={}) for _ in range(5)))
    forge("UPDATE audit_entries SET action = 'order.Placed' WHERE number >= 3")
    assert faults(database)[0] == f"Entry 3 of {MINE} was altered."


def test_altered_personal_values_are_found(database: Database) -> None:
    record(database, an_act())
    with database.writing() as session, session.begin():
        session.scalars(sa.select(AuditPersonalValues)).one().values = {"name": "Somebody else"}
    assert faults(database) == [f"The personal values of entry 1 of {MINE} were altered."]


def test_erasing_a_person_leaves_the_chain_whole_and_no_name(database: Database) -> None:
    other = uuid.UUID(int=10)
    record(database, an_act(), an_act(person_id=other, personal={"name": "Stays"}))
    record(database, an_act(person_id=None, about_id=PERSON), an_act(person_id=other, about_id=PERSON))
    with database.writing() as session, session.begin():
        audit.erase(session, PERSON)
    assert faults(database) == []
    with database.reading() as session:
        assert session.scalars(sa.select(AuditPersonalValues.values)).all() == [{"name": "Stays"}]


def test_the_same_personal_values_have_another_digest_each_time(database: Database) -> None:
    record(database, an_act(), an_act())
    with database.reading() as session:
        assert len(set(session.scalars(sa.select(AuditEntry.personal_digest)))) == 2


@pytest.mark.parametrize(
    "statement", [sa.update(AuditEntry).values(action="x"), sa.delete(AuditEntry)], ids=str
)
def test_entries_are_neither_changed_nor_removed(session: Session, statement: sa.UpdateBase) -> None:
    audit.record(session, an_act(personal={}))
    session.commit()
    with pytest.raises(sa.exc.IntegrityError, match="audit_entries is append-only"):
        session.execute(statement)
