"""Keeping a trust's register of interests: people, what they declare, confirmation and publication."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests.kinds import InterestKind, Post, person_key
from marketplace.interests.models import DeclaredPerson, Interest, InterestRegister
from marketplace.interests.resolving import resolve
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidState, NotPermitted, Refused
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership

KEEPERS = (Role.ADMINISTRATOR,)
"""Who keeps the register of a trust."""


@dataclass(frozen=True)
class PersonFacts:
    """Somebody of the register; `person_id` is their account at the trust, when they have one."""

    name: str
    post: Post
    person_id: uuid.UUID | None = None
    birth_year: int | None = None
    birth_month: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class InterestFacts:
    """What somebody declares; `identifier` is a company number, URN, UKPRN, UID or group ID."""

    kind: InterestKind
    body_name: str
    identifier: str | None = None
    nature: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    declared_on: date | None = None


def add_person(session: Session, actor: Actor, facts: PersonFacts) -> DeclaredPerson:
    """Put somebody into the actor's register; Refused at the field at fault."""
    access.require(actor, *KEEPERS)
    declared = _new_person(session, actor, facts)
    access.record(session, actor, "add-to-register", declared, after=_of_person(declared))
    return declared


def change_person(
    session: Session, actor: Actor, declared_id: uuid.UUID, facts: PersonFacts
) -> DeclaredPerson:
    """Correct somebody's entry, link their account, or say when their post ended."""
    access.require(actor, *KEEPERS)
    declared = _person(session, actor, declared_id)
    _check_person(session, actor, facts)
    before = _of_person(declared)
    for column, value in asdict(facts).items():
        setattr(declared, column, value)
    declared.name_key = person_key(facts.name)
    session.flush()
    access.record(session, actor, "change-in-register", declared, before, _of_person(declared))
    return declared


def add_interest(session: Session, actor: Actor, declared_id: uuid.UUID, facts: InterestFacts) -> Interest:
    """Add an interest of somebody; of one's own it waits for another administrator to confirm it."""
    access.require(actor, *KEEPERS)
    declared = _person(session, actor, declared_id)
    interest = _new_interest(session, actor, declared, facts)
    if declared.person_id != actor.person_id:
        interest.confirmed_by_id, interest.confirmed_at = actor.person_id, clock.now()
    access.record(session, actor, "add-interest", interest, after=_of_interest(interest))
    return interest


def declare_interest(session: Session, actor: Actor, post: Post | None, facts: InterestFacts) -> Interest:
    """The actor's own interest; their first one needs their post, which puts them into the register.

    It counts at once: what is published waits for an administrator.
    """
    declared = own_entry(session, actor)
    if declared is None:
        if post is None:
            raise Refused("Select what you are at your trust", field="post")
        person = PersonFacts(actor.name, post, actor.person_id)
        declared = _new_person(session, actor, person)
        access.record(session, actor, "add-to-register", declared, after=_of_person(declared))
    interest = _new_interest(session, actor, declared, facts)
    access.record(session, actor, "declare-interest", interest, after=_of_interest(interest))
    return interest


def end_interest(session: Session, actor: Actor, interest_id: uuid.UUID, ends_on: date) -> Interest:
    """Say when an interest ended; it stays in the register. An administrator may, and whose it is."""
    interest = to_end(session, actor, interest_id, lock=True)
    if interest.starts_on is not None and ends_on < interest.starts_on:
        raise Refused("The end must not be before the start", field="ends_on")
    before = _of_interest(interest)
    interest.ends_on = ends_on
    access.record(session, actor, "end-interest", interest, before, _of_interest(interest))
    return interest


def to_end(session: Session, actor: Actor, interest_id: uuid.UUID, lock: bool = False) -> Interest:
    """An interest that the actor may end: NotFound for another trust's, NotPermitted for a colleague's."""
    owner = Interest.organisation_id
    interest = access.own(session, Interest, interest_id, owner, acting=actor, lock=lock)
    if session.get_one(DeclaredPerson, interest.declared_person_id).person_id != actor.person_id:
        access.require(actor, *KEEPERS)
    return interest


