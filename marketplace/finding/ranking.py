"""Which listings stand on a page: by their words, by their distance, or along the index of an order.

However many fit, no more are read than a page has, or than lie nearer; only best matches in another order,
and those with some of the words, are gathered first, up to a cap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import conditions, grid, word_index
from marketplace.finding.asking import Asked, Shape
from marketplace.finding.counting import CAP, EVERYWHERE, Counted, up_to
from marketplace.finding.grid import Point
from marketplace.finding.kinds import Sort
from marketplace.finding.models import ITEMS, ROWS
from marketplace.finding.understanding import Understood
from marketplace.kernel.arrays import one_of

FEW = 3
"""With fewer listings that have every word, those that have some are shown too, after them."""
SOME_WORDS, SEVERAL = 200, 2
LESSER = 2
"""Tiers from here on: a word is neither in the title nor in the names."""
PARTLY = word_index.TIERS
"""Tiers from here on: at least one word is missing."""
FIRST_RING, WIDEST = 6.0, 600.0
"""Miles around a place within which the nearest are looked for, first and at most."""
FIRST_TIMES, NEXT_TIMES = 4, 2
"""The area looked in should hold so many times what is wanted: sellers stand in towns, not evenly."""
UNPLACED = 10**9
"""Metres to a seller of whom nobody knows where it is."""

Key = tuple[int, int]
"""Where a listing stands in an order: by its value, then by its number."""
Ranked = tuple[int, int, float | None]
"""The key of a listing, and the metres from the place asked for."""
_VALUES: dict[Sort, Any] = {Sort.PRICE: ROWS.c.price_pence, Sort.SOONEST: ROWS.c.soonest}
"""By which column an order goes before the number; newest first is the number alone."""


def ranked(session: Session, asked: Asked, after: Key | None, most: int, counted: Counted) -> list[Ranked]:
    """So many of the listings that were counted, in the order asked for, after a place in it."""
    if not counted.total:
        return []
    if asked.understood is not None:
        return _of_words(session, asked, asked.understood, after, most, counted.is_more)
    if asked.question.order is Sort.NEAREST and asked.point is not None:
        return _nearest(session, asked, asked.point, after, most, counted.total)
    return _along_an_index(session, asked, after, most, counted.is_more)


def _along_an_index(
    session: Session, asked: Asked, after: Key | None, most: int, is_many: bool
) -> list[Ranked]:
    statement = _ordered(asked.shape, asked.question.order, after is not None, most, not is_many)
    seen = {"after_value": after[0], "after_id": after[1]} if after else {}
    return _measured(asked, session.execute(statement, conditions.values(asked) | seen).all())


@lru_cache(maxsize=200)
def _ordered(shape: Shape, order: Sort, goes_on: bool, most: int, by_cells: bool) -> Any:
    """Made once for all who ask with the same filters.

    Where few fit, the cells around a place name them; where many do, reading on in the order is sooner done.
    """
    value = _VALUES.get(order)
    ordered = [ROWS.c.id] if value is None else [value, ROWS.c.id]
    statement = _columns(value).where(*conditions.of(shape, by_cells))
    if goes_on:
        number = sa.bindparam("after_id", type_=sa.BigInteger())
        place = sa.tuple_(sa.bindparam("after_value", type_=sa.BigInteger()), number)
        statement = statement.where(ROWS.c.id > number if value is None else sa.tuple_(*ordered) > place)
    return statement.order_by(*ordered).limit(up_to(most))


def _of_words(
    session: Session, asked: Asked, understood: Understood, after: Key | None, most: int, is_many: bool
) -> list[Ranked]:
    if asked.question.order is Sort.BEST:
        return _best(session, asked, understood, after, most, is_many)
    found = _in_order(session, asked, _best(session, asked, understood, None, CAP, is_many))
    return [one for one in found if after is None or one[:2] > after][:most]


def _best(
    session: Session, asked: Asked, understood: Understood, after: Key | None, most: int, is_many: bool
) -> list[Ranked]:
    """Those with every word in the title, then in the names too, and so on."""
    found: list[Ranked] = []
    first = after[0] if after else 0
    for tiers in _together(first, is_many) if understood.groups else ():  # else nothing typed is a word
        if len(found) < most:
            number = after[1] if after and tiers.start == first else None
            found += _of_some_tiers(session, asked, understood, tiers, number, most)
    return found[:most]


def _together(first: int, is_many: bool) -> list[range]:
    """Which tiers are asked for at once: lesser ones only when the better ones do not fill the page.

    Where many listings fit, few of them do, and of a tier that is nearly empty all would be read.
    """
    ends = (0, 1, LESSER, word_index.TIERS) if is_many else (0, LESSER, word_index.TIERS)
    return [range(max(first, begin), end) for begin, end in pairwise(ends) if first < end]


def _of_some_tiers(
    session: Session, asked: Asked, understood: Understood, tiers: range, number: int | None, most: int
) -> list[Ranked]:
    """The first ones of several tiers, the best tier first; of the first tier those after a number."""
    dialect = word_index.dialect_of(session)
    values = conditions.values(asked) | ({} if number is None else {"after_id": number})
    for tier in tiers:
        values[f"tier_{tier}"] = word_index.asked(dialect, understood.groups, tier)
        values[f"better_{tier}"] = word_index.asked(dialect, understood.groups, tier - 1) if tier else ""
    statement = _of_tiers(dialect, tiers, asked.shape, number is not None, most)
    return sorted(_measured(asked, session.execute(statement, values).all()))


@lru_cache(maxsize=200)
def _of_tiers(dialect: str, tiers: range, shape: Shape, goes_on: bool, most: int) -> Any:
    """Of each tier the first ones that are in no better tier; of the first tier those after a number."""
    parts = []
    for tier in tiers:
        better = (f"better_{tier}", tier - 1) if tier else None
        having = word_index.having(dialect, tier, f"tier_{tier}", better, shape.is_known)
        part = _columns(sa.literal_column(str(tier)))
        part = part.select_from(sa.join(having.table, ROWS, ROWS.c.id == having.id))
        part = part.where(having.condition, *conditions.of(shape))
        if goes_on and tier == tiers[0]:
            part = part.where(having.id > sa.bindparam("after_id", type_=sa.BigInteger()))
        parts.append(sa.select(part.order_by(having.id).limit(up_to(most)).subquery()))
    return sa.union_all(*parts)


def with_some_words(session: Session, asked: Asked, known: int) -> list[Ranked]:
    """Where few have every word: listings whose title or names have some, first those that lack fewest."""
    understood = asked.understood
    if understood is None or known >= FEW or len(understood.groups) < SEVERAL:
        return []
    dialect = word_index.dialect_of(session)
    having = word_index.having(dialect, 1, "some", ("every", EVERYWHERE))
    part = _columns(sa.literal_column("0"))
    part = part.select_from(sa.join(having.table, ROWS, ROWS.c.id == having.id))
    statement = part.where(having.condition, *conditions.of(asked.shape)).order_by(having.id)
    words = {
        "some": word_index.asked(dialect, understood.groups, 1, every=False),
        "every": word_index.asked(dialect, understood.groups, EVERYWHERE),
    }
    rows = session.execute(statement.limit(up_to(SOME_WORDS)), conditions.values(asked) | words).all()
    some = {one[1]: one for one in _measured(asked, rows)}
    named = sa.select(ITEMS.c.id, ITEMS.c.named).where(one_of(ITEMS.c.id, list(some)))
    missing = {id_: _missing(stems, understood) for id_, stems in session.execute(named)}
    return sorted((PARTLY + lacks, id_, some[id_][2]) for id_, lacks in missing.items())


def _missing(named: str, understood: Understood) -> int:
    """How many of the words a listing lacks."""
    has = set(named.split())
    return sum(has.isdisjoint(group) for group in understood.groups)


def _nearest(
    session: Session, asked: Asked, point: Point, after: Key | None, most: int, total: int
) -> list[Ranked]:
    """The nearest: within wider and wider rings, until there are enough; whoever has no place comes last."""
    values, widest = conditions.values(asked), asked.question.miles or WIDEST
    shape = asked.shape
    found: list[Ranked] = []
    inner = min(grid.in_miles(after[0]), widest) if after else 0.0
    miles = _first_ring(inner, asked.question.miles, total, most)
    is_last = after is not None and after[0] == UNPLACED
    while not is_last and len(found) < most:
        miles, is_last = min(miles, widest), miles >= widest
        ring = conditions.ring(point, grid.in_metres(miles))
        near = _by_distance(_measured(asked, session.execute(_within(shape), values | ring).all()))
        found = [one for one in near if after is None or one[:2] > after]
        miles = _next_ring(miles, len(found), most)
    if asked.question.miles is None and len(found) < most:
        found += _unplaced(session, asked, _anywhere(shape), after, most - len(found))
    return found[:most]


@lru_cache(maxsize=200)
def _anywhere(shape: Shape) -> sa.Select[Any]:
    """Whatever fits; made once for all who ask with the same filters."""
    return _columns().where(*conditions.of(shape, by_cells=False))


@lru_cache(maxsize=200)
def _within(shape: Shape) -> sa.Select[Any]:
    """Whatever fits in a ring that is given when it is asked."""
    return _anywhere(shape).where(*conditions.IN_A_RING)


def _first_ring(inner: float, circle: int | None, total: int, wanted: int) -> float:
    """How far to look first, beyond what was shown: a circle's count says how much it holds a square mile."""
    if circle is None or not total:
        return max(FIRST_RING, 2 * inner)
    return math.hypot(inner, circle * math.sqrt(FIRST_TIMES * wanted / total))


