"""A trust that leaves Sharewell leaves no partnership without anybody who runs it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import LEAVING
from marketplace.kernel import clock
from marketplace.membership.events import OrganisationLeft
from marketplace.partnerships import services
from marketplace.partnerships.leaving import bound, end_memberships
from marketplace.trusts import access
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import MembershipState, PartnershipMembership
from tests.factories.partnerships import a_member, a_partnership
from tests.factories.trusts import an_actor, an_organisation


def test_who_runs_a_partnership_with_others_is_bound_until_it_is_handed_over(session: Session) -> None:
    founder, other = an_actor(session), an_actor(session)
    partnership = a_partnership(session, founder, "Moor and Coast")
    assert bound(session, founder.organisation_id) == []
    member = a_member(session, partnership, session.get_one(Organisation, other.organisation_id))
    binding = bound(session, founder.organisation_id)
    assert [one.href for one in binding] == [f"/partnerships/{partnership.id}"]
    assert binding[0].sentence.startswith("Hand over the partnership Moor and Coast")
    assert bound(session, other.organisation_id) == []
    services.hand_over(session, founder, member.id)
    assert bound(session, founder.organisation_id) == []
    assert len(bound(session, other.organisation_id)) == 1
    assert "marketplace.partnerships.leaving" in LEAVING


def test_who_leaves_is_a_member_until_today_and_no_invitation_waits(session: Session) -> None:
    founder, leaver = an_actor(session), an_actor(session)
    organisation = session.get_one(Organisation, leaver.organisation_id)
    member = a_member(session, a_partnership(session, founder), organisation)
    alone = a_partnership(session, leaver)
    third = an_organisation(session, "Elm Trust")
    sent = services.invite(session, leaver, alone.id, third.name)
    got = services.invite(session, founder, a_partnership(session, founder).id, organisation.name)
    end_memberships(session, OrganisationLeft(organisation.id))
    session.flush()
    assert (sent.state, got.state) == (MembershipState.WITHDRAWN, MembershipState.WITHDRAWN)
    assert member.ends_on == clock.today()
    tomorrow = clock.today() + timedelta(days=1)
    assert access.partners(session, organisation.id, tomorrow) == frozenset()
    assert len(access.partners(session, founder.organisation_id, tomorrow)) == 2
    live = sa.select(PartnershipMembership.id).where(
        PartnershipMembership.organisation_id == organisation.id, PartnershipMembership.ends_on.is_(None)
    )
    assert session.scalars(live.where(PartnershipMembership.starts_on.isnot(None))).all() == []
