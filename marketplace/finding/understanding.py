"""What the words of a search mean to the index: their stems, words that were begun, words that were meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import spelling, word_index, words
from marketplace.finding.models import SearchVocabulary
from marketplace.kernel.arrays import one_of

VOCABULARY: sa.Table = SearchVocabulary.__table__  # type: ignore[assignment]
MOST_BEGUN = 12
SHORTEST_BEGUN = 3
AFTER_EVERY_LETTER = "\U0010ffff"


@dataclass(frozen=True)
class Understood:
    """For each word the stems that stand for it, and the words as corrected (None: they were not)."""

    groups: tuple[tuple[str, ...], ...]
    corrected: str | None = None


def understand(session: Session, typed: str, exactly: bool) -> Understood:
    """Each word as the index knows it: as it is, as the beginning of others too, or as it was meant.

    As it is it may still be found: what only members see is none of the words that are known.
    """
    said = words.meant(typed)
    stems = {word: words.stem(word) for word in said}
    known = _known(session, list(stems.values()))
    groups, shown, is_corrected = [], typed, False
    for word in said:
        group: Sequence[str] = (stems[word],)
        if stems[word] not in known:
            begun = _begun(session, word)
            meant = None if begun or exactly else _meant(session, word)
            if meant is not None:
                shown, is_corrected = _instead(shown, word, meant), True
            group = (stems[word], *begun, *((words.stem(meant),) if meant else ()))
        groups.append(tuple(group))
    return Understood(tuple(groups), shown if is_corrected else None)


def _known(session: Session, stems: Sequence[str]) -> set[str]:
    return set(session.scalars(_KNOWN, {"stems": stems}))


def _begun(session: Session, word: str) -> tuple[str, ...]:
    """The stems of the words that a word begins."""
    if len(word) < SHORTEST_BEGUN:
        return ()
    statement = _beginning(word_index.dialect_of(session))
    return tuple(dict.fromkeys(session.scalars(statement, {"word": word, "end": word + AFTER_EVERY_LETTER})))


_KNOWN = sa.select(VOCABULARY.c.stem).where(one_of(VOCABULARY.c.stem, "stems")).distinct()


@cache
def _beginning(dialect: str) -> sa.Select[Any]:
    """The statement that finds the words from one to another; made once."""
    word: Any = VOCABULARY.c.word
    column = sa.collate(word, "C") if dialect == "postgresql" else word
    words_between = (column >= sa.bindparam("word"), column < sa.bindparam("end"))
    return sa.select(VOCABULARY.c.stem).where(*words_between).order_by(column).limit(MOST_BEGUN)


def _meant(session: Session, word: str) -> str | None:
    if len(word) < spelling.SHORTEST or not word.isalpha():
        return None
    near = word_index.spelled_like(session, word, spelling.trigrams(word))
    return spelling.corrected(word, near)


def _instead(shown: str, word: str, meant: str) -> str:
    """What was typed with one word in place of another, whatever its capitals."""
    return " ".join(meant if words.tokens(part) == [word] else part for part in shown.split())
