"""Whatever is published is told of by one mail, however publishing and the making of mails fall together."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import services
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.states import Move
from marketplace.finding import indexing, news, saving, subscribers, telling
from marketplace.finding.kinds import Frequency
from marketplace.finding.models import NEWS, SavedSearch
from marketplace.kernel import clock, units
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import Database
from marketplace.trusts.access import Actor
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.trusts import an_actor

MOMENT = 0.5
"""So long another is given to come through; if it does not, it waits for the first."""


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own, in which the search hears of what is published."""
    subscribers.subscribe_all()
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


def drafts(database: Database, *titles: str) -> list[Callable[[Session], Any]]:
    """The acts that publish listings with these titles; somebody is told daily of whatever is new."""
    with database.writing() as session, session.begin():
        saving.save_search(session, an_actor(session), "words=zither", "Zithers", Frequency.DAILY)
        return [publishing(session, title) for title in titles]


def publishing(session: Session, title: str) -> Callable[[Session], Any]:
    trust = a_known_seller(session)
    actor = an_actor(session, trust)
    listing_id = an_offer(session, trust, state=ListingState.DRAFT, title=title).id
    return lambda session: publish(session, actor, listing_id)


def publish(session: Session, actor: Actor, listing_id: uuid.UUID) -> None:
    services.move_listing(session, actor, listing_id, Move.PUBLISH)


def tell(database: Database) -> int:
    return telling.tell_daily(database.run, clock.today())


def told(database: Database) -> list[str]:
    """The titles that the mails name, each as often as it is told."""
    with database.reading() as session:
        mails = session.scalars(sa.select(OutboxJob.payload).where(OutboxJob.kind == "send-email")).all()
    said = "\n".join(words for mail in mails for words, _ in mail["links"])
    return sorted(word for word in said.split() if word in {"First", "Second"})


def tomorrow(database: Database) -> None:
    """The next mails are those of another day."""
    with database.writing() as session, session.begin():
        for job in session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == "send-email")):
            job.key = f"{job.key} of yesterday"


def test_a_listing_that_is_committed_after_a_mail_was_made_is_told_of_by_the_next(database: Database) -> None:
    (publish_first,) = drafts(database, "First zither")
    with ThreadPoolExecutor(1) as others:
        with database.writing() as session, session.begin():
            publish_first(session)
            session.flush()
            mails = others.submit(tell, database)
            wait([mails], MOMENT)
        mails.result()
    tomorrow(database)
    tell(database)
    assert told(database) == ["First"]


def test_of_two_published_at_once_the_one_committed_last_is_told_of_too(database: Database) -> None:
    publish_first, publish_second = drafts(database, "First zither", "Second zither")
    with ThreadPoolExecutor(2) as others:
        with database.writing() as session, session.begin():
            publish_first(session)
            session.flush()
            second: Future[Any] = others.submit(database.run, publish_second)
            wait([second], MOMENT)
            mails = others.submit(tell, database)
            wait([mails], MOMENT)
        second.result()
        mails.result()
    tomorrow(database)
    tell(database)
    assert told(database) == ["First", "Second"]


def test_a_listing_that_can_be_found_again_is_no_news(session: Session) -> None:
    trust = a_known_seller(session)
    actor, listing = an_actor(session, trust), an_offer(session, trust)
    before = news.last(session)
    services.move_listing(session, actor, listing.id, Move.PAUSE)
    assert not indexing.index_listing(session, listing.id)
    services.move_listing(session, actor, listing.id, Move.RESUME)
    assert not indexing.index_listing(session, listing.id)
    indexing.reindex(units.within(session))
    assert news.last(session) == before
    assert session.scalar(sa.select(sa.func.count()).select_from(NEWS)) == before


def test_who_saves_a_search_is_told_of_nothing_that_stood_in_it(session: Session) -> None:
    an_offer(session, title="Zither lessons")
    saved = saving.save_search(session, an_actor(session), "words=zither", "Zithers", Frequency.DAILY)
    assert saved.told_number == news.last(session) > 0
    assert telling.tell_daily(units.within(session), clock.today()) == 0
    assert session.scalars(sa.select(SavedSearch.told_number)).all() == [news.last(session)]
