"""Claims, invitations and operators for tests."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.kernel.outbox import OutboxJob
from marketplace.membership import claiming, inviting
from marketplace.membership.claiming import Part
from marketplace.membership.models import Claim
from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation


def somebody(session: Session, email: str = "new.person@school.example", name: str = "Nia Fresh") -> Person:
    """Somebody with an account who belongs nowhere."""
    return people.add_person(session, email, name, None)


def an_operator(session: Session, email: str = "operator@sharewell.example") -> Person:
    """Whoever runs this Sharewell; they belong nowhere."""
    person = people.add_person(session, email, "Ola Operator", None)
    person.is_operator = True
    session.flush()
    return person


def a_claim(session: Session, person: Person, organisation: Organisation, *roles: Role) -> Claim:
    """A claim that waits."""
    said = Part("10058308", "business manager", "The website names me", frozenset(roles or {Role.BUYER}))
    return claiming.claim(session, person.id, organisation.id, said)


def an_invitation(session: Session, actor: Actor, email: str, *roles: Role) -> str:
    """The secret of an invitation that was just sent."""
    inviting.invite(session, actor, email, roles or (Role.BUYER,))
    return secret_in(letters(session, email)[-1], "invitations")


def letters(session: Session, address: str) -> list[dict[str, Any]]:
    """The e-mails that are owed to an address, oldest first."""
    jobs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == "send-email").order_by(OutboxJob.id))
    return [dict(job.payload) for job in jobs if job.payload["to"] == address]


def secret_in(letter: dict[str, Any], folder: str) -> str:
    """The secret in the path of a letter's link."""
    found = re.fullmatch(rf"/{folder}/([^/]+)", letter["path"])
    assert found is not None
    return found[1]


def browser_of(app: Flask, session: Session, person: Person) -> FlaskClient:
    """A browser in which a person is signed in who may belong nowhere."""
    secret = people.open_session(session, person.id, "test")
    session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = secret
    return client
