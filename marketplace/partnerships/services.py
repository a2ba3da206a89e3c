"""Founding a partnership, inviting trusts, accepting, leaving, removing and handing over.

`founder` is who runs a partnership: the trust that founded it, or the member to which it was handed over.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.events import announce
from marketplace.notifications.services import Message, tell
from marketplace.partnerships.events import (
    PartnerInvited,
    PartnerJoined,
    PartnershipEnded,
    PartnershipFounded,
    PartnershipHandedOver,
)
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import (
    MembershipState,
    Partnership,
    PartnershipMembership,
    Theme,
)
from marketplace.trusts.services import find_organisation

DECIDERS = (Role.ADMINISTRATOR,)
"""Who binds a trust to a partnership."""
MEMBERS = BUYERS
"""Trusts, federations and schools; suppliers and authorities are no members."""


@dataclass(frozen=True)
class Purpose:
    """What a partnership is for: `about` is its place or its challenge in a few words."""

    name: str
    theme: Theme
    about: str
    description: str


def found_partnership(session: Session, actor: Actor, purpose: Purpose) -> Partnership:
    """Found a partnership, of which the actor's trust is the first member from today on."""
    access.require(actor, *DECIDERS)
    if actor.kind not in MEMBERS:
        raise NotPermitted("Only a trust or a school can found a partnership.")
    _check_name(session, purpose.name)
    partnership = Partnership(founder_id=actor.organisation_id, **asdict(purpose))
    session.add(partnership)
    session.flush()
    membership = _membership_for(partnership, actor.organisation_id)
    membership.state, membership.starts_on = MembershipState.ACCEPTED, clock.today()
    session.add(membership)
    session.flush()
    access.record(session, actor, "found", partnership, after={"theme": purpose.theme.value})
    announce(session, PartnershipFounded(partnership.id, actor.organisation_id))
    return partnership


def describe_partnership(
    session: Session, actor: Actor, partnership_id: uuid.UUID, purpose: Purpose
) -> Partnership:
    """Change its name and description; the founder's administrators may."""
    partnership = _founded(session, actor, partnership_id)
    if purpose.name != partnership.name:
        _check_name(session, purpose.name)
    for column, value in asdict(purpose).items():
        setattr(partnership, column, value)
    session.flush()
    access.record(session, actor, "describe", partnership, after={"theme": purpose.theme.value})
    return partnership


def invite(
    session: Session, actor: Actor, partnership_id: uuid.UUID, identifier: str
) -> PartnershipMembership:
    """Invite a trust by an identifier or its exact name; its administrators are told.

    Refused at `identifier` when no open trust or school answers to it, Conflict when it is invited or a
    member already.
    """
    partnership = _founded(session, actor, partnership_id)
    own = _live(session, partnership_id, actor.organisation_id)
    if own is None or own.ends_on is not None:
        raise InvalidState("Your own membership ends, and this partnership with it.")
    invited = _find(session, identifier)
    if _live(session, partnership_id, invited.id) is not None:
        raise Conflict(f"{invited.name} is invited or a member already.")
    membership = _membership_for(partnership, invited.id)
    session.add(membership)
    session.flush()
    _record(session, actor, "invite", membership)
    text = (
        f"{actor.organisation_name} invites your trust to the partnership {partnership.name} "
        f"({partnership.about}). Read about it, then accept or decline."
    )
    _tell(session, membership, invited.id, "invited", f"Answer: invitation to {partnership.name}", text)
    announce(session, PartnerInvited(partnership_id, invited.id))
    return membership


def accept(session: Session, actor: Actor, membership_id: uuid.UUID) -> PartnershipMembership:
    """Be a member from today on."""
    membership = _invited(session, actor, membership_id, PartnershipMembership.organisation_id)
    membership.state, membership.starts_on = MembershipState.ACCEPTED, clock.today()
    _record(session, actor, "accept", membership)
    text = f"{actor.organisation_name} accepted your invitation to {_name(session, membership)}."
    _tell(session, membership, membership.founder_id, "accepted", "Invitation accepted", text)
    announce(session, PartnerJoined(membership.partnership_id, actor.organisation_id, clock.today()))
    return membership


def decline(session: Session, actor: Actor, membership_id: uuid.UUID) -> PartnershipMembership:
    """Say no to an invitation."""
    membership = _invited(session, actor, membership_id, PartnershipMembership.organisation_id)
    membership.state = MembershipState.DECLINED
    _record(session, actor, "decline", membership)
    text = f"{actor.organisation_name} declined your invitation to {_name(session, membership)}."
    _tell(session, membership, membership.founder_id, "declined", "Invitation declined", text)
    return membership


