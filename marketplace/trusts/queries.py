"""Organisations as the register has them, and what an organisation sees of itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.kernel import paging
from marketplace.kernel.errors import NotFound
from marketplace.kernel.mail import MailboxMessage
from marketplace.kernel.paging import Page
from marketplace.people.models import Person
from marketplace.trusts import years
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import LinkKind, OrganisationKind, OrganisationState, Role, Standing
from marketplace.trusts.models import (
    Membership,
    Organisation,
    OrganisationLink,
    PupilCount,
    Succession,
    TermDates,
)
from marketplace.trusts.terms import Term
from marketplace.trusts.years import FinancialYear

MOST_LINKED = 500
MOST_WORDS = 8
LONGEST_CHAIN = 20
"""Of successions: a register that went in circles would not end."""


@dataclass(frozen=True)
class School:
    """A school as it is counted for a price: `counted_on` is None where the register's figure stands."""

    id: uuid.UUID
    name: str
    phase: str | None
    establishment_type: str | None
    pupils: int | None
    counted_on: date | None

    @classmethod
    def of(cls, school: Organisation, counted: PupilCount | None) -> School:
        """With the newest figure that its own people gave, else the register's."""
        pupils, on = (counted.pupils, counted.counted_on) if counted else (school.pupils, None)
        return cls(school.id, school.name, school.phase, school.establishment_type, pupils, on)


@dataclass(frozen=True)
class Member:
    """A person of an organisation and their roles there."""

    person_id: uuid.UUID
    name: str
    email: str
    roles: frozenset[Role]


def find(session: Session, words: str, after: uuid.UUID | None, size: int = paging.SIZE) -> Page[sa.Row[Any]]:
    """One page of organisations by name whose name has every word, or that have the identifier."""
    columns: tuple[Any, ...] = (
        Organisation.id,
        Organisation.name,
        Organisation.kind,
        Organisation.state,
        Organisation.town,
        Organisation.authority_name,
        Organisation.urn,
        Organisation.group_uid,
        Organisation.ukprn,
        Organisation.company_number,
    )
    statement = sa.select(*columns)
    if words.strip():
        statement = statement.where(_is_meant(words))
    if after is not None:
        before = sa.select(Organisation.name, Organisation.id).where(Organisation.id == after).subquery()
        place = sa.tuple_(Organisation.name, Organisation.id)
        statement = statement.where(place > sa.select(before.c.name, before.c.id).scalar_subquery())
    rows = session.execute(statement.order_by(Organisation.name, Organisation.id).limit(size + 1)).all()
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


def _is_meant(words: str) -> sa.ColumnElement[bool]:
    compact = words.replace(" ", "").upper()
    columns = (Organisation.urn, Organisation.group_uid, Organisation.group_id, Organisation.ukprn)
    named = [Organisation.name.icontains(word, autoescape=True) for word in words.split()[:MOST_WORDS]]
    return sa.or_(
        sa.and_(*named),
        *(column == compact for column in columns),
        Organisation.company_number == compact.zfill(8),
    )


def organisation(session: Session, organisation_id: uuid.UUID) -> Organisation:
    """One organisation; NotFound when there is none."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound
    return found


def linked(session: Session, organisation_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """The schools of a group, or the groups of a school, by name: at most 500."""
    other = aliased(Organisation)
    columns = (
        other.id,
        other.name,
        other.kind,
        OrganisationLink.kind.label("link"),
        OrganisationLink.joined_on,
    )
    more = (other.pupils, other.urn, other.phase)
    schools = (
        sa.select(*columns, *more)
        .join(OrganisationLink, OrganisationLink.school_id == other.id)
        .where(OrganisationLink.group_id == organisation_id)
    )
    groups = (
        sa.select(*columns, *more)
        .join(OrganisationLink, OrganisationLink.group_id == other.id)
        .where(OrganisationLink.school_id == organisation_id)
    )
    both = schools.union_all(groups).subquery()
    return session.execute(sa.select(both).order_by(both.c.name, both.c.id).limit(MOST_LINKED)).all()


def financial_year(organisation: Organisation, on: date) -> FinancialYear:
    """The financial year of an organisation in which a London date lies."""
    return years.year_of(organisation.kind, on, organisation.establishment_type, organisation.year_ends_in)


def predecessors(session: Session, organisation_id: uuid.UUID) -> list[sa.Row[Any]]:
    """The schools whose place a school took, theirs before them, and so on: the nearest first."""
    return _chain(session, organisation_id, Succession.successor_id, Succession.predecessor_id)


def successors(session: Session, organisation_id: uuid.UUID) -> list[sa.Row[Any]]:
    """The schools that took a school's place, and so on: the nearest first."""
    return _chain(session, organisation_id, Succession.predecessor_id, Succession.successor_id)


def _chain(session: Session, start: uuid.UUID, near: Any, far: Any) -> list[sa.Row[Any]]:
    found: dict[uuid.UUID, sa.Row[Any]] = {}
    columns: tuple[Any, ...] = (Organisation.id, Organisation.name, Organisation.urn, Succession.succeeded_on)
    ends = {start}
    for _ in range(LONGEST_CHAIN):
        step = sa.select(*columns).join(Organisation, Organisation.id == far).where(near.in_(ends))
        rows = session.execute(step.order_by(Organisation.name, Organisation.id)).all()
        new = {row.id: row for row in rows if row.id not in found and row.id != start}
        if not new:
            break
        found |= new
        ends = set(new)
    return list(found.values())


