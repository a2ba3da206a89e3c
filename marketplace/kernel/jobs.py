"""The engine that carries out the outbox: huey on a file, or on the production database."""

from __future__ import annotations

import logging
import sqlite3
import threading
import uuid
from collections.abc import Callable
from typing import Any

from huey import PostgresHuey, SqliteHuey, crontab
from huey.api import Huey
from huey.consumer import Consumer
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from marketplace.kernel import clock, database, outbox
from marketplace.kernel.settings import Settings, SettingsFault

log = logging.getLogger(__name__)
NAME = "sharewell"
SWEEP_SECONDS = 3
HUEY_LOGS = ("huey", "huey.consumer", "huey.consumer.Worker", "huey.consumer.Scheduler")
_daily: list[str] = []


class Brief(logging.Filter):
    """A database that is away or busy is told in one line: a traceback would say no more."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and (database.is_away(error) or database.is_busy(error)):
            record.msg = f"{record.getMessage()}: {database.first_line(error)}"
            record.args, record.exc_info, record.exc_text = (), None, None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


for _name in (log.name, outbox.log.name, *HUEY_LOGS):  # a filter holds for its own logger only
    logging.getLogger(_name).addFilter(Brief())


def every_day(kind: str, handler: outbox.Inside) -> None:
    """Owe a job of this kind once each London day; its payload is {"on": "YYYY-MM-DD"}."""
    outbox.handle(kind, handler)
    _owe_daily(kind)


def every_day_in_units(kind: str, handler: outbox.InUnits) -> None:
    """The same for long work, which is done in short units of its own."""
    outbox.handle_in_units(kind, handler)
    _owe_daily(kind)


def _owe_daily(kind: str) -> None:
    if kind not in _daily:
        _daily.append(kind)


def owe_daily_jobs(session: Session) -> None:
    """The day's jobs; the day is in the key, so that many schedulers owe one job."""
    on = clock.today().isoformat()
    for kind in _daily:
        outbox.owe(session, kind, f"{kind}:{on}", {"on": on})


def sweep(maker: sessionmaker[Session]) -> list[uuid.UUID]:
    """Owe the day's jobs and name every job that waits."""
    with maker() as session, session.begin():
        owe_daily_jobs(session)
        outbox.give_up(session)
    with maker() as session, session.begin():
        return outbox.due_jobs(session)


def make_queue(settings: Settings) -> Huey:
    """The queue of job identifiers; what it loses when a worker is killed the sweep finds again."""
    if settings.is_sqlite:
        return _file_queue(settings.jobs_file)
    queue = PostgresHuey(NAME, dsn=_dsn(settings.database_url), results=False, create_tables=False)
    queue.on_shutdown()(queue.storage.close)  # else each worker's LISTEN connection is left to the collector
    return queue


def _file_queue(path: str) -> Huey:
    try:
        return SqliteHuey(NAME, filename=path, results=False, timeout=30)
    except sqlite3.Error as error:
        raise SettingsFault(
            f"Sharewell cannot use the file {path}: {error}. Let this user write there, "
            "or set DATABASE_URL or JOBS_FILE."
        ) from error


def make_queue_tables(owner_url: str) -> None:
    """On PostgreSQL the queue's tables belong to the schema's owner, like every table."""
    queue = PostgresHuey(NAME, dsn=_dsn(owner_url), results=False, create_tables=True)
    queue.storage.close()


def _dsn(url: str) -> str:
    """The address as psycopg reads it: without the name of SQLAlchemy's driver."""
    parsed = make_url(url).set(drivername="postgresql")
    if "connect_timeout" not in parsed.query:
        parsed = parsed.update_query_dict({"connect_timeout": str(database.CONNECT_SECONDS)})
    return parsed.render_as_string(hide_password=False)


def connect(queue: Huey, maker: sessionmaker[Session], lease_seconds: int) -> None:
    """Let each commit that owes jobs wake a worker, and say how the queue is swept.

    A commit tells the queue once, however many jobs it owes: the worker spreads them, nobody waits for it.
    """

    @queue.task(name="carry_out")
    def carry_out(job_id: str) -> None:
        outbox.carry_out(maker, uuid.UUID(job_id), lease_seconds)

    def sweep_up() -> None:
        for job_id in sweep(maker):
            carry_out(str(job_id))

    queue.sweep_up = sweep_up
    queue.periodic_task(crontab(), name="sweep")(sweep_up)

    @queue.task(name="spread")
    def spread(job_ids: list[str]) -> None:
        for job_id in job_ids:
            carry_out(job_id)

    outbox.wake_with(lambda owed: spread([str(job_id) for job_id in owed]))


class SweepingConsumer(Consumer):  # type: ignore[misc]
    """A consumer that looks for waiting jobs every few seconds.

    It does so while the queue is empty, or a backlog would be put into the queue again and again; however
    long the backlog, the periodic sweep comes once a minute.
    """

    def __init__(self, queue: Huey, **pace: Any) -> None:
        super().__init__(queue, **pace)
        self.sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)

    def start(self) -> None:
        self.sweeper.start()
        super().start()

    def stop(self, graceful: bool = False) -> None:
        self.stop_flag.set()
        if self.sweeper.is_alive():
            self.sweeper.join(self.shutdown_timeout)
        super().stop(graceful)

    def _sweep(self) -> None:
        while True:
            try:
                if self.huey.pending_count() == 0:
                    self.huey.sweep_up()
            except Exception:  # the database may be away for a moment: the next sweep is soon
                log.warning("the sweep failed", exc_info=True)
            if self.stop_flag.wait(SWEEP_SECONDS):
                return


class ThreadConsumer(SweepingConsumer):
    """A consumer that lives in a thread of the web process: signals belong to the main thread."""

    def _set_signal_handlers(self) -> None:
        """Leave them to the web server."""


def start_consumer(queue: Huey, workers: int) -> Callable[[], None]:
    """Carry out jobs in threads beside the web server; the answer stops them."""
    consumer = ThreadConsumer(queue, **_pace(workers))
    thread = threading.Thread(target=consumer.run, name="consumer", daemon=True)
    thread.start()

    def stop() -> None:
        consumer.stop(graceful=True)
        thread.join(10)

    return stop


def run_consumer(queue: Huey, workers: int) -> None:
    """Carry out jobs in this process until it is told to stop."""
    SweepingConsumer(queue, **_pace(workers)).run()


def _pace(workers: int) -> dict[str, Any]:
    return {"workers": workers, "initial_delay": 0.1, "max_delay": 1.0, "shutdown_timeout": 10}
