"""A trust's register of interests, as its people and, in part, everybody may read it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.interests.kinds import (
    INTEREST_NAMES,
    POST_WORDS,
    PUBLISHED_POSTS,
    InterestKind,
    looked_back_from,
)
from marketplace.interests.models import DeclaredPerson, Interest, InterestRegister
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotFound
from marketplace.kernel.spreadsheets import Cell
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, Role
from marketplace.trusts.models import Membership, Organisation
from marketplace.trusts.waiting import Waiting

READERS = (Role.ADMINISTRATOR, Role.FINANCE, Role.APPROVER)
"""Who reads the whole register of their trust; everybody reads what they declared themselves."""
BEFORE_REGISTER = "From a spreadsheet or one by one; related parties are then found before an order is sent."
COLUMNS = (
    "Name",
    "Post",
    "In post since",
    "In post until",
    "Interest",
    "Organisation",
    "Company number",
    "Nature",
    "From",
    "To",
    "Declared on",
    "Confirmed",
)
Account = aliased(Person, name="account")


@dataclass(frozen=True)
class Entry:
    """Somebody of a register with what they declared, newest last."""

    person: sa.Row[Any]
    interests: Sequence[sa.Row[Any]]


def register(session: Session, actor: Actor) -> list[Entry]:
    """The whole register of the actor's trust, by name."""
    access.require(actor, *READERS)
    return _entries(session, DeclaredPerson.organisation_id == actor.organisation_id)


def own_entries(session: Session, actor: Actor) -> list[Entry]:
    """What the actor declared at their own trust."""
    mine = DeclaredPerson.person_id == actor.person_id
    return _entries(session, sa.and_(DeclaredPerson.organisation_id == actor.organisation_id, mine))


def entry(session: Session, actor: Actor, declared_id: uuid.UUID) -> Entry:
    """One person of the actor's register, for its readers and for that person; else NotFound."""
    is_it = DeclaredPerson.id == declared_id
    if not actor.has(*READERS):
        is_it = sa.and_(is_it, DeclaredPerson.person_id == actor.person_id)
    found = _entries(session, sa.and_(DeclaredPerson.organisation_id == actor.organisation_id, is_it))
    if not found:
        raise NotFound
    return found[0]


def one_interest(session: Session, actor: Actor, interest_id: uuid.UUID) -> sa.Row[Any]:
    """One interest, with its person, for the readers of the register and for that person; else NotFound."""
    person_id = sa.select(Interest.declared_person_id).where(
        Interest.id == interest_id, Interest.organisation_id == actor.organisation_id
    )
    whose = session.scalar(person_id)
    if whose is None:
        raise NotFound
    return next(row for row in entry(session, actor, whose).interests if row.interest_id == interest_id)


def cells(entries: Sequence[Entry]) -> list[tuple[Cell, ...]]:
    """The register as rows of COLUMNS: one for each interest, and one for who has none."""
    return [cell for one in entries for cell in _cells(one)]


def accounts(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The people of the actor's trust who have an account, to choose from."""
    statement = (
        sa.select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == actor.organisation_id)
        .distinct()
        .order_by(Person.name, Person.id)
    )
    return [(str(row.id), row.name) for row in session.execute(statement)]


def is_published(session: Session, organisation_id: uuid.UUID) -> bool:
    """Whether everybody may read the published part of a register."""
    found = sa.select(InterestRegister.is_published).where(
        InterestRegister.organisation_id == organisation_id
    )
    return bool(session.scalar(found))


def published_register(session: Session, organisation_id: uuid.UUID) -> tuple[str, list[Entry]]:
    """The trust's name and what it publishes; NotFound unless it does."""
    with on_behalf_of_all(session, "a trust publishes the interests of its board to everybody"):
        name = session.scalar(sa.select(Organisation.name).where(Organisation.id == organisation_id))
        if name is None or not is_published(session, organisation_id):
            raise NotFound
        return name, extract(session, organisation_id)


