"""The words that can be begun or misspelt: those that listings for everybody have now, and no others.

Each listing lends its words, and a word is known while one lends it. What only members may see lends none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import spelling, word_index, words
from marketplace.finding.models import SearchLending, SearchVocabulary
from marketplace.kernel.database import insert_into

LENDING: sa.Table = SearchLending.__table__  # type: ignore[assignment]
VOCABULARY: sa.Table = SearchVocabulary.__table__  # type: ignore[assignment]


def lend(session: Session, said: Mapping[int, Iterable[str]]) -> None:
    """Let listings, by their places, lend these words and no others."""
    new = {place: set(some) for place, some in said.items()}
    old = _lent(session, list(new))
    changes: Counter[str] = Counter()
    for place, some in new.items():
        before = old.get(place, set())
        changes.update(some - before)
        changes.subtract(before - some)
    _keep(session, {place: some for place, some in new.items() if some != old.get(place, set())})
    _count(session, {word: number for word, number in changes.items() if number})


def _lent(session: Session, places: Sequence[int]) -> dict[int, set[str]]:
    statement = sa.select(LENDING.c.id, LENDING.c.words).where(LENDING.c.id.in_(places))
    return {id_: set(some.split()) for id_, some in session.execute(statement)}


def _keep(session: Session, lent: Mapping[int, set[str]]) -> None:
    if not lent:
        return
    session.execute(sa.delete(LENDING).where(LENDING.c.id.in_(list(lent))))
    rows = [{"id": place, "words": " ".join(sorted(some))} for place, some in lent.items() if some]
    if rows:
        session.execute(sa.insert(LENDING), rows)


def _count(session: Session, changes: Mapping[str, int]) -> None:
    """In the order of the alphabet: two that count the same words do not wait for each other in a ring.

    A word at a time, and none is read: for many PostgreSQL would go through the index of their letters.
    """
    if not changes:
        return
    before = _spelled(session, changes)
    insert = insert_into(session, VOCABULARY)
    counted = {"listings": VOCABULARY.c.listings + insert.excluded.listings}
    rows = [
        {"word": word, "stem": words.stem(word), "listings": number}
        for word, number in sorted(changes.items())
    ]
    session.execute(insert.on_conflict_do_update(index_elements=["word"], set_=counted), rows)
    fewer = [{"gone": word} for word, number in sorted(changes.items()) if number < 0]
    if fewer:
        session.execute(_FORGET, fewer)
    after = _spelled(session, changes)
    word_index.add_spellings(session, [spelling.padded(word) for word in sorted(after - before)])
    word_index.remove_spellings(session, [spelling.padded(word) for word in sorted(before - after)])


_FORGET = sa.delete(VOCABULARY).where(VOCABULARY.c.word == sa.bindparam("gone"), VOCABULARY.c.listings <= 0)
"""A word that nobody lends any more."""


def _spelled(session: Session, some: Iterable[str]) -> set[str]:
    """Those of some words that are known, where their spellings stand in an index of their own."""
    if not word_index.has_spellings(session):
        return set()
    return set(session.scalars(sa.select(VOCABULARY.c.word).where(VOCABULARY.c.word.in_(some))))
