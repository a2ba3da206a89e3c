"""Schemes, colleagues, stand-ins and what waits, as an organisation sees its own."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.delegation.authority import Absence, Colleague
from marketplace.delegation.kinds import RULE_CONFIRMERS, SchemeState
from marketplace.delegation.models import CostCentre, StandIn, StoredRow, StoredScheme, Undertaking
from marketplace.delegation.rules import Row, Scheme
from marketplace.interests import barring
from marketplace.interests.barring import Bar
from marketplace.kernel import clock
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, Role
from marketplace.trusts.models import Membership
from marketplace.trusts.waiting import Waiting

RULES_PAGE, CENTRES_PAGE = "/trust/approval-rules", "/trust/cost-centres"
BEFORE_RULES = "Until you do, every order needs the approval of a second person."
BEFORE_CENTRES = "Only if you plan spending by its parts: every order then names the one that pays."
ROW_COLUMNS = tuple(StoredRow.__table__.columns[name] for name in Row.__dataclass_fields__)


@dataclass(frozen=True)
class Edited:
    """What the next change of a scheme begins from: what waits, else what is in force (None: the default)."""

    id: uuid.UUID | None
    scheme: Scheme
    is_waiting: bool


@dataclass(frozen=True)
class WaitingScheme:
    """A looser scheme that holds when one of `confirmers`, by name, confirms it."""

    id: uuid.UUID
    scheme: Scheme
    proposed_by_id: uuid.UUID
    proposed_by: str
    proposed_at: datetime
    confirmers: list[str]


def scheme_of(session: Session, organisation_id: uuid.UUID) -> Scheme:
    """The scheme in force; without one of its own everything above 0 is approved, by any approver."""
    found = _stored(session, organisation_id, SchemeState.IN_FORCE)
    return Scheme() if found is None else _with_rows(session, found)


def stored_id(session: Session, organisation_id: uuid.UUID) -> uuid.UUID | None:
    """Which writing is in force; None without one of its own."""
    found = _stored(session, organisation_id, SchemeState.IN_FORCE)
    return None if found is None else found.id


def written(session: Session, scheme_id: uuid.UUID) -> Scheme:
    """One writing of a scheme."""
    return _with_rows(session, session.get_one(StoredScheme, scheme_id))


def edited(session: Session, actor: Actor) -> Edited:
    """What an administrator changes next."""
    for state in (SchemeState.WAITING, SchemeState.IN_FORCE):
        found = _stored(session, actor.organisation_id, state)
        if found is not None:
            return Edited(found.id, _with_rows(session, found), state is SchemeState.WAITING)
    return Edited(None, Scheme(), is_waiting=False)


def waiting_scheme(session: Session, actor: Actor) -> WaitingScheme | None:
    """The looser scheme that waits at the actor's organisation, if any does."""
    found = _stored(session, actor.organisation_id, SchemeState.WAITING)
    if found is None or found.proposed_by_id is None:
        return None
    people = colleagues(session, actor.organisation_id)
    confirmers = [
        one.name
        for one in people
        if one.person_id != found.proposed_by_id and not one.roles.isdisjoint(RULE_CONFIRMERS)
    ]
    proposer = session.get_one(Person, found.proposed_by_id)
    scheme = _with_rows(session, found)
    return WaitingScheme(found.id, scheme, proposer.id, proposer.name, found.created_at, confirmers)


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """What this person has to do about approval rules, and what an administrator sets up first."""
    found = waiting_scheme(session, actor) if actor.has(*RULE_CONFIRMERS) else None
    if found is None:
        return _steps(session, actor)
    if found.proposed_by_id == actor.person_id:
        return []
    sentence = f"Confirm or turn down the looser approval rules that {found.proposed_by} proposed"
    return [Waiting(sentence, RULES_PAGE)]


def has_begun(session: Session, organisation_id: uuid.UUID) -> bool:
    """Whether the organisation ever asked to spend something here."""
    statement = sa.select(Undertaking.id).where(Undertaking.organisation_id == organisation_id).limit(1)
    return session.scalar(statement) is not None


def _steps(session: Session, actor: Actor) -> list[Waiting]:
    """Rules and cost centres, until there are some or the organisation orders without."""
    place = actor.organisation_id
    if not actor.has(Role.ADMINISTRATOR) or actor.kind not in BUYERS or has_begun(session, place):
        return []
    found = []
    if stored_id(session, place) is None:
        found.append(Waiting("Decide who may approve what", RULES_PAGE, sets_up=BEFORE_RULES))
    if not cost_centres(session, place):
        found.append(Waiting("Open cost centres and set their budgets", CENTRES_PAGE, sets_up=BEFORE_CENTRES))
    return found


