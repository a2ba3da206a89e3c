"""Tell the people of an organisation, by their roles, through the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import mail
from marketplace.people.models import Person
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership


@dataclass(frozen=True)
class Message:
    """What to say once: `key` names the occasion, the subject begins with what to do, `path` is its page."""

    key: str
    subject: str
    text: str
    path: str


def tell(session: Session, organisation_id: uuid.UUID, roles: Collection[Role], message: Message) -> None:
    """Send the message, once, to everybody who has one of the roles at the organisation."""
    tell_each(session, roles, {organisation_id: message})


def tell_each(session: Session, roles: Collection[Role], messages: Mapping[uuid.UUID, Message]) -> None:
    """Send many organisations a message of their own; their people are read together."""
    statement = (
        sa.select(Membership.organisation_id, Person.id, Person.name, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id.in_(messages), Membership.role.in_(roles))
        .distinct()
        .order_by(Membership.organisation_id, Person.id)
    )
    for person in session.execute(statement):
        message = messages[person.organisation_id]
        text = f"Dear {person.name},\n\n{message.text}"
        email = mail.Email(person.email, message.subject, text, message.path)
        mail.owe_email(session, f"{message.key}:{person.id}", email)


def tell_people(
    session: Session, organisation_id: uuid.UUID, people: Collection[uuid.UUID], message: Message
) -> None:
    """Send the message, once, to those of these people who have any role at the organisation."""
    statement = (
        sa.select(Person.id, Person.name, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, Person.id.in_(people))
        .distinct()
        .order_by(Person.id)
    )
    for person in session.execute(statement):
        text = f"Dear {person.name},\n\n{message.text}"
        email = mail.Email(person.email, message.subject, text, message.path)
        mail.owe_email(session, f"{message.key}:{person.id}", email)


def tell_operators(session: Session, message: Message) -> None:
    """Send the message, once, to everybody who runs this Sharewell."""
    operators = sa.select(Person.id, Person.name, Person.email).where(Person.is_operator)
    for person in session.execute(operators.order_by(Person.id)):
        text = f"Dear {person.name},\n\n{message.text}"
        email = mail.Email(person.email, message.subject, text, message.path)
        mail.owe_email(session, f"{message.key}:{person.id}", email)
