"""What somebody who means harm is given to work with, and the list of what they try."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.kernel.outbox import OutboxJob
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership, Organisation
from tests.factories.trusts import an_actor, bearer, signed_in

PASSWORD = "seven green bicycles"
NEW = "eight yellow tricycles"


@cache
def hashed() -> str:
    """The hash of PASSWORD, made once: it is slow on purpose."""
    return PasswordHasher().hash(PASSWORD)


@dataclass
class World:
    """A Sharewell of the attempt's own, on either database; what happens in it is undone."""

    app: Flask
    session: Session
    settings: Callable[[str, Any], None]
    """Change a setting of the application for as long as the attempt lasts."""

    def somebody(self, organisation: Organisation | None = None, *roles: Role) -> Actor:
        """A person with a password, who acts for an organisation."""
        actor = an_actor(self.session, organisation, *roles)
        self.session.get_one(Person, actor.person_id).password_hash = hashed()
        self.session.commit()
        return actor

    def stranger(self) -> FlaskClient:
        """A browser in which nobody is signed in."""
        return self.app.test_client()

    def browser(self, actor: Actor) -> FlaskClient:
        """A browser in which the actor is signed in."""
        return signed_in(self.app, self.session, actor)

    def program(self, actor: Actor) -> dict[str, str]:
        """The headers of a program that acts for the actor and may do everything."""
        return bearer(self.session, actor)

    def mails(self, to: str) -> list[dict[str, Any]]:
        """What is owed by e-mail to an address, oldest first."""
        owed = sa.select(OutboxJob.payload).where(OutboxJob.kind == "send-email").order_by(OutboxJob.id)
        return [one for one in self.session.scalars(owed) if one["to"] == to]

    def mailed(self, to: str) -> str:
        """The path of the newest link that an address was sent."""
        return str([one["path"] for one in self.mails(to) if one.get("path")][-1])

    def roles_of(self, actor: Actor) -> set[Role]:
        """What the actor may do at their organisation, as it is kept."""
        mine = sa.select(Membership.role).where(
            Membership.person_id == actor.person_id, Membership.organisation_id == actor.organisation_id
        )
        return set(self.session.scalars(mine))

    def again(self, row: Any) -> Any:
        """A row as it is kept now."""
        self.session.expire_all()
        self.session.refresh(row)
        return row


Attempt = Callable[[World], None]
ATTEMPTS: dict[str, Attempt] = {}


def attempt(tried: Attempt) -> Attempt:
    """Put something that must not succeed on the list, under the name of its function."""
    name = tried.__name__.replace("_", " ")
    assert name not in ATTEMPTS, name
    ATTEMPTS[name] = tried
    return tried


def for_each(*values: str) -> Callable[[Callable[[World, str], None]], None]:
    """Put the same attempt on the list once for each value."""

    def enter(tried: Callable[[World, str], None]) -> None:
        for value in values:
            name = f"{tried.__name__.replace('_', ' ')}: {value[:40]!r}"
            ATTEMPTS[name] = lambda world, value=value: tried(world, value)  # type: ignore[misc]

    return enter


def is_in(client: FlaskClient) -> bool:
    """Whether somebody is signed in with this browser."""
    return client.get("/account").status_code == 200


def words(text: str) -> str:
    """A page without what differs each time, or names who asked."""
    return re.sub(r'nonce="[^"]*"|value="[^"]*"|[\w.]+@[\w.]+', "", text)
