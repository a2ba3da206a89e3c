"""Tries of codes are counted before a code is looked at, and by guarded statements."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import Database
from marketplace.kernel.settings import read_settings
from marketplace.people import authenticators, proving, recovery, services
from marketplace.people.models import Person
from tests.factories.devices import app_code

KEY = "the application's own key, long enough"
STEP = 1_803_902_400 // 30
NOON = "2027-03-01 12:00:00"


@pytest.fixture
def sam(session: Session) -> Person:
    return services.add_person(session, "sam@trust.example", "Sam Pike", None)


def warnings(session: Session) -> int:
    jobs = session.scalars(sa.select(OutboxJob))
    return sum("codes were tried" in job.payload["subject"] for job in jobs)


def test_the_sixth_try_in_a_quarter_of_an_hour_is_not_looked_at(session: Session, sam: Person) -> None:
    with freeze_time(NOON) as told:
        assert isinstance(told, FrozenDateTimeFactory)
        assert [proving.count_try(session, sam.id) for _ in range(7)] == [True] * 5 + [False] * 2
        assert warnings(session) == 1
        told.tick(timedelta(minutes=14, seconds=59))
        assert not proving.count_try(session, sam.id)
        told.tick(timedelta(seconds=1))
        assert [proving.count_try(session, sam.id) for _ in range(6)] == [True] * 5 + [False]


def test_tries_of_one_person_are_not_anothers(session: Session, sam: Person) -> None:
    other = services.add_person(session, "kim@trust.example", "Kim Ray", None)
    for _ in range(6):
        proving.count_try(session, sam.id)
    assert proving.count_try(session, other.id)


@freeze_time(NOON)
def test_a_right_code_ends_the_counting(session: Session, sam: Person) -> None:
    authenticators.begin(session, sam.id, KEY)
    secret = authenticators.enrolment(session, sam.id, KEY).secret
    authenticators.confirm(session, sam.id, KEY, app_code(secret, STEP - 1))
    for _ in range(4):
        proving.count_try(session, sam.id)
    proving.by_code(session, sam.id, KEY, app_code(secret, STEP))
    assert [proving.count_try(session, sam.id) for _ in range(4)] == [True] * 4
    proving.by_recovery_code(session, sam.id, recovery.make(session, sam.id)[0])
    assert proving.count_try(session, sam.id)


@pytest.fixture
def database(environment: dict[str, str]) -> Database:
    """A database with connections of its own, for threads."""
    return Database.at(read_settings(environment).database_url)


def at_once(work: Callable[[], bool], times: int) -> list[bool]:
    """The outcomes of the same work, begun by several threads at one moment."""
    start = Barrier(times)

    def run(_: int) -> bool:
        start.wait()
        return work()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def test_of_many_with_one_code_at_once_one_gets_in(database: Database) -> None:
    def begin(session: Session) -> tuple[Person, str]:
        person = services.add_person(session, "sam@trust.example", "Sam Pike", None)
        session.expunge(person)
        authenticators.begin(session, person.id, KEY)
        return person, authenticators.enrolment(session, person.id, KEY).secret

    sam, secret = database.run(begin)
    step = int(clock.now().timestamp()) // 30
    database.run(lambda s: authenticators.confirm(s, sam.id, KEY, app_code(secret, step - 1)))
    code = app_code(secret, step + 1)

    def sign_in() -> bool:
        try:
            database.run(lambda s: authenticators.check(s, sam.id, KEY, code))
        except DomainError:
            return False
        return True

    assert sorted(at_once(sign_in, 8)) == [False] * 7 + [True]
    database.close()


def test_of_many_tries_at_once_five_are_looked_at(database: Database) -> None:
    person_id = database.run(lambda s: services.add_person(s, "sam@trust.example", "Sam Pike", None).id)
    outcomes = at_once(lambda: database.run(lambda s: proving.count_try(s, person_id)), 9)
    assert sum(outcomes) == 5
    database.close()
