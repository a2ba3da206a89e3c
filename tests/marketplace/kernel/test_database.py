"""The recipe of each database: instants, locks, read-only units, and the acting organisation."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.database import (
    UtcInstant,
    act_for,
    append_only,
    is_away,
    is_busy,
    is_retryable,
    make_engine,
    new_id,
    patience,
    put_off,
)
from marketplace.kernel.mail import MailboxMessage
from marketplace.kernel.session import Database

ACTING = "current_setting('app.organisation_id', true)"


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own."""
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


@pytest.fixture
def owner(environment: dict[str, str]) -> Iterator[sa.Engine]:
    """The same database as the owner of its schema."""
    engine = make_engine(environment.get("MIGRATIONS_DATABASE_URL", environment["DATABASE_URL"]))
    yield engine
    engine.dispose()


def is_sqlite(database: Database) -> bool:
    return database.engine.dialect.name == "sqlite"


def a_message(key: str = "", recipient: str = "x") -> MailboxMessage:
    return MailboxMessage(key=key or str(new_id()), recipient=recipient, subject="", text="")


def test_an_instant_without_a_zone_is_refused(session: Session) -> None:
    message = a_message()
    message.created_at = datetime(2027, 4, 1, 12)  # noqa: DTZ001  the slip that this is about
    session.add(message)
    with pytest.raises(sa.exc.StatementError, match="an instant needs a time zone"):
        session.flush()


