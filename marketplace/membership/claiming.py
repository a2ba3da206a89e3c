"""Claiming an organisation: the first claim is verified by the operator, a later one by its administrators.

A claim tells a stranger nothing: neither who is there already nor who decides.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock, database, mail
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.events import announce
from marketplace.membership import staffing
from marketplace.membership.models import Claim
from marketplace.membership.recording import BY_OPERATOR, About, record
from marketplace.membership.states import CLAIM_LASTS, ClaimState, Decider, parsed, written
from marketplace.notifications.services import Message, tell
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.events import OrganisationChanged
from marketplace.trusts.kinds import Role, Standing
from marketplace.trusts.models import Organisation

MOST_WAITING = 5
CLAIMANT = "a claimant belongs to no organisation yet, or to another"
OPERATOR = "the operator decides about claims to every organisation"
GONE = "This claim waits no longer: it was decided, withdrawn, or 30 days have passed."


@dataclass(frozen=True)
class Part:
    """What a claimant says: their part there, the roles they need, and how that can be checked."""

    identifier: str
    part: str
    evidence: str
    roles: frozenset[Role]


def claim(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID, said: Part) -> Claim:
    """Claim to act for an organisation; it waits for 30 days at most.

    NotFound when nobody can act for it, Refused for a member, a second open claim there, or a sixth anywhere.
    """
    person = session.get_one(Person, person_id)
    with database.on_behalf_of_all(session, CLAIMANT):
        organisation = staffing.lock(session, organisation_id)
        _check_may_claim(session, organisation, person)
        staffing.check_offered(organisation, said.roles)
        made = _add(session, organisation, person, said)
        _tell_deciders(session, organisation, made)
    return made


def withdraw(session: Session, person_id: uuid.UUID, claim_id: uuid.UUID) -> None:
    """Take one's own claim back; NotFound when it is another's."""
    with database.on_behalf_of_all(session, CLAIMANT):
        made = _waiting(session, claim_id, Claim.person_id == person_id)
        _end(session, made, ClaimState.WITHDRAWN, None)
        record(session, made.organisation_id, person_id, "withdraw-claim", made, {})


def verify(session: Session, operator_id: uuid.UUID, claim_id: uuid.UUID) -> Organisation:
    """The operator admits a claimant with the roles they asked for; the organisation is verified with it."""
    with database.on_behalf_of_all(session, OPERATOR):
        made = _waiting(session, claim_id)
        organisation = _lock(session, made)
        _admit(session, organisation, made, operator_id, parsed(made.roles), BY_OPERATOR)
        if organisation.standing is Standing.UNVERIFIED:
            organisation.standing = Standing.VERIFIED
            session.flush()
            announce(session, OrganisationChanged(organisation.id))
            record(session, organisation.id, operator_id, "verify-organisation", organisation, BY_OPERATOR)
        _pass_on(session, organisation)
    return organisation


def turn_down(session: Session, operator_id: uuid.UUID, claim_id: uuid.UUID, reason: str) -> None:
    """The operator refuses a claim and says why."""
    with database.on_behalf_of_all(session, OPERATOR):
        _refuse(session, _waiting(session, claim_id), operator_id, reason, BY_OPERATOR)


def admit(session: Session, actor: Actor, claim_id: uuid.UUID, roles: Iterable[Role]) -> None:
    """An administrator admits a claimant with roles of the administrator's choice."""
    made = _to_decide(session, actor, claim_id)
    organisation, wanted = _lock(session, made), frozenset(roles)
    if not wanted:
        raise Refused("Select at least one role.", field="roles")
    staffing.check_offered(organisation, wanted)
    _admit(session, organisation, made, actor.person_id, wanted, {})


def refuse(session: Session, actor: Actor, claim_id: uuid.UUID, reason: str) -> None:
    """An administrator refuses a claim and says why."""
    _refuse(session, _to_decide(session, actor, claim_id), actor.person_id, reason, {})


def lapse(session: Session) -> int:
    """End the claims that have waited for 30 days; how many. A day's job."""
    late = sa.select(Claim).where(Claim.state == ClaimState.WAITING, Claim.expires_at <= clock.now())
    found = session.scalars(late.with_for_update()).all()
    for made in found:
        _end(session, made, ClaimState.LAPSED, None)
        record(session, made.organisation_id, None, "lapse-claim", made, {})
        _tell_claimant(
            session, made, "has lapsed", "Nobody decided about it within 30 days. You can claim again."
        )
    return len(found)


def _check_may_claim(session: Session, organisation: Organisation, person: Person) -> None:
    if not organisation.is_claimable:
        raise NotFound
    if staffing.roles_at(session, organisation.id, person.id):
        raise Refused(f"You already belong to {organisation.name}.")
    theirs = sa.select(Claim.organisation_id).where(
        Claim.person_id == person.id, Claim.state == ClaimState.WAITING
    )
    waiting = session.scalars(theirs).all()
    if organisation.id in waiting:
        raise Conflict("Your claim to this organisation already waits to be decided.")
    if len(waiting) >= MOST_WAITING:
        raise Refused(f"{MOST_WAITING} of your claims wait. Withdraw one first.")


