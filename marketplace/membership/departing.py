"""An organisation leaves: nothing may bind it, everything is exported, and a week passes in which any
administrator can call it off. Then memberships end, and people who belong nowhere else are forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, NotFound, Refused
from marketplace.kernel.events import announce
from marketplace.membership import exporting, staffing
from marketplace.membership.events import OrganisationLeft
from marketplace.membership.models import Claim, Departure, Invitation
from marketplace.membership.recording import record
from marketplace.membership.states import NOTICE, ClaimState, DepartureState, ExportState
from marketplace.notifications.services import Message, tell
from marketplace.people import operating
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.binding import Bound
from marketplace.trusts.kinds import Role, Standing
from marketplace.trusts.models import Membership, Organisation

Binder = Callable[[Session, uuid.UUID], list[Bound]]
_binders: list[Binder] = []


def ask_with(binders: Iterable[Binder]) -> None:
    """Say which floors are asked what binds an organisation; app.py does."""
    _binders[:] = binders


def bound(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    """What has to end before the organisation can leave, floor by floor."""
    return [one for binder in _binders for one in binder(session, organisation_id)]


def decide(session: Session, actor: Actor, name: str) -> Departure:
    """Decide to leave, a week from today; only an administrator may, and types the organisation's name.

    Refused while anything binds it, without a file of everything, or for another name.
    """
    access.require(actor, Role.ADMINISTRATOR)
    organisation = staffing.lock(session, actor.organisation_id)
    if " ".join(name.split()).casefold() != organisation.name.casefold():
        raise Refused(f"Type the name as it is written here: {organisation.name}", field="name")
    if bound(session, organisation.id):
        raise Refused("Your organisation is still bound: end what is listed on this page first.")
    export = exporting.newest(session, actor)
    if export is None or export.state is not ExportState.READY:
        raise Refused("Make the file of everything first, and download it: afterwards nobody can.")
    if _waiting(session, organisation.id) is not None:
        raise Conflict("Your organisation leaves already.")
    departure = Departure(
        organisation_id=organisation.id, asked_by_id=actor.person_id, leaves_on=clock.today() + NOTICE
    )
    session.add(departure)
    session.flush()
    access.record(session, actor, "decide-to-leave", departure, after={"leaves_on": departure.leaves_on})
    _tell(
        session, departure, f"{organisation.name} leaves Sharewell", f"{actor.name} decided this. {_WAY_BACK}"
    )
    return departure


def call_off(session: Session, actor: Actor) -> None:
    """Stay after all; any administrator may. NotFound when nothing waits."""
    access.require(actor, Role.ADMINISTRATOR)
    staffing.lock(session, actor.organisation_id)
    departure = _waiting(session, actor.organisation_id)
    if departure is None:
        raise NotFound
    departure.state, departure.decided_at = DepartureState.CALLED_OFF, clock.now()
    session.flush()
    access.record(session, actor, "call-off-leaving", departure)
    _tell(session, departure, f"{actor.organisation_name} stays on Sharewell", f"{actor.name} called it off.")


def carry_out_due(session: Session) -> None:
    """Let organisations leave whose week is over and that nothing binds. A day's job."""
    due = sa.select(Departure).where(
        Departure.state == DepartureState.WAITING, Departure.leaves_on <= clock.today()
    )
    for departure in session.scalars(due.order_by(Departure.id).with_for_update()).all():
        organisation = staffing.lock(session, departure.organisation_id)
        if bound(session, organisation.id):
            subject = f"{organisation.name} cannot leave Sharewell yet"
            _tell(
                session, departure, subject, "Something binds it still. It leaves on the day after that ends."
            )
        else:
            _carry_out(session, departure, organisation)


def _carry_out(session: Session, departure: Departure, organisation: Organisation) -> None:
    people = staffing.end_all(session, organisation.id, None)
    _end_invitations_and_claims(session, organisation.id)
    exporting.remove_all(session, organisation.id)
    organisation.standing, organisation.left_on = Standing.LEFT, clock.today()
    departure.state, departure.decided_at = DepartureState.DONE, clock.now()
    session.flush()
    after = {"left_on": organisation.left_on, "people": len(people)}
    record(session, organisation.id, None, "leave", departure, after)
    announce(session, OrganisationLeft(organisation.id))
    for person_id in people:
        _forget(session, person_id)


def _end_invitations_and_claims(session: Session, organisation_id: uuid.UUID) -> None:
    """They hold addresses and what people said about themselves; that they were made stands in the record."""
    for table in (Invitation, Claim):
        session.execute(sa.delete(table).where(table.organisation_id == organisation_id))


def forget_person(session: Session, person_id: uuid.UUID, addresses: Iterable[str]) -> None:
    """Remove what somebody erased had claimed and was invited to, at whichever of their addresses."""
    for table in (Invitation, Claim):
        session.execute(sa.delete(table).where(table.person_id == person_id))
    session.execute(sa.delete(Invitation).where(Invitation.email.in_(list(addresses))))


def _forget(session: Session, person_id: uuid.UUID) -> None:
    """Erase somebody who belongs nowhere else: no other organisation, no claim that waits, no operator."""
    person = session.get_one(Person, person_id)
    elsewhere = sa.select(Membership.id).where(Membership.person_id == person_id).limit(1)
    claims = (
        sa.select(Claim.id).where(Claim.person_id == person_id, Claim.state == ClaimState.WAITING).limit(1)
    )
    if not person.is_operator and session.scalar(elsewhere) is None and session.scalar(claims) is None:
        operating.erase_person(session, person.email)


def _waiting(session: Session, organisation_id: uuid.UUID) -> Departure | None:
    theirs = Departure.organisation_id == organisation_id
    statement = sa.select(Departure).where(theirs, Departure.state == DepartureState.WAITING)
    return session.scalars(statement).one_or_none()


_WAY_BACK = (
    "Until the day on the page any administrator can call it off. Then everybody's access ends, and what is "
    "known about people who belong nowhere else is erased; the record of what was done stays."
)


def _tell(session: Session, departure: Departure, subject: str, text: str) -> None:
    key = f"departure:{departure.id}:{departure.state.value}:{'still' if 'yet' in subject else 'said'}"
    tell(
        session, departure.organisation_id, (Role.ADMINISTRATOR,), Message(key, subject, text, "/trust/leave")
    )
