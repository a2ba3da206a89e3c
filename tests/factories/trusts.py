"""Organisations and people for tests."""

from __future__ import annotations

import itertools
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.trusts.access import Actor, actor_of
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Membership, Organisation

_numbers = itertools.count(1)


def an_organisation(
    session: Session,
    name: str | None = None,
    kind: OrganisationKind = OrganisationKind.MULTI_ACADEMY_TRUST,
    **more: Any,
) -> Organisation:
    """A trust, unless another kind is asked for."""
    organisation = Organisation(kind=kind, name=name or f"Trust {next(_numbers)}", **more)
    session.add(organisation)
    session.flush()
    return organisation


def a_person(session: Session, organisation: Organisation, *roles: Role, name: str | None = None) -> Person:
    """Somebody with these roles at an organisation (every role unless some are named)."""
    number = next(_numbers)
    person = people.add_person(session, f"person{number}@trust.example", name or f"Person {number}", None)
    for role in roles or tuple(Role):
        session.add(Membership(person_id=person.id, organisation_id=organisation.id, role=role))
    session.flush()
    return person


def an_actor(session: Session, organisation: Organisation | None = None, *roles: Role) -> Actor:
    """Somebody new acting for an organisation (a new trust unless one is given)."""
    person = a_person(session, organisation or an_organisation(session), *roles)
    actor = actor_of(session, person)
    assert actor is not None
    return actor


def signed_in(app: Flask, session: Session, actor: Actor) -> FlaskClient:
    """A browser in which the actor signed in just now; the session is committed for its pages to see."""
    secret = people.open_session(session, actor.person_id, "test")
    session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = secret
        cookie["organisation"] = str(actor.organisation_id)
    return client


def bearer(session: Session, actor: Actor) -> dict[str, str]:
    """The headers of a program that acts for the actor."""
    token = people.make_token(session, actor.email, "test")
    session.commit()
    return {"Authorization": f"Bearer {token}"}
