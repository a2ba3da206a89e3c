"""What the entries of the record are about: a name that people know, and the page that shows it.

Higher floors own the rows, so app.py says by names of tables and columns how they are called.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.database import Base, on_behalf_of_all


@dataclass(frozen=True)
class Subject:
    """How the rows of one table are named: by a column of theirs, or `through` what another row is called.

    `page` is an endpoint and the name of its identifier; one of the `readers` columns, if there are any,
    must hold the organisation that wants to open it.
    """

    table: str
    name: str | None = None
    page: tuple[str, str] | None = None
    readers: tuple[str, ...] = ()
    through: tuple[str, str] | None = None


@dataclass(frozen=True)
class Named:
    """What one row is called, and its page when the reader may open it."""

    name: str
    endpoint: str | None
    arguments: Mapping[str, uuid.UUID]


def name_all(
    session: Session, known: Mapping[str, Subject], about: Iterable[tuple[str, uuid.UUID]], reader: uuid.UUID
) -> dict[uuid.UUID, Named]:
    """What these rows are called, by identifier: one query a table. What is not known has no name."""
    found: dict[uuid.UUID, Named] = {}
    wanted: dict[str, set[uuid.UUID]] = defaultdict(set)
    for table, row_id in about:
        wanted[table].add(row_id)
    for table, ids in wanted.items():
        if table in known:
            found |= _name_rows(session, known, known[table], ids, reader)
    return found


def _name_rows(
    session: Session, known: Mapping[str, Subject], subject: Subject, ids: set[uuid.UUID], reader: uuid.UUID
) -> dict[uuid.UUID, Named]:
    own = Base.metadata.tables[subject.table]
    shown, joined = subject, sa.select(own.c.id.label("about_id")).where(own.c.id.in_(ids))
    table = own
    if subject.through is not None:
        column, other = subject.through
        shown, table = known[other], Base.metadata.tables[other]
        joined = joined.join(table, table.c.id == own.c[column])
    may_open = sa.or_(sa.literal(not shown.readers), *(table.c[one] == reader for one in shown.readers))
    columns: tuple[Any, ...] = (table.c.id, table.c[shown.name or "id"].label("name"), may_open.label("open"))
    with on_behalf_of_all(session, "a trust may read what its own acts were about"):
        rows = session.execute(joined.add_columns(*columns)).all()
    return {row.about_id: _named(shown, row) for row in rows}


def _named(subject: Subject, row: sa.Row[Any]) -> Named:
    endpoint, argument = subject.page or (None, "")
    opens = endpoint is not None and bool(row.open)
    return Named(str(row.name), endpoint if opens else None, {argument: row.id} if opens else {})
