"""A worker killed in the middle of its work: every effect happens, and happens once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from marketplace.kernel import outbox
from marketplace.kernel.mail import KIND, Email, MailboxMessage, owe_email
from marketplace.kernel.outbox import JobState, OutboxJob
from marketplace.kernel.session import Database
from tests.proofs.workers import a_worker

JOBS = 200
PATIENCE = 120


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own."""
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


def count(database: Database, *conditions: sa.ColumnElement[bool]) -> int:
    """How many of the e-mails are so; the worker owes daily jobs of its own beside them."""
    emails = sa.select(sa.func.count(OutboxJob.id)).where(OutboxJob.kind == KIND)
    with database.reading() as session:
        return session.scalar(emails.where(*conditions)) or 0


def done(database: Database) -> int:
    return count(database, OutboxJob.state == JobState.DONE)


def wait_until_done(database: Database, least: int, worker: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while done(database) < least:
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < end, f"only {done(database)} of {least} jobs were done"
        time.sleep(0.02)


def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    database: Database, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_wakers", [])  # only the sweep can find them
    with database.writing() as session, session.begin():
        for number in range(JOBS):
            owe_email(session, f"{number}", Email(f"person{number}@trust.example", "Approve", "Text"))
    with a_worker(environment) as first:
        wait_until_done(database, 40, first)
        first.kill()
        first.wait(20)
    assert 40 <= done(database) <= 160
    with a_worker(environment) as second:
        wait_until_done(database, JOBS, second)
    with database.reading() as session:
        keys = session.scalars(sa.select(MailboxMessage.key)).all()
        assert sorted(keys) == sorted(f"send-email:{number}" for number in range(JOBS))
    assert count(database, OutboxJob.lease_until.is_not(None)) == 0
    assert count(database, OutboxJob.state != JobState.DONE) == 0
