"""What a search finds. Nothing here reads all that matches: every statement stops at a cap.

Without words a page comes along an index, and the counts beside the filters are those of CAP listings and one
more. With words, and by distance, at most so many candidates are ranked. Beyond the cap counts are lower
bounds, and say so.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import conditions, grid, kinds, ranking
from marketplace.finding.asking import Asked
from marketplace.finding.conditions import Shape
from marketplace.finding.grid import Point
from marketplace.finding.kinds import Sort
from marketplace.finding.models import ITEMS, ROWS
from marketplace.finding.ranking import CAP, Candidate, Key
from marketplace.kernel import clock
from marketplace.trusts import access
from marketplace.trusts.access import Actor

SIZE = 25


@dataclass(frozen=True)
class Found:
    """One page of what was found; `total` is a lower bound when there `is_more`.

    `facets` says how many listings have the same facets; `exact` is how many of the page have every word.
    """

    asked: Asked
    total: int
    is_more: bool
    facets: Mapping[int, int]
    items: list[bytes]
    metres: list[float | None]
    exact: int
    next_after: str | None

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of all that was found have each value of a filter."""
        return kinds.counts(self.facets)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The items as what they say."""
        return [orjson.loads(one) for one in self.items]


def find(
    session: Session, asked: Asked, after: Key | None = None, size: int = SIZE, with_facets: bool = True
) -> Found:
    """One page of what was found, in the order asked for, after a place in it.

    Who shows no counts beside filters needs no facets: then the total alone is counted.
    """
    if asked.understood is not None or asked.question.order is Sort.NEAREST:
        return _among_candidates(session, asked, after, size)
    return _along_an_index(session, asked, after, size, with_facets)


def newer(session: Session, asked: Asked, place: int, listing_id: uuid.UUID | None) -> list[dict[str, Any]]:
    """What was published after a place in the order of all and fits; or that one listing, when it fits."""
    wanted = replace(asked, only=listing_id) if listing_id else replace(asked, newer_than=place)
    return find(session, wanted, size=CAP).rows


def listed(session: Session, actor: Actor | None, listing_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Those of some listings that the actor may find, in the order given."""
    seen = access.visible(ROWS.c.seller_id, ROWS.c.partnership_id, actor, clock.today())
    statement = (
        sa.select(ROWS.c.listing_id, ITEMS.c.item)
        .join(ITEMS, ITEMS.c.id == ROWS.c.id)
        .where(ROWS.c.listing_id.in_(listing_ids), seen)
    )
    found = {listing_id: orjson.loads(item) for listing_id, item in session.execute(statement)}
    return [found[one] for one in dict.fromkeys(listing_ids) if one in found]


_VALUES: dict[Sort, Any] = {Sort.PRICE: ROWS.c.price_pence, Sort.SOONEST: ROWS.c.soonest}
"""By which column an order goes before the number; newest first is the number alone."""


def _along_an_index(session: Session, asked: Asked, after: Key | None, size: int, with_facets: bool) -> Found:
    """Two statements: the facets of the first CAP listings and one more, and the page."""
    shape, order, values = Shape.of(asked), asked.question.order, conditions.values(asked)
    counted = session.execute(_counted(shape, order, with_facets, CAP + 1), values).all()
    facets: dict[int, int] = {packed: times for packed, times in counted}  # noqa: C416  rows are no pairs to mypy
    total = sum(facets.values())
    seen = {"after_value": after[0], "after_id": after[1]} if after else {}
    rows = session.execute(_page(shape, order, after is not None, size + 1), values | seen).all()
    page = rows[:size]
    last = page[-1] if len(rows) > size else None
    return Found(
        asked,
        total=min(total, CAP),
        is_more=total > CAP,
        facets=facets,
        items=[row[4].encode() for row in page],
        metres=[_distance(asked.point, row[2], row[3]) for row in page],
        exact=len(page),
        next_after=f"{last[0]}-{last[1]}" if last else None,
    )


def _ordered(order: Sort) -> list[Any]:
    """The index to read along."""
    value = _VALUES.get(order)
    return [ROWS.c.id] if value is None else [value, ROWS.c.id]


@lru_cache(maxsize=200)
def _counted(shape: Shape, order: Sort, with_facets: bool, most: int) -> Any:
    """How many there are with the same facets, up to so many; made once for all who ask the same."""
    found = sa.select(ROWS.c.facets).where(*conditions.of(shape))
    first = found.order_by(*_ordered(order)).limit(most).subquery()
    if not with_facets:
        return sa.select(sa.literal_column("0"), sa.func.count()).select_from(first)
    return sa.select(first.c.facets, sa.func.count()).group_by(first.c.facets)


@lru_cache(maxsize=200)
def _page(shape: Shape, order: Sort, goes_on: bool, most: int) -> Any:
    value, ordered = _VALUES.get(order), _ordered(order)
    columns: tuple[Any, ...] = (
        sa.literal_column("0") if value is None else value,
        ROWS.c.id,
        ROWS.c.easting,
        ROWS.c.northing,
        ITEMS.c.item,
    )
    statement = sa.select(*columns).join(ITEMS, ITEMS.c.id == ROWS.c.id).where(*conditions.of(shape))
    if goes_on:
        number = sa.bindparam("after_id", type_=sa.BigInteger())
        place = sa.tuple_(sa.bindparam("after_value", type_=sa.BigInteger()), number)
        statement = statement.where(ROWS.c.id > number if value is None else sa.tuple_(*ordered) > place)
    return statement.order_by(*ordered).limit(most)


def _distance(point: Point | None, easting: int | None, northing: int | None) -> float | None:
    if point is None or easting is None or northing is None:
        return None
    return grid.metres(point, Point(easting, northing))


def _among_candidates(session: Session, asked: Asked, after: Key | None, size: int) -> Found:
    found = ranking.candidates(session, asked)
    rest = found if after is None else [one for one in found if one[:2] > after]
    page = rest[:size]
    items = _items(session, [one[1] for one in page])
    shown = [one for one in page if one[1] in items]
    return Found(
        asked,
        total=min(len(found), CAP),
        is_more=len(found) > CAP,
        facets=Counter(one[2] for one in found),
        items=[items[one[1]] for one in shown],
        metres=[one[3] for one in shown],
        exact=_exact(asked, shown),
        next_after=f"{page[-1][0]}-{page[-1][1]}" if len(rest) > size else None,
    )


def _exact(asked: Asked, page: Sequence[Candidate]) -> int:
    """How many of a page have every word: the others come last."""
    if asked.question.order is not Sort.BEST:
        return len(page)
    return sum(one[0] < ranking.PARTLY for one in page)


def _items(session: Session, ids: Sequence[int]) -> dict[int, bytes]:
    statement = sa.select(ITEMS.c.id, ITEMS.c.item).where(ITEMS.c.id.in_(ids))
    return {id_: item.encode() for id_, item in session.execute(statement)}


def everything(session: Session, asked: Asked) -> Iterable[tuple[bytes, float | None]]:
    """Up to CAP items that were found, in their order, each with its distance."""
    found = find(session, asked, size=CAP)
    return zip(found.items, found.metres, strict=True)
