"""Which people stand between a buyer and a seller, read frontier by frontier: never the whole graph."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.interests import graph
from marketplace.interests.graph import Body, Individual, Path, Tie
from marketplace.interests.kinds import PUBLISHED_POSTS, InterestKind, Post, body_key
from marketplace.interests.models import DeclaredPerson, Interest, InterestRegister
from marketplace.kernel.database import on_behalf_of_all
from marketplace.trusts.kinds import LinkKind
from marketplace.trusts.models import Organisation, OrganisationLink

AT_ONCE = 500
"""So many names or numbers are asked for in one statement."""
PUBLIC_BY_LAW = frozenset({Post.MEMBER, Post.TRUSTEE, Post.GOVERNOR})
"""Who holds these posts anybody can read elsewhere, whether the trust publishes its register here or not."""
Holder = aliased(Organisation, name="holder")
"""The trust in whose register a person stands."""
_OWN_REGISTER = InterestRegister.organisation_id == DeclaredPerson.organisation_id
PERSON: tuple[Any, ...] = (
    DeclaredPerson.id.label("row_id"),
    DeclaredPerson.organisation_id.label("register_id"),
    DeclaredPerson.name.label("person_name"),
    DeclaredPerson.name_key,
    DeclaredPerson.person_id,
    DeclaredPerson.post,
    DeclaredPerson.birth_year,
    DeclaredPerson.birth_month,
    sa.select(Holder.name)
    .where(Holder.id == DeclaredPerson.organisation_id)
    .correlate(DeclaredPerson)
    .scalar_subquery()
    .label("register_name"),
    sa.exists()
    .where(_OWN_REGISTER, InterestRegister.is_published)
    .correlate(DeclaredPerson)
    .label("is_published"),
)


def related(session: Session, buyer_id: uuid.UUID, seller_id: uuid.UUID, on: date) -> list[Path]:
    """The shortest paths of up to three people between two organisations that counted on a day.

    Who has an interest in a school of a trust has one in the trust. What another trust's register does not
    publish is used without the name: "somebody at" that trust; what it has not confirmed is not used at all.
    Empty for none.
    """
    with on_behalf_of_all(session, "registers of other trusts tell who is related to a seller"):
        buyer, seller = _bodies_of(session, buyer_id), _bodies_of(session, seller_id)
        known = _around(session, [*buyer, *seller], buyer_id, on)
        found = graph.paths(known, buyer, seller, on, most=2)
        if not found:  # only then one level more, around what was reached from both sides
            reached = [tie.body for tie in known if tie.means in graph.CARRIES]
            known += _around(session, reached, buyer_id, on, carrying=True)
            found = graph.paths(known, buyer, seller, on)
    return found


def _around(
    session: Session, bodies: Collection[Body], reader: uuid.UUID, on: date, carrying: bool = False
) -> list[Tie]:
    """The ties of everybody at these bodies, and what else the same people are tied to."""
    here = [tie for tie in _ties_at(session, bodies, reader) if tie.counts(on)]
    if carrying:  # the last level: both sides have it, so that a person in the middle is known from both
        return [tie for tie in here if tie.means in graph.CARRIES]
    return here + [tie for tie in _ties_of(session, (tie.person for tie in here), reader) if tie.counts(on)]


def _ties_at(session: Session, bodies: Collection[Body], reader: uuid.UUID) -> list[Tie]:
    ids = {body.organisation_id for body in bodies if body.organisation_id}
    numbers, keys = {body.number for body in bodies if body.number}, {body.key for body in bodies}
    found = _posts(session, Organisation.id, ids, reader)
    for column, wanted in (
        (Interest.body_id, ids),
        (Interest.company_number, numbers),
        (Interest.body_key, keys),
    ):
        found += _interests(session, column, wanted, reader)
    return found


def _ties_of(session: Session, people: Iterable[Individual], reader: uuid.UUID) -> list[Tie]:
    listed = list(people)
    accounts, keys = {one.account_id for one in listed if one.account_id}, {one.key for one in listed}
    found: list[Tie] = []
    for column, wanted in ((DeclaredPerson.person_id, accounts), (DeclaredPerson.name_key, keys)):
        found += _posts(session, column, wanted, reader) + _interests(session, column, wanted, reader)
    return found


def _posts(session: Session, column: Any, wanted: Iterable[Any], reader: uuid.UUID) -> list[Tie]:
    statement = sa.select(
        *PERSON,
        DeclaredPerson.starts_on,
        DeclaredPerson.ends_on,
        Organisation.name.label("body_name"),
        Organisation.id.label("body_id"),
        Organisation.company_number,
        DeclaredPerson.post.label("means"),
    ).join(Organisation, Organisation.id == DeclaredPerson.organisation_id)
    return [_tie(row, body_key(row.body_name), reader) for row in _rows(session, statement, column, wanted)]


def _interests(session: Session, column: Any, wanted: Iterable[Any], reader: uuid.UUID) -> list[Tie]:
    statement = sa.select(
        *PERSON,
        Interest.starts_on,
        Interest.ends_on,
        Interest.body_name,
        Interest.body_key,
        Interest.body_id,
        Interest.company_number,
        Interest.kind.label("means"),
    ).join(DeclaredPerson, DeclaredPerson.id == Interest.declared_person_id)
    is_sure = sa.or_(Interest.confirmed_at.isnot(None), Interest.organisation_id == reader)
    statement = statement.where(is_sure)
    return [_tie(row, row.body_key, reader) for row in _rows(session, statement, column, wanted)]


def _rows(session: Session, statement: Any, column: Any, wanted: Iterable[Any]) -> Iterator[Any]:
    """The rows where a column has one of many values; by index, some values at a time."""
    values = iter(sorted(wanted))
    while some := list(islice(values, AT_ONCE)):
        yield from session.execute(statement.where(column.in_(some)))


def _tie(row: Any, key: str, reader: uuid.UUID) -> Tie:
    is_told = row.register_id == reader or _is_public(row)
    person = Individual(
        row.row_id,
        row.person_name if is_told else f"somebody at {row.register_name}",
        row.name_key,
        row.person_id,
        (row.birth_year, row.birth_month) if row.birth_year else None,
        is_named=is_told,
    )
    body = Body(row.body_name, key, row.body_id, row.company_number)
    return Tie(person, body, row.means, row.starts_on, row.ends_on)


def _is_public(row: Any) -> bool:
    """Whether anybody may read who it is; a family tie would name a third person."""
    is_board = row.post in PUBLIC_BY_LAW or (row.is_published and row.post in PUBLISHED_POSTS)
    return is_board and row.means is not InterestKind.FAMILY


def _bodies_of(session: Session, organisation_id: uuid.UUID) -> list[Body]:
    """The organisation and, when it is a group, its schools: one body with several names."""
    schools = sa.select(OrganisationLink.school_id).where(
        OrganisationLink.group_id == organisation_id, OrganisationLink.kind == LinkKind.MEMBER
    )
    columns = (Organisation.id, Organisation.name, Organisation.company_number)
    is_it = sa.or_(Organisation.id == organisation_id, Organisation.id.in_(schools))
    rows = session.execute(
        sa.select(*columns).where(is_it).order_by(Organisation.name, Organisation.id)
    ).all()
    return [Body(row.name, body_key(row.name), row.id, row.company_number) for row in rows]
