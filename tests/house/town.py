"""The demonstration town as something to throw bad input at."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

import demo
from app import create_app
from marketplace.kernel.database import Base
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings
from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership

NAMES = ("Amara Okafor", "Tom Whitlock")
"""One sells and has orders, the other leads a round; here both may do everything at their trust."""


@dataclass
class Town:
    """The application on the town, its people with every role, and what can be found there."""

    app: Flask
    tokens: list[str] = field(default_factory=list)
    browsers: list[FlaskClient] = field(default_factory=list)
    organisations: list[uuid.UUID] = field(default_factory=list)
    found: dict[tuple[int, str], Iterator[uuid.UUID]] = field(default_factory=dict)

    def known_to(self, who: int) -> Callable[[str], uuid.UUID]:
        """The identifiers that one of the two may know, by name: their own, another's and that of nothing."""

        def known(name: str) -> uuid.UUID:
            if (who, name) not in self.found:
                rows = self._rows(name.removesuffix("_id"), self.organisations[who])
                self.found[who, name] = itertools.cycle([*rows, uuid.uuid4()])
            return next(self.found[who, name])

        return known

    def _rows(self, noun: str, organisation_id: uuid.UUID) -> list[uuid.UUID]:
        found = []
        tables = [table for name, table in Base.metadata.tables.items() if name.endswith(f"{noun}s")]
        with database_of(self.app).reading() as session:
            for table in tables:
                owners = [column == organisation_id for column in table.c if isinstance(column.type, sa.Uuid)]
                first = sa.select(table.c.id).limit(2)
                found += [*session.scalars(first.where(sa.or_(sa.false(), *owners))), *session.scalars(first)]
        return found


@contextmanager
def a_town(environment: dict[str, str]) -> Iterator[Town]:
    """A town in a database of its own."""
    app = create_app(read_settings(environment), TESTING=False, WTF_CSRF_ENABLED=False, COUNT_TRIES=False)
    town = Town(app)
    with database_of(app).writing() as session, session.begin():
        demo.load(session)
        for name in NAMES:
            person = session.scalars(sa.select(Person).where(Person.name == name)).one()
            mine = session.scalars(sa.select(Membership).where(Membership.person_id == person.id)).all()
            town.organisations.append(mine[0].organisation_id)
            for role in set(Role) - {one.role for one in mine}:
                session.add(
                    Membership(person_id=person.id, organisation_id=mine[0].organisation_id, role=role)
                )
            town.tokens.append(people.make_token(session, person.email, "test"))
            browser = app.test_client()
            with browser.session_transaction() as cookie:
                cookie["session"] = people.open_session(session, person.id, "test")
            town.browsers.append(browser)
    try:
        yield town
    finally:
        database_of(app).close()
        app.extensions["queue"].storage.close()
