"""What may be asked instead when nothing was found: one of the words alone, or nothing but the words.

Only what finds something is offered, with how much it finds; a page that has results asks nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from marketplace.finding import counting, queries, understanding, words
from marketplace.finding.asking import Asked
from marketplace.finding.question import Question
from marketplace.finding.understanding import Understood

MOST_WORDS = 10
"""So many words are counted alone: a text may have more, when marks stand between its letters."""
SEVERAL = 2
AROUND_WORDS = ",.;:!?()\"'\u2018\u2019\u201c\u201d"


@dataclass(frozen=True)
class Instead:
    """A question that finds something, and how much; more than its total when there `is_more`."""

    question: Question
    total: int
    is_more: bool


@dataclass(frozen=True)
class Wider:
    """Each word alone, with the filters or (when that finds nothing) without; all words without filters."""

    by_word: tuple[Instead, ...] = ()
    keeps_filters: bool = True
    without_filters: Instead | None = None


def wider(session: Session, asked: Asked) -> Wider:
    """What finds something where a question found nothing."""
    by_word = tuple(_by_word(session, asked))
    if not asked.question.filters:
        return Wider(by_word)
    bare = replace(asked, question=_without_filters(asked.question), place=None)
    found = queries.find(session, bare, size=1, with_facets=False)
    if found.total:
        return Wider(by_word, without_filters=Instead(bare.question, found.total, found.is_more))
    return Wider(by_word) if by_word else Wider(tuple(_by_word(session, bare)), keeps_filters=False)


def _without_filters(question: Question) -> Question:
    """Without its order too, which may need a place."""
    return Question(words=question.words, exactly=question.exactly)


def _by_word(session: Session, asked: Asked) -> Iterator[Instead]:
    """Each word alone, as the whole question understood it."""
    shown, understood = asked.question.words, asked.understood
    if understood is not None and understood.corrected is not None:
        shown = understood.corrected
        understood = understanding.understand(session, shown, exactly=True)
    if understood is None or len(understood.groups) < SEVERAL:
        return
    for word, group in list(zip(words.meant(shown), understood.groups, strict=True))[:MOST_WORDS]:
        question = replace(asked.question, words=_as_typed(word, shown))
        alone = replace(asked, question=question, understood=Understood((group,)))
        counted = counting.count(session, alone, with_facets=False)
        if counted.total:
            yield Instead(question, counted.total, counted.is_more)


def _as_typed(word: str, shown: str) -> str:
    """A word with the capitals and marks with which it was typed, when it stood alone."""
    parts = (part.strip(AROUND_WORDS) for part in shown.split())
    return next((part for part in parts if words.tokens(part) == [word]), word)
