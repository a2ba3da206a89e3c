"""How much a search finds: exactly up to CAP, and beyond it that there is more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import conditions, word_index
from marketplace.finding.asking import Asked, Shape
from marketplace.finding.models import ROWS
from marketplace.kernel.arrays import one_of

CAP = 1_000
EVERYWHERE = word_index.TIERS - 1


@dataclass(frozen=True)
class Counted:
    """How many there are (at least, when there `is_more`), and how many of those have the same facets."""

    total: int
    is_more: bool
    facets: Mapping[int, int]


NOTHING = Counted(0, False, {})


def count(session: Session, asked: Asked, with_facets: bool) -> Counted:
    """Whatever has every word anywhere and fits, up to CAP and one more; without words in no order."""
    values, dialect = conditions.values(asked), ""
    if asked.understood is not None:
        if not asked.understood.groups:  # nothing of what was typed is a word
            return NOTHING
        dialect = word_index.dialect_of(session)
        values["words"] = word_index.asked(dialect, asked.understood.groups, EVERYWHERE)
    rows = session.execute(_counted(asked.shape, dialect, with_facets, CAP + 1), values).all()
    facets: dict[int, int] = {packed: times for packed, times in rows}  # noqa: C416  rows are no pairs to mypy
    total = sum(facets.values())
    return Counted(min(total, CAP), total > CAP, facets)


def facets_of(session: Session, ids: Sequence[int]) -> Counter[int]:
    """How many of some listings have the same facets."""
    statement = (
        sa.select(ROWS.c.facets, sa.func.count()).where(one_of(ROWS.c.id, ids)).group_by(ROWS.c.facets)
    )
    return Counter({packed: times for packed, times in session.execute(statement)})  # noqa: C416  as above


def up_to(most: int) -> Any:
    """A limit written out: with one given later PostgreSQL plans as if a tenth of everything were wanted."""
    return sa.literal_column(str(most), sa.Integer())


@lru_cache(maxsize=200)
def _counted(shape: Shape, dialect: str, with_facets: bool, most: int) -> Any:
    """Made once for all who ask with the same filters; without a dialect no words are asked for."""
    found = sa.select(ROWS.c.facets).where(*conditions.of(shape))
    if dialect:
        having = word_index.having(dialect, EVERYWHERE, "words", for_members=shape.is_known)
        joined = found.select_from(sa.join(having.table, ROWS, ROWS.c.id == having.id))
        found = joined.where(having.condition).order_by(having.id)
    first = found.limit(up_to(most)).subquery()
    if not with_facets:
        return sa.select(sa.literal_column("0"), sa.func.count()).select_from(first)
    return sa.select(first.c.facets, sa.func.count()).group_by(first.c.facets)
