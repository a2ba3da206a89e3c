"""A question together with who asks it, and with what its place and words mean."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy.orm import Session

from marketplace.finding import places, understanding
from marketplace.finding.grid import Point
from marketplace.finding.kinds import Near, Sort
from marketplace.finding.places import Place
from marketplace.finding.question import Question
from marketplace.finding.understanding import Understood
from marketplace.trusts.access import Actor


@dataclass(frozen=True)
class Shape:
    """What the statements of a search are made from: its filters, and whether somebody is signed in.

    Who that is, the day and the words are given when a statement is carried out, so that one statement serves
    everybody who asks with the same filters.
    """

    question: Question
    place: Place | None
    is_known: bool
    is_news: bool
    only: uuid.UUID | None


@dataclass(frozen=True)
class Asked:
    """A question with what the register says of its place and the index of its words.

    With `news` only listings whose number in the news is above the first and at most the second; with `only`
    no other one.
    """

    question: Question
    actor: Actor | None
    place: Place | None = None
    understood: Understood | None = None
    news: tuple[int, int] | None = None
    only: uuid.UUID | None = None

    @property
    def is_ranked(self) -> bool:
        """Whether the best match comes first, so that what lacks a word can stand last, and be said to."""
        is_news = self.news is not None or self.only is not None
        return self.question.order is Sort.BEST and not is_news

    @cached_property
    def shape(self) -> Shape:
        """What its statements are made from."""
        near = self.question.near or (Near.SERVES if self.question.place else None)
        filters = replace(self.question, words="", place="", exactly=False, sort=None, near=near)
        return Shape(filters, self.place, self.actor is not None, self.news is not None, self.only)

    @property
    def point(self) -> Point | None:
        """Where distances begin."""
        return self.place.point if self.place else None


def ask(session: Session, actor: Actor | None, question: Question) -> Asked:
    """The question understood; UnknownPlace when the register knows no such place."""
    place = places.find(session, question.place, actor) if question.has_place else None
    understood = None
    if question.words:
        understood = understanding.understand(session, question.words, question.exactly)
    return Asked(question, actor, place, understood)
