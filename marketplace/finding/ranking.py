"""Ranking: at most CAP candidates by their words or by their distance, the best first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import conditions, grid, word_index
from marketplace.finding.asking import Asked
from marketplace.finding.grid import Point
from marketplace.finding.kinds import Sort
from marketplace.finding.models import SearchItem, SearchRow
from marketplace.finding.understanding import Understood
from marketplace.finding.word_index import Having

CAP = 1_000
FEW = 3
"""With fewer listings that have every word, those that have some are shown too."""
SOME_WORDS = 200
FIRST_TIERS, LAST_TIERS = range(2), range(2, word_index.TIERS)
PARTLY = word_index.TIERS
"""Tiers from here on: at least one word is missing."""
RINGS = (5, 10, 20, 40, 80, 160, 600)
"""Miles around a place within which the nearest are looked for, one after the other."""
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
    if len(found) < FEW and len(understood.groups) > 1:
        ordered += _with_some_words(session, asked, understood, found.keys())
    return ordered


def _tiers(session: Session, asked: Asked, understood: Understood, tiers: Iterable[int]) -> list[Candidate]:
    """The listings of several tiers in one statement, the best tier first."""
    some = conditions.of(asked)
    parts = [_tier(session, asked, understood, tier, some) for tier in tiers]
    return _measured(asked, session.execute(sa.union_all(*parts)))


def _tier(
    session: Session, asked: Asked, understood: Understood, tier: int, some: conditions.Conditions
) -> sa.Select[Any]:
    having = word_index.having(session, understood.groups, tier)
    part = _columns(asked, sa.literal_column(str(tier))).select_from(_joined(having))
    first = part.where(having.condition, *some).order_by(having.id).limit(CAP + 1)
    return sa.select(first.subquery())


def _joined(having: Having) -> Any:
    return sa.join(having.table, SearchRow, SearchRow.id == having.id)


def _with_some_words(
    session: Session, asked: Asked, understood: Understood, known: Collection[int]
) -> list[Candidate]:
    """Listings whose title or names have some of the words: first those that lack fewest."""
    having = word_index.having(session, understood.groups, 1, every=False)
    part = _columns(asked, sa.literal_column("0")).select_from(_joined(having))
    statement = part.where(having.condition, *conditions.of(asked)).order_by(having.id).limit(SOME_WORDS)
    some = {one[1]: one for one in _measured(asked, session.execute(statement)) if one[1] not in known}
    named = sa.select(SearchItem.id, SearchItem.named).where(SearchItem.id.in_(some))
    return sorted(
        (PARTLY + _missing(stems, understood), *some[id_][1:]) for id_, stems in session.execute(named)
    )


def _missing(named: str, understood: Understood) -> int:
    """How many of the words a listing lacks."""
    has = set(named.split())
    return sum(has.isdisjoint(group) for group in understood.groups)


def _nearest(session: Session, asked: Asked) -> list[Candidate]:
    """The nearest: within wider and wider rings, until there are enough; whoever has no place comes last."""
    point, some, most = asked.point, conditions.of(asked), asked.question.miles
    found: list[Candidate] = []
    for miles in _rings(most) if point else ():
        ring = conditions.within(point, grid.in_metres(miles)) if point else ()
        found = _by_distance(_measured(asked, session.execute(_columns(asked).where(*some, *ring))))
        if len(found) > CAP:
            return found[: CAP + 1]
    if most is None:
        nowhere = () if point is None else (SearchRow.cell.is_(None),)
        rest = _columns(asked).where(*some, *nowhere).order_by(SearchRow.id).limit(CAP + 1 - len(found))
        found += _by_distance(_measured(asked, session.execute(rest)))
    return found


def _rings(most: int | None) -> list[int]:
    widest = most or RINGS[-1]
    return [*(one for one in RINGS if one < widest), widest]


def _in_order(session: Session, asked: Asked, found: Sequence[Candidate]) -> list[Candidate]:
    """The best matches in another order."""
    order = asked.question.order
    if order is Sort.NEAREST:
        return _by_distance(found)
    if order is Sort.NEWEST:
        return sorted((0, *one[1:]) for one in found)
    value = SearchRow.price_pence if order is Sort.PRICE else SearchRow.soonest
    statement: Any = sa.select(SearchRow.id, value).where(SearchRow.id.in_([one[1] for one in found]))
    values = {id_: number for id_, number in session.execute(statement)}  # noqa: C416  rows are no pairs to mypy
    return sorted((values[one[1]], *one[1:]) for one in found)


def _by_distance(found: Iterable[Candidate]) -> list[Candidate]:
    return sorted((UNPLACED if one[3] is None else round(one[3]), *one[1:]) for one in found)


def _columns(asked: Asked, value: Any = None) -> sa.Select[Any]:
    """The columns of a candidate; coordinates only when somebody asks for a distance."""
    columns = [sa.literal_column("0") if value is None else value, SearchRow.id, SearchRow.facets]
    if asked.point is not None:
        columns += [SearchRow.easting, SearchRow.northing]
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