def test_an_instant_comes_back_the_same_and_in_utc(session: Session) -> None:
    message = a_message()
    message.created_at = datetime(2027, 7, 1, 0, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    session.add(message)
    session.flush()
    session.expire(message)
    assert message.created_at == datetime(2027, 6, 30, 23, 30, 0, 123456, tzinfo=UTC)
    assert message.created_at.tzinfo is UTC


def test_instants_are_compared_as_instants(session: Session) -> None:
    noon = datetime(2027, 7, 1, 12, tzinfo=UTC)
    message = a_message()
    message.created_at = noon
    session.add(message)
    session.flush()
    later_by_the_wall = noon.astimezone(timezone(timedelta(hours=5)))
    assert session.scalar(sa.select(sa.literal(noon, UtcInstant()) == later_by_the_wall))
    found = sa.select(MailboxMessage.id).where(MailboxMessage.created_at <= later_by_the_wall)
    assert message.id in session.scalars(found).all()


def test_identifiers_made_later_sort_later() -> None:
    made = [new_id() for _ in range(2000)]
    assert made == sorted(made)


def test_sqlite_is_set_up_by_the_recipe(database: Database) -> None:
    with database.engine.connect() as connection:
        if is_sqlite(database):
            wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted
        else:
            assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"


def test_a_reading_unit_takes_no_lock_while_another_writes(database: Database) -> None:
    with database.writing() as writer, database.reading() as reader:
        writer.add(a_message())
        writer.flush()
        assert reader.scalar(sa.select(sa.func.count(MailboxMessage.id))) == 0
        writer.commit()


def test_a_writing_unit_on_sqlite_takes_the_lock_at_once(database: Database) -> None:
    if not is_sqlite(database):
        return  # PostgreSQL locks rows
    with database.writing() as first:
        first.connection()
        with patience(0), database.engine.connect() as second:
            with pytest.raises(sa.exc.OperationalError) as caught:
                second.exec_driver_sql("SELECT 1")
            assert is_retryable(caught.value)
            assert is_busy(caught.value)
            assert not is_away(caught.value)


def test_a_reading_unit_cannot_write_on_postgresql(database: Database) -> None:
    with database.reading() as reader:
        reader.add(a_message())
        if is_sqlite(database):
            reader.flush()  # a lock is taken only now
            return
        with pytest.raises(sa.exc.DBAPIError, match="read-only transaction"):
            reader.flush()


def test_the_application_cannot_change_the_schema(database: Database) -> None:
    if is_sqlite(database):
        return  # a file has one owner
    for statement in (
        "DROP TABLE mailbox_messages",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "TRUNCATE audit_entries",
        "CREATE TABLE own (id int)",
    ):
        with database.engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
            connection.exec_driver_sql(statement)


def acting(session: Session) -> str | None:
    found: str | None = session.scalar(sa.text(f"SELECT {ACTING}"))
    return found


def test_the_acting_organisation_is_known_in_the_transaction_and_gone_after_it(database: Database) -> None:
    if is_sqlite(database):
        return  # SQLite has no row-level security: queries are scoped by access.py
    mine = uuid.uuid4()
    with database.writing() as session:
        act_for(session, mine)
        backend = session.scalar(sa.text("SELECT pg_backend_pid()"))
        assert acting(session) == str(mine)
        session.commit()
        assert acting(session) == str(mine)
        session.rollback()
        assert acting(session) == str(mine)
    with database.engine.connect() as bare:
        assert bare.scalar(sa.text("SELECT pg_backend_pid()")) == backend
        assert not bare.scalar(sa.text(f"SELECT {ACTING}"))
    with database.writing() as nobody:
        assert nobody.scalar(sa.text("SELECT pg_backend_pid()")) == backend
        assert acting(nobody) == ""


def test_the_acting_organisation_can_be_named_after_the_transaction_began(database: Database) -> None:
    if is_sqlite(database):
        return
    mine = uuid.uuid4()
    with database.writing() as session:
        assert acting(session) == ""
        act_for(session, mine)
        assert acting(session) == str(mine)
        with session.begin_nested():
            assert acting(session) == str(mine)


def make_secrets(owner: sa.Engine) -> None:
    with owner.begin() as connection:
        for statement in (
            "CREATE TABLE secrets (organisation_id text, word text)",
            "ALTER TABLE secrets ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE secrets FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY own ON secrets USING (organisation_id = {ACTING})",
        ):
            connection.exec_driver_sql(statement)


def test_a_policy_on_the_acting_organisation_hides_the_rows_of_others(
    database: Database, owner: sa.Engine
) -> None:
    if is_sqlite(database):
        return
    make_secrets(owner)
    insert = sa.text("INSERT INTO secrets VALUES (:owner, 'word')")
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    for organisation_id in (mine, theirs):
        with database.writing() as session, session.begin():
            act_for(session, organisation_id)
            session.execute(insert, {"owner": str(organisation_id)})
    count = sa.text("SELECT count(*) FROM secrets")
    for reader, seen in ((mine, 1), (theirs, 1), (None, 0)):
        with database.writing() as session:
            act_for(session, reader)
            assert session.scalar(count) == seen
    with database.writing() as session:
        act_for(session, mine)
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            session.execute(insert, {"owner": str(theirs)})
    with owner.connect() as connection:
        assert connection.scalar(count) == 0


def test_rows_of_an_append_only_table_are_neither_changed_nor_removed(
    database: Database, owner: sa.Engine
) -> None:
    metadata = sa.MetaData()
    table = sa.Table("diary", metadata, sa.Column("word", sa.Text))
    append_only(table)
    metadata.create_all(owner)
    with owner.begin() as connection:
        connection.execute(table.insert().values(word="once"))
    for statement in (table.update().values(word="twice"), table.delete()):
        with (
            owner.connect() as connection,
            pytest.raises(sa.exc.IntegrityError, match="diary is append-only"),
        ):
            connection.execute(statement)


def test_what_is_put_off_inside_a_savepoint_is_taken_back_with_it(session: Session) -> None:
    put_off(session, "things").append("before")
    savepoint = session.begin_nested()
    put_off(session, "things").append("inside")
    with session.begin_nested():
        put_off(session, "things").append("deeper")
    savepoint.rollback()
    put_off(session, "things").append("after")
    assert put_off(session, "things") == ["before", "after"]


def test_a_failed_flush_inside_a_savepoint_keeps_what_was_put_off_before(session: Session) -> None:
    put_off(session, "things").append("before")
    session.add(a_message("same"))
    session.flush()
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():  # noqa: PT012  the second add is the slip
        put_off(session, "things").append("inside")
        session.add(a_message("same"))
        session.flush()
    assert put_off(session, "things") == ["before"]


def test_nothing_stays_put_off_after_a_rollback_or_a_close(isolated: Database) -> None:
    session = isolated.writing()
    for end in (session.rollback, session.close, session.commit):
        session.connection()
        put_off(session, "things").append("x")
        end()
        assert put_off(session, "things") == []
    session.close()
