"""Partnerships for tests."""

from __future__ import annotations

import itertools
from datetime import date

from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.partnerships import services
from marketplace.partnerships.services import Purpose
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import (
    MembershipState,
    Partnership,
    PartnershipMembership,
    Theme,
)

_numbers = itertools.count(1)


def a_purpose(name: str | None = None) -> Purpose:
    """A partnership by place."""
    return Purpose(
        name or f"Partnership {next(_numbers)}", Theme.PLACE, "North Devon", "We share an estates team."
    )


def a_partnership(session: Session, founder: Actor, name: str | None = None) -> Partnership:
    """Founded today by the actor's trust."""
    return services.found_partnership(session, founder, a_purpose(name))


def a_member(
    session: Session,
    partnership: Partnership,
    organisation: Organisation,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> PartnershipMembership:
    """A member from today on, unless other days are given."""
    membership = PartnershipMembership(
        partnership_id=partnership.id,
        founder_id=partnership.founder_id,
        organisation_id=organisation.id,
        state=MembershipState.ACCEPTED,
        starts_on=starts_on or clock.today(),
        ends_on=ends_on,
    )
    session.add(membership)
    session.flush()
    return membership
