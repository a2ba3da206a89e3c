"""Work owed after commit: the rows are the truth, whatever becomes of the process that carries them out."""

from __future__ import annotations

import enum
import logging
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from marketplace.kernel import clock, units
from marketplace.kernel.database import (
    Base,
    Identified,
    added_by_all,
    choice,
    insert_into,
    new_id,
    on_behalf_of_all,
    put_off,
)

log = logging.getLogger(__name__)

MOST_TRIES = 8
SWEEP_ROWS = 200


class JobState(enum.Enum):
    """A job is to do until its effect is committed; after its last failed try it waits for a person."""

    OWED = "todo"
    DONE = "done"
    DEAD = "dead"


class OutboxJob(Identified, Base):
    """One piece of work owed; `key` names its effect, so the same work is owed once."""

    __tablename__ = "outbox_jobs"
    kind: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    payload: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(choice(JobState), default=JobState.OWED)
    due_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    owner: Mapped[str | None] = mapped_column(sa.String(80), default=None)
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(sa.String(500), default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (sa.Index("ix_outbox_jobs_due", "state", "due_at"),)


added_by_all(OutboxJob.__table__, "any request may owe work, and no page reads it")


@dataclass(frozen=True)
class Work:
    """What a handler is given: the key identifies the effect to anybody outside."""

    key: str
    payload: Mapping[str, Any]


Inside = Callable[[Session, Work], None]
Outside = Callable[[Work], None]
InUnits = Callable[[units.Unit, Work], None]
_inside: dict[str, Inside] = {}
_outside: dict[str, Outside] = {}
_in_units: dict[str, InUnits] = {}
Waker = Callable[[Sequence[uuid.UUID]], None]
_wakers: list[Waker] = []
_lasting: dict[str, frozenset[str]] = {}


def handle(kind: str, handler: Inside) -> None:
    """Carry out jobs of this kind in the database: the effect and "done" are one transaction."""
    _forget(kind)
    _inside[kind] = handler


def handle_outside(kind: str, handler: Outside) -> None:
    """Carry out jobs of this kind outside any transaction, at least once: the handler passes on the key."""
    _forget(kind)
    _outside[kind] = handler


def handle_in_units(kind: str, handler: InUnits) -> None:
    """Carry out long jobs of this kind outside any transaction, but for short units of work of their own.

    The lease is renewed while the work goes on. At least once: the handler finds out what is done already.
    """
    _forget(kind)
    _in_units[kind] = handler


def _forget(kind: str) -> None:
    """The last handler of a kind carries it out."""
    for handlers in (_inside, _outside, _in_units):
        handlers.pop(kind, None)


def keep_when_done(kind: str, names: frozenset[str]) -> None:
    """Of the payload of these jobs keep only these names once they are done; nobody needs the rest."""
    _lasting[kind] = names


def wake_with(waker: Waker) -> None:
    """Call `waker(job ids)` after each commit that owes jobs; what it loses the sweep finds again."""
    _wakers[:] = [waker]


def owe(
    session: Session, kind: str, key: str, payload: Mapping[str, Any], due_at: datetime | None = None
) -> None:
    """Owe a job, in the same transaction as its cause; the same key twice is one job."""
    now = clock.now()
    values = {"id": new_id(), "created_at": now, "kind": kind, "key": key, "payload": dict(payload)}
    values |= {"state": JobState.OWED, "due_at": due_at or now, "tries": 0}
    statement = insert_into(session, OutboxJob.__table__).values(values).on_conflict_do_nothing()
    # Whoever owes a job may not read it, so the database cannot return it: it is counted.
    added: Any = session.execute(statement.execution_options(preserve_rowcount=True))
    if added.rowcount:
        put_off(session, "owed").append(values["id"])


@event.listens_for(orm.Session, "after_commit")
def _wake(session: Session) -> None:
    """After the last commit only: a worker that heard of a savepoint's release would find no row."""
    if session.in_nested_transaction():
        return
    owed = put_off(session, "owed")
    for waker in _wakers if owed else ():
        try:
            waker(owed)
        except Exception:  # the rows are committed: the sweep will find them
            log.warning("jobs were not announced to the workers: %s", len(owed), exc_info=True)


def state_of(session: Session, key: str) -> JobState | None:
    """How far a job is; None when it was never owed, or is forgotten."""
    with on_behalf_of_all(session, "who owes work asks how far it is"):
        return session.scalar(sa.select(OutboxJob.state).where(OutboxJob.key == key))


def due_jobs(session: Session) -> list[uuid.UUID]:
    """The jobs that wait now, oldest first: never announced, failed before, or left by a dead worker."""
    now = clock.now()
    statement = (
        sa.select(OutboxJob.id).where(*_waits(now)).order_by(OutboxJob.due_at, OutboxJob.id).limit(SWEEP_ROWS)
    )
    return list(session.scalars(statement))


def _waits(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    free = sa.or_(OutboxJob.lease_until.is_(None), OutboxJob.lease_until <= now)
    return (
        OutboxJob.state == JobState.OWED,
        OutboxJob.due_at <= now,
        OutboxJob.tries < MOST_TRIES,
        free,
    )


def give_up(session: Session) -> None:
    """A job whose worker died at every try waits for a person, before it ends another worker."""
    session.execute(
        sa.update(OutboxJob)
        .where(OutboxJob.state == JobState.OWED, OutboxJob.tries >= MOST_TRIES)
        .where(OutboxJob.lease_until <= clock.now())
        .values(state=JobState.DEAD, last_error="Each worker that tried it died")
    )


def carry_out(maker: sessionmaker[Session], job_id: uuid.UUID, lease_seconds: int = 60) -> bool:
    """Claim a job, do it, mark it done; False when it is not ours to do or failed and will be tried again."""
    job = _claim(maker, job_id, lease_seconds)
    if job is None:
        return False
    try:
        with _leased(maker, job, lease_seconds):
            _do(maker, job)
    except Exception as error:
        log.warning("job %s (%s) failed", job.key, job.kind, exc_info=True)
        _put_back(maker, job, error)
        return False
    return True


@dataclass(frozen=True)
class _Claimed:
    id: uuid.UUID
    kind: str
    key: str
    payload: Mapping[str, Any]
    owner: str | None
    """This claim and no other: neither another thread's nor a forked process's."""


def _claim(maker: sessionmaker[Session], job_id: uuid.UUID, lease_seconds: int) -> _Claimed | None:
    now = clock.now()
    owner = f"{os.getpid()}-{uuid.uuid4()}"
    with maker() as session, session.begin():
        claimed = session.execute(
            sa.update(OutboxJob)
            .where(OutboxJob.id == job_id, *_waits(now))
            .values(
                lease_until=now + timedelta(seconds=lease_seconds), owner=owner, tries=OutboxJob.tries + 1
            )
            .returning(OutboxJob.id, OutboxJob.kind, OutboxJob.key, OutboxJob.payload, OutboxJob.owner)
        ).one_or_none()
        return None if claimed is None else _Claimed(*claimed)


@contextmanager
def _leased(maker: sessionmaker[Session], job: _Claimed, lease_seconds: int) -> Iterator[None]:
    """Renew the lease of a long job while it is in hand, from another thread: its own is at work."""
    if job.kind not in _in_units:
        yield
        return
    over = threading.Event()

    def renew() -> None:
        while not over.wait(lease_seconds / 3):
            try:
                units.run(maker, lambda session: _renew(session, job, lease_seconds))
            except sa.exc.SQLAlchemyError:  # the database is away for a moment: the next time is soon
                log.warning("the lease of job %s was not renewed", job.key, exc_info=True)

    thread = threading.Thread(target=renew, name=f"lease of {job.key}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew(session: Session, job: _Claimed, lease_seconds: int) -> None:
    session.execute(
        sa.update(OutboxJob)
        .where(OutboxJob.id == job.id, OutboxJob.owner == job.owner, OutboxJob.state == JobState.OWED)
        .values(lease_until=clock.now() + timedelta(seconds=lease_seconds))
    )


def _do(maker: sessionmaker[Session], job: _Claimed) -> None:
    work = Work(job.key, job.payload)
    if job.kind in _outside:
        _outside[job.kind](work)
    elif job.kind in _in_units:
        _in_units[job.kind](partial(units.run, maker), work)
    with maker() as session, session.begin():
        if not _mark_done(session, job):
            return
        if job.kind not in _outside and job.kind not in _in_units:
            _inside[job.kind](session, work)


def _mark_done(session: Session, job: _Claimed) -> bool:
    """Whether the job was still ours; the row stays locked until the effect commits with it."""
    names = _lasting.get(job.kind, job.payload.keys())
    kept = {name: value for name, value in job.payload.items() if name in names}
    done = session.execute(
        sa.update(OutboxJob)
        .where(OutboxJob.id == job.id, OutboxJob.owner == job.owner, OutboxJob.state == JobState.OWED)
        .values(state=JobState.DONE, done_at=clock.now(), lease_until=None, payload=kept)
        .returning(OutboxJob.id)
    ).one_or_none()
    return done is not None


def _put_back(maker: sessionmaker[Session], claimed: _Claimed, error: Exception) -> None:
    with maker() as session, session.begin():
        job = session.get_one(OutboxJob, claimed.id, with_for_update=True)
        if job.owner != claimed.owner or job.state is not JobState.OWED:
            return
        job.last_error = f"{type(error).__name__}: {error}"[:500]
        job.lease_until = None
        job.due_at = clock.now() + timedelta(seconds=2**job.tries)
        if job.tries >= MOST_TRIES:
            job.state = JobState.DEAD
