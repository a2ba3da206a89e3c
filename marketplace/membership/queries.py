"""What the pages about belonging show: claims, invitations, and what the operator looks through."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock, database, paging
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page
from marketplace.membership.claiming import CLAIMANT, OPERATOR
from marketplace.membership.models import Claim, Departure, Invitation
from marketplace.membership.staffing import FEWEST_BEFORE_LEAVING, administrators
from marketplace.membership.states import ClaimState, Decider, DepartureState, InvitationState
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role, Standing
from marketplace.trusts.models import Organisation
from marketplace.trusts.waiting import Waiting

CLAIM_COLUMNS: tuple[Any, ...] = (
    Claim.id,
    Claim.created_at,
    Claim.organisation_id,
    Claim.person_id,
    Claim.identifier,
    Claim.part,
    Claim.roles,
    Claim.evidence,
    Claim.decider,
    Claim.state,
    Claim.expires_at,
    Claim.decided_at,
    Claim.reason,
    Organisation.name.label("organisation_name"),
    Organisation.kind.label("organisation_kind"),
    Organisation.standing,
    Person.name.label("person_name"),
    Person.email,
)


def _claims() -> sa.Select[Any]:
    return (
        sa.select(*CLAIM_COLUMNS)
        .join(Organisation, Organisation.id == Claim.organisation_id)
        .join(Person, Person.id == Claim.person_id)
    )


def own_claims(session: Session, person_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """A person's own claims, newest first."""
    with database.on_behalf_of_all(session, CLAIMANT):
        return session.execute(_claims().where(Claim.person_id == person_id).order_by(Claim.id.desc())).all()


def all_claims(session: Session, after: uuid.UUID | None, *, waiting: bool) -> Page[sa.Row[Any]]:
    """For the operator: one page of the claims that wait, or of those decided, newest first."""
    state = Claim.state == ClaimState.WAITING
    with database.on_behalf_of_all(session, OPERATOR):
        return paging.page(session, _claims().where(state if waiting else ~state), Claim.id, after)


def any_claim(session: Session, claim_id: uuid.UUID) -> sa.Row[Any]:
    """For the operator: one claim; NotFound when there is none."""
    with database.on_behalf_of_all(session, OPERATOR):
        found = session.execute(_claims().where(Claim.id == claim_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def claims_to_decide(session: Session, actor: Actor) -> Sequence[sa.Row[Any]]:
    """The claims that wait for the administrators of the actor's organisation, oldest first."""
    return session.execute(_to_decide(actor).order_by(Claim.id)).all()


def claim_to_decide(session: Session, actor: Actor, claim_id: uuid.UUID) -> sa.Row[Any]:
    """One of them; NotFound for another organisation's, and for what waits no longer."""
    access.require(actor, Role.ADMINISTRATOR)
    found = session.execute(_to_decide(actor).where(Claim.id == claim_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _to_decide(actor: Actor) -> sa.Select[Any]:
    return _claims().where(
        Claim.organisation_id == actor.organisation_id,
        Claim.decider == Decider.ADMINISTRATORS,
        Claim.state == ClaimState.WAITING,
        Claim.expires_at > clock.now(),
    )


def invitations(session: Session, actor: Actor) -> Sequence[sa.Row[Any]]:
    """The open invitations of the actor's organisation, newest first; those too old are among them."""
    columns: tuple[Any, ...] = (
        Invitation.id,
        Invitation.email,
        Invitation.roles,
        Invitation.expires_at,
        Person.name.label("invited_by"),
    )
    statement = (
        sa.select(*columns)
        .join(Person, Person.id == Invitation.invited_by_id)
        .where(Invitation.organisation_id == actor.organisation_id)
        .where(Invitation.state == InvitationState.OPEN)
    )
    return session.execute(statement.order_by(Invitation.id.desc())).all()


def departure(session: Session, actor: Actor) -> Departure | None:
    """The decision to leave that waits at the actor's organisation, if one does."""
    statement = sa.select(Departure).where(
        Departure.organisation_id == actor.organisation_id, Departure.state == DepartureState.WAITING
    )
    return session.scalars(statement).one_or_none()


def needs_second_administrator(session: Session, actor: Actor) -> bool:
    """Whether the organisation has too few administrators for one of them to leave."""
    return len(administrators(session, actor.organisation_id)) < FEWEST_BEFORE_LEAVING


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """What an administrator has to do about the people of the organisation."""
    if not actor.has(Role.ADMINISTRATOR):
        return []
    found = [
        Waiting(f"Decide about the claim of {row.person_name}", f"/trust/claims/{row.id}", _day(row))
        for row in claims_to_decide(session, actor)
    ]
    if needs_second_administrator(session, actor):
        found.append(Waiting("Invite a second administrator", "/trust/people/invite"))
    leaving = departure(session, actor)
    if leaving is not None:
        name = actor.organisation_name
        found.append(
            Waiting(f"{name} leaves Sharewell, unless you call it off", "/trust/leave", leaving.leaves_on)
        )
    return found


def _day(row: sa.Row[Any]) -> Any:
    return row.expires_at.astimezone(clock.LONDON).date()


def organisations(
    session: Session, words: str, standing: Standing | None, after: uuid.UUID | None
) -> Page[sa.Row[Any]]:
    """For the operator: one page of organisations, newest first, by words of the name and by standing.

    Without words and standing those that anybody acts for, or did.
    """
    columns: tuple[Any, ...] = (
        Organisation.id,
        Organisation.name,
        Organisation.kind,
        Organisation.state,
        Organisation.standing,
        Organisation.town,
        Organisation.authority_name,
    )
    statement = sa.select(*columns)
    for word in words.split()[:8]:
        statement = statement.where(Organisation.name.icontains(word, autoescape=True))
    if standing is not None:
        statement = statement.where(Organisation.standing == standing)
    elif not words.strip():
        statement = statement.where(Organisation.standing != Standing.UNVERIFIED)
    return paging.page(session, statement, Organisation.id, after)


def administrators_of(session: Session, organisation_id: uuid.UUID) -> int:
    """For the operator: how many administrators an organisation has."""
    with database.on_behalf_of_all(session, OPERATOR):
        return len(administrators(session, organisation_id))