def _next_ring(miles: float, found: int, wanted: int) -> float:
    """How far to look next, by how many the area looked in holds."""
    if not found:
        return 2 * miles
    return miles * min(max(math.sqrt(NEXT_TIMES * wanted / found), 1.3), 8)


def _unplaced(
    session: Session, asked: Asked, columns: sa.Select[Any], after: Key | None, most: int
) -> list[Ranked]:
    nowhere = columns.where(ROWS.c.cell.is_(None)).order_by(ROWS.c.id).limit(up_to(most))
    if after is not None and after[0] == UNPLACED:
        nowhere = nowhere.where(ROWS.c.id > after[1])
    return _by_distance(_measured(asked, session.execute(nowhere, conditions.values(asked)).all()))


def _in_order(session: Session, asked: Asked, found: Sequence[Ranked]) -> list[Ranked]:
    """The best matches in another order."""
    order = asked.question.order
    if order is Sort.NEAREST:
        return _by_distance(found)
    if order is Sort.NEWEST:
        return sorted((0, *one[1:]) for one in found)
    ids = [one[1] for one in found]
    statement: Any = sa.select(ROWS.c.id, _VALUES[order]).where(one_of(ROWS.c.id, ids))
    values = {id_: number for id_, number in session.execute(statement)}  # noqa: C416  rows are no pairs to mypy
    return sorted((values[one[1]], *one[1:]) for one in found)


def _by_distance(found: Iterable[Ranked]) -> list[Ranked]:
    return sorted((UNPLACED if one[2] is None else round(one[2]), *one[1:]) for one in found)


def _columns(value: Any = None) -> sa.Select[Any]:
    columns = [sa.literal_column("0") if value is None else value, ROWS.c.id, ROWS.c.easting, ROWS.c.northing]
    return sa.select(*(column.label(f"c{number}") for number, column in enumerate(columns)))


def _measured(asked: Asked, rows: Iterable[Any]) -> list[Ranked]:
    """The rows with their distance, when a place was asked for."""
    point = asked.point
    if point is None:
        return [(value, id_, None) for value, id_, _, _ in rows]
    return [
        (value, id_, None if east is None else grid.metres(point, Point(east, north)))
        for value, id_, east, north in rows
    ]
