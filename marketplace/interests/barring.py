"""Who may not approve, evaluate or close, because the registers tie them to the organisation that supplies.

Whoever has a current interest in a supplier, of whatever kind, or a post there, decides about nothing that it
supplies; an interest in a school of a trust is one in the trust. For a local authority this goes further: it
bars from what a trust supplies that the authority set up, and nobody of such a trust decides about it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests.kinds import INTEREST_NAMES, POST_WORDS, body_key, person_key
from marketplace.interests.models import DeclaredPerson, Interest
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotPermitted
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import LinkKind, OrganisationKind
from marketplace.trusts.models import Organisation, OrganisationLink

People = Mapping[uuid.UUID, str]
"""The names of people of one organisation, by their accounts."""


@dataclass(frozen=True)
class Bar:
    """Why somebody may not decide: `why` is for themselves, `to_others` does not name the interest."""

    why: str
    to_others: str


def check_not_barred(session: Session, actor: Actor, supplier_id: uuid.UUID) -> None:
    """NotPermitted, saying why, when the actor may not decide today about what this supplier offers."""
    barred = bars(session, actor, supplier_id, clock.today())
    if barred is not None:
        raise NotPermitted(barred)


def bars(session: Session, actor: Actor, supplier_id: uuid.UUID, on: date) -> str | None:
    """Why the actor may not decide about this supplier on a day, in a sentence; None when they may."""
    people = {actor.person_id: actor.name}
    found = barred(session, actor.organisation_id, people, {supplier_id}, on).get(supplier_id, {})
    return found[actor.person_id].why if found else None


def barred(
    session: Session,
    organisation_id: uuid.UUID,
    people: People,
    supplier_ids: Collection[uuid.UUID],
    on: date,
) -> dict[uuid.UUID, dict[uuid.UUID, Bar]]:
    """By supplier, who of an organisation's people may not decide about it on a day; read together."""
    own = session.get_one(Organisation, organisation_id)
    held = _interest_of(session, organisation_id, people, on) if people and supplier_ids else []
    found: dict[uuid.UUID, dict[uuid.UUID, Bar]] = {}
    for supplier in session.scalars(sa.select(Organisation).where(Organisation.id.in_(supplier_ids))).all():
        found[supplier.id] = _all_of(session, own, supplier, people) or _some_of(
            session, own, supplier, people, held
        )
    return found


def _all_of(
    session: Session, own: Organisation, supplier: Organisation, people: People
) -> dict[uuid.UUID, Bar]:
    """Everybody of a trust that the supplying authority set up."""
    is_set_up = own.kind is OrganisationKind.AUTHORITY_TRUST
    if not is_set_up or supplier.kind is not OrganisationKind.LOCAL_AUTHORITY:
        return {}
    if supplier.id not in {one.id for one in _authorities(session, own)}:
        return {}
    why = (
        f"{own.name} was set up by {supplier.name}, so nobody there can decide about what the authority "
        "supplies."
    )
    return dict.fromkeys(people, Bar(why, why))


def _some_of(
    session: Session, own: Organisation, supplier: Organisation, people: People, held: list[sa.Row[Any]]
) -> dict[uuid.UUID, Bar]:
    """Those with an interest in the supplier, its schools, or the authority behind it."""
    if not held:
        return {}
    behind = _authorities(session, supplier) if supplier.kind is OrganisationKind.AUTHORITY_TRUST else []
    found: dict[uuid.UUID, Bar] = {}
    for bodies, what in (
        (_itself(session, supplier, own), supplier.name),
        (behind, f"{supplier.name}, which it set up,"),
    ):
        for row in held:
            if _is_one_of(row, bodies):
                found = {whose: _bar(row, people[whose], what) for whose in _whose(row, people)} | found
    return found