def counted_pupils(session: Session, school_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, PupilCount]:
    """The newest figure that each school's own people counted, of those that have one."""
    statement = sa.select(PupilCount).where(PupilCount.school_id.in_(list(school_ids)))
    ordered = statement.order_by(PupilCount.counted_on, PupilCount.id)
    return {one.school_id: one for one in session.scalars(ordered)}


def own_terms(session: Session, organisation_id: uuid.UUID) -> list[Term]:
    """The terms that an organisation gave itself, by date; none where it keeps the national ones."""
    statement = sa.select(TermDates.name, TermDates.starts_on, TermDates.ends_on)
    mine = statement.where(TermDates.organisation_id == organisation_id).order_by(TermDates.starts_on)
    return [Term(*row) for row in session.execute(mine)]


def own_schools(session: Session, organisation_id: uuid.UUID) -> list[School]:
    """The open schools that are members of a trust, or the school itself, by name, with their pupils."""
    member = sa.select(OrganisationLink.school_id).where(
        OrganisationLink.group_id == organisation_id, OrganisationLink.kind == LinkKind.MEMBER
    )
    theirs = sa.or_(Organisation.id.in_(member), Organisation.id == organisation_id)
    statement = sa.select(Organisation).where(
        theirs,
        Organisation.kind == OrganisationKind.SCHOOL,
        Organisation.state == OrganisationState.OPEN,
    )
    found = session.scalars(statement.order_by(Organisation.name, Organisation.id)).all()
    counted = counted_pupils(session, [one.id for one in found])
    return [School.of(one, counted.get(one.id)) for one in found]


def not_own_schools(
    session: Session, organisation_id: uuid.UUID, school_ids: Collection[uuid.UUID]
) -> list[sa.Row[Any]]:
    """Which of these schools are no open schools of the organisation any more: id, name and state."""
    columns: tuple[Any, ...] = (Organisation.id, Organisation.name, Organisation.state)
    own = {one.id for one in own_schools(session, organisation_id)}
    gone = sa.select(*columns).where(Organisation.id.in_(set(school_ids) - own))
    return list(session.execute(gone.order_by(Organisation.name, Organisation.id)))


def authorities_of(session: Session, organisation: Organisation) -> list[str]:
    """For a trust that an authority set up: the one it declared, else those of its schools, by name."""
    if organisation.kind is not OrganisationKind.AUTHORITY_TRUST:
        return []
    if organisation.authority_name:
        return [organisation.authority_name]
    statement = (
        sa.select(Organisation.authority_name)
        .join(OrganisationLink, OrganisationLink.school_id == Organisation.id)
        .where(OrganisationLink.group_id == organisation.id, Organisation.authority_name.is_not(None))
    )
    return sorted({str(name) for name in session.scalars(statement)})


def authorities(session: Session) -> Sequence[sa.Row[Any]]:
    """Every local authority, by name."""
    columns: tuple[Any, ...] = (Organisation.id, Organisation.name, Organisation.authority_code)
    statement = sa.select(*columns).where(Organisation.kind == OrganisationKind.LOCAL_AUTHORITY)
    return session.execute(statement.order_by(Organisation.name)).all()


def members(session: Session, actor: Actor) -> list[Member]:
    """The people of the actor's organisation, by name."""
    statement = (
        sa.select(Person.id, Person.name, Person.email, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == actor.organisation_id)
        .order_by(Person.name, Person.id)
    )
    found: dict[uuid.UUID, Member] = {}
    for row in session.execute(statement):
        earlier = found.get(row.id, Member(row.id, row.name, row.email, frozenset()))
        found[row.id] = Member(row.id, row.name, row.email, earlier.roles | {row.role})
    return list(found.values())


def own_organisations(session: Session, actor: Actor) -> Sequence[sa.Row[Any]]:
    """Every organisation for which the person may act, by name."""
    columns: tuple[Any, ...] = (Organisation.id, Organisation.name)
    statement = (
        sa.select(*columns)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == actor.person_id)
        .where(Organisation.standing.not_in((Standing.SUSPENDED, Standing.LEFT)))
        .distinct()
        .order_by(Organisation.name, Organisation.id)
    )
    return session.execute(statement).all()


def mailbox(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[sa.Row[Any]]:
    """One page of the demonstration's messages to the person, newest first."""
    columns: tuple[Any, ...] = (MailboxMessage.id, MailboxMessage.created_at, MailboxMessage.subject)
    statement = sa.select(*columns).where(MailboxMessage.recipient == actor.email)
    return paging.page(session, statement, MailboxMessage.id, after)


def mailbox_message(session: Session, actor: Actor, message_id: uuid.UUID) -> MailboxMessage:
    """One message to the person; NotFound when it is another's."""
    found = session.get(MailboxMessage, message_id)
    if found is None or found.recipient != actor.email:
        raise NotFound
    return found
