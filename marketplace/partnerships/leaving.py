"""An organisation that leaves Sharewell: what binds it to partnerships, and how its memberships end."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.kernel import clock
from marketplace.membership.events import OrganisationLeft
from marketplace.partnerships.services import carry_off, going_on
from marketplace.trusts.binding import MOST_NAMED, Bound
from marketplace.trusts.partnership_models import MembershipState, Partnership, PartnershipMembership


def bound(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    """The partnerships that it runs and that go on with others."""
    other = aliased(PartnershipMembership)
    statement = (
        sa.select(Partnership.id, Partnership.name)
        .where(
            Partnership.founder_id == organisation_id,
            sa.exists().where(other.partnership_id == Partnership.id, going_on(other, clock.today())),
        )
        .order_by(Partnership.id)
        .limit(MOST_NAMED)
    )
    words = "Hand over the partnership {} to another member, or end the memberships of the others"
    return [Bound(words.format(row.name), f"/partnerships/{row.id}") for row in session.execute(statement)]


def end_memberships(session: Session, event: OrganisationLeft) -> None:
    """Its memberships end today, and no invitation to it or of it waits any more."""
    theirs = sa.or_(
        PartnershipMembership.organisation_id == event.organisation_id,
        PartnershipMembership.founder_id == event.organisation_id,
    )
    waits = PartnershipMembership.state == MembershipState.INVITED
    member = sa.and_(
        PartnershipMembership.organisation_id == event.organisation_id,
        PartnershipMembership.state == MembershipState.ACCEPTED,
        sa.or_(PartnershipMembership.ends_on.is_(None), PartnershipMembership.ends_on > clock.today()),
    )
    statement = sa.select(PartnershipMembership).where(sa.or_(sa.and_(theirs, waits), member))
    for membership in session.scalars(statement.order_by(PartnershipMembership.id)).all():
        carry_off(session, membership)
