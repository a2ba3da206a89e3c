"""Who did what: an append-only, hash-chained record for each organisation.

The chain covers identifiers and a salted digest of the personal values, which are kept apart: erasing them
leaves the chain whole. Entries are written when the unit of work commits, so that two units wait for the
same chain only at their very end.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.database import (
    Base,
    Identified,
    append_only,
    on_behalf_of_all,
    owned_by,
    owned_through,
    put_off,
)

Entry = Any
"""An AuditEntry, or a row with its columns."""
START = "0" * 64
SYSTEM = uuid.UUID(int=0)
"""The chain of what no organisation did: imports, jobs, the operator's commands."""


class AuditChain(Base):
    """The end of one organisation's chain; its row is locked while entries are added."""

    __tablename__ = "audit_chains"
    organisation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    length: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(sa.String(64), default=START)


class AuditEntry(Identified, Base):
    """One act; `digest` covers every other column and the digest before it."""

    __tablename__ = "audit_entries"
    organisation_id: Mapped[uuid.UUID]
    number: Mapped[int]
    person_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    action: Mapped[str] = mapped_column(sa.String(60))
    subject_kind: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[uuid.UUID]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    personal_digest: Mapped[str] = mapped_column(sa.String(64))
    previous: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "number"),
        sa.Index("ix_audit_entries_subject", "subject_kind", "subject_id"),
    )


class AuditPersonalValues(Base):
    """Names, addresses and the like that went with an entry; erased with the person, the entry stays."""

    __tablename__ = "audit_personal_values"
    entry_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("audit_entries.id"), primary_key=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    salt: Mapped[str] = mapped_column(sa.String(32))
    values: Mapped[dict[str, Any]]


append_only(AuditEntry.__table__)  # type: ignore[arg-type]
owned_by(AuditChain.__table__, "organisation_id")
owned_by(AuditEntry.__table__, "organisation_id")
owned_through(AuditPersonalValues.__table__, "entry_id", "audit_entries")


@dataclass(frozen=True)
class Act:
    """What is to be recorded: `before` and `after` hold identifiers, states, dates and pence only."""

    organisation_id: uuid.UUID
    person_id: uuid.UUID | None
    action: str
    subject_kind: str
    subject_id: uuid.UUID
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    about_id: uuid.UUID | None = None
    """Whom the personal values are about, when it is not who acts."""
    at: datetime = field(default_factory=clock.now)


def record(session: Session, act: Act) -> None:
    """Owe an entry to the chain; it is written with the commit of this unit of work."""
    put_off(session, "acts").append(act)


@event.listens_for(orm.Session, "before_commit")
def _write_acts(session: Session) -> None:
    """At the very end only: releasing a savepoint is a commit to SQLAlchemy too."""
    acts: list[Act] = put_off(session, "acts")
    if session.in_nested_transaction() or not acts:
        return
    session.flush()  # whatever else locks rows does so before the chains
    with on_behalf_of_all(session, "an act stands in the chain of each of its parties"):
        _write(session, acts)
    acts.clear()


def _write(session: Session, acts: list[Act]) -> None:
    in_order = sorted(acts, key=_chain_of)  # one order of locks for everybody
    for organisation_id, owed in groupby(in_order, key=_chain_of):
        chain = _lock_chain(session, organisation_id)
        personal = [_add(session, chain, act) for act in owed]
        session.flush()  # the entries of a chain together, before what points at them
        session.add_all(kept for kept in personal if kept is not None)


def _chain_of(act: Act) -> uuid.UUID:
    return act.organisation_id


def _add(session: Session, chain: AuditChain, act: Act) -> AuditPersonalValues | None:
    """Put an act at the end of its chain, which is locked; the personal values to keep apart, if any."""
    salt = secrets.token_hex(16) if act.personal else ""
    entry = AuditEntry(
        created_at=act.at,
        organisation_id=act.organisation_id,
        number=chain.length + 1,
        person_id=act.person_id,
        action=act.action,
        subject_kind=act.subject_kind,
        subject_id=act.subject_id,
        before=_plain(act.before),
        after=_plain(act.after),
        personal_digest=personal_digest(salt, act.about_id or act.person_id, _plain(act.personal)),
        previous=chain.head,
        digest="",
    )
    entry.digest = digest_of(entry)
    chain.length, chain.head = entry.number, entry.digest
    session.add(entry)
    if not act.personal:
        return None
    return AuditPersonalValues(
        entry_id=entry.id,
        person_id=act.about_id or act.person_id,
        salt=salt,
        values=_plain(act.personal),
    )


def personal_values(session: Session, person_id: uuid.UUID, action: str) -> list[dict[str, Any]]:
    """What was kept apart with the acts of one kind about somebody."""
    theirs = (AuditPersonalValues.person_id == person_id, AuditEntry.action == action)
    found = sa.select(AuditPersonalValues.values).join(AuditEntry).where(*theirs)
    return list(session.scalars(found))


def erase(session: Session, person_id: uuid.UUID) -> None:
    """Forget the personal values about somebody; every chain still holds."""
    session.execute(sa.delete(AuditPersonalValues).where(AuditPersonalValues.person_id == person_id))


def _lock_chain(session: Session, organisation_id: uuid.UUID) -> AuditChain:
    """The chain's row, locked; made on first use, where a second maker meets the first one's key."""
    found = session.get(AuditChain, organisation_id, with_for_update=True, populate_existing=True)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(AuditChain(organisation_id=organisation_id))
    except sa.exc.IntegrityError:
        pass
    return session.get_one(AuditChain, organisation_id, with_for_update=True, populate_existing=True)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(values, default=str, sort_keys=True))
    return plain


def personal_digest(salt: str, person_id: uuid.UUID | None, values: Mapping[str, Any]) -> str:
    """SHA-256 over the salt, whom the values are about, and the values; empty when there are none."""
    text = json.dumps([salt, str(person_id), values], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest() if values else ""


def earlier_personal_digest(salt: str, values: Mapping[str, Any]) -> str:
    """As the first release sealed personal values: without whom they are about."""
    return hashlib.sha256((salt + json.dumps(values, sort_keys=True)).encode()).hexdigest()


def digest_of(entry: Entry) -> str:
    """SHA-256 over the JSON of the entry's columns, in this order, and the digest before it."""
    columns = [
        entry.previous,
        str(entry.id),
        str(entry.organisation_id),
        entry.number,
        entry.created_at.isoformat(),
        str(entry.person_id),
        entry.action,
        entry.subject_kind,
        str(entry.subject_id),
        entry.before,
        entry.after,
        entry.personal_digest,
    ]
    return hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()