def extract(session: Session, organisation_id: uuid.UUID) -> list[Entry]:
    """Who served in the last 12 months on the board or as accounting officer, and their interests.

    Academy Trust Handbook, paragraphs 5.45 to 5.48. Only what was confirmed; a family tie would name a
    third person, and other senior staff are the trust's own business.
    """
    since = looked_back_from(clock.today())
    shown = sa.and_(
        DeclaredPerson.organisation_id == organisation_id,
        DeclaredPerson.post.in_(PUBLISHED_POSTS),
        _not_over(DeclaredPerson.ends_on, since),
    )
    return [
        Entry(one.person, [row for row in one.interests if _is_shown(row, since)])
        for one in _entries(session, shown)
    ]


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """Declarations that wait for this administrator; a register without anybody is begun first."""
    if not actor.has(Role.ADMINISTRATOR):
        return []
    if actor.kind in BUYERS and not _has_anybody(session, actor):
        return [Waiting("Begin the register of interests", "/interests", sets_up=BEFORE_REGISTER)]
    unconfirmed = sa.select(sa.func.count(Interest.id)).where(
        Interest.organisation_id == actor.organisation_id,
        Interest.confirmed_at.is_(None),
        Interest.declared_by_id != actor.person_id,
    )
    number = session.scalar(unconfirmed) or 0
    what = (
        "an interest that somebody declared" if number == 1 else f"{number:,} interests that people declared"
    )
    return [Waiting(f"Confirm {what}", "/interests")] if number else []


def _has_anybody(session: Session, actor: Actor) -> bool:
    mine = DeclaredPerson.organisation_id == actor.organisation_id
    return session.scalar(sa.select(DeclaredPerson.id).where(mine).limit(1)) is not None


def _is_shown(row: Any, since: date) -> bool:
    is_current = row.ends_on is None or row.ends_on >= since
    return row.confirmed_at is not None and is_current and row.kind is not InterestKind.FAMILY


def _not_over(column: Any, since: date) -> sa.ColumnElement[bool]:
    return sa.or_(column.is_(None), column >= since)


def _entries(session: Session, condition: sa.ColumnElement[bool]) -> list[Entry]:
    """People who fulfil a condition with all their interests, in one query."""
    person: tuple[Any, ...] = (
        DeclaredPerson.id,
        DeclaredPerson.name,
        DeclaredPerson.post,
        DeclaredPerson.person_id,
        DeclaredPerson.birth_year,
        DeclaredPerson.birth_month,
        DeclaredPerson.starts_on.label("post_starts_on"),
        DeclaredPerson.ends_on.label("post_ends_on"),
        Account.name.label("account_name"),
    )
    declared: tuple[Any, ...] = (
        Interest.id.label("interest_id"),
        Interest.kind,
        Interest.body_id,
        Interest.body_name,
        Interest.company_number,
        Interest.nature,
        Interest.starts_on,
        Interest.ends_on,
        Interest.declared_on,
        Interest.declared_by_id,
        Interest.confirmed_at,
    )
    statement = (
        sa.select(*person, *declared)
        .outerjoin(Interest, Interest.declared_person_id == DeclaredPerson.id)
        .outerjoin(Account, Account.id == DeclaredPerson.person_id)
        .where(condition)
        .order_by(DeclaredPerson.name, DeclaredPerson.id, Interest.id)
    )
    groups = (list(rows) for _, rows in groupby(session.execute(statement), key=lambda row: row.id))
    return [Entry(rows[0], [row for row in rows if row.interest_id is not None]) for rows in groups]


def _cells(one: Entry) -> list[tuple[Cell, ...]]:
    who = one.person
    post = (who.name, POST_WORDS[who.post], who.post_starts_on, who.post_ends_on)
    rows: list[tuple[Cell, ...]] = [
        (
            *post,
            INTEREST_NAMES[row.kind],
            row.body_name,
            row.company_number,
            row.nature,
            row.starts_on,
            row.ends_on,
            row.declared_on,
            "Yes" if row.confirmed_at else "No",
        )
        for row in one.interests
    ]
    return rows or [(*post, *[None] * (len(COLUMNS) - len(post)))]
