"""Inviting people by e-mail: bound to the address and the organisation, for one use, for seven days."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import audit, clock, database, mail
from marketplace.kernel.errors import InvalidState, NotFound, NotPermitted, Refused
from marketplace.membership import staffing
from marketplace.membership.models import Invitation
from marketplace.membership.recording import About, record
from marketplace.membership.states import INVITATION_LASTS, InvitationState, parsed, written
from marketplace.people import passwords
from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import ROLE_WORDS, Role
from marketplace.trusts.models import Membership, Organisation

MOST_OPEN = 100
MOST_LETTERS = 5
LETTERS_WITHIN = timedelta(hours=24)
"""So many to one address of one organisation: an invitation is no way to fill somebody's mailbox."""
WHY = "whoever holds an invitation belongs to no organisation here yet, or to another"
AGAIN = "send-invitation-again"
TOO_MANY_LETTERS = (
    f"{MOST_LETTERS} invitations went to this address in the last 24 hours. Ask the person whether they "
    "arrived, and send the next one tomorrow."
)
ENDED = "This invitation cannot be used any more: it was used, revoked, sent again or is over 7 days old."
ANOTHERS = "This invitation was sent to another email address. Sign in with the address that it was sent to."


def invite(session: Session, actor: Actor, email: str, roles: Iterable[Role]) -> Invitation:
    """Send an invitation; only an administrator may, and only with roles that the organisation has.

    Refused without a role, for a member, for an address already invited or written to 5 times in 24
    hours, or when 100 are open.
    """
    access.require(actor, Role.ADMINISTRATOR)
    organisation = staffing.lock(session, actor.organisation_id)
    wanted, address = frozenset(roles), email.strip().lower()
    if not wanted:
        raise Refused("Select at least one role.", field="roles")
    staffing.check_offered(organisation, wanted)
    _check_is_new(session, organisation, address)
    invitation = Invitation(
        organisation_id=organisation.id,
        email=address,
        roles=written(wanted),
        secret_digest="",
        invited_by_id=actor.person_id,
        expires_at=clock.now(),
    )
    _send(session, actor, organisation, invitation)
    access.record(session, actor, "invite", invitation, after={"roles": invitation.roles})
    return invitation


def send_again(session: Session, actor: Actor, invitation_id: uuid.UUID) -> None:
    """Send a new letter, for another seven days; the link in the older one ends.

    Refused when 5 letters went to the address within 24 hours.
    """
    invitation = _own(session, actor, invitation_id)
    _send(session, actor, session.get_one(Organisation, actor.organisation_id), invitation)
    access.record(session, actor, AGAIN, invitation)


def revoke(session: Session, actor: Actor, invitation_id: uuid.UUID) -> None:
    """Let nobody accept an invitation any more; InvalidState when it is open no longer."""
    invitation = _own(session, actor, invitation_id)
    invitation.state, invitation.decided_at = InvitationState.REVOKED, clock.now()
    session.flush()
    access.record(session, actor, "revoke-invitation", invitation)


def find(session: Session, secret: str) -> tuple[Invitation, Organisation]:
    """What a secret invites to; NotFound, with one sentence for every reason, when it can be used no more."""
    with database.on_behalf_of_all(session, WHY):
        invitation = session.scalars(
            _open().where(Invitation.secret_digest == people.digest(secret))
        ).one_or_none()
        organisation = session.get(Organisation, invitation.organisation_id) if invitation else None
        inviter_stays = invitation is not None and _still_administers(session, invitation)
    if invitation is None or organisation is None or not organisation.is_claimable or not inviter_stays:
        raise NotFound(ENDED)
    return invitation, organisation


def accept(session: Session, person_id: uuid.UUID, secret: str) -> Organisation:
    """Become a member with the roles of the invitation, which ends; NotPermitted with another address."""
    invitation, organisation = find(session, secret)
    person = session.get_one(Person, person_id)
    if person.email != invitation.email:
        raise NotPermitted(ANOTHERS)
    with database.on_behalf_of_all(session, WHY):
        staffing.lock(session, organisation.id)
        _use(session, invitation, person)
        staffing.admit(session, organisation, person, parsed(invitation.roles), person.id)
        after, about = {"roles": invitation.roles}, About(person.id, person.name)
        record(session, organisation.id, person.id, "accept-invitation", invitation, after, about)
    return organisation


