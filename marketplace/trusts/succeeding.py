"""Storing which school took which one's place, as the register's links between schools have it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.trusts.models import Organisation, Succession
from marketplace.trusts.register import GoodRow, Refusal, Succeeded

BATCH = 500
Pair = tuple[uuid.UUID, uuid.UUID]


@dataclass
class Outcome:
    """What became of the rows."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def store(session: Session, rows: Iterable[GoodRow]) -> Outcome:
    """Store each succession once; a row about a school that is not stored is refused.

    The register tells each twice, from both sides: of two dates the earlier counts.
    """
    rows, outcome = list(rows), Outcome()
    ids = _ids(session, rows)
    stored = {(one.predecessor_id, one.successor_id): one for one in session.scalars(sa.select(Succession))}
    for row in rows:
        missing = next((urn for urn in _urns([row]) if urn not in ids), None)
        if missing is not None:
            reason = f"no school has the URN {missing}: import the schools first"
            outcome.refusals.append(Refusal(row.number, "LinkURN", reason))
        elif isinstance(row.link, Succeeded):
            _count(outcome, _store(session, stored, _pair(ids, row.link), row.link.on))
        else:
            outcome.unchanged += 1
    session.flush()
    return outcome


def _pair(ids: dict[str, uuid.UUID], said: Succeeded) -> Pair:
    return ids[said.predecessor_urn], ids[said.successor_urn]


def _count(outcome: Outcome, what: str) -> None:
    setattr(outcome, what, getattr(outcome, what) + 1)


def _store(session: Session, stored: dict[Pair, Succession], pair: Pair, on: date | None) -> str:
    """What it was: added, changed or unchanged."""
    if pair not in stored:
        stored[pair] = Succession(predecessor_id=pair[0], successor_id=pair[1], succeeded_on=on)
        session.add(stored[pair])
        return "added"
    if _is_earlier(on, stored[pair].succeeded_on):
        stored[pair].succeeded_on = on
        return "changed"
    return "unchanged"


def _is_earlier(on: date | None, known: date | None) -> bool:
    return on is not None and (known is None or on < known)


def _ids(session: Session, rows: Iterable[GoodRow]) -> dict[str, uuid.UUID]:
    """The schools that the rows name, by URN."""
    found: dict[str, uuid.UUID] = {}
    for some in _batches(sorted(set(_urns(rows)))):
        statement = sa.select(Organisation.urn, Organisation.id).where(Organisation.urn.in_(some))
        found |= {str(row.urn): row.id for row in session.execute(statement)}
    return found


def _urns(rows: Iterable[GoodRow]) -> Iterator[str]:
    for row in rows:
        if isinstance(row.link, Succeeded):
            yield from (row.link.predecessor_urn, row.link.successor_urn)


def _batches(urns: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(urns), BATCH):
        yield urns[start : start + BATCH]
