"""Who acts, and the one door to what belongs to a trust."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.kernel import audit
from marketplace.kernel.database import Identified
from marketplace.kernel.errors import NotFound, NotPermitted
from marketplace.people.models import Person
from marketplace.trusts.kinds import ROLE_WORDS, OrganisationKind, Role, Standing
from marketplace.trusts.models import Membership, Organisation
from marketplace.trusts.partnership_models import PartnershipMembership

M = TypeVar("M", bound=Identified)


@dataclass(frozen=True)
class Actor:
    """A person acting for one organisation with the roles they have there."""

    person_id: uuid.UUID
    name: str
    email: str
    organisation_id: uuid.UUID
    organisation_name: str
    kind: OrganisationKind
    roles: frozenset[Role]
    has_others: bool = False
    """Whether the person may act for another organisation too."""

    def has(self, *roles: Role) -> bool:
        """Whether the actor has any of these roles."""
        return not self.roles.isdisjoint(roles)


def actor_of(session: Session, person: Person, organisation_id: uuid.UUID | None = None) -> Actor | None:
    """The person acting for the organisation they chose, else for the first they belong to.

    Nobody acts for one that is suspended or has left.
    """
    rows = session.execute(_roles(), {"person_id": person.id}).all()
    chosen = [row for row in rows if row.id == organisation_id] or [
        row for row in rows if row.id == rows[0].id
    ]
    if not chosen:
        return None
    roles = frozenset(row.role for row in chosen)
    first, others = chosen[0], len({row.id for row in rows}) > 1
    return Actor(person.id, person.name, person.email, first.id, first.name, first.kind, roles, others)


@cache
def _roles() -> sa.Select[uuid.UUID, str, OrganisationKind, Role]:
    """Made once: every request asks it."""
    return (
        sa.select(Organisation.id, Organisation.name, Organisation.kind, Membership.role)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == sa.bindparam("person_id"))
        .where(is_active())
        .order_by(Membership.id)
    )


def is_active() -> sa.ColumnElement[bool]:
    """A condition on Organisation: people act for it, since it is not suspended and has not left."""
    return Organisation.standing.not_in((Standing.SUSPENDED, Standing.LEFT))


def require(actor: Actor, *roles: Role) -> None:
    """NotPermitted, naming who may do it, unless the actor has any of these roles."""
    if not actor.has(*roles):
        who = " or ".join(ROLE_WORDS[role] for role in roles)
        raise NotPermitted(f"Only a person with the role {who} at {actor.organisation_name} can do this.")


def own(
    session: Session,
    model: type[M],
    row_id: uuid.UUID,
    *owners: InstrumentedAttribute[Any],
    acting: Actor,
    lock: bool = False,
) -> M:
    """The row, when one of its owner columns is the actor's organisation; else NotFound.

    With lock, nobody else changes it before this unit of work ends.
    """
    mine = sa.or_(*(column == acting.organisation_id for column in owners))
    statement = sa.select(model).where(model.id == row_id, mine)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def record(
    session: Session,
    actor: Actor | None,
    action: str,
    subject: Identified,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    parties: Iterable[uuid.UUID] = (),
) -> None:
    """Add an act to the audit chain of the actor's organisation: ids, states, dates and pence only.

    An act that binds others stands in the chain of each of these `parties` too, so that their auditors find
    it. Without an actor a day's job did it: then it stands in theirs, or in the system's when there is none.
    """
    kind = getattr(subject, "__tablename__", type(subject).__name__)
    own_chain = [actor.organisation_id] if actor else []
    for organisation_id in dict.fromkeys([*own_chain, *parties]) or [audit.SYSTEM]:
        act = audit.Act(
            organisation_id=organisation_id,
            person_id=actor.person_id if actor else None,
            action=action,
            subject_kind=kind,
            subject_id=subject.id,
            before=before or {},
            after=after or {},
        )
        audit.record(session, act)


def partners(session: Session, organisation_id: uuid.UUID, on: date) -> frozenset[uuid.UUID]:
    """The partnerships to which an organisation belongs on a day."""
    statement = sa.select(PartnershipMembership.partnership_id).where(
        PartnershipMembership.organisation_id == organisation_id, belongs(on)
    )
    return frozenset(session.scalars(statement))


def belongs(on: date) -> sa.ColumnElement[bool]:
    """A condition on PartnershipMembership: it has begun and is not over on a day."""
    ended = PartnershipMembership.ends_on
    return sa.and_(PartnershipMembership.starts_on <= on, sa.or_(ended.is_(None), ended >= on))


def visible(
    owner: sa.ColumnElement[Any] | InstrumentedAttribute[Any],
    partnership: sa.ColumnElement[Any] | InstrumentedAttribute[Any],
    acting: Actor | None,
    on: date,
) -> sa.ColumnElement[bool]:
    """A condition: it is for everybody, or one's own, or for a partnership to which one belongs.

    `owner` and `partnership` are its columns; the latter is null for what everybody may see.
    """
    return visible_to(owner, partnership, None if acting is None else acting.organisation_id, on)


def visible_to(
    owner: sa.ColumnElement[Any] | InstrumentedAttribute[Any],
    partnership: sa.ColumnElement[Any] | InstrumentedAttribute[Any],
    organisation_id: uuid.UUID | InstrumentedAttribute[uuid.UUID] | None,
    on: date,
) -> sa.ColumnElement[bool]:
    """The same, for an organisation or for that of each row; None for whoever acts for none."""
    if organisation_id is None:
        return partnership.is_(None)
    ours = sa.select(PartnershipMembership.partnership_id).where(
        PartnershipMembership.organisation_id == organisation_id, belongs(on)
    )
    return sa.or_(partnership.is_(None), owner == organisation_id, partnership.in_(ours))