def withdraw(session: Session, actor: Actor, membership_id: uuid.UUID) -> PartnershipMembership:
    """Take back an invitation that nobody answered yet."""
    membership = _invited(session, actor, membership_id, PartnershipMembership.founder_id)
    membership.state = MembershipState.WITHDRAWN
    _record(session, actor, "withdraw", membership)
    return membership


def leave(session: Session, actor: Actor, membership_id: uuid.UUID, ends_on: date) -> PartnershipMembership:
    """Be a member until a day, at the earliest today, never later than the founder said; it is told.

    Who runs the partnership leaves it last, or hands it over first: NotPermitted while others stay longer.
    """
    membership = _member(session, actor, membership_id, PartnershipMembership.organisation_id)
    if membership.organisation_id == membership.founder_id:
        _end_all(session, actor, membership, ends_on)
        return membership
    _end(session, actor, membership, ends_on, "leave")
    text = f"{actor.organisation_name} leaves {_name(session, membership)}. Its last day is {_day(ends_on)}."
    _tell(session, membership, membership.founder_id, "left", "A member leaves your partnership", text)
    return membership


def remove(session: Session, actor: Actor, membership_id: uuid.UUID, ends_on: date) -> PartnershipMembership:
    """As the founder, let a membership end on a day, never later than the member said; it is told."""
    membership = _member(session, actor, membership_id, PartnershipMembership.founder_id)
    if membership.organisation_id == actor.organisation_id:
        raise NotPermitted("Nobody removes their own trust: hand the partnership over, then leave it.")
    _end(session, actor, membership, ends_on, "remove")
    text = (
        f"{actor.organisation_name} ends your membership of {_name(session, membership)} on {_day(ends_on)}."
    )
    _tell(session, membership, membership.organisation_id, "removed", "Your membership ends", text)
    return membership


def hand_over(session: Session, actor: Actor, membership_id: uuid.UUID) -> Partnership:
    """As the founder, let another member run the partnership from now on; it is told.

    NotPermitted for a membership that has a last day, or for the actor's own.
    """
    membership = _member(session, actor, membership_id, PartnershipMembership.founder_id)
    partnership = _founded(session, actor, membership.partnership_id)
    if membership.organisation_id == actor.organisation_id or membership.ends_on is not None:
        raise NotPermitted("Choose another member, whose membership does not end.")
    new = membership.organisation_id
    with on_behalf_of_all(session, "who runs a partnership gives its own rows to the next"):
        of_it = PartnershipMembership.partnership_id == partnership.id
        session.execute(sa.update(PartnershipMembership).where(of_it).values(founder_id=new))
        partnership.founder_id = new
        session.flush()
        session.refresh(membership)
    after = {"founder_id": new}
    before = {"founder_id": actor.organisation_id}
    access.record(session, actor, "hand-over", partnership, before, after, (actor.organisation_id, new))
    text = (
        f"{actor.organisation_name} hands {partnership.name} over to your trust: from now on your "
        "administrators invite members and end memberships."
    )
    _tell(session, membership, new, "handed-over", f"Your trust runs {partnership.name}", text)
    announce(session, PartnershipHandedOver(partnership.id, new))
    return partnership


def going_on(membership: Any, on: date) -> sa.ColumnElement[bool]:
    """Whether a row of members (the table or an alias) is another's than the founder's and outlasts a day."""
    return sa.and_(
        membership.organisation_id != membership.founder_id,
        membership.state == MembershipState.ACCEPTED,
        sa.or_(membership.ends_on.is_(None), membership.ends_on > on),
    )


def carry_off(session: Session, membership: PartnershipMembership) -> None:
    """End a membership today, or withdraw an invitation, since one side has left Sharewell."""
    if membership.state is MembershipState.INVITED:
        membership.state = MembershipState.WITHDRAWN
        _record(session, None, "withdraw", membership)
    else:
        membership.ends_on = clock.today()
        _record(session, None, "leave", membership)
        announce(
            session,
            PartnershipEnded(membership.partnership_id, membership.organisation_id, clock.today()),
        )


def _end_all(session: Session, actor: Actor, own: PartnershipMembership, ends_on: date) -> None:
    """The founder's own end is the partnership's: nobody else is there longer, and nobody is invited."""
    partnership = _founded(session, actor, own.partnership_id)
    of_it = PartnershipMembership.partnership_id == partnership.id
    others = sa.select(PartnershipMembership.id).where(of_it, going_on(PartnershipMembership, ends_on))
    if session.scalar(others.limit(1)) is not None:
        raise NotPermitted(
            "Others are members longer than that: hand the partnership over to one of them first."
        )
    _end(session, actor, own, ends_on, "leave")
    waits = PartnershipMembership.state == MembershipState.INVITED
    for invitation in session.scalars(sa.select(PartnershipMembership).where(of_it, waits)).all():
        withdraw(session, actor, invitation.id)


