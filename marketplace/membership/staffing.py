"""Giving and taking roles, and leaving an organisation as a person.

Every change is decided under a lock of the organisation, so that two administrators who leave at once do not
leave it without one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.database import new_id
from marketplace.kernel.errors import NotFound, NotPermitted, Refused
from marketplace.membership.recording import About, record
from marketplace.notifications.services import Message, tell
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import ROLE_WORDS, Role, roles_of
from marketplace.trusts.models import Membership, Organisation

FEWEST_BEFORE_LEAVING = 2
LAST_ADMINISTRATOR = (
    "An organisation needs two administrators before one can leave or give up that role. "
    "Invite a second one first."
)
OWN_ROLES = "You cannot give yourself a role. Ask another administrator to give it to you."


def set_roles(session: Session, actor: Actor, person_id: uuid.UUID, roles: Iterable[Role]) -> None:
    """Let a member have exactly these roles, none of them to remove them. Only an administrator may.

    NotFound for whoever is no member. Refused when the last administrator but one would go, or the
    organisation has no such role; NotPermitted for a role given to oneself.
    """
    access.require(actor, Role.ADMINISTRATOR)
    organisation = lock(session, actor.organisation_id)
    still = roles_at(session, organisation.id, actor.person_id)  # somebody may have taken it before the lock
    access.require(replace(actor, roles=still), Role.ADMINISTRATOR)
    wanted, now = frozenset(roles), roles_at(session, organisation.id, person_id)
    if not now:
        raise NotFound
    check_offered(organisation, wanted - now)
    if person_id == actor.person_id and wanted - now:
        raise NotPermitted(OWN_ROLES)
    _change(session, actor, organisation, person_id, now, wanted)


def leave(session: Session, actor: Actor) -> None:
    """End the actor's own roles; Refused while they are the only administrator."""
    organisation = lock(session, actor.organisation_id)
    now = roles_at(session, organisation.id, actor.person_id)
    _change(session, actor, organisation, actor.person_id, now, frozenset())


def lock(session: Session, organisation_id: uuid.UUID) -> Organisation:
    """One decision about an organisation's people at a time; NotFound when there is no such organisation."""
    found = session.get(Organisation, organisation_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def roles_at(session: Session, organisation_id: uuid.UUID, person_id: uuid.UUID) -> frozenset[Role]:
    """What somebody may do at an organisation; nothing when they do not belong to it."""
    theirs = (Membership.organisation_id == organisation_id, Membership.person_id == person_id)
    return frozenset(session.scalars(sa.select(Membership.role).where(*theirs)))


def administrators(session: Session, organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """The people who may invite others and change roles there."""
    statement = sa.select(Membership.person_id).where(
        Membership.organisation_id == organisation_id, Membership.role == Role.ADMINISTRATOR
    )
    return list(session.scalars(statement.order_by(Membership.person_id)))


def check_offered(organisation: Organisation, roles: Iterable[Role]) -> None:
    """Refused for a role that nobody can have at such an organisation."""
    strange = [role for role in Role if role in frozenset(roles) - roles_of(organisation.kind)]
    if strange:
        words = " or ".join(ROLE_WORDS[role] for role in strange)
        raise Refused(f"Nobody at {organisation.name} can have the role {words}.", field="roles")


def admit(
    session: Session, organisation: Organisation, person: Person, roles: Iterable[Role], by: uuid.UUID
) -> None:
    """Add roles to somebody whose claim or invitation was good; those that they have stay."""
    have = roles_at(session, organisation.id, person.id)
    about = About(person.id, person.name)
    for role in Role:
        if role in frozenset(roles) - have:
            member = Membership(person_id=person.id, organisation_id=organisation.id, role=role)
            session.add(member)
            session.flush()
            record(session, organisation.id, by, "give-role", member, {"role": role.value}, about)


def end_all(session: Session, organisation_id: uuid.UUID, by: uuid.UUID | None) -> list[uuid.UUID]:
    """Take every role from everybody at an organisation; whom that concerned."""
    found = session.scalars(sa.select(Membership).where(Membership.organisation_id == organisation_id)).all()
    for member in found:
        record(session, organisation_id, by, "take-role", member, {"role": member.role.value})
        session.delete(member)
    session.flush()
    return sorted({member.person_id for member in found})


def _change(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    person_id: uuid.UUID,
    now: frozenset[Role],
    wanted: frozenset[Role],
) -> None:
    if now == wanted:
        return
    _check_administrators_stay(session, organisation, now - wanted)
    person = session.get_one(Person, person_id)
    _tell(session, actor, organisation, person, wanted)  # while whoever loses the role still has it
    admit(session, organisation, person, wanted - now, actor.person_id)
    _take(session, actor, organisation, person, now - wanted)


def _check_administrators_stay(session: Session, organisation: Organisation, taken: frozenset[Role]) -> None:
    if Role.ADMINISTRATOR not in taken:
        return
    if len(administrators(session, organisation.id)) < FEWEST_BEFORE_LEAVING:
        raise Refused(LAST_ADMINISTRATOR, field="roles")


def _take(
    session: Session, actor: Actor, organisation: Organisation, person: Person, roles: frozenset[Role]
) -> None:
    theirs = (Membership.organisation_id == organisation.id, Membership.person_id == person.id)
    statement = sa.select(Membership).where(*theirs, Membership.role.in_(roles))
    for member in session.scalars(statement).all():
        after, about = {"role": member.role.value}, About(person.id, person.name)
        record(session, organisation.id, actor.person_id, "take-role", member, after, about)
        session.delete(member)
    session.flush()


def _tell(
    session: Session, actor: Actor, organisation: Organisation, person: Person, wanted: frozenset[Role]
) -> None:
    who = "themselves" if person.id == actor.person_id else person.name
    have = ", ".join(ROLE_WORDS[role] for role in Role if role in wanted)
    now = f"{person.name} now has: {have}." if wanted else f"{person.name} does not belong to it any more."
    message = Message(
        f"roles:{new_id()}",
        f"Roles changed at {organisation.name}",
        f"{actor.name} changed the roles of {who} at {organisation.name}.\n\n{now}\n\n"
        "If this is not right, change it back and ask who did it.",
        "/trust/people",
    )
    tell(session, organisation.id, (Role.ADMINISTRATOR,), message)
