"""The demonstration town with somebody of every role at every organisation, and what each may know."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.aggregation.models import PurchaseRequest
from marketplace.aggregation.states import RequestState
from marketplace.contracts.models import Contract
from marketplace.kernel import row_security
from marketplace.kernel.database import Base
from marketplace.kernel.session import Database, database_of
from marketplace.membership.models import Claim
from marketplace.people import services as people
from marketplace.people.models import BrowserSession, Person
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Membership, Organisation
from tests.house.furnishing import furnish
from tests.house.town import a_town
from tests.isolation import undone

UUIDS = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
CANARIES = re.compile(r"zq([0-9a-f]{32})")
EMAILS = re.compile(r"[\w.+-]+@[\w.-]+\.example")
WORDS = {
    "orders": ("po_number", "note"),
    "contracts": ("po_number",),
    "purchase_requests": ("note",),
}
"""Columns whose words only the parties may read; each gets a canary that names its row."""


@dataclass(frozen=True)
class Persona:
    """Somebody who asks: what to call them, what they act for, and how their browser and program do."""

    name: str
    organisation_id: uuid.UUID | None
    roles: frozenset[Role]
    email: str
    secret: str | None
    token: str | None


@dataclass
class Population:
    """The town, everybody in it, and whose each row is."""

    app: Flask
    database: Database
    connection: sa.Connection
    document: dict[str, Any]
    """What the API says of itself."""
    kinds: dict[uuid.UUID, OrganisationKind] = field(default_factory=dict)
    owners: dict[uuid.UUID, frozenset[uuid.UUID]] = field(default_factory=dict)
    """Of each row that not everybody may see: the organisations that may."""
    emails: dict[str, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    people: dict[tuple[uuid.UUID | None, str], Persona] = field(default_factory=dict)

    def at(self, organisation_id: uuid.UUID, *roles: Role) -> Persona:
        """Somebody at an organisation with these roles alone; with every role unless some are named."""
        chosen = frozenset(roles or Role)
        name = "+".join(sorted(role.value for role in chosen)) if roles else "every role"
        if (organisation_id, name) not in self.people:
            self.people[organisation_id, name] = self._settle(name, organisation_id, chosen)
        return self.people[organisation_id, name]

    def alone(self, name: str) -> Persona:
        """A newcomer, an operator, or somebody who owes a second factor."""
        if (None, name) not in self.people:
            self.people[None, name] = self._settle(name, None, frozenset())
        return self.people[None, name]

    def _settle(self, name: str, organisation_id: uuid.UUID | None, roles: frozenset[Role]) -> Persona:
        with self.database.writing() as session:
            email = f"m{len(self.people)}@persona.example"
            person = people.add_person(session, email, f"Persona {name}", None)
            person.is_operator = name == "operator"
            for role in roles:
                assert organisation_id is not None
                session.add(Membership(person_id=person.id, organisation_id=organisation_id, role=role))
            secret = people.open_session(session, person.id, "test")
            token = people.make_token(session, email, "test")
            session.flush()
            if name == "awaiting":
                mine = sa.update(BrowserSession).where(BrowserSession.person_id == person.id)
                session.execute(mine.values(awaits_factor=True))
            session.commit()
        self.emails[email] |= {organisation_id} if organisation_id else set()
        return Persona(name, organisation_id, roles, email, secret, token)

    def ask(self, persona: Persona | None, method: str, path: str, body: dict[str, object]) -> TestResponse:
        """What somebody is answered; whatever it did is undone."""
        client = self.app.test_client()
        kept = self.connection.begin_nested()
        try:
            if path.startswith("/api/"):
                headers = {"Authorization": f"Bearer {persona.token}"} if persona else {}
                json = None if method in {"GET", "DELETE"} and not body else body
                return client.open(path, method=method, json=json, headers=headers)
            if persona:
                self._give_cookie(client, persona)
            return client.open(path, method=method, data=body if method != "GET" else None)
        finally:
            kept.rollback()

    @staticmethod
    def _give_cookie(client: FlaskClient, persona: Persona) -> None:
        with client.session_transaction() as cookie:
            cookie["session"] = persona.secret
            if persona.organisation_id:
                cookie["organisation"] = str(persona.organisation_id)

    def leaks(self, persona: Persona | None, text: str, asked: str = "") -> list[str]:
        """What an answer tells that this person may not know; the address that they `asked` they know."""
        mine = persona.organisation_id if persona else None
        told = set(UUIDS.findall(text)) - set(UUIDS.findall(asked))
        found = {uuid.UUID(one) for one in (*told, *CANARIES.findall(text))}
        rows = [str(one) for one in found if one in self.owners and mine not in self.owners[one]]
        own = {persona.email} if persona else set()
        known = [one for one in set(EMAILS.findall(text)) - own if one in self.emails]
        return rows + [one for one in known if mine not in self.emails[one]]


@contextmanager
def a_population(environment: dict[str, str]) -> Iterator[Population]:
    """A populated town in a database of its own; what is done in it is undone."""
    with a_town(environment) as town:
        database = database_of(town.app)
        with undone(database) as connection:
            document = town.app.test_client().get("/api/openapi.json").get_json()
            population = Population(town.app, database, connection, document)
            with database.writing() as session:
                furnish(session)
                _plant(session)
                session.commit()
                _learn(session, population)
            yield population


def _plant(session: Session) -> None:
    """Put a canary into what only the parties of a row may read."""
    for name, columns in WORDS.items():
        table = Base.metadata.tables[name]
        for row_id in session.scalars(sa.select(table.c.id)).all():
            words = dict.fromkeys(columns, f"zq{row_id.hex}")
            session.execute(sa.update(table).where(table.c.id == row_id).values(words))


def _learn(session: Session, population: Population) -> None:
    for organisation_id, kind in session.execute(sa.select(Organisation.id, Organisation.kind)):
        population.kinds[organisation_id] = kind
    for email, organisation_id in session.execute(
        sa.select(Person.email, Membership.organisation_id).join(
            Membership, Membership.person_id == Person.id, isouter=True
        )
    ):
        population.emails[email] |= {organisation_id}
    claimants = sa.select(Person.email, Claim.organisation_id).join(Person, Person.id == Claim.person_id)
    for email, organisation_id in session.execute(claimants):  # who decides about a claim reads whose it is
        population.emails[email] |= {organisation_id}
    for table in Base.metadata.sorted_tables:
        if row_security.policies(table) and "shared" not in table.info and "id" in table.c:
            population.owners |= _owners(session, table, population.owners)
    is_open = PurchaseRequest.state == RequestState.OPEN
    for request_id in session.scalars(sa.select(PurchaseRequest.id).where(is_open)):
        del population.owners[request_id]  # what a trust needs is told to others, but for its prices
    for contract in session.scalars(sa.select(Contract)):  # it names what it came from to both its parties
        known = population.owners.get(contract.source_id, frozenset())
        population.owners[contract.source_id] = known | {contract.buyer_id, contract.supplier_id}


def _owners(
    session: Session, table: sa.Table, known: dict[uuid.UUID, frozenset[uuid.UUID]]
) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Whose each row of a table is, by its own columns or by the rows that it points to."""
    owners = [table.c[column] for column in table.info.get("owners", ())]
    through = [table.c[column] for column, _ in table.info.get("through", ())]
    found: dict[uuid.UUID, frozenset[uuid.UUID]] = {}
    for row in session.execute(sa.select(table.c.id, *owners, *through)):
        values = row[1:]
        pointed = [known.get(value) for value in values[len(owners) :]]
        if owners or all(one is not None for one in pointed):  # what hangs on a shared row is shared
            found[row.id] = frozenset(values[: len(owners)]).union(*(one or () for one in pointed))
    return found