def _find(session: Session, identifier: str) -> Organisation:
    try:
        found = find_organisation(session, identifier)
    except NotFound as error:
        raise Refused("No trust or school has this identifier or name", field="identifier") from error
    except Refused as error:
        raise Refused(error.sentence, field="identifier") from error
    if found.kind not in MEMBERS or not found.is_claimable:
        raise Refused("Choose a trust or a school that is open", field="identifier")
    return found


def _check_name(session: Session, name: str) -> None:
    same = sa.select(Partnership.id).where(sa.func.lower(Partnership.name) == name.lower())
    if session.scalar(same.limit(1)) is not None:
        raise Refused("There is already a partnership with this name", field="name")


def _founded(session: Session, actor: Actor, partnership_id: uuid.UUID) -> Partnership:
    """The actor's own partnership, locked: one decision about its members at a time."""
    access.require(actor, *DECIDERS)
    return access.own(session, Partnership, partnership_id, Partnership.founder_id, acting=actor, lock=True)


def _membership_for(partnership: Partnership, organisation_id: uuid.UUID) -> PartnershipMembership:
    return PartnershipMembership(
        partnership_id=partnership.id, founder_id=partnership.founder_id, organisation_id=organisation_id
    )


def _live(
    session: Session, partnership_id: uuid.UUID, organisation_id: uuid.UUID
) -> PartnershipMembership | None:
    """The invitation that waits, or the membership that is not over."""
    lasts = sa.or_(PartnershipMembership.ends_on.is_(None), PartnershipMembership.ends_on >= clock.today())
    statement = sa.select(PartnershipMembership).where(
        PartnershipMembership.partnership_id == partnership_id,
        PartnershipMembership.organisation_id == organisation_id,
        PartnershipMembership.state.in_((MembershipState.INVITED, MembershipState.ACCEPTED)),
        lasts,
    )
    return session.scalars(statement.limit(1)).one_or_none()


def _invited(
    session: Session, actor: Actor, membership_id: uuid.UUID, owner: sa.orm.InstrumentedAttribute[uuid.UUID]
) -> PartnershipMembership:
    """An invitation that still waits, locked; InvalidState when it was answered or withdrawn."""
    access.require(actor, *DECIDERS)
    membership = access.own(session, PartnershipMembership, membership_id, owner, acting=actor, lock=True)
    if membership.state is not MembershipState.INVITED:
        raise InvalidState("This invitation waits no longer: it was answered or withdrawn.")
    return membership


def _member(
    session: Session, actor: Actor, membership_id: uuid.UUID, owner: sa.orm.InstrumentedAttribute[uuid.UUID]
) -> PartnershipMembership:
    """A membership that is not over, locked."""
    access.require(actor, *DECIDERS)
    membership = access.own(session, PartnershipMembership, membership_id, owner, acting=actor, lock=True)
    if membership.state is not MembershipState.ACCEPTED:
        raise NotFound
    if membership.ends_on is not None and membership.ends_on < clock.today():
        raise InvalidState("This membership has ended already.")
    return membership


def _end(
    session: Session, actor: Actor, membership: PartnershipMembership, ends_on: date, action: str
) -> None:
    if ends_on < clock.today():
        raise Refused("Enter today or a later day", field="ends_on")
    if membership.ends_on is not None and ends_on > membership.ends_on:
        last = _day(membership.ends_on)
        raise Refused(f"It ends on {last} already. Enter that day or an earlier one", field="ends_on")
    membership.ends_on = ends_on
    _record(session, actor, action, membership)
    announce(session, PartnershipEnded(membership.partnership_id, membership.organisation_id, ends_on))


def _record(session: Session, actor: Actor | None, action: str, membership: PartnershipMembership) -> None:
    parties = (membership.founder_id, membership.organisation_id)
    access.record(session, actor, action, membership, after=_recorded(membership), parties=parties)


def _recorded(membership: PartnershipMembership) -> dict[str, object]:
    return {
        "state": membership.state.value,
        "partnership_id": membership.partnership_id,
        "starts_on": membership.starts_on,
        "ends_on": membership.ends_on,
    }


def _name(session: Session, membership: PartnershipMembership) -> str:
    return session.get_one(Partnership, membership.partnership_id).name


def _day(on: date) -> str:
    return f"{on:%-d %B %Y}"


def _tell(
    session: Session,
    membership: PartnershipMembership,
    organisation_id: uuid.UUID,
    occasion: str,
    subject: str,
    text: str,
) -> None:
    key = f"partnership-{occasion}:{membership.id}:{clock.now().isoformat()}"
    path = f"/partnerships/{membership.partnership_id}"
    tell(session, organisation_id, DECIDERS, Message(key, subject, text, path))
