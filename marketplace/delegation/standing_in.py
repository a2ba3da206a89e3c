"""Naming who approves while somebody is away."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation import queries, schemes
from marketplace.delegation.models import StandIn
from marketplace.delegation.rules import Scheme
from marketplace.kernel import clock
from marketplace.kernel.errors import NotPermitted, Refused
from marketplace.notifications.services import Message, tell_people
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role


def name_stand_in(
    session: Session, actor: Actor, stand_in_id: uuid.UUID, starts_on: date, ends_on: date
) -> StandIn:
    """Let somebody approve with the actor's limit from one day to another, both included.

    NotPermitted to whoever has no limit of their own: what a stand-in may is not handed on. Refused where
    the days or the person do not fit.
    """
    schemes.lock(session, actor.organisation_id)
    if not has_limit(queries.scheme_of(session, actor.organisation_id), actor):
        raise NotPermitted("Only a person whom the scheme of delegation lets approve can name a stand-in.")
    _check_days(session, actor, starts_on, ends_on)
    others = {one.person_id: one for one in queries.colleagues(session, actor.organisation_id)}
    if stand_in_id not in others or stand_in_id == actor.person_id:
        raise Refused("Choose another person of your organisation.", field="stand_in_id")
    stand_in = StandIn(
        organisation_id=actor.organisation_id,
        absent_id=actor.person_id,
        stand_in_id=stand_in_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    session.add(stand_in)
    session.flush()
    days = {"starts_on": starts_on, "ends_on": ends_on, "stand_in_id": stand_in_id}
    access.record(session, actor, "name-stand-in", stand_in, after=days)
    _tell(session, actor, stand_in)
    return stand_in


def end_stand_in(session: Session, actor: Actor, stand_in_id: uuid.UUID) -> None:
    """End it before its last day: the person who is away may, and an administrator."""
    found = access.own(session, StandIn, stand_in_id, StandIn.organisation_id, acting=actor, lock=True)
    if found.absent_id != actor.person_id and not actor.has(Role.ADMINISTRATOR):
        raise NotPermitted("Only who is away, or an administrator, can end this.")
    if found.ended_at is None:
        found.ended_at = clock.now()
        access.record(session, actor, "end-stand-in", found)


def has_limit(scheme: Scheme, actor: Actor) -> bool:
    """Whether a row of the scheme lets the actor approve anything in their own name."""
    return any(row.person_id == actor.person_id or row.role in actor.roles for row in scheme.rows)


def _check_days(session: Session, actor: Actor, starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Refused("The last day must be the first day or later.", field="ends_on")
    if ends_on < clock.today():
        raise Refused("The last day must be today or later.", field="ends_on")
    overlapping = sa.select(StandIn.id).where(
        StandIn.organisation_id == actor.organisation_id,
        StandIn.absent_id == actor.person_id,
        StandIn.ended_at.is_(None),
        StandIn.starts_on <= ends_on,
        StandIn.ends_on >= starts_on,
    )
    if session.scalar(overlapping.limit(1)) is not None:
        raise Refused("Somebody stands in for you on these days already. End that first.", field="starts_on")


def _tell(session: Session, actor: Actor, stand_in: StandIn) -> None:
    days = f"from {stand_in.starts_on:%-d %B %Y} to {stand_in.ends_on:%-d %B %Y}"
    text = (
        f"{actor.name} is away and asks you to approve in their place {days}, up to their limit. What either "
        "of you asked for yourselves you cannot approve."
    )
    subject = f"Stand in for {actor.name} {days}"
    message = Message(f"stand-in:{stand_in.id}", subject, text, "/trust/stand-ins")
    tell_people(session, actor.organisation_id, [stand_in.stand_in_id], message)
