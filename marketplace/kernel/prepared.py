"""Statements made ready once for each database: for the few that write while others wait for a lock.

Whenever SQLAlchemy carries out a statement it looks its text up and works out how each value is converted,
which for a small one on SQLite takes several times as long as the statement itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


@dataclass(frozen=True)
class _Ready:
    """The text, its values in their order, and how each is converted when it must be."""

    text: str
    values: Sequence[tuple[str, Callable[[Any], Any] | None]]
    is_positional: bool

    def converted(self, given: Mapping[str, Any]) -> Any:
        if self.is_positional:
            return tuple(given[name] if how is None else how(given[name]) for name, how in self.values)
        return {name: given[name] if how is None else how(given[name]) for name, how in self.values}


class Prepared:
    """An UPDATE, or an INSERT of `columns`, whose values are all named and all given each time."""

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self._statement, self._columns = statement, columns
        self._ready: dict[str, _Ready] = {}

    def send(self, connection: sa.Connection, *values: Mapping[str, Any]) -> int:
        """How many rows it changed; with several sets of values it is carried out for each."""
        ready = self._for(connection.dialect)
        sets = [ready.converted(one) for one in values]
        return connection.exec_driver_sql(ready.text, sets if len(sets) > 1 else sets[0]).rowcount

    def _for(self, dialect: Dialect) -> _Ready:
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = self._make_ready(dialect)
        return ready

    def _make_ready(self, dialect: Dialect) -> _Ready:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        names = compiled.positiontup or list(compiled.binds)
        kinds = {name: compiled.binds[name].type.dialect_impl(dialect) for name in names}
        values = [(name, kinds[name].bind_processor(dialect)) for name in names]
        return _Ready(str(compiled), values, compiled.positiontup is not None)