def colleagues(session: Session, organisation_id: uuid.UUID) -> list[Colleague]:
    """The people of an organisation with their roles there, by name."""
    statement = (
        sa.select(Person.id, Person.name, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id)
        .order_by(Person.name, Person.id)
    )
    roles: dict[tuple[uuid.UUID, str], set[Role]] = {}
    for row in session.execute(statement):
        roles.setdefault((row.id, row.name), set()).add(row.role)
    return [Colleague(id_, name, frozenset(has)) for (id_, name), has in roles.items()]


def cost_centres(
    session: Session, organisation_id: uuid.UUID, *, closed: bool = True
) -> Sequence[CostCentre]:
    """The cost centres of an organisation by code; without `closed` those that take orders."""
    statement = sa.select(CostCentre).where(CostCentre.organisation_id == organisation_id)
    if not closed:
        statement = statement.where(CostCentre.is_closed.is_(False))
    return session.scalars(statement.order_by(CostCentre.code, CostCentre.id)).all()


def choices(session: Session, organisation_id: uuid.UUID) -> list[tuple[str, str]]:
    """The cost centres that take orders, for a form: (identifier, code and name)."""
    found = cost_centres(session, organisation_id, closed=False)
    return [(str(one.id), f"{one.code} {one.name}") for one in found]


def names(session: Session, organisation_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """The names of an organisation's people and cost centres."""
    people = {one.person_id: one.name for one in colleagues(session, organisation_id)}
    return people | {one.id: one.name for one in cost_centres(session, organisation_id)}


def absences(session: Session, organisation_id: uuid.UUID) -> list[Absence]:
    """Who is away today, and who stands in."""
    today = clock.today()
    statement = sa.select(StandIn).where(
        StandIn.organisation_id == organisation_id,
        StandIn.ended_at.is_(None),
        StandIn.starts_on <= today,
        StandIn.ends_on >= today,
    )
    found = session.scalars(statement.order_by(StandIn.id))
    return [Absence(one.absent_id, one.stand_in_id, one.ends_on) for one in found]


def stand_ins(session: Session, actor: Actor) -> Sequence[sa.Row[Any]]:
    """Who stands in for whom at the actor's organisation, now and later, by their first day."""
    away, stand_in = aliased(Person), aliased(Person)
    columns: tuple[Any, ...] = (
        StandIn.id,
        StandIn.absent_id,
        away.name.label("absent"),
        stand_in.name.label("stand_in"),
        StandIn.starts_on,
        StandIn.ends_on,
    )
    statement = (
        sa.select(*columns)
        .join(away, away.id == StandIn.absent_id)
        .join(stand_in, stand_in.id == StandIn.stand_in_id)
        .where(StandIn.organisation_id == actor.organisation_id, StandIn.ended_at.is_(None))
        .where(StandIn.ends_on >= clock.today())
    )
    return session.execute(statement.order_by(StandIn.starts_on, StandIn.id)).all()


def _stored(session: Session, organisation_id: uuid.UUID, state: SchemeState) -> StoredScheme | None:
    statement = sa.select(StoredScheme).where(
        StoredScheme.organisation_id == organisation_id, StoredScheme.state == state
    )
    return session.scalars(statement).one_or_none()


def _with_rows(session: Session, stored: StoredScheme) -> Scheme:
    statement = sa.select(*ROW_COLUMNS).where(StoredRow.scheme_id == stored.id).order_by(StoredRow.place)
    return Scheme(
        rows=tuple(_read(session.execute(statement))),
        second_above_pence=stored.second_above_pence,
        requires_po_number=stored.requires_po_number,
        stops_over_budget=stored.stops_over_budget,
    )


def _read(rows: Iterable[sa.Row[Any]]) -> Iterable[Row]:
    return (Row(**row._mapping) for row in rows)


def barred(
    session: Session,
    organisation_id: uuid.UUID,
    people: Sequence[Colleague],
    suppliers: Collection[uuid.UUID | None],
) -> defaultdict[uuid.UUID | None, dict[uuid.UUID, Bar]]:
    """By supplier, whom an interest in it keeps from deciding today."""
    named = {one.person_id: one.name for one in people}
    known = {one for one in suppliers if one is not None}
    found: defaultdict[uuid.UUID | None, dict[uuid.UUID, Bar]] = defaultdict(dict)
    kept_out = barring.barred(session, organisation_id, named, known, clock.today())
    for supplier_id, bars in kept_out.items():
        found[supplier_id] = bars
    return found
