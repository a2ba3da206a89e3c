"""Making the search anew: in short units of work, between which others write, and with few locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue import taking
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.finding import indexing, locking, subscribers, word_index
from marketplace.finding.models import SearchRow
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.session import Database
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.finding import lies, titles

T = TypeVar("T")
COUNT = 7
HELD = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")


@pytest.fixture
def database(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database of the test's own with seven offers, of which two are indexed at a time."""
    monkeypatch.setattr(indexing, "BATCH", 2)
    subscribers.subscribe_all()
    made = Database.at(environment["DATABASE_URL"])
    with made.writing() as session, session.begin():
        trust = a_known_seller(session)
        for number in range(COUNT):
            an_offer(session, trust, title=f"Zither {number}")
    yield made
    made.close()


def forget_words(session: Session) -> None:
    """As if an older version had kept others."""
    with on_behalf_of_all(session, "a test of what is damaged"):
        word_index.remove(session, session.scalars(sa.select(SearchRow.id)).all())


def found(database: Database) -> int:
    with database.reading() as session:
        return len(titles(session, words="zither"))


def faults(database: Database) -> list[Any]:
    with database.writing() as session:
        return lies(session)


def test_it_says_how_far_it_is_and_mends_what_is_damaged(database: Database) -> None:
    database.run(forget_words)
    said: list[tuple[int, int]] = []
    assert found(database) == 0
    assert indexing.reindex(database.run, lambda *done: said.append(done)) == COUNT
    assert said == [(2, 7), (4, 7), (6, 7), (7, 7)]
    assert found(database) == COUNT
    assert faults(database) == []


def test_stopped_in_the_middle_it_leaves_what_it_did_and_a_second_run_does_the_rest(
    database: Database,
) -> None:
    database.run(forget_words)

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        indexing.reindex(database.run, stop)
    assert found(database) == 4
    indexing.reindex(database.run)
    assert found(database) == COUNT
    assert faults(database) == []


def test_whoever_searches_meanwhile_finds_everything_and_orders_go_on(database: Database) -> None:
    first = add_months(clock.today().replace(day=1), 1)
    with database.reading() as session:
        listings = session.scalars(sa.select(Listing.id).where(Listing.title.startswith("Zither"))).all()

    def take_of_all(session: Session) -> None:
        for one in listings:
            taking.take_capacity(session, one, 1, first, first)

    def unit(work: Callable[[Session], T], /) -> T:
        result = database.run(work)
        assert found(database) == COUNT
        database.run(take_of_all)
        return result

    indexing.reindex(unit)
    assert faults(database) == []


def test_a_unit_of_work_takes_few_locks_however_many_listings_it_changes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        if session.get_bind().dialect.name == "sqlite":
            return  # there the file is the lock
        sellers = session.scalars(sa.select(Listing.seller_id).distinct()).all()
        indexing.index_seller(session, sellers[0])
        assert session.scalar(HELD) == 2  # the seller's, and the shared one of everything
        session.rollback()
        monkeypatch.setattr(locking, "MOST", 3)
        for one in session.scalars(sa.select(Listing.id)).all():
            indexing.index_listing(session, one)
        held = session.scalar(HELD)
        assert held is not None
        assert held <= 3 + 1 + 2  # listings and their seller, and both of everything


def test_one_who_changes_many_and_one_who_changes_one_of_them_do_not_pass_each_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "MOST", 3)
    with database.writing() as many, database.writing() as one:
        if many.get_bind().dialect.name == "sqlite":
            return  # there the file is the lock
        listings = many.scalars(sa.select(Listing.id).where(Listing.published_at.is_not(None))).all()
        locking.keep_others_out(many, listings)
        one.execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            locking.keep_others_out(one, listings[:1])


def test_a_listing_that_was_published_at_another_hour_stands_where_that_puts_it(database: Database) -> None:
    with database.writing() as session, session.begin():
        last = session.scalars(sa.select(Listing).where(Listing.title == "Zither 0")).one()
        last.published_at = clock.now()
    indexing.reindex(database.run)
    with database.reading() as session:
        assert titles(session)[0] == "Zither 0"
    assert faults(database) == []


def test_the_command_says_how_far_it_is_and_how_many_can_be_found(
    app: Flask, isolated: Database, session: Session
) -> None:
    an_offer(session)
    session.commit()
    said = app.test_cli_runner().invoke(args=["find", "reindex"])
    assert said.exit_code == 0
    assert said.output.splitlines() == ["1 of 1 listings are indexed", "1 listing can be found"]
