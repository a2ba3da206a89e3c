"""Whoever makes the day's mails is killed before any statement: everybody hears of everything once."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import saving, subscribers, telling
from marketplace.finding.kinds import Frequency
from marketplace.kernel import clock
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import Database
from tests.factories.catalogue import an_offer
from tests.factories.trusts import an_actor
from tests.proofs.test_index_killed import a_process, answer

PEOPLE = 6
STEP = 3
"""Before every third statement: that is before each kind of them."""


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own, in which the search hears of what is published."""
    subscribers.subscribe_all()
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


def readers(session: Session) -> list[str]:
    """People who hear of zithers each day, at their addresses."""
    actors = [an_actor(session) for _ in range(PEOPLE)]
    for one in actors:
        saving.save_search(session, one, "words=zither", "Zithers", Frequency.DAILY)
    return [one.email for one in actors]


def publish(database: Database, title: str) -> uuid.UUID:
    with database.writing() as session, session.begin():
        return an_offer(session, title=title).id


def told(database: Database) -> Counter[tuple[str, str]]:
    """How often each address is told of each listing."""
    found: Counter[tuple[str, str]] = Counter()
    with database.reading() as session:
        for mail in session.scalars(sa.select(OutboxJob.payload).where(OutboxJob.kind == "send-email")):
            words = "\n".join(words for words, _ in mail["links"])
            found.update((mail["to"], title) for title in ("First", "Second") if title in words)
    return found


def mails(database: Database) -> int:
    with database.reading() as session:
        owed = sa.select(sa.func.count(OutboxJob.id)).where(OutboxJob.kind == "send-email")
        return session.scalar(owed) or 0


def test_mails_that_are_killed_and_begun_again_are_neither_lost_nor_sent_twice(
    database: Database, environment: dict[str, str]
) -> None:
    with database.writing() as session, session.begin():
        addresses = readers(session)
    publish(database, "First zither")
    made, number = [], 1
    with a_process(environment, "tests.proofs.teller") as teller:
        while (said := answer(teller, number)) == "killed":
            made.append(mails(database))
            if made[-1] == PEOPLE // 2 and made.count(made[-1]) == 1:
                publish(database, "Second zither")
            number += STEP
    assert said == "done 0"
    assert set(range(PEOPLE)) <= set(made), "each mail is there when the next one is not"
    assert mails(database) == PEOPLE
    assert {one for one, title in told(database) if title == "First"} == set(addresses)
    assert len(told(database)) < 2 * PEOPLE, "some had their mail before the second was published"
    telling.tell_daily(database.run, clock.today() + timedelta(days=1))
    assert told(database) == {(one, title): 1 for one in addresses for title in ("First", "Second")}
