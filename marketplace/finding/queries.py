"""What a search finds. Nothing here reads all that matches: every statement stops at a page or at a cap.

Counts stop at CAP; beyond it they are lower bounds, and say so. Pages go on beyond it.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import counting, entries, kinds, ranking
from marketplace.finding.asking import Asked
from marketplace.finding.counting import CAP
from marketplace.finding.models import ITEMS, ROWS
from marketplace.finding.ranking import Key, Ranked
from marketplace.kernel import clock
from marketplace.kernel.arrays import one_of
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
    counted = counting.count(session, asked, with_facets)
    rows = ranking.ranked(session, asked, after, size + 1, counted)
    partly: Sequence[Ranked] = ()
    if asked.understood is not None and asked.is_ranked:
        partly = ranking.with_some_words(session, asked, counted.total)
        rows += [one for one in partly if after is None or one[:2] > after]
    facets = counted.facets
    if partly and with_facets:
        facets = counting.facets_of(session, [one[1] for one in partly]) + Counter(counted.facets)
    page = rows[:size]
    items = _items(session, [one[1] for one in page])
    shown = [one for one in page if one[1] in items]
    return Found(
        asked,
        total=counted.total + len(partly),
        is_more=counted.is_more,
        facets=facets,
        items=[items[one[1]] for one in shown],
        metres=[one[2] for one in shown],
        exact=sum(one[0] < ranking.PARTLY for one in shown) if partly else len(shown),
        next_after=f"{page[-1][0]}-{page[-1][1]}" if len(rows) > size else None,
    )


def newer(
    session: Session, asked: Asked, news: tuple[int, int], listing_id: uuid.UUID | None
) -> list[dict[str, Any]]:
    """What fits of the news above one number and up to another; or that one listing, when it fits."""
    wanted = replace(asked, only=listing_id) if listing_id else replace(asked, news=news)
    return find(session, wanted, size=CAP).rows


def listed(session: Session, actor: Actor | None, listing_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Those of some listings that the actor may find, in the order given."""
    seen = access.visible(ROWS.c.seller_id, ROWS.c.partnership_id, actor, clock.today())
    statement = (
        sa.select(ROWS.c.listing_id, ITEMS.c.item, ROWS.c.next_open)
        .join(ITEMS, ITEMS.c.id == ROWS.c.id)
        .where(ROWS.c.listing_id.in_(listing_ids), seen)
    )
    found = {
        listing_id: orjson.loads(entries.whole(*parts)) for listing_id, *parts in session.execute(statement)
    }
    return [found[one] for one in dict.fromkeys(listing_ids) if one in found]


def _items(session: Session, ids: Sequence[int]) -> dict[int, bytes]:
    return {id_: entries.whole(*parts) for id_, *parts in session.execute(_SHOWN, {"ids": ids})}


_SHOWN = (
    sa.select(ITEMS.c.id, ITEMS.c.item, ROWS.c.next_open)
    .join(ROWS, ROWS.c.id == ITEMS.c.id)
    .where(one_of(ITEMS.c.id, "ids"))
)


def everything(session: Session, asked: Asked) -> Found:
    """What was found as one page of up to CAP."""
    return find(session, asked, size=CAP, with_facets=False)
