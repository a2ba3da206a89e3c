"""Who did what for an organisation: chosen, shown page by page, and as a whole for a file."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock, paging
from marketplace.kernel.audit import START, AuditChain, AuditEntry, AuditPersonalValues
from marketplace.kernel.paging import Page
from marketplace.people.models import Person
from marketplace.people.operating import ERASED_NAME
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role

READERS = (Role.ADMINISTRATOR, Role.FINANCE)


@dataclass(frozen=True)
class Wanted:
    """Which entries: from one London date to another, both included; by whom; which act; about what."""

    from_on: date | None = None
    to_on: date | None = None
    person_id: uuid.UUID | None = None
    action: str | None = None
    subject_kind: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no entry is left out, so that the chain can be followed from end to end."""
        return self == Wanted()


@dataclass(frozen=True)
class Choices:
    """What occurs in an organisation's record, so that it can be chosen."""

    people: list[tuple[str, str]]
    actions: list[tuple[str, str]]
    subjects: list[tuple[str, str]]


def audit_page(session: Session, actor: Actor, wanted: Wanted, after: uuid.UUID | None) -> Page[sa.Row[Any]]:
    """One page of the chosen entries of the actor's organisation, newest first."""
    return paging.page(session, _chosen(actor, wanted), AuditEntry.id, after)


def every_entry(session: Session, actor: Actor, wanted: Wanted) -> Sequence[sa.Row[Any]]:
    """All the chosen entries, in the order of the chain."""
    return session.execute(_chosen(actor, wanted).order_by(AuditEntry.number)).all()


def head(session: Session, actor: Actor) -> Mapping[str, Any]:
    """How long the organisation's chain is, and its last digest."""
    access.require(actor, *READERS)
    chain = session.get(AuditChain, actor.organisation_id)
    return {"length": chain.length, "head": chain.head} if chain else {"length": 0, "head": START}


def choices(session: Session, actor: Actor) -> Choices:
    """Who acted, what was done, and about what: each that occurs, by its words."""
    access.require(actor, *READERS)
    mine = AuditEntry.organisation_id == actor.organisation_id
    people = sa.select(Person.id, Person.name).where(
        Person.id.in_(sa.select(AuditEntry.person_id).where(mine).distinct())
    )
    return Choices(
        people=[(str(row.id), row.name) for row in session.execute(people.order_by(Person.name, Person.id))],
        actions=_occurring(session, AuditEntry.action, mine),
        subjects=_occurring(session, AuditEntry.subject_kind, mine),
    )


def people_named(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The names of those of these who are people that are still known."""
    statement = sa.select(Person.id, Person.name).where(Person.id.in_(ids), Person.name != ERASED_NAME)
    return {row.id: row.name for row in session.execute(statement)}


def in_words(name: str) -> str:
    """An act or a kind of subject as people read it: give-po-number as Give PO number."""
    return name.replace("-", " ").replace("_", " ").capitalize().replace("po number", "PO number")


def _occurring(session: Session, column: Any, mine: sa.ColumnElement[bool]) -> list[tuple[str, str]]:
    found = session.scalars(sa.select(column).where(mine).distinct())
    return sorted(((one, in_words(one)) for one in found), key=lambda pair: pair[1])


def _chosen(actor: Actor, wanted: Wanted) -> sa.Select[Any]:
    access.require(actor, *READERS)
    statement = (
        sa.select(
            *AuditEntry.__table__.c,
            AuditPersonalValues.values.label("personal"),
            AuditPersonalValues.salt,
            AuditPersonalValues.person_id.label("about_id"),
            Person.name,
        )
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .outerjoin(AuditPersonalValues, AuditPersonalValues.entry_id == AuditEntry.id)
        .where(AuditEntry.organisation_id == actor.organisation_id)
    )
    return statement.where(*_conditions(wanted))


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.from_on is not None:
        found.append(AuditEntry.created_at >= _start_of(wanted.from_on))
    if wanted.to_on is not None:
        found.append(AuditEntry.created_at < _start_of(wanted.to_on + timedelta(days=1)))
    for column, value in (
        (AuditEntry.person_id, wanted.person_id),
        (AuditEntry.action, wanted.action),
        (AuditEntry.subject_kind, wanted.subject_kind),
    ):
        if value is not None:
            found.append(column == value)
    return found


def _start_of(day: date) -> datetime:
    """The instant at which a London day begins."""
    return datetime.combine(day, time(), clock.LONDON).astimezone(UTC)