def _add(session: Session, organisation: Organisation, person: Person, said: Part) -> Claim:
    first = not staffing.administrators(session, organisation.id)
    roles = said.roles | ({Role.ADMINISTRATOR} if first else frozenset())
    made = Claim(
        organisation_id=organisation.id,
        person_id=person.id,
        identifier=said.identifier,
        part=said.part,
        roles=written(roles),
        evidence=said.evidence,
        decider=Decider.OPERATOR if first else Decider.ADMINISTRATORS,
        expires_at=clock.now() + CLAIM_LASTS,
    )
    session.add(made)
    session.flush()
    about = About(person.id, person.name)
    record(session, organisation.id, person.id, "claim", made, {"roles": made.roles}, about)
    return made


def _waiting(session: Session, claim_id: uuid.UUID, *whose: sa.ColumnElement[bool]) -> Claim:
    statement = sa.select(Claim).where(Claim.id == claim_id, *whose).with_for_update()
    found = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    if found.state is not ClaimState.WAITING or found.expires_at <= clock.now():
        raise InvalidState(GONE)
    return found


def _to_decide(session: Session, actor: Actor, claim_id: uuid.UUID) -> Claim:
    """A claim that the administrators decide: one that waits for the operator is not theirs."""
    access.require(actor, Role.ADMINISTRATOR)
    mine = (Claim.organisation_id == actor.organisation_id, Claim.decider == Decider.ADMINISTRATORS)
    return _waiting(session, claim_id, *mine)


def _lock(session: Session, made: Claim) -> Organisation:
    organisation = staffing.lock(session, made.organisation_id)
    if not organisation.is_claimable:
        raise InvalidState(
            f"Nobody can act for {organisation.name} now: it is closed, suspended or has left."
        )
    return organisation


def _admit(
    session: Session,
    organisation: Organisation,
    made: Claim,
    by: uuid.UUID,
    roles: frozenset[Role],
    more: Mapping[str, str],
) -> None:
    _check_is_another(made, by)
    person = session.get_one(Person, made.person_id)
    _end(session, made, ClaimState.ADMITTED, by)
    after = {"roles": written(roles), **more}
    record(session, organisation.id, by, "admit-claim", made, after, About(person.id, person.name))
    staffing.admit(session, organisation, person, roles, by)
    _tell_claimant(session, made, "was accepted", "You can act for it from now on. Sign in to begin.")


def _refuse(session: Session, made: Claim, by: uuid.UUID, reason: str, more: Mapping[str, str]) -> None:
    _check_is_another(made, by)
    made.reason = reason
    _end(session, made, ClaimState.REFUSED, by)
    record(session, made.organisation_id, by, "refuse-claim", made, more, About(reason=reason))
    _tell_claimant(session, made, "was refused", f"The reason given: {reason}")


def _check_is_another(made: Claim, by: uuid.UUID) -> None:
    if made.person_id == by:
        raise NotPermitted("This is your own claim, so somebody else must decide about it.")


def _end(session: Session, made: Claim, state: ClaimState, by: uuid.UUID | None) -> None:
    made.state, made.decided_by_id, made.decided_at = state, by, clock.now()
    session.flush()


def _pass_on(session: Session, organisation: Organisation) -> None:
    """The organisation has an administrator now: other claims to it are theirs to decide.

    That role came with being the first, so it is not proposed for the others.
    """
    others = sa.select(Claim).where(
        Claim.organisation_id == organisation.id,
        Claim.state == ClaimState.WAITING,
        Claim.decider == Decider.OPERATOR,
    )
    for made in session.scalars(others).all():
        made.decider = Decider.ADMINISTRATORS
        made.roles = written(parsed(made.roles) - {Role.ADMINISTRATOR})
        session.flush()
        _tell_deciders(session, organisation, made)


def _tell_deciders(session: Session, organisation: Organisation, made: Claim) -> None:
    """The operator hears of every claim; the administrators of those that they decide."""
    decides = made.decider is Decider.OPERATOR
    subject = f"{'Verify' if decides else 'For your information'}: a claim to {organisation.name}"
    text = f"Somebody claims to act for {organisation.name}." + (
        "" if decides else " Its administrators decide about it."
    )
    operators = sa.select(Person.id, Person.email).where(Person.is_operator, Person.id != made.person_id)
    for row in session.execute(operators):
        email = mail.Email(row.email, subject, text, f"/operator/claims/{made.id}")
        mail.owe_email(session, f"claim-operator:{made.id}:{made.decider.value}:{row.id}", email)
    if not decides:
        message = Message(
            f"claim:{made.id}",
            f"Decide about a claim to {organisation.name}",
            f"Somebody claims to belong to {organisation.name} and asks to act for it. "
            "Admit them only if you know who they are.",
            f"/trust/claims/{made.id}",
        )
        tell(session, organisation.id, (Role.ADMINISTRATOR,), message)


def _tell_claimant(session: Session, made: Claim, became: str, sentence: str) -> None:
    person, organisation = (
        session.get_one(Person, made.person_id),
        session.get_one(Organisation, made.organisation_id),
    )
    subject = f"Your claim to {organisation.name} {became}"
    text = f"Dear {person.name},\n\nYour claim to act for {organisation.name} {became}. {sentence}"
    mail.owe_email(session, f"claim-ended:{made.id}", mail.Email(person.email, subject, text, "/claims"))
