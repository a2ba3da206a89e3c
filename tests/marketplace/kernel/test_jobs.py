"""The engine: daily jobs once, and consumers that find what the queue lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from huey.api import Huey
from sqlalchemy.orm import Session

from marketplace.kernel import jobs, outbox
from marketplace.kernel.database import make_engine
from marketplace.kernel.mail import MailboxMessage
from marketplace.kernel.outbox import OutboxJob, Work
from marketplace.kernel.session import Database
from marketplace.kernel.settings import read_settings

DAILY = "test-daily"


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own."""
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


@pytest.fixture
def queue(environment: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Huey]:
    """A queue on that database, which its commits wake."""
    monkeypatch.setattr(outbox, "_wakers", [])
    monkeypatch.setattr(jobs, "_daily", [])
    made = jobs.make_queue(read_settings(environment))
    jobs.connect(made, database.writing, lease_seconds=60)
    yield made
    made.storage.close()


def write_down(session: Session, work: Work) -> None:
    session.add(MailboxMessage(key=work.key, recipient="x", subject=str(work.payload), text=""))


def rows(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(sa.select(MailboxMessage.key)))


def wait_for(database: Database, count: int) -> list[str]:
    """The effects, when there are so many of them or ten seconds are over."""
    end = time.monotonic() + 10
    while len(found := rows(database)) < count and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_a_daily_job_is_owed_once_a_london_day_by_three_sweeps_at_once(
    database: Database, queue: Huey
) -> None:
    jobs.every_day(DAILY, write_down)
    barrier, faults = threading.Barrier(3), []

    def run() -> None:
        barrier.wait()
        try:
            jobs.sweep(database.writing)
        except sa.exc.DBAPIError as error:
            faults.append(error)

    for day in (datetime(2030, 7, 1, 22, 30, tzinfo=UTC), datetime(2030, 7, 1, 23, 30, tzinfo=UTC)):
        with freeze_time(day):
            threads = [threading.Thread(target=run) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert faults == []
    with database.reading() as session:
        keys = session.scalars(sa.select(OutboxJob.key).order_by(OutboxJob.key)).all()
        assert keys == [f"{DAILY}:2030-07-01", f"{DAILY}:2030-07-02"]
        assert session.scalars(sa.select(OutboxJob.payload)).first() == {"on": "2030-07-01"}


def test_a_sweep_names_what_waits_oldest_first(database: Database, queue: Huey) -> None:
    outbox.handle("test-swept", write_down)
    with database.writing() as session, session.begin():
        for day in (3, 1, 2):
            outbox.owe(session, "test-swept", f"{day}", {}, due_at=datetime(2026, 1, day, tzinfo=UTC))
    ids = jobs.sweep(database.writing)
    with database.reading() as session:
        assert [session.get_one(OutboxJob, job_id).key for job_id in ids] == ["1", "2", "3"]


def test_a_consumer_does_what_a_commit_owes_and_what_the_queue_lost(
    database: Database, queue: Huey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.2)
    outbox.handle("test-worked", write_down)
    with database.writing() as session, session.begin():
        outbox.owe(session, "test-worked", "lost at the start", {})
    queue.flush()
    stop = jobs.start_consumer(queue, 2)
    try:
        assert wait_for(database, 1) == ["lost at the start"]
        with database.writing() as session, session.begin():
            outbox.owe(session, "test-worked", "owed now", {})
        assert "owed now" in wait_for(database, 2)
        wakers, outbox._wakers[:] = outbox._wakers[:], []
        with database.writing() as session, session.begin():
            outbox.owe(session, "test-worked", "never announced", {})
        outbox._wakers[:] = wakers
        assert "never announced" in wait_for(database, 3)
    finally:
        stop()
    assert len(rows(database)) == 3


def test_a_backlog_is_not_put_into_the_queue_again_and_again(
    database: Database, queue: Huey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.05)
    release = threading.Event()

    def slow(session: Session, work: Work) -> None:
        release.wait(10)
        write_down(session, work)

    outbox.handle("test-slow", slow)
    with database.writing() as session, session.begin():
        for number in range(5):
            outbox.owe(session, "test-slow", f"{number}", {})
    stop = jobs.start_consumer(queue, 1)
    try:
        time.sleep(1)
        assert queue.pending_count() <= 10
        release.set()
        assert len(wait_for(database, 5)) == 5
    finally:
        release.set()
        stop()


def test_a_sweep_that_fails_does_not_end_the_sweeping(queue: Huey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.05)
    tries = threading.Semaphore(0)

    def fail() -> None:
        tries.release()
        raise OSError("the database is away")

    queue.sweep_up = fail
    stop = jobs.start_consumer(queue, 1)
    try:
        for _ in range(3):
            assert tries.acquire(timeout=5)
    finally:
        stop()


def test_a_commit_tells_the_queue_once_however_many_jobs_it_owes(database: Database, queue: Huey) -> None:
    with database.writing() as session, session.begin():
        for number in range(30):
            outbox.owe(session, "many", str(number), {})
    assert queue.pending_count() == 1


def test_a_database_that_is_away_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    engine = make_engine("postgresql://app@127.0.0.1:1/x")
    try:
        engine.connect()
    except sa.exc.OperationalError:
        jobs.log.exception("the sweep failed")
    engine.dispose()
    assert [(found.levelname, found.exc_info) for found in caplog.records] == [("WARNING", None)]
    assert caplog.records[0].getMessage().startswith("the sweep failed: connection")
    assert "\n" not in caplog.records[0].getMessage()


def test_any_other_fault_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("a slip")
    except ValueError:
        jobs.log.exception("the sweep failed")
    assert caplog.records[0].exc_info is not None