def confirm_interest(session: Session, actor: Actor, interest_id: uuid.UUID) -> Interest:
    """Confirm what somebody else declared, so that it can be published."""
    access.require(actor, *KEEPERS)
    interest = access.own(session, Interest, interest_id, Interest.organisation_id, acting=actor, lock=True)
    if interest.confirmed_at is not None:
        raise InvalidState("This interest is confirmed already.")
    if interest.declared_by_id == actor.person_id:
        raise NotPermitted("You declared this yourself, so another administrator must confirm it.")
    interest.confirmed_by_id, interest.confirmed_at = actor.person_id, clock.now()
    access.record(session, actor, "confirm-interest", interest, after=_of_interest(interest))
    return interest


def set_published(session: Session, actor: Actor, is_published: bool) -> None:
    """Let everybody read the published part of the register, or nobody."""
    access.require(actor, *KEEPERS)
    mine = InterestRegister.organisation_id == actor.organisation_id
    register = session.scalars(sa.select(InterestRegister).where(mine)).one_or_none()
    if register is None:
        register = InterestRegister(organisation_id=actor.organisation_id)
        session.add(register)
    before, register.is_published = register.is_published, is_published
    session.flush()
    shown = {"is_published": is_published}
    access.record(session, actor, "publish-register", register, {"is_published": before}, shown)


def own_entry(session: Session, actor: Actor) -> DeclaredPerson | None:
    """The actor in the register of their own organisation, under their account."""
    statement = sa.select(DeclaredPerson).where(
        DeclaredPerson.organisation_id == actor.organisation_id,
        DeclaredPerson.person_id == actor.person_id,
    )
    return session.scalars(statement.order_by(DeclaredPerson.id).limit(1)).one_or_none()


def _person(session: Session, actor: Actor, declared_id: uuid.UUID) -> DeclaredPerson:
    owner = DeclaredPerson.organisation_id
    return access.own(session, DeclaredPerson, declared_id, owner, acting=actor, lock=True)


def _new_person(session: Session, actor: Actor, facts: PersonFacts) -> DeclaredPerson:
    _check_person(session, actor, facts)
    declared = DeclaredPerson(
        organisation_id=actor.organisation_id, name_key=person_key(facts.name), **asdict(facts)
    )
    session.add(declared)
    session.flush()
    return declared


def _check_person(session: Session, actor: Actor, facts: PersonFacts) -> None:
    _check_dates(facts.starts_on, facts.ends_on)
    if (facts.birth_year is None) != (facts.birth_month is None):
        empty = "birth_month" if facts.birth_month is None else "birth_year"
        raise Refused("Enter both the month and the year of birth, or neither", field=empty)
    if facts.person_id is not None and not _is_member(session, actor, facts.person_id):
        raise Refused("Choose an account of your own trust", field="person_id")


def _is_member(session: Session, actor: Actor, person_id: uuid.UUID) -> bool:
    statement = (
        sa.select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == actor.organisation_id, Person.id == person_id)
    )
    return session.scalar(statement.limit(1)) is not None


def _new_interest(session: Session, actor: Actor, declared: DeclaredPerson, facts: InterestFacts) -> Interest:
    _check_dates(facts.starts_on, facts.ends_on)
    meant = resolve(session, [(facts.body_name, facts.identifier or "")])[0]
    if meant.fault is not None:
        raise Refused(meant.fault, field="identifier")
    if meant.organisation_id == actor.organisation_id:
        raise Refused("This is your own trust: the person's post says what they are there", field="body_name")
    interest = Interest(
        organisation_id=actor.organisation_id,
        declared_person_id=declared.id,
        kind=facts.kind,
        nature=facts.nature,
        starts_on=facts.starts_on,
        ends_on=facts.ends_on,
        declared_on=facts.declared_on or clock.today(),
        declared_by_id=actor.person_id,
        **meant.columns,
    )
    session.add(interest)
    session.flush()
    return interest


def _check_dates(starts_on: date | None, ends_on: date | None) -> None:
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise Refused("The end must not be before the start", field="ends_on")


def _of_person(declared: DeclaredPerson) -> dict[str, Any]:
    """For the audit: no name, no birth."""
    return {
        "post": declared.post.value,
        "person_id": declared.person_id,
        "starts_on": declared.starts_on,
        "ends_on": declared.ends_on,
    }


def _of_interest(interest: Interest) -> dict[str, Any]:
    """For the audit: whose it is by identifier, and in which organisation when the register has it."""
    return {
        "kind": interest.kind.value,
        "declared_person_id": interest.declared_person_id,
        "organisation_id": interest.body_id,
        "company_number": interest.company_number,
        "starts_on": interest.starts_on,
        "ends_on": interest.ends_on,
        "is_confirmed": interest.confirmed_at is not None,
    }
