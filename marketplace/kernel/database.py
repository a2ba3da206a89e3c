"""Base, column types, naming and the set-up of SQLite and PostgreSQL. Knows no Flask."""

from __future__ import annotations

import enum
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, dataclass_transform

import psycopg
import sqlalchemy as sa
import uuid_utils.compat
from sqlalchemy import event, orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, make_url

from marketplace.kernel import clock

E = TypeVar("E", bound=enum.Enum)

SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000")
RETRIED_SQLSTATES = {"40001", "40P01"}
LOCK_TIMED_OUT = "55P03"
AWAY_SQLITE = (
    "SQLITE_CANTOPEN",
    "SQLITE_NOTADB",
    "SQLITE_CORRUPT",
    "SQLITE_IOERR",
    "SQLITE_READONLY",
    "SQLITE_FULL",
)
AWAY_SQLSTATES = ("08", "53", "57P", "58", "3D", "28")
"""Connection lost, resources exhausted, shut down, broken, no such database, not let in."""
CONNECT_SECONDS = 5
LOCK_SECONDS = 10
TOLD = sa.text(
    "SELECT set_config('app.organisation_id', :acting, true), set_config('app.everybody', :everybody, true), "
    "set_config('lock_timeout', :lock, true)"
)
FAILED = psycopg.pq.TransactionStatus.INERROR
_patience: ContextVar[float] = ContextVar("patience", default=30.0)
PENCE_LIMIT = 10**14
"""No sum in Sharewell may reach a trillion pounds: what does is a slip of the finger."""


class UtcInstant(sa.TypeDecorator[datetime]):
    """An aware instant: SQLite gives naive ones back, so the zone is put on again here."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_id() -> uuid.UUID:
    """A UUIDv7: sorts by time, so indexes stay compact, and cannot be counted."""
    return uuid_utils.compat.uuid7()


@dataclass_transform(kw_only_default=True, field_specifiers=(orm.mapped_column,))
class Base(orm.MappedAsDataclass, orm.DeclarativeBase, kw_only=True, eq=False, repr=False):
    """The registry of every mapped class; constructors take named columns only, checked by mypy."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcInstant(),
        uuid.UUID: sa.Uuid(),
        int: sa.BigInteger(),
        dict[str, Any]: sa.JSON(),
    }


class Identified(orm.MappedAsDataclass, kw_only=True, eq=False, repr=False):
    """A row with a public identifier and the instant of its making."""

    id: orm.Mapped[uuid.UUID] = orm.mapped_column(primary_key=True, default_factory=new_id)
    created_at: orm.Mapped[datetime] = orm.mapped_column(default_factory=clock.now)


def choice(kind: type[E]) -> sa.Enum:
    """An enumeration as text with a CHECK of its values."""
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def sealed_when(table: sa.Table, condition: str, name: str, message: str, verbs: tuple[str, ...]) -> None:
    """Refuse UPDATE or DELETE of the rows of a table for which `condition` (on OLD) holds.

    The triggers are made with the table, on both databases; a migration calls `sealing_statements`.
    """
    for dialect in ("sqlite", "postgresql"):
        for statement in sealing_statements(dialect, table.name, condition, name, message, verbs):
            made = sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", made.execute_if(dialect=dialect))
    table.info.setdefault("sealed", []).append((condition, name, message, verbs))


def append_only(table: sa.Table) -> None:
    """Rows may be added, never changed or removed."""
    sealed_when(
        table, "true", f"{table.name}_append_only", f"{table.name} is append-only", ("UPDATE", "DELETE")
    )


