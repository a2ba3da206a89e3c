"""Whether the record is as it was written: every column of every entry, their order, and their end.

An end that was cut off together with the row of its chain leaves no trace in the database itself: for that
the heads of the chains are noted elsewhere, and compared.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from marketplace.kernel.audit import (
    START,
    AuditChain,
    AuditEntry,
    AuditPersonalValues,
    digest_of,
    earlier_personal_digest,
    personal_digest,
)

Heads = dict[str, dict[str, Any]]
Stored = tuple[sa.Row[Any], SimpleNamespace | None]


@dataclass
class _Seen:
    """What was found on the way: the end of each chain, and which entries have personal values."""

    ends: dict[uuid.UUID, tuple[int, str]] = field(default_factory=dict)
    personal: dict[uuid.UUID | None, tuple[str, str]] = field(default_factory=dict)


def faults(session: Session, noted: Mapping[str, Mapping[str, Any]] | None = None) -> Iterator[str]:
    """A sentence for each entry that is not as it was written, the first of a chain first; and for lost ends.

    `noted` are heads from an earlier day: each must still be in its chain.
    """
    seen = _Seen()
    yield from _chains(session, seen)
    yield from _personal_values(session, seen)
    yield from _lost_ends(session, seen)
    yield from _not_as_noted(session, noted or {})


def heads(session: Session) -> Heads:
    """The length of each chain and its last digest, by organisation: to be kept outside the database."""
    chains = session.scalars(sa.select(AuditChain).order_by(AuditChain.organisation_id))
    return {str(one.organisation_id): {"length": one.length, "head": one.head} for one in chains}


def _chains(session: Session, seen: _Seen) -> Iterator[str]:
    """Each entry by itself, and whether it follows the one before it."""
    table = AuditEntry.__table__
    for row, entry in _stored(session, table, table.c.organisation_id, table.c.number):
        if entry is None:
            yield f"Entry {row.number} of {_named(row.organisation_id)} was altered."
            continue
        number, previous = seen.ends.get(entry.organisation_id, (0, START))
        if (entry.number, entry.previous) != (number + 1, previous):
            yield f"Entry {entry.number} of {entry.organisation_id} does not follow the entry before it."
        if entry.digest != digest_of(entry):
            yield f"Entry {entry.number} of {entry.organisation_id} was altered."
        seen.ends[entry.organisation_id] = (entry.number, entry.digest)
        if entry.personal_digest:
            named = f"entry {entry.number} of {entry.organisation_id}"
            seen.personal[entry.id] = (named, entry.personal_digest)


def _personal_values(session: Session, seen: _Seen) -> Iterator[str]:
    """Values that were erased are no fault; values that are there must be those that were written."""
    table = AuditPersonalValues.__table__
    for row, kept in _stored(session, table, table.c.entry_id):
        named, digest = seen.personal.get(
            kept.entry_id if kept else None, (f"entry {_named(row.entry_id)}", "")
        )
        if kept is None or digest not in _digests(kept):
            yield f"The personal values of {named} were altered."


def _digests(kept: SimpleNamespace) -> tuple[str, str]:
    """Of personal values, as they are sealed now and as they were at first; the entry seals which it was."""
    now = personal_digest(kept.salt, kept.person_id, kept.values)
    return now, earlier_personal_digest(kept.salt, kept.values)


def _lost_ends(session: Session, seen: _Seen) -> Iterator[str]:
    chains: dict[uuid.UUID, tuple[int, str]] = {}
    table = AuditChain.__table__
    for row, chain in _stored(session, table, table.c.organisation_id):
        if chain is None:
            yield f"The end of the chain of {_named(row.organisation_id)} was altered."
        else:
            chains[chain.organisation_id] = (chain.length, chain.head)
    for organisation_id in sorted(chains.keys() | seen.ends.keys()):
        if seen.ends.get(organisation_id, (0, START)) != chains.get(organisation_id, (0, START)):
            yield f"The last entries of {organisation_id} are missing."


def _not_as_noted(session: Session, noted: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for organisation_id, head in sorted(noted.items()):
        number = int(head["length"])
        at = sa.select(AuditEntry.digest).where(
            AuditEntry.organisation_id == uuid.UUID(organisation_id), AuditEntry.number == number
        )
        if number and session.scalar(at) != head["head"]:
            yield f"Entry {number} of {organisation_id} is not the one that was noted."


def _stored(session: Session, table: Any, *order: Any) -> Iterator[Stored]:
    """Each row as it lies in the database, and as it is read; None when it is not written as we write.

    SQLite keeps everything as text, and PostgreSQL JSON: a blank or a capital more would read the same.
    """
    dialect = session.get_bind().dialect
    statement = sa.select(*(_raw(column, dialect).label(column.name) for column in table.c)).order_by(*order)
    for row in session.execute(statement.execution_options(yield_per=1000)):
        yield row, _read(table, row, dialect)


def _raw(column: sa.Column[Any], dialect: Dialect) -> sa.ColumnElement[Any]:
    if dialect.name == "sqlite":
        return sa.type_coerce(column, sa.types.NULLTYPE)
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column


def _read(table: Any, row: sa.Row[Any], dialect: Dialect) -> SimpleNamespace | None:
    values = {}
    for column, raw in zip(table.c, row, strict=True):
        try:
            value = _decoded(column, raw, dialect)
            if _encoded(column, value, dialect) != raw:
                return None
        except (TypeError, ValueError, AttributeError):
            return None
        values[column.name] = value
    return SimpleNamespace(**values)


def _decoded(column: sa.Column[Any], raw: Any, dialect: Dialect) -> Any:
    if isinstance(column.type, sa.JSON):
        return json.loads(raw)
    kind: Any = column.type.dialect_impl(dialect)
    read = kind.result_processor(dialect, None) if dialect.name == "sqlite" else None
    return read(raw) if read else raw


def _encoded(column: sa.Column[Any], value: Any, dialect: Dialect) -> Any:
    if isinstance(column.type, sa.JSON):
        return json.dumps(value)
    kind: Any = column.type.dialect_impl(dialect)
    write = kind.bind_processor(dialect) if dialect.name == "sqlite" else None
    return write(value) if write else value


def _named(identifier: Any) -> str:
    """An identifier as it is written elsewhere, where it still can be read."""
    try:
        return str(uuid.UUID(str(identifier)))
    except ValueError:
        return str(identifier)
