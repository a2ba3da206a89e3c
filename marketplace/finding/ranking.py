"""Ranking: at most CAP candidates by their words or by their distance, the best first."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import conditions, grid, word_index
from marketplace.finding.asking import Asked
from marketplace.finding.conditions import Shape
from marketplace.finding.grid import Point
from marketplace.finding.kinds import Sort
from marketplace.finding.models import ITEMS, ROWS
from marketplace.finding.places import Place
from marketplace.finding.understanding import Understood

CAP = 1_000
FEW = 3
"""With fewer listings that have every word, those that have some are shown too, after them."""
SOME_WORDS = 200
FIRST_TIERS, LAST_TIERS = range(2), range(2, word_index.TIERS)
PARTLY = word_index.TIERS
"""Tiers from here on: at least one word is missing."""
FIRST_RING, WIDEST = 25.0, 600.0
"""Miles around a place within which the nearest are looked for, first and at most."""
UNPLACED = 10**9
"""Metres to a seller of whom nobody knows where it is."""

Key = tuple[int, int]
"""Where a listing stands in an order: by its value, then by its number."""
Candidate = tuple[int, int, int, float | None]
"""Value, number, facets, and the metres from the place asked for; a plain tuple, since there are many."""


def candidates(session: Session, asked: Asked) -> list[Candidate]:
    """At most CAP listings that fit, and one more when there are more, in the order asked for."""
    if asked.understood is None:
        return _nearest(session, asked)
    found = _with_words(session, asked, asked.understood)
    return found if asked.question.order is Sort.BEST else _in_order(session, asked, found)


def _with_words(session: Session, asked: Asked, understood: Understood) -> list[Candidate]:
    """Those with every word in the title, then in the names too, and so on; then those with some."""
    found: dict[int, Candidate] = {}
    if not understood.groups:  # nothing of what was typed is a word
        return []
    for tiers in (FIRST_TIERS, LAST_TIERS):
        for one in _tiers(session, asked, understood, tiers):
            found.setdefault(one[1], one)
        if len(found) > CAP:
            break
    ordered = sorted(found.values())[: CAP + 1]
    if len(found) < FEW and len(understood.groups) > 1 and asked.is_ranked:
        ordered += _with_some_words(session, asked, understood, found.keys())
    return ordered


def _tiers(session: Session, asked: Asked, understood: Understood, tiers: range) -> list[Candidate]:
    """The listings of several tiers in one statement."""
    dialect = word_index.dialect_of(session)
    words = {f"asked_{tier}": word_index.asked(dialect, understood.groups, tier) for tier in tiers}
    statement = _of_tiers(dialect, tiers, Shape.of(asked), CAP + 1)
    return _measured(asked, session.execute(statement, words | conditions.values(asked)).all())


@lru_cache(maxsize=200)
def _of_tiers(dialect: str, tiers: range, shape: Shape, most: int) -> Any:
    """The best tier first, each up to so many; made once for all who ask with the same filters."""
    return sa.union_all(*(sa.select(_of_tier(dialect, tier, shape, most).subquery()) for tier in tiers))


def _of_tier(dialect: str, tier: int, shape: Shape, most: int) -> sa.Select[Any]:
    having = word_index.having(dialect, tier, f"asked_{tier}")
    columns = _columns(shape.place, sa.literal_column(str(tier)))
    joined = columns.select_from(sa.join(having.table, ROWS, ROWS.c.id == having.id))
    return joined.where(having.condition, *conditions.of(shape)).order_by(having.id).limit(most)


def _with_some_words(
    session: Session, asked: Asked, understood: Understood, known: Collection[int]
) -> list[Candidate]:
    """Listings whose title or names have some of the words: first those that lack fewest."""
    dialect = word_index.dialect_of(session)
    words = {"asked_1": word_index.asked(dialect, understood.groups, 1, every=False)}
    statement = _of_tier(dialect, 1, Shape.of(asked), SOME_WORDS)
    rows = session.execute(statement, words | conditions.values(asked))
    some = {one[1]: one for one in _measured(asked, rows) if one[1] not in known}
    named = sa.select(ITEMS.c.id, ITEMS.c.named).where(ITEMS.c.id.in_(some))
    return sorted(
        (PARTLY + _missing(stems, understood), *some[id_][1:]) for id_, stems in session.execute(named)
    )


def _missing(named: str, understood: Understood) -> int:
    """How many of the words a listing lacks."""
    has = set(named.split())
    return sum(has.isdisjoint(group) for group in understood.groups)


def _nearest(session: Session, asked: Asked) -> list[Candidate]:
    """The nearest: within wider and wider rings, until there are enough; whoever has no place comes last."""
    point, values, most = asked.point, conditions.values(asked), asked.question.miles
    columns = _columns(asked.place).where(*conditions.of(Shape.of(asked)))
    found: list[Candidate] = []
    miles = 0.0
    while point is not None and miles < (most or WIDEST) and len(found) <= CAP:
        miles = _next_ring(miles, len(found), most or WIDEST)
        ring = columns.where(*conditions.within(point, grid.in_metres(miles)))
        found = _by_distance(_measured(asked, session.execute(ring, values).all()))
    if most is None and len(found) <= CAP:
        nowhere = columns if point is None else columns.where(ROWS.c.cell.is_(None))
        rest = nowhere.order_by(ROWS.c.id).limit(CAP + 1 - len(found))
        found += _by_distance(_measured(asked, session.execute(rest, values)))
    return found[: CAP + 1]


def _next_ring(miles: float, found: int, most: float) -> float:
    """How far to look next, so that the area would hold half as many again as are wanted."""
    if not miles:
        return min(FIRST_RING, most)
    wider = math.sqrt(1.5 * CAP / max(found, 1))
    return min(most, miles * min(max(wider, 1.3), 8))


def _in_order(session: Session, asked: Asked, found: Sequence[Candidate]) -> list[Candidate]:
    """The best matches in another order."""
    order = asked.question.order
    if order is Sort.NEAREST:
        return _by_distance(found)
    if order is Sort.NEWEST:
        return sorted((0, *one[1:]) for one in found)
    value = ROWS.c.price_pence if order is Sort.PRICE else ROWS.c.soonest
    statement: Any = sa.select(ROWS.c.id, value).where(ROWS.c.id.in_([one[1] for one in found]))
    values = {id_: number for id_, number in session.execute(statement)}  # noqa: C416  rows are no pairs to mypy
    return sorted((values[one[1]], *one[1:]) for one in found)


def _by_distance(found: Iterable[Candidate]) -> list[Candidate]:
    return sorted((UNPLACED if one[3] is None else round(one[3]), *one[1:]) for one in found)


def _columns(place: Place | None, value: Any = None) -> sa.Select[Any]:
    """The columns of a candidate; coordinates only when somebody asks for a distance."""
    columns = [sa.literal_column("0") if value is None else value, ROWS.c.id, ROWS.c.facets]
    if place is not None and place.point is not None:
        columns += [ROWS.c.easting, ROWS.c.northing]
    return sa.select(*(column.label(f"c{number}") for number, column in enumerate(columns)))


def _measured(asked: Asked, rows: Iterable[Any]) -> list[Candidate]:
    """The rows as candidates, with their distance when a place was asked for."""
    point = asked.point
    if point is None:
        return [(value, id_, facets, None) for value, id_, facets in rows]
    return [
        (value, id_, facets, None if east is None else grid.metres(point, Point(east, north)))
        for value, id_, facets, east, north in rows
    ]
