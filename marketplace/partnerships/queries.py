"""Partnerships and their members, as whoever is signed in sees them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, page
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import MembershipState, Partnership, PartnershipMembership
from marketplace.trusts.waiting import Waiting

Founder = aliased(Organisation, name="founder")
MOST_MEMBERS = 500


@dataclass(frozen=True)
class PartnershipView:
    """One partnership: its members, the invitations that the actor may see, and their own part in it."""

    partnership: sa.Row[Any]
    members: Sequence[sa.Row[Any]]
    invited: Sequence[sa.Row[Any]]
    own: sa.Row[Any] | None
    is_founder: bool


def partnerships(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[sa.Row[Any]]:
    """Every partnership that has members today, newest first; `is_own`: the actor is one of them."""
    has_members = sa.exists().where(
        PartnershipMembership.partnership_id == Partnership.id, access.belongs(clock.today())
    )
    return page(session, _partnerships(actor).where(has_members), Partnership.id, after)


def own_partnerships(session: Session, actor: Actor) -> Sequence[sa.Row[Any]]:
    """Those to which the actor's organisation belongs today, by name."""
    mine = Partnership.id.in_(access.partners(session, actor.organisation_id, clock.today()))
    return session.execute(_partnerships(actor).where(mine).order_by(Partnership.name)).all()


def partnership_view(session: Session, actor: Actor, partnership_id: uuid.UUID) -> PartnershipView:
    """One partnership; NotFound when there is none."""
    found = session.execute(_partnerships(actor).where(Partnership.id == partnership_id)).one_or_none()
    if found is None:
        raise NotFound
    rows = session.execute(_memberships(partnership_id)).all()
    today = clock.today()
    current = [row for row in rows if row.starts_on and (row.ends_on is None or row.ends_on >= today)]
    own = [row for row in rows if row.organisation_id == actor.organisation_id]
    live = [row for row in own if row in current or row.state is MembershipState.INVITED]
    is_founder = found.founder_id == actor.organisation_id
    return PartnershipView(
        partnership=found,
        members=current,
        invited=[row for row in rows if is_founder and row.state is MembershipState.INVITED],
        own=live[0] if live else None,
        is_founder=is_founder,
    )


def membership(session: Session, actor: Actor, membership_id: uuid.UUID) -> sa.Row[Any]:
    """A membership of the actor's organisation or of a partnership that it founded; else NotFound."""
    mine = sa.or_(
        PartnershipMembership.organisation_id == actor.organisation_id,
        PartnershipMembership.founder_id == actor.organisation_id,
    )
    statement = _memberships().where(PartnershipMembership.id == membership_id, mine)
    found = session.execute(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """Invitations that wait for an administrator."""
    if not actor.has(Role.ADMINISTRATOR):
        return []
    columns: tuple[Any, ...] = (Partnership.id, Partnership.name, Founder.name.label("founder_name"))
    statement = (
        sa.select(*columns)
        .join(PartnershipMembership, PartnershipMembership.partnership_id == Partnership.id)
        .join(Founder, Founder.id == Partnership.founder_id)
        .where(
            PartnershipMembership.organisation_id == actor.organisation_id,
            PartnershipMembership.state == MembershipState.INVITED,
        )
        .order_by(PartnershipMembership.id)
    )
    return [
        Waiting(
            f"Accept or decline the invitation of {row.founder_name} to the partnership {row.name}",
            f"/partnerships/{row.id}",
        )
        for row in session.execute(statement)
    ]


def _partnerships(actor: Actor) -> sa.Select[Any]:
    today = clock.today()
    of_it = PartnershipMembership.partnership_id == Partnership.id
    members = sa.select(sa.func.count(PartnershipMembership.id)).where(of_it, access.belongs(today))
    mine = sa.select(PartnershipMembership.id).where(
        of_it, access.belongs(today), PartnershipMembership.organisation_id == actor.organisation_id
    )
    columns: tuple[Any, ...] = (
        *Partnership.__table__.columns,
        Founder.name.label("founder_name"),
        members.scalar_subquery().label("members"),
        mine.exists().label("is_own"),
    )
    return sa.select(*columns).join(Founder, Founder.id == Partnership.founder_id)


def _memberships(partnership_id: uuid.UUID | None = None) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        *PartnershipMembership.__table__.columns,
        Organisation.name.label("organisation_name"),
        Organisation.town,
        Partnership.name.label("partnership_name"),
    )
    statement = (
        sa.select(*columns)
        .join(Organisation, Organisation.id == PartnershipMembership.organisation_id)
        .join(Partnership, Partnership.id == PartnershipMembership.partnership_id)
        .order_by(Organisation.name, PartnershipMembership.id)
        .limit(MOST_MEMBERS)
    )
    if partnership_id is not None:
        statement = statement.where(PartnershipMembership.partnership_id == partnership_id)
    return statement
