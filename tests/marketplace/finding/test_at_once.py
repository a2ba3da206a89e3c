"""Two units of work on one listing at once: the search says in the end what both did."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.catalogue import services, taking
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.states import Move
from marketplace.finding import indexing, subscribers
from marketplace.kernel import clock, units
from marketplace.kernel.session import Database
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.finding import lies
from tests.factories.trusts import an_actor


def meanwhile(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    first: Callable[[Session], Any],
    second: Callable[[Session], Any],
) -> None:
    """The second begins when the first has read what it is about to write into the search."""
    read, done, load = threading.Event(), threading.Event(), indexing._load

    def load_slowly(session: Session, listing_ids: Sequence[uuid.UUID]) -> Any:
        found = load(session, listing_ids)
        if not read.is_set():
            read.set()
            done.wait(2)  # the other comes in the middle, and has to wait
        return found

    def after_it_read() -> None:
        read.wait(10)
        database.run(second)
        done.set()

    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as threads:
        patch.setattr(indexing, "_load", load_slowly)
        for one in [threads.submit(database.run, first), threads.submit(after_it_read)]:
            one.result()


def take(session: Session, listing_id: uuid.UUID) -> list[taking.Taken]:
    first = add_months(clock.today().replace(day=1), 1)
    return taking.take_capacity(session, listing_id, 3, first, first)


@pytest.mark.parametrize("name", ["take", "resume", "reindex", "seller"])
@pytest.mark.parametrize("is_first", [True, False])
def test_neither_of_two_at_once_undoes_in_the_search_what_the_other_did(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str, is_first: bool
) -> None:
    subscribers.subscribe_all()
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        trust = a_known_seller(session)
        actor = an_actor(session, trust)
        listing_id = an_offer(session, trust).id
        taken = take(session, listing_id)
        if name == "resume":
            services.move_listing(session, actor, listing_id, Move.PAUSE)
    acts: dict[str, tuple[Callable[[Session], Any], Callable[[Session], Any]]] = {
        "take": (
            lambda session: take(session, listing_id),
            lambda session: services.revise_listing(session, actor, listing_id, {"title": "Zither lessons"}),
        ),
        "resume": (
            lambda session: taking.give_back(session, taken),
            lambda session: services.move_listing(session, actor, listing_id, Move.RESUME),
        ),
        "reindex": (
            lambda session: taking.give_back(session, taken),
            lambda session: indexing.reindex(units.within(session)),
        ),
        "seller": (
            lambda session: taking.give_back(session, taken),
            lambda session: indexing.index_seller(session, actor.organisation_id),
        ),
    }
    first, second = acts[name] if is_first else acts[name][::-1]
    meanwhile(database, monkeypatch, first, second)
    with database.writing() as session:
        found = lies(session)
    database.close()
    assert found == []
