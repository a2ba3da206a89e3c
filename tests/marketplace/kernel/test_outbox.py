"""What is owed is done once: with its cause, with its effect, or again until it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import clock, outbox
from marketplace.kernel.mail import MailboxMessage
from marketplace.kernel.outbox import JobState, OutboxJob, Work
from marketplace.kernel.session import Database
from marketplace.kernel.units import Unit

KIND = "test-effect"


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The jobs that workers hear of in this test, and no worker that would carry them out."""
    found: list[object] = []
    monkeypatch.setattr(outbox, "_wakers", [found.extend])
    outbox.handle(KIND, effect)
    return found


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own."""
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


def effect(session: Session, work: Work) -> None:
    session.add(MailboxMessage(key=work.key, recipient="x", subject="", text=""))


def owe(database: Database, key: str, kind: str = KIND) -> None:
    with database.writing() as session, session.begin():
        outbox.owe(session, kind, key, {"n": 1})


def the_job(database: Database) -> OutboxJob:
    with database.reading() as session:
        return session.scalars(sa.select(OutboxJob)).one()


def effects(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count(MailboxMessage.id))) or 0


def carry_out(database: Database) -> bool:
    return outbox.carry_out(database.writing, the_job(database).id)


def test_the_same_key_is_owed_once(database: Database, heard: list[object]) -> None:
    for _ in range(3):
        owe(database, "a")
    assert heard == [the_job(database).id]


def test_the_same_key_owed_by_many_at_once_is_one_job_and_nobody_fails(database: Database) -> None:
    barrier, faults = threading.Barrier(4), []

    def run() -> None:
        barrier.wait()
        try:
            owe(database, "a")
        except sa.exc.DBAPIError as error:
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert the_job(database).state is JobState.OWED


def test_nothing_is_owed_after_a_rollback(database: Database, heard: list[object]) -> None:
    with database.writing() as session:
        outbox.owe(session, KIND, "a", {})
        session.rollback()
        session.commit()
        assert session.scalars(sa.select(OutboxJob)).all() == []
    assert heard == []


def test_workers_hear_of_a_job_only_when_its_row_is_committed(database: Database) -> None:
    seen: list[bool] = []

    def look(job_ids: object) -> None:
        with database.reading() as session:
            seen.append(session.scalar(sa.select(sa.func.count(OutboxJob.id))) == 2)

    outbox._wakers[:] = [look]
    with database.writing() as session, session.begin():
        outbox.owe(session, KIND, "before", {})
        with session.begin_nested():
            outbox.owe(session, KIND, "inside", {})
        assert seen == []
    assert seen == [True], "once a commit, not once a job"


def test_what_a_savepoint_took_back_is_not_announced(database: Database, heard: list[object]) -> None:
    with database.writing() as session, session.begin():
        outbox.owe(session, KIND, "kept", {})
        savepoint = session.begin_nested()
        outbox.owe(session, KIND, "undone", {})
        savepoint.rollback()
    assert heard == [the_job(database).id]


def test_a_worker_that_cannot_be_told_does_not_fail_the_commit(database: Database) -> None:
    def broken(job_ids: object) -> None:
        raise OSError("the queue is away")

    outbox._wakers[:] = [broken]
    owe(database, "a")
    with database.reading() as session:
        assert outbox.due_jobs(session) == [the_job(database).id]


def test_a_job_is_carried_out_once(database: Database) -> None:
    owe(database, "a")
    assert carry_out(database) is True
    assert carry_out(database) is False
    job = the_job(database)
    assert (job.state, job.tries, job.lease_until, effects(database)) == (JobState.DONE, 1, None, 1)
    assert job.done_at is not None


def test_effect_and_done_are_one_transaction(database: Database) -> None:
    def fail_late(session: Session, work: Work) -> None:
        effect(session, work)
        session.flush()
        raise ValueError("after the effect")

    outbox.handle(KIND, fail_late)
    owe(database, "a")
    assert carry_out(database) is False
    assert effects(database) == 0
    job = the_job(database)
    assert (job.state, job.last_error) == (JobState.OWED, "ValueError: after the effect")


def test_a_job_that_fails_is_tried_again_later_and_later_and_then_left_to_a_person(
    database: Database,
) -> None:
    outbox.handle(KIND, refuse)
    owe(database, "a")
    waits = []
    with freeze_time(clock.now() + timedelta(seconds=1)) as time:
        for _ in range(outbox.MOST_TRIES):
            assert carry_out(database) is False
            waits.append(the_job(database).due_at - clock.now())
            assert carry_out(database) is False  # not yet due: it does not count
            time.tick(waits[-1])
    assert [wait.total_seconds() for wait in waits] == [2, 4, 8, 16, 32, 64, 128, 256]
    job = the_job(database)
    assert (job.state, job.tries) == (JobState.DEAD, 8)
    with database.reading() as session:
        assert outbox.due_jobs(session) == []


def refuse(session: Session, work: Work) -> None:
    raise ValueError("no")


def test_a_job_in_hand_is_nobody_elses_until_its_lease_ends(database: Database) -> None:
    owe(database, "a")
    job_id = the_job(database).id
    with freeze_time(clock.now() + timedelta(seconds=1)) as time:
        assert outbox._claim(database.writing, job_id, 60) is not None
        assert carry_out(database) is False
        time.tick(60)
        assert carry_out(database) is True
    assert the_job(database).tries == 2


def test_a_worker_that_comes_back_after_its_lease_does_not_do_it_twice(database: Database) -> None:
    owe(database, "a")
    job_id = the_job(database).id
    with freeze_time(clock.now() + timedelta(seconds=1)) as time:
        slow = outbox._claim(database.writing, job_id, 60)
        assert slow is not None
        time.tick(61)
        assert carry_out(database) is True
        outbox._do(database.writing, slow)
        outbox._put_back(database.writing, slow, ValueError("late"))
    assert effects(database) == 1
    assert the_job(database).state is JobState.DONE


def test_a_job_that_ends_every_worker_is_left_to_a_person(database: Database) -> None:
    owe(database, "a")
    job_id = the_job(database).id
    with freeze_time(clock.now() + timedelta(seconds=1)) as time:
        for _ in range(outbox.MOST_TRIES):
            assert outbox._claim(database.writing, job_id, 60) is not None
            time.tick(60)
        assert outbox._claim(database.writing, job_id, 60) is None
        with database.writing() as session, session.begin():
            outbox.give_up(session)
    assert the_job(database).state is JobState.DEAD


def test_a_job_is_not_done_before_it_is_due(database: Database) -> None:
    with freeze_time(clock.now()) as time:
        with database.writing() as session, session.begin():
            outbox.owe(session, KIND, "a", {}, due_at=clock.now() + timedelta(hours=1))
        assert carry_out(database) is False
        time.tick(timedelta(hours=1))
        assert carry_out(database) is True


def test_what_goes_outside_happens_outside_any_transaction_and_is_marked_after(database: Database) -> None:
    states = []

    def send(work: Work) -> None:
        states.append(the_job(database).state)
        owe(database, f"another job while {work.key} is sent")  # on SQLite this waits for any writer

    outbox.handle_outside("test-outside", send)
    with database.writing() as session, session.begin():
        outbox.owe(session, "test-outside", "a", {})
        job_id = session.scalars(sa.select(OutboxJob.id)).one()
    assert outbox.carry_out(database.writing, job_id) is True
    assert states == [JobState.OWED]


def test_a_long_job_works_in_short_units_and_keeps_its_lease_while_it_is_in_hand(
    database: Database,
) -> None:
    others: list[bool] = []

    def work_long(unit: Unit, work: Work) -> None:
        unit(lambda session: effect(session, Work("first part", {})))
        owe(database, "meanwhile another", kind="test-other")  # no transaction stands in its way
        end = time.monotonic() + 2.5
        while time.monotonic() < end:  # longer than its lease
            others.append(outbox.carry_out(database.writing, job_id, 1))
            time.sleep(0.2)
        unit(lambda session: effect(session, Work("last part", {})))

    outbox.handle_in_units("test-long", work_long)
    owe(database, "a", kind="test-long")
    job_id = the_job(database).id
    assert outbox.carry_out(database.writing, job_id, 1) is True
    assert len(others) > 5
    assert not any(others), "nobody else took it up"
    assert effects(database) == 2
    with database.reading() as session:
        job = session.get_one(OutboxJob, job_id)
        assert (job.state, job.tries, job.lease_until) == (JobState.DONE, 1, None)
        assert outbox.state_of(session, "a") is JobState.DONE
        assert outbox.state_of(session, "never owed") is None


def test_a_long_job_whose_worker_stops_renewing_is_taken_up_by_another(database: Database) -> None:
    taken: list[str] = []
    outbox.handle_in_units("test-left", lambda unit, work: taken.append(work.key))
    owe(database, "a", kind="test-left")
    job_id = the_job(database).id
    with freeze_time(clock.now() + timedelta(seconds=1)) as frozen:
        claimed = outbox._claim(database.writing, job_id, 60)
        assert claimed is not None
        frozen.tick(59)
        with database.writing() as session, session.begin():
            outbox._renew(session, claimed, 60)
        frozen.tick(59)
        assert carry_out(database) is False
        frozen.tick(1)
        assert carry_out(database) is True
        with database.writing() as session, session.begin():
            outbox._renew(session, claimed, 60)  # the slow one comes back, and changes nothing
    assert taken == ["a"]
    assert the_job(database).lease_until is None


def test_a_long_job_that_fails_is_tried_again(database: Database) -> None:
    def fail(unit: Unit, work: Work) -> None:
        raise ValueError("no")

    outbox.handle_in_units("test-failing", fail)
    owe(database, "a", kind="test-failing")
    assert carry_out(database) is False
    assert (the_job(database).state, the_job(database).last_error) == (JobState.OWED, "ValueError: no")


def test_the_last_handler_of_a_kind_carries_it_out(database: Database) -> None:
    outbox.handle_outside("test-last", lambda work: None)
    outbox.handle("test-last", effect)
    owe(database, "a", kind="test-last")
    assert carry_out(database) is True
    assert effects(database) == 1


def test_a_job_of_an_unknown_kind_waits_for_a_newer_worker(database: Database) -> None:
    owe(database, "a", kind="from-the-future")
    assert carry_out(database) is False
    assert (the_job(database).state, the_job(database).last_error) == (
        JobState.OWED,
        "KeyError: 'from-the-future'",
    )
