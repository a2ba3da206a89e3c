"""Whoever keeps a listing and its index is killed before any statement: the two agree all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from marketplace.finding import indexing
from marketplace.finding.models import SearchVocabulary
from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.finding import asked, lies, titles
from tests.factories.trusts import an_actor

OFFERS = 40
STEP = 3
"""Before every third statement: that is before each kind of them."""


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of the test's own."""
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


@contextmanager
def a_process(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Python as a process of its own; what is left of it ends here."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answer(process: subprocess.Popen[str], number: int) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{number}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def assert_they_agree(database: Database, title: str) -> None:
    with database.writing() as session:
        assert titles(session, words=title) == [title]
        assert session.get(SearchVocabulary, title.lower()) is not None
        assert lies(session) == []


def test_a_listing_and_its_index_agree_wherever_whoever_revises_it_is_killed(
    database: Database, environment: dict[str, str]
) -> None:
    with database.writing() as session, session.begin():
        trust = a_known_seller(session)
        actor = an_actor(session, trust)
        listing_id = an_offer(session, trust, title="Zither").id
    with a_process(environment, "tests.proofs.reviser", str(actor.person_id), str(listing_id)) as reviser:
        number = 1
        while (said := answer(reviser, number)) == "killed":
            assert_they_agree(database, "Zither")
            number += STEP
    assert said == "done 0"
    assert number > 10 * STEP
    assert_they_agree(database, "Oboe")


def test_making_the_search_anew_is_killed_and_begun_again(
    database: Database, environment: dict[str, str]
) -> None:
    with database.writing() as session, session.begin():
        trust = a_known_seller(session)
        for number in range(OFFERS):
            an_offer(session, trust, title=f"Zither {number}")
    with a_process(environment, "tests.proofs.reindexer") as reindexer:
        assert reindexer.stdout is not None
        for line in reindexer.stdout:
            if line.startswith(f"{OFFERS // 2} of"):
                break
        reindexer.kill()
        assert reindexer.wait(20) < 0, "it was killed in the middle"
    with database.writing() as session:
        assert asked(session, words="zither").total == OFFERS
        assert lies(session) == []
    assert indexing.reindex(database.run) == OFFERS
