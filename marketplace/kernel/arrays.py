"""Many values as one parameter: a statement asks for a hundred as cheaply as for one.

An IN with a parameter for each is written anew whenever it is carried out, which costs more than the search.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Many(sa.TypeDecorator[Iterable[Any]]):
    """Numbers or texts: an array on PostgreSQL, a JSON text on SQLite."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, kind: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        is_sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(sa.Text() if is_sqlite else postgresql.ARRAY(self.kind))

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        some = list(value or ())
        return json.dumps(some) if dialect.name == "sqlite" else some


class _Among(FunctionElement[Any]):
    """What follows the column: each database has an operator of its own."""

    inherit_cache = True


def one_of(column: sa.ColumnElement[Any], values: str | Sequence[Any]) -> sa.ColumnElement[bool]:
    """Whether a column is among values, given now or by this name when the statement is carried out."""
    kind = Many(column.type)
    given = sa.bindparam(values, type_=kind) if isinstance(values, str) else sa.literal(values, kind)
    return column.bool_op("")(_Among(given))


@compiles(_Among, "sqlite")
def _in_json(element: Any, compiler: Any, **more: Any) -> str:
    (values,) = element.clauses
    return f"IN (SELECT value FROM json_each({compiler.process(values, **more)}))"  # noqa: S608  a parameter


@compiles(_Among, "postgresql")
def _in_array(element: Any, compiler: Any, **more: Any) -> str:
    (values,) = element.clauses
    return f"= ANY ({compiler.process(values, **more)})"