def sealing_statements(
    dialect: str, table: str, condition: str, name: str, message: str, verbs: tuple[str, ...]
) -> list[str]:
    """The statements that make the triggers of `sealed_when`, for a migration or a new table."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for verb in verbs
        ]
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    triggers = [
        f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} "
        f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()"
        for verb in verbs
    ]
    return [function, *triggers]


def unsealing_statements(dialect: str, table: str, name: str, verbs: tuple[str, ...]) -> list[str]:
    """The statements that take the triggers of `sealed_when` away again."""
    on_table = "" if dialect == "sqlite" else f" ON {table}"
    triggers = [f"DROP TRIGGER {name}_{verb.lower()}{on_table}" for verb in verbs]
    return triggers if dialect == "sqlite" else [*triggers, f"DROP FUNCTION {name}()"]


def owned_by(table: Any, *columns: str) -> None:
    """Row-level security: a row is seen and written by the organisations in these columns alone."""
    table.info.setdefault("owners", []).extend(columns)


def owned_through(table: Any, column: str, owner: str) -> None:
    """Row-level security: a row is seen by whoever sees the row of `owner` that it points to.

    It is written by whoever may write that one: of a shared row its writers alone.
    """
    table.info.setdefault("through", []).append((column, owner))


def shared(
    table: Any,
    why: str,
    *,
    when: str = "",
    named: tuple[str, ...] = (),
    writers: tuple[str, ...] = (),
    by_jobs: bool = False,
) -> None:
    """Row-level security: everybody reads the rows (`when` a condition holds), for the reason given.

    `named` are columns of the condition that an older schema may lack.

    The organisations in the `writers` columns see and write theirs whatever the condition says, and nobody
    else writes; without writers and condition everybody does, unless jobs and commands alone do.
    """
    table.info["shared"] = why
    table.info["when"] = when
    table.info["named"] = named
    table.info["by_jobs"] = by_jobs
    table.info.setdefault("owners", []).extend(writers)


def added_by_all(table: Any, why: str) -> None:
    """Row-level security: any request adds rows; jobs and commands alone see, change and remove them."""
    table.info["added"] = why


def made_by_hand(*names: str) -> None:
    """Tables beside the models, with all whose names begin so: a database's own index makes some."""
    Base.metadata.info.setdefault("made_by_hand", []).extend(names)


def beside_the_models(*tables: sa.Table) -> None:
    """Let tables made by hand declare who sees their rows, as models do."""
    Base.metadata.info.setdefault("beside", []).extend(tables)


def is_made_by_hand(name: str) -> bool:
    """Whether a table stands beside the models."""
    return name.startswith(tuple(Base.metadata.info.get("made_by_hand", ())))


def make_engine(url: str) -> sa.Engine:
    """An engine by the recipe for its database; a URL without a driver means psycopg 3."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, "BEGIN IMMEDIATE")
    patient = {"connect_timeout": CONNECT_SECONDS}
    return sa.create_engine(parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, connect_args=patient)


def reading_engine(engine: sa.Engine) -> sa.Engine:
    """An engine of the same database whose units take no lock, and on PostgreSQL cannot write."""
    if engine.dialect.name == "sqlite":
        return _sqlite_engine(engine.url, "BEGIN")
    reading = engine.execution_options()
    event.listen(reading, "begin", _read_only)
    return reading


def _read_only(connection: sa.Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _sqlite_engine(url: sa.URL, beginning: str) -> sa.Engine:
    """An engine that begins each transaction so: a writing one takes the lock at once, or two may both check.

    The dialect begins it, not a listener: an engine that has one looks for more at every statement.
    """
    engine = sa.create_engine(url)
    event.listen(engine, "connect", _set_up_connection)
    engine.dialect.do_begin = partial(_begin, beginning)  # type: ignore[method-assign]
    return engine


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """How long each unit of work begun in here waits for another's lock on SQLite; a job waits longer."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


def _set_up_connection(connection: sqlite3.Connection, record: object) -> None:
    """The driver's own transaction control is switched off: it begins none before a SELECT."""
    connection.isolation_level = None
    try:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:  # a file that is no database; nobody else closes what never came to be used
        connection.close()
        raise


def _begin(beginning: str, pooled: Any) -> None:
    """Each connection keeps how patient it was told to be."""
    milliseconds = round(1000 * _patience.get())
    if pooled.info.get("patience") != milliseconds:
        pooled.execute(f"PRAGMA busy_timeout={milliseconds}").close()
        pooled.info["patience"] = milliseconds
    pooled.execute(beginning).close()


def put_off(session: orm.Session, name: str) -> list[Any]:
    """What this unit of work does at its end, under a name; an undone savepoint takes its part back."""
    if not session.in_transaction():
        session.begin()  # or a rollback would have nothing to end
    pending: list[Any] = session.info.setdefault("put_off", {}).setdefault(name, [])
    return pending