def _bar(row: sa.Row[Any], name: str, what: str) -> Bar:
    kind = POST_WORDS[row.post] if row.kind is None else INTEREST_NAMES[row.kind]
    return Bar(
        f"The register of interests says that {row.name} has an interest in {row.body_name} "
        f"({kind.lower()}), so another person must decide about what {what} supplies.",
        f"{name} has declared an interest, so another person must decide.",
    )


def _whose(row: sa.Row[Any], people: People) -> list[uuid.UUID]:
    """Whom an entry is about: by account, or by name in the register of their own organisation."""
    if row.person_id is not None:
        return [row.person_id]
    return [key for key, name in people.items() if person_key(name) == row.name_key]


def _is_one_of(row: sa.Row[Any], bodies: Collection[Organisation]) -> bool:
    """By identifier, by company number, and by name alone where the entry has neither."""
    if row.body_id is not None:
        return any(row.body_id == one.id for one in bodies)
    if row.company_number is not None and any(one.company_number for one in bodies):
        return any(row.company_number == one.company_number for one in bodies)
    return any(row.body_key == body_key(one.name) for one in bodies)


def _itself(session: Session, supplier: Organisation, own: Organisation) -> list[Organisation]:
    """The supplier and, when it is a group, its schools; never the buying organisation itself."""
    schools = sa.select(OrganisationLink.school_id).where(
        OrganisationLink.group_id == supplier.id, OrganisationLink.kind == LinkKind.MEMBER
    )
    found = session.scalars(sa.select(Organisation).where(Organisation.id.in_(schools)))
    return [one for one in (supplier, *found) if one.id != own.id]


def _authorities(session: Session, one: Organisation) -> list[Organisation]:
    """The authority that set an organisation up."""
    is_it = Organisation.kind == OrganisationKind.LOCAL_AUTHORITY
    same = sa.select(Organisation).where(is_it, Organisation.authority_code == one.authority_code)
    return list(session.scalars(same))


def _interest_of(session: Session, organisation_id: uuid.UUID, people: People, on: date) -> list[sa.Row[Any]]:
    """What these people hold on a day: by account in any register, by name in their own."""
    by_name = sa.and_(
        DeclaredPerson.organisation_id == organisation_id,
        DeclaredPerson.person_id.is_(None),
        DeclaredPerson.name_key.in_({person_key(name) for name in people.values()}),
    )
    theirs = sa.or_(DeclaredPerson.person_id.in_(people), by_name)
    with on_behalf_of_all(session, "what a person declared at another of their trusts bars them here too"):
        interests = session.execute(_interests().where(theirs, *_current(Interest, on)))
        posts = session.execute(
            _posts().where(
                DeclaredPerson.person_id.in_(people),
                DeclaredPerson.organisation_id != organisation_id,
                *_current(DeclaredPerson, on),
            )
        )
        return [*interests, *posts]


def _interests() -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        DeclaredPerson.name,
        DeclaredPerson.name_key,
        DeclaredPerson.person_id,
        DeclaredPerson.post,
        Interest.kind,
        Interest.body_id,
        Interest.body_name,
        Interest.body_key,
        Interest.company_number,
    )
    joined = sa.select(*columns).join(Interest, Interest.declared_person_id == DeclaredPerson.id)
    return joined.order_by(Interest.id)


def _posts() -> sa.Select[Any]:
    """A post in the register of another organisation is an interest in it."""
    columns: tuple[Any, ...] = (
        DeclaredPerson.name,
        DeclaredPerson.name_key,
        DeclaredPerson.person_id,
        DeclaredPerson.post,
        sa.null().label("kind"),
        DeclaredPerson.organisation_id.label("body_id"),
        Organisation.name.label("body_name"),
    )
    joined = sa.select(*columns).join(Organisation, Organisation.id == DeclaredPerson.organisation_id)
    return joined.order_by(DeclaredPerson.id)


def _current(model: Any, on: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        sa.or_(model.starts_on.is_(None), model.starts_on <= on),
        sa.or_(model.ends_on.is_(None), model.ends_on >= on),
    )
