"""The engine that carries out the outbox: huey on a file, or on the production database."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from huey import PostgresHuey, SqliteHuey, crontab
from huey.api import Huey
from huey.consumer import Consumer
from sqlalchemy.orm import Session, sessionmaker

from marketplace.kernel import clock, outbox
from marketplace.kernel.settings import Settings

log = logging.getLogger(__name__)
NAME = "sharewell"
SWEEP_SECONDS = 3
_daily: list[str] = []


def every_day(kind: str, handler: outbox.Inside) -> None:
    """Owe a job of this kind once each London day; its payload is {"on": "YYYY-MM-DD"}."""
    outbox.handle(kind, handler)
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
        return SqliteHuey(NAME, filename=settings.jobs_file, results=False, timeout=30)
    queue = PostgresHuey(NAME, dsn=_dsn(settings.database_url), results=False, create_tables=False)
    queue.on_shutdown()(queue.storage.close)  # else each worker's LISTEN connection is left to the collector
    return queue


def make_queue_tables(owner_url: str) -> None:
    """On PostgreSQL the queue's tables belong to the schema's owner, like every table."""
    queue = PostgresHuey(NAME, dsn=_dsn(owner_url), results=False, create_tables=True)
    queue.storage.close()


def _dsn(url: str) -> str:
    """The address as psycopg reads it: without the name of SQLAlchemy's driver."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def connect(queue: Huey, maker: sessionmaker[Session], lease_seconds: int) -> None:
    """Let each commit that owes a job wake a worker, and say how the queue is swept."""

    @queue.task(name="carry_out")
    def carry_out(job_id: str) -> None:
        outbox.carry_out(maker, uuid.UUID(job_id), lease_seconds)

    def sweep_up() -> None:
        for job_id in sweep(maker):
            carry_out(str(job_id))

    queue.sweep_up = sweep_up
    queue.periodic_task(crontab(), name="sweep")(sweep_up)
    outbox.wake_with(lambda job_id: carry_out(str(job_id)))


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
            except Exception:  # the database is away for a moment: the next sweep is soon
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
