"""Who founds, invites, accepts, leaves and removes; and what members see."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock, database
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.partnerships import queries, services
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import MembershipState, Partnership, PartnershipMembership
from tests.factories.partnerships import a_member, a_partnership, a_purpose
from tests.factories.trusts import an_actor, an_organisation


@pytest.fixture
def founder(session: Session) -> Actor:
    return an_actor(session, an_organisation(session, "Ash Trust"))


@pytest.fixture
def invited(session: Session) -> Actor:
    return an_actor(session, an_organisation(session, "Cedar Trust", group_uid="12345"))


@pytest.fixture
def partnership(session: Session, founder: Actor) -> Partnership:
    return a_partnership(session, founder)


def test_the_founder_is_its_first_member(session: Session, founder: Actor, partnership: Partnership) -> None:
    assert access.partners(session, founder.organisation_id, clock.today()) == {partnership.id}
    view = queries.partnership_view(session, founder, partnership.id)
    assert ([row.organisation_name for row in view.members], view.is_founder) == (["Ash Trust"], True)


@pytest.mark.parametrize("identifier", ["12345", "cedar trust"])
def test_an_invitation_is_accepted_and_makes_a_member_from_that_day_on(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership, identifier: str
) -> None:
    membership = services.invite(session, founder, partnership.id, identifier)
    assert access.partners(session, invited.organisation_id, clock.today()) == frozenset()
    assert "Accept or decline the invitation of Ash Trust" in queries.waiting(session, invited)[0].sentence
    services.accept(session, invited, membership.id)
    assert access.partners(session, invited.organisation_id, clock.today()) == {partnership.id}
    yesterday = clock.today() - timedelta(days=1)
    assert access.partners(session, invited.organisation_id, yesterday) == frozenset()
    assert queries.waiting(session, invited) == []


def test_each_step_stands_in_the_records_of_both(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    membership = services.invite(session, founder, partnership.id, "12345")
    services.accept(session, invited, membership.id)
    services.leave(session, invited, membership.id, clock.today())
    session.commit()
    for one in (founder, invited):
        actions = session.scalars(
            sa.select(AuditEntry.action)
            .where(
                AuditEntry.organisation_id == one.organisation_id,
                AuditEntry.subject_kind == "partnership_memberships",
            )
            .order_by(AuditEntry.number)
        ).all()
        assert actions == ["invite", "accept", "leave"]


def test_people_are_told(session: Session, founder: Actor, invited: Actor, partnership: Partnership) -> None:
    membership = services.invite(session, founder, partnership.id, "12345")
    services.decline(session, invited, membership.id)
    session.flush()
    owed = str(session.scalars(sa.select(OutboxJob.payload)).all())
    assert f"Answer: invitation to {partnership.name}" in owed
    assert "Cedar Trust declined your invitation" in owed


@pytest.mark.parametrize("answer", [services.accept, services.decline])
def test_an_invitation_is_answered_once_and_only_by_the_invited(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership, answer: object
) -> None:
    assert callable(answer)
    membership = services.invite(session, founder, partnership.id, "12345")
    for other in (founder, an_actor(session)):
        with pytest.raises(NotFound):
            answer(session, other, membership.id)
    answer(session, invited, membership.id)
    with pytest.raises(InvalidState):
        answer(session, invited, membership.id)


def test_the_founder_withdraws_an_invitation_and_may_invite_again(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    membership = services.invite(session, founder, partnership.id, "12345")
    with pytest.raises(Conflict):
        services.invite(session, founder, partnership.id, "12345")
    with pytest.raises(NotFound):
        services.withdraw(session, invited, membership.id)
    services.withdraw(session, founder, membership.id)
    with pytest.raises(InvalidState):
        services.accept(session, invited, membership.id)
    again = services.invite(session, founder, partnership.id, "12345")
    services.accept(session, invited, again.id)
    with pytest.raises(Conflict):
        services.invite(session, founder, partnership.id, "12345")


def test_a_member_leaves_and_belongs_until_its_last_day(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    organisation = session.get_one(Organisation, invited.organisation_id)
    membership = a_member(session, partnership, organisation)
    last = clock.today() + timedelta(days=30)
    services.leave(session, invited, membership.id, last)
    assert access.partners(session, organisation.id, last) == {partnership.id}
    assert access.partners(session, organisation.id, last + timedelta(days=1)) == frozenset()
    with clock.standing_at(clock.now() + timedelta(days=32)):
        with pytest.raises(InvalidState):
            services.leave(session, invited, membership.id, clock.today())
        services.accept(session, invited, services.invite(session, founder, partnership.id, "12345").id)
        assert access.partners(session, organisation.id, clock.today()) == {partnership.id}


def test_neither_side_puts_off_the_end_that_the_other_has_set(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    membership = a_member(session, partnership, session.get_one(Organisation, invited.organisation_id))
    last = clock.today() + timedelta(days=30)
    services.remove(session, founder, membership.id, last)
    with pytest.raises(Refused) as refused:
        services.leave(session, invited, membership.id, last + timedelta(days=1))
    assert refused.value.field == "ends_on"
    services.leave(session, invited, membership.id, clock.today())
    with pytest.raises(Refused):
        services.remove(session, founder, membership.id, last)
    assert membership.ends_on == clock.today()


def test_the_founder_removes_a_member_and_never_itself(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    membership = a_member(session, partnership, session.get_one(Organisation, invited.organisation_id))
    with pytest.raises(NotFound):
        services.remove(session, invited, membership.id, clock.today())
    with pytest.raises(Refused) as refused:
        services.remove(session, founder, membership.id, clock.today() - timedelta(days=1))
    assert refused.value.field == "ends_on"
    services.remove(session, founder, membership.id, clock.today())
    own = session.scalars(
        sa.select(PartnershipMembership).where(
            PartnershipMembership.organisation_id == founder.organisation_id
        )
    ).one()
    with pytest.raises(NotPermitted, match="removes their own"):
        services.remove(session, founder, own.id, clock.today())


def own_of(session: Session, partnership: Partnership, actor: Actor) -> PartnershipMembership:
    return session.scalars(
        sa.select(PartnershipMembership).where(
            PartnershipMembership.partnership_id == partnership.id,
            PartnershipMembership.organisation_id == actor.organisation_id,
        )
    ).one()


def test_who_runs_a_partnership_leaves_it_last_and_nobody_is_invited_any_more(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    other = a_member(session, partnership, session.get_one(Organisation, invited.organisation_id))
    waiting = services.invite(session, founder, partnership.id, an_organisation(session, "Elm Trust").name)
    own, last = own_of(session, partnership, founder), clock.today() + timedelta(days=9)
    with pytest.raises(NotPermitted, match="hand the partnership over"):
        services.leave(session, founder, own.id, last)
    services.leave(session, invited, other.id, last)
    with pytest.raises(NotPermitted):
        services.leave(session, founder, own.id, last - timedelta(days=1))
    services.leave(session, founder, own.id, last)
    assert (own.ends_on, waiting.state) == (last, MembershipState.WITHDRAWN)
    with pytest.raises(InvalidState, match="partnership with it"):
        services.invite(session, founder, partnership.id, "Elm Trust")
    listed = queries.partnerships(session, founder, None).rows
    with clock.standing_at(clock.now() + timedelta(days=11)):
        later = queries.partnerships(session, founder, None).rows
    assert ([row.id for row in listed], later) == ([partnership.id], [])


def test_another_member_runs_it_from_then_on(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    member = a_member(session, partnership, session.get_one(Organisation, invited.organisation_id))
    elm = an_organisation(session, "Elm Trust")
    waiting = services.invite(session, founder, partnership.id, "Elm Trust").id
    database.act_for(session, founder.organisation_id)
    for other, choice in ((invited, member), (founder, own_of(session, partnership, founder))):
        with pytest.raises((NotFound, NotPermitted)):
            services.hand_over(session, other, choice.id)
    services.hand_over(session, founder, member.id)
    session.commit()
    with pytest.raises(NotFound):
        services.withdraw(session, founder, waiting)
    services.leave(session, founder, own_of(session, partnership, founder).id, clock.today())
    session.flush()
    database.act_for(session, invited.organisation_id)
    view = queries.partnership_view(session, invited, partnership.id)
    assert (view.is_founder, [row.organisation_id for row in view.invited]) == (True, [elm.id])
    services.withdraw(session, invited, waiting)
    session.commit()
    for one in (founder, invited):
        database.act_for(session, one.organisation_id)
        own = AuditEntry.organisation_id == one.organisation_id
        assert "hand-over" in session.scalars(sa.select(AuditEntry.action).where(own)).all()


def test_nobody_runs_a_partnership_whose_own_membership_ends(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    member = a_member(session, partnership, session.get_one(Organisation, invited.organisation_id))
    services.leave(session, invited, member.id, clock.today() + timedelta(days=30))
    with pytest.raises(NotPermitted, match="does not end"):
        services.hand_over(session, founder, member.id)


@pytest.mark.parametrize("role", [Role.BUYER, Role.APPROVER, Role.FINANCE, Role.SELLER])
def test_only_administrators_bind_their_trust(
    session: Session, founder: Actor, partnership: Partnership, role: Role
) -> None:
    actor = an_actor(session, session.get_one(Organisation, founder.organisation_id), role)
    with pytest.raises(NotPermitted):
        services.found_partnership(session, actor, a_purpose())
    with pytest.raises(NotPermitted):
        services.invite(session, actor, partnership.id, "12345")
    for service in (services.accept, services.decline, services.withdraw):
        with pytest.raises(NotPermitted):
            service(session, actor, uuid.uuid4())


def test_a_stranger_invites_nobody_and_sees_no_invitation(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    stranger = an_actor(session)
    services.invite(session, founder, partnership.id, "12345")
    with pytest.raises(NotFound):
        services.invite(session, stranger, partnership.id, "12345")
    with pytest.raises(NotFound):
        services.describe_partnership(session, stranger, partnership.id, a_purpose())
    view = queries.partnership_view(session, stranger, partnership.id)
    assert (len(view.members), view.invited, view.own) == (1, [], None)
    own = queries.partnership_view(session, invited, partnership.id).own
    assert own is not None
    assert own.state is MembershipState.INVITED


@pytest.mark.parametrize(
    "kind", [OrganisationKind.SUPPLIER, OrganisationKind.LOCAL_AUTHORITY, OrganisationKind.SPONSOR]
)
def test_only_trusts_and_schools_are_members(
    session: Session, founder: Actor, partnership: Partnership, kind: OrganisationKind
) -> None:
    other = an_organisation(session, "Other Body", kind=kind)
    with pytest.raises(Refused) as refused:
        services.invite(session, founder, partnership.id, "Other Body")
    assert refused.value.field == "identifier"
    with pytest.raises(NotPermitted):
        services.found_partnership(session, an_actor(session, other), a_purpose())


def test_an_unknown_trust_is_refused_at_the_field(
    session: Session, founder: Actor, partnership: Partnership
) -> None:
    with pytest.raises(Refused, match="No trust or school") as refused:
        services.invite(session, founder, partnership.id, "99999")
    assert refused.value.field == "identifier"


def test_a_name_is_taken_once(session: Session, founder: Actor, partnership: Partnership) -> None:
    with pytest.raises(Refused) as refused:
        services.found_partnership(session, founder, a_purpose(partnership.name.upper()))
    assert refused.value.field == "name"
    services.describe_partnership(session, founder, partnership.id, a_purpose(partnership.name))


def test_what_is_for_a_partnership_is_seen_by_its_members_and_its_owner_alone(
    session: Session, founder: Actor, invited: Actor, partnership: Partnership
) -> None:
    past = session.get_one(Organisation, invited.organisation_id)
    a_member(session, partnership, past, date(2025, 1, 1), date(2025, 12, 31))
    stranger = an_actor(session)

    def sees(who: Actor | None, owner: uuid.UUID, partnership_id: uuid.UUID | None) -> bool:
        columns = sa.literal(owner, sa.Uuid()), sa.literal(partnership_id, sa.Uuid())
        return bool(session.scalar(sa.select(access.visible(*columns, who, clock.today()))))

    owner = stranger.organisation_id
    seen = [sees(who, owner, partnership.id) for who in (founder, invited, stranger, None)]
    assert seen == [True, False, True, False]
    assert all(sees(who, owner, None) for who in (founder, invited, stranger, None))