@event.listens_for(orm.Session, "after_transaction_create")
def _mark_savepoint(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    if transaction.nested:
        lengths = {name: len(pending) for name, pending in session.info.get("put_off", {}).items()}
        session.info.setdefault("savepoints", {})[transaction] = lengths


@event.listens_for(orm.Session, "after_commit")
def _release_savepoint(session: orm.Session) -> None:
    session.info.get("savepoints", {}).pop(session.get_nested_transaction(), None)


@event.listens_for(orm.Session, "after_transaction_end")
def _undo_savepoint(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    """A savepoint that ends without having been released was undone, by whatever way."""
    lengths = session.info.get("savepoints", {}).pop(transaction, None)
    if lengths is not None:
        for name, pending in session.info.get("put_off", {}).items():
            del pending[lengths.get(name, 0) :]
    if transaction.parent is None:
        session.info.pop("put_off", None)


def is_retryable(error: BaseException) -> bool:
    """Whether the same unit of work may succeed when it is begun again."""
    return _is_locked(error) or _sqlstate(error) in RETRIED_SQLSTATES


def is_busy(error: BaseException) -> bool:
    """Whether others were in the way for too long: of a row, of the file, or of every connection."""
    return isinstance(error, sa.exc.TimeoutError) or is_retryable(error) or _sqlstate(error) == LOCK_TIMED_OUT


def is_away(error: BaseException) -> bool:
    """Whether the database cannot be used at all, whatever the statement was."""
    original = _original(error)
    if isinstance(original, sqlite3.DatabaseError):
        name = getattr(original, "sqlite_errorname", "SQLITE_ERROR")
        return name.startswith(AWAY_SQLITE) and not _is_locked(error)
    state = _sqlstate(error)
    if state is None:  # the connection was never made, or is lost
        return isinstance(original, psycopg.OperationalError)
    return state.startswith(AWAY_SQLSTATES)


def first_line(error: BaseException) -> str:
    """What the driver said, in one line, without the statement and its values."""
    return str(_original(error)).strip().partition("\n")[0]


def _is_locked(error: BaseException) -> bool:
    return getattr(_original(error), "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _sqlstate(error: BaseException) -> str | None:
    return getattr(_original(error), "sqlstate", None)


def _original(error: BaseException) -> BaseException | None:
    """What the driver raised, whether SQLAlchemy stands around it or not."""
    return error.orig if isinstance(error, sa.exc.DBAPIError) else error


def act_for(session: orm.Session, organisation_id: uuid.UUID | None) -> None:
    """Name the organisation for which this unit of work acts; PostgreSQL's row-level security reads it.

    From then on it sees shared rows and that organisation's. A unit of work for which this is never called
    is a job's or a command's, and works for everybody.
    """
    session.info["organisation_id"] = organisation_id
    if session.in_transaction():
        _tell_database(session, session.connection())


def insert_into(session: orm.Session, target: Any) -> Any:
    """An INSERT that can say what is done on a conflict, as the session's database writes it."""
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(target)


@contextmanager
def on_behalf_of_all(session: orm.Session, why: str) -> Iterator[None]:
    """Let one step of a unit of work touch the rows of every organisation that it concerns.

    Only where one trust's act really reaches another's rows; `why` says so, and a house test lists them all.
    """
    open_doors: list[str] = session.info.setdefault("doors", [])
    if open_doors:  # within a door everything is open already
        yield
        return
    connection = session.connection()  # one that began inside would stay open wider than its savepoint
    is_told = connection.dialect.name == "postgresql"
    session.flush()  # what was written before is written as before
    open_doors.append(why)
    if is_told:
        _tell_again(session)
    try:
        yield
        session.flush()
    finally:
        open_doors.pop()
        if is_told:
            _tell_again(session)


def _tell_again(session: orm.Session) -> None:
    """A transaction that failed can be told nothing: undoing it takes back what it was told inside."""
    if "organisation_id" not in session.info or not session.in_transaction() or not session.is_active:
        return
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if driver.info.transaction_status != FAILED:
        _tell_database(session, connection)


@event.listens_for(orm.Session, "after_begin")
def _tell_new_transaction(session: orm.Session, transaction: object, connection: sa.Connection) -> None:
    _tell_database(session, connection)


def _tell_database(session: orm.Session, connection: sa.Connection) -> None:
    """The settings are local to the transaction: a pooled connection never keeps another's organisation."""
    if connection.dialect.name == "postgresql":
        acting, everybody = str(session.info.get("organisation_id") or ""), works_for_everybody(session)
        told = {"acting": acting, "everybody": "on" if everybody else "", "lock": f"{LOCK_SECONDS}s"}
        connection.execute(TOLD, told)


def works_for_everybody(session: orm.Session) -> bool:
    """Whether no row is hidden from this unit of work: a job's, a command's, or inside an opened door."""
    return "organisation_id" not in session.info or bool(session.info.get("doors"))
