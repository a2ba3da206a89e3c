"""A catalogue to search in, for tests."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Category
from marketplace.catalogue.models import Listing
from marketplace.finding import asking, indexing, queries, spelling, word_index
from marketplace.finding.models import SearchItem, SearchLending, SearchRow, SearchVocabulary
from marketplace.finding.queries import Found
from marketplace.finding.question import Question
from marketplace.kernel import clock, units
from marketplace.trusts.access import Actor
from tests.factories.catalogue import an_offer
from tests.factories.trusts import an_organisation

CATALOGUE = Path(__file__).parents[1] / "marketplace/finding/catalogue.csv"
SELLERS = ("Harbour Light Trust", "Old Mill Academy", "Copper Beech Schools", "Millstone Valley Trust")


def a_findable(session: Session, seller: Any = None, **more: Any) -> Listing:
    """A published listing with price and capacity that the search knows."""
    listing = an_offer(session, seller, **more)
    indexing.index_listing(session, listing.id)
    return listing


def the_catalogue(session: Session) -> dict[str, str]:
    """Every service of catalogue.csv, and the key of each by its title."""
    sellers = [an_organisation(session, name) for name in SELLERS]
    with CATALOGUE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        an_offer(
            session,
            sellers[number % len(sellers)],
            category=Category(row["category"]),
            title=row["title"],
            summary=row["summary"],
            description=row["description"],
            places_served=row["places served"],
        ).published_at = clock.now() - timedelta(hours=number)
    session.flush()
    indexing.reindex(units.within(session))
    return {row["title"]: row["key"] for row in rows}


def asked(session: Session, actor: Actor | None = None, **question: Any) -> Found:
    """The first page of a search."""
    return queries.find(session, asking.ask(session, actor, Question(**question)))


def titles(session: Session, actor: Actor | None = None, **question: Any) -> list[str]:
    """The titles of the first page, in its order."""
    return [row["title"] for row in asked(session, actor, **question).rows]


def lies(session: Session) -> list[tuple[Any, Any]]:
    """What the search keeps that making it anew would not, each beside what that makes; as it is kept then.

    So is what the vocabulary says of how many listings lend a word, beside how many do.
    """
    session.flush()
    was, miscounted = _kept(session), _miscounted(session)
    indexing.reindex(units.within(session))
    now = _kept(session)
    keys = sorted(was.keys() | now.keys(), key=str)
    differing = [(was.get(key), now.get(key)) for key in keys if was.get(key) != now.get(key)]
    return [*differing, *miscounted]


def _miscounted(session: Session) -> list[tuple[Any, Any]]:
    lent = Counter(word for some in session.scalars(sa.select(SearchLending.words)) for word in some.split())
    statement = sa.select(SearchVocabulary.word, SearchVocabulary.listings)
    known = {word: number for word, number in session.execute(statement)}  # noqa: C416  rows are no pairs to mypy
    words = sorted(known.keys() | lent.keys())
    counted: list[tuple[Any, Any]] = [((word, known.get(word)), (word, lent[word])) for word in words]
    found = [(is_said, is_lent) for is_said, is_lent in counted if is_said != is_lent]
    if session.get_bind().dialect.name == "sqlite":
        padded = session.scalars(sa.text(f"SELECT word FROM {word_index.SPELLINGS} ORDER BY word")).all()  # noqa: S608  our own name
        if padded != sorted(map(spelling.padded, known)):
            found.append((padded, "the words"))
    return found


def _kept(session: Session) -> dict[tuple[str, Any], dict[str, Any]]:
    """By listing, without the numbers: of two that were published in one moment either may come first."""
    number = "rowid" if session.get_bind().dialect.name == "sqlite" else "id"
    listings = {
        row.id: row.listing_id for row in session.execute(sa.select(SearchRow.id, SearchRow.listing_id))
    }
    statements: dict[str, Any] = {
        "row": sa.select(SearchRow.__table__),
        "item": sa.select(SearchItem.__table__),
        "lent": sa.select(SearchLending.__table__),
        "words": sa.text(f"SELECT {number} AS id, w.* FROM {word_index.NAME} w"),  # noqa: S608  our own names
    }
    if number == "id":
        statements["words of members"] = sa.text(f"SELECT * FROM {word_index.OF_MEMBERS}")  # noqa: S608  our own name
    return {
        (name, listings.get(row["id"])): {key: value for key, value in row.items() if key != "id"}
        for name, statement in statements.items()
        for row in session.execute(statement).mappings()
    }
