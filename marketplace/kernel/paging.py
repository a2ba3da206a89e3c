"""Keyset pages: the next page begins after the last row seen, so it costs the same wherever it lies."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.errors import Refused

R = TypeVar("R")
SIZE = 25
LARGEST = 100


@dataclass(frozen=True)
class Page(Generic[R]):
    """Rows, newest first, and the identifier after which the next page begins (None at the end)."""

    rows: Sequence[R]
    next_after: uuid.UUID | None


def page(
    session: Session, statement: sa.Select[Any], key: Any, after: uuid.UUID | None, size: int = SIZE
) -> Page[sa.Row[Any]]:
    """One page of Core rows; `key` is the UUIDv7 column, selected as `id`, so newest come first."""
    if after is not None:
        statement = statement.where(key < after)
    rows = session.execute(statement.order_by(key.desc()).limit(size + 1)).all()
    shown = rows[:size]
    return Page(shown, shown[-1].id if len(rows) > size else None)


def page_by(
    session: Session,
    statement: sa.Select[Any],
    order: Sequence[Any],
    after: uuid.UUID | None,
    size: int = SIZE,
) -> Page[sa.Row[Any]]:
    """One page in the order of columns of which none is null, greatest first.

    The last of them is the row's key, selected as `id`. Refused when the list has no row `after`.
    """
    if after is not None:
        place = session.execute(statement.with_only_columns(*order).where(order[-1] == after)).one_or_none()
        if place is None:
            raise Refused("Follow the link to the next page again.", field="after")
        seen = [sa.literal(value, column.type) for value, column in zip(place, order, strict=True)]
        statement = statement.where(sa.tuple_(*order) < sa.tuple_(*seen))
    ordered = statement.order_by(*(column.desc() for column in order))
    rows = session.execute(ordered.limit(size + 1)).all()
    shown = rows[:size]
    return Page(shown, shown[-1].id if len(rows) > size else None)
