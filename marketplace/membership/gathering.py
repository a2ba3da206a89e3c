"""Everything that an organisation has here, table by table, as the models say whose each row is.

A table names its owners for row-level security; what is not an organisation's own is not gathered. So a new
table is in the export without anybody thinking of it.
"""

from __future__ import annotations

import enum
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.database import Base
from marketplace.people.models import Person
from marketplace.trusts.models import Membership

SECRET = frozenset({"secret_digest", "stop_secret", "content", "salt"})
"""Columns that prove who somebody is, or are files of their own."""
LEFT_OUT = frozenset(
    {
        "organisation_exports",
        "organisation_export_parts",
        "interest_uploads",
        "capacity_uploads",
        "calendar_links",
    }
)
"""Exports themselves, files that were read into other tables, and addresses that work like a password."""
PEOPLE = "people"
TABLES_IN_A_PART = 6
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class OneSided:
    """A table of two owners whose rows, and those below them, are one side's business.

    The other side has a row once the column `shown_when` is set (None: never), without the `private` columns,
    and nothing below it.
    """

    owner: str
    shown_when: str | None = None
    private: frozenset[str] = frozenset()


ONE_SIDED: dict[str, OneSided] = {}
"""By table; app.py says it, since higher floors own them."""


def tables() -> list[str]:
    """The tables whose rows belong to organisations, in the order in which they depend on each other."""
    named = [table.name for table in Base.metadata.sorted_tables if _is_owned(table)]
    return [PEOPLE, *(name for name in named if name not in LEFT_OUT)]


def parts() -> list[list[str]]:
    """The tables in the portions that one job gathers."""
    names = tables()
    return [names[start : start + TABLES_IN_A_PART] for start in range(0, len(names), TABLES_IN_A_PART)]


def gather(session: Session, organisation_id: uuid.UUID, names: Sequence[str]) -> dict[str, Rows]:
    """The organisation's rows of these tables, plain enough for JSON."""
    return {name: _rows(session, organisation_id, name) for name in names}


def _rows(session: Session, organisation_id: uuid.UUID, name: str) -> Rows:
    if name == PEOPLE:
        return _people(session, organisation_id)
    table = Base.metadata.tables[name]
    columns = [column for column in table.c if column.name not in SECRET]
    key = list(table.primary_key.columns)
    statement = sa.select(*columns).where(_theirs(table, organisation_id)).order_by(*key)
    rows = [dict(row) for row in session.execute(statement).mappings()]
    return [_plain(_without_private(name, row, organisation_id)) for row in rows]


def _people(session: Session, organisation_id: uuid.UUID) -> Rows:
    members = sa.select(Membership.person_id).where(Membership.organisation_id == organisation_id)
    statement = sa.select(Person.id, Person.name, Person.email).where(Person.id.in_(members))
    return [_plain(dict(row)) for row in session.execute(statement.order_by(Person.name)).mappings()]


def _is_owned(table: sa.Table) -> bool:
    if table.info.get("owners"):
        return True
    return any(_is_owned(Base.metadata.tables[owner]) for _, owner in table.info.get("through", ()))


def _theirs(table: sa.Table, organisation_id: uuid.UUID, *, below: bool = False) -> sa.ColumnElement[bool]:
    """Which rows of a table are the organisation's; `below` it, only those of the side that owns it."""
    one_sided = ONE_SIDED.get(table.name)
    owners = table.info.get("owners", [])
    if one_sided is not None and below:
        owners = [one_sided.owner]
    mine = [table.c[column] == organisation_id for column in owners]
    for column, owner in table.info.get("through", ()):
        above = Base.metadata.tables[owner]
        mine.append(
            table.c[column].in_(sa.select(above.c.id).where(_theirs(above, organisation_id, below=True)))
        )
    found = sa.or_(sa.false(), *mine)
    if one_sided is None or below:
        return found
    column = one_sided.shown_when
    is_shown = sa.false() if column is None else table.c[column].is_not(None)
    return sa.and_(found, sa.or_(table.c[one_sided.owner] == organisation_id, is_shown))


def _without_private(name: str, row: dict[str, Any], organisation_id: uuid.UUID) -> dict[str, Any]:
    one_sided = ONE_SIDED.get(name)
    if one_sided is None or row[one_sided.owner] == organisation_id:
        return row
    return {key: None if key in one_sided.private else value for key, value in row.items()}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _value(value) for key, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value


def cell(value: Any) -> str | int | None:
    """A value in a spreadsheet: what has parts is written as JSON."""
    if isinstance(value, dict | list | bool):
        return json.dumps(value, sort_keys=True)
    return value if isinstance(value, int) or value is None else str(value)