def accept_as_new(session: Session, secret: str, name: str, password: str) -> tuple[Person, Organisation]:
    """Make the account of the invited address, which the letter proves, and accept.

    Refused when the address has an account, whose owner signs in first, and for a password that is not taken.
    """
    invitation, organisation = find(session, secret)
    fault = passwords.check(password, (organisation.name, name, invitation.email))
    if fault is not None:
        raise Refused(fault, field="password")
    person = people.add_person(session, invitation.email, name, password)
    return person, accept(session, person.id, secret)


def has_account(session: Session, invitation: Invitation) -> bool:
    """Whether the invited address belongs to somebody who can sign in; only the letter's holder asks."""
    return session.scalar(sa.select(Person.id).where(Person.email == invitation.email)) is not None


def _use(session: Session, invitation: Invitation, person: Person) -> None:
    """Only one of two who accept at once: the number of rows decides."""
    used = session.execute(
        sa.update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.state == InvitationState.OPEN)
        .where(Invitation.secret_digest == invitation.secret_digest, Invitation.expires_at > clock.now())
        .values(state=InvitationState.ACCEPTED, person_id=person.id, decided_at=clock.now())
        .returning(Invitation.id)
    ).one_or_none()
    if used is None:
        raise NotFound(ENDED)


def _open() -> sa.Select[Invitation]:
    return sa.select(Invitation).where(
        Invitation.state == InvitationState.OPEN, Invitation.expires_at > clock.now()
    )


def _still_administers(session: Session, invitation: Invitation) -> bool:
    """An invitation ends with the role of who sent it: nobody leaves a way back in behind."""
    roles = staffing.roles_at(session, invitation.organisation_id, invitation.invited_by_id)
    return Role.ADMINISTRATOR in roles


def _own(session: Session, actor: Actor, invitation_id: uuid.UUID) -> Invitation:
    access.require(actor, Role.ADMINISTRATOR)
    found = access.own(
        session, Invitation, invitation_id, Invitation.organisation_id, acting=actor, lock=True
    )
    if found.state is not InvitationState.OPEN:
        raise InvalidState("This invitation was accepted or revoked already.")
    return found


def _check_is_new(session: Session, organisation: Organisation, address: str) -> None:
    members = sa.select(Person.id).join(Membership, Membership.person_id == Person.id)
    if session.scalar(members.where(Membership.organisation_id == organisation.id, Person.email == address)):
        raise Refused(
            "This person already belongs to your organisation. Change their roles instead.", field="email"
        )
    waits = sa.select(Invitation.email).where(
        Invitation.organisation_id == organisation.id, Invitation.state == InvitationState.OPEN
    )
    invited = session.scalars(waits).all()
    if address in invited:
        raise Refused("This address is already invited. Send the invitation again instead.", field="email")
    if len(invited) >= MOST_OPEN:
        raise Refused(f"{MOST_OPEN} invitations are open. Revoke those that nobody needs.", field="email")


def _check_letters(session: Session, invitation: Invitation) -> None:
    """The record tells how many letters went out, whatever became of the invitations that they were for."""
    theirs = sa.select(Invitation.id).where(
        Invitation.organisation_id == invitation.organisation_id, Invitation.email == invitation.email
    )
    sent = sa.select(sa.func.count()).where(
        audit.AuditEntry.organisation_id == invitation.organisation_id,
        audit.AuditEntry.subject_kind == Invitation.__tablename__,
        audit.AuditEntry.subject_id.in_(theirs),
        audit.AuditEntry.action.in_(("invite", AGAIN)),
        audit.AuditEntry.created_at > clock.now() - LETTERS_WITHIN,
    )
    if (session.scalar(sent) or 0) >= MOST_LETTERS:
        raise Refused(TOO_MANY_LETTERS, field="email")


def _send(session: Session, actor: Actor, organisation: Organisation, invitation: Invitation) -> None:
    """A new secret, whose digest alone is kept, in a letter to the invited address."""
    _check_letters(session, invitation)
    secret = secrets.token_urlsafe(32)
    invitation.secret_digest = people.digest(secret)
    invitation.invited_by_id = actor.person_id
    invitation.expires_at = clock.now() + INVITATION_LASTS
    session.add(invitation)
    session.flush()
    roles = ", ".join(ROLE_WORDS[role] for role in Role if role in parsed(invitation.roles))
    text = (
        f"{actor.name} invites you to act for {organisation.name} on Sharewell as: {roles}.\n\n"
        f"The link works once, for this address only, for {INVITATION_LASTS.days} days. "
        "If you do not know why you get this, leave it: nothing happens."
    )
    subject = f"Join {organisation.name} on Sharewell"
    email = mail.Email(invitation.email, subject, text, f"/invitations/{secret}")
    mail.owe_email(session, f"invitation:{invitation.secret_digest}", email)
