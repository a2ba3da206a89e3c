"""Every route as everybody: each role at its own trust, another trust, a partner, a supplier, and nobody."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from marketplace.kernel import clock
from marketplace.kernel import database as rows
from marketplace.kernel.database import Base
from marketplace.trusts import access
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.partnership_models import PartnershipMembership
from tests.databases import Databases
from tests.house.admitted import Row
from tests.house.examples import body_for
from tests.house.matrix import ROWS, THINGS
from tests.house.population import Persona, Population, a_population

PROOF = re.compile(r"/(sign-in|sign-in/second|confirm)\?next=")


@pytest.fixture(scope="module")
def town(databases: Databases) -> Iterator[Population]:
    """The populated town; the rows of this module's tests are tried in it."""
    with a_population(databases.fresh()) as population:
        yield population


def routes(app: Flask) -> Iterator[tuple[Rule, str, Row]]:
    """Each route with each of its methods, and its row."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint in ROWS:
                yield rule, method, ROWS[rule.endpoint]


def things(town: Population, rule: Rule, row: Row) -> Iterator[tuple[uuid.UUID | None, dict[str, str]]]:
    """For each party an organisation and a thing of its own; without a thing any organisation that fits."""
    named = [name for name in rule.arguments if name in THINGS and name not in row.values]
    values = dict(row.values)
    for name in rule.arguments - values.keys() - set(named):
        converter = rule._converters[name]
        if not isinstance(converter, AnyConverter):
            return  # the test of what the town has tells it
        values[name] = min(converter.items)
    if not named:
        yield town_of_kind(town, row), values
        return
    last = re.findall(r"<uuid:(\w+)>", rule.rule)[-1]
    last = last if last in named else named[-1]
    thing = THINGS[last]
    for party in row.parties or thing.parties:
        found = a_row(town, thing.table, party, row)
        if found is None:
            continue
        identified = {name: str(found[name if name in found else "id"]) for name in named if name != last}
        yield found[party], values | identified | {last: str(found[thing.identifier])}


def a_row(town: Population, table: str, party: str, row: Row) -> dict[str, uuid.UUID] | None:
    """The first row of a table that has the party and is as the row asks."""
    own = Base.metadata.tables[table]
    kinds = [one for one in town.kinds if fits(town, one, row)]
    statement = sa.select(own).where(own.c[party].in_(kinds)).order_by(own.c.id)
    if row.where:
        statement = statement.where(sa.text(row.where))
    with town.database.reading() as session:
        found = session.execute(statement).first()
        return dict(found._mapping) if found else None


def fits(town: Population, organisation_id: uuid.UUID, row: Row) -> bool:
    """Whether the row admits organisations of this kind."""
    supplies = town.kinds[organisation_id] is OrganisationKind.SUPPLIER
    return row.kinds == "all" or (row.kinds == "suppliers") == supplies


def town_of_kind(town: Population, row: Row) -> uuid.UUID:
    return next(one for one in town.kinds if fits(town, one, row) and one in members(town))


def members(town: Population) -> set[uuid.UUID]:
    """The organisations that somebody of the demonstration acts for."""
    return {one for known in town.emails.values() for one in known if one}


def address(rule: Rule, values: dict[str, str]) -> str:
    built = rule.build(values, append_unknown=False)
    assert built is not None, rule
    return built[1]


def say(
    town: Population, rule: Rule, method: str, row: Row, who: Persona | None, values: dict[str, str]
) -> str:
    """What somebody is answered, in one word: in, or the number that says no; and every leak."""
    path = address(rule, values)
    answer = town.ask(who, method, path, {**body_for(town.document, documented(rule), method), **row.body})
    may_know = row.tells_all or (row.who.operators and who is not None and who.name == "operator")
    leaks = [] if may_know else town.leaks(who, words(answer), path)
    leaked = f" and told {leaks[:3]}" if leaks else ""
    if answer.status_code == 302 and PROOF.match(answer.headers["Location"]):
        return f"sent to prove themselves{leaked}"
    if answer.status_code == 302 and row.who.awaiting:
        return f"sent on{leaked}"
    no = answer.status_code in {401, 403, 404} or answer.status_code >= 500
    return f"{answer.status_code if no else 'in'}{leaked}"


def documented(rule: Rule) -> str:
    """The address of a route as the API's document writes it."""
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule)


def words(answer: TestResponse) -> str:
    """An answer with its headers, byte for byte: a document may not be text."""
    return f"{answer.headers}{answer.get_data().decode('latin-1')}"


def differences(
    town: Population,
    rule: Rule,
    method: str,
    row: Row,
    asked: Sequence[tuple[Persona | None, set[str], dict[str, str]]],
) -> Iterator[str]:
    """Where what is answered is none of what the row says."""
    for who, expected, values in asked:
        said = say(town, rule, method, row, who, values)
        if said not in expected:
            name = who.name if who else "signed out"
            yield f"{method} {rule.rule} ({rule.endpoint}) as {name}: {said}, not {sorted(expected)}"


def test_every_route_has_a_row_and_every_row_a_route(house: Flask) -> None:
    assert {rule.endpoint for rule in house.url_map.iter_rules()} == set(ROWS)


def test_the_town_has_something_for_every_row(town: Population) -> None:
    missing = [
        rule.endpoint
        for rule, _, row in routes(town.app)
        if len(list(things(town, rule, row))) < max(1, len(row.parties or ()))
    ]
    assert missing == []


def test_whoever_does_not_act_for_an_organisation_gets_in_only_where_the_row_says(town: Population) -> None:
    wrong: list[str] = []
    for rule, method, row in routes(town.app):
        if rule.endpoint == "static":
            continue
        values = next((values for _, values in things(town, rule, row)), None)
        if values is None:
            continue
        api = rule.rule.startswith("/api/")
        away = {"401"} if api else {"sent to prove themselves"}
        person = row.who.everybody or row.who.any_person
        asked = [
            (None, {"in", *lost(row)} if row.who.everybody else away, values),
            (town.alone("newcomer"), {"in", *lost(row)} if person else turned_away(row), values),
            (
                town.alone("operator"),
                {"in", *lost(row)} if person or row.who.operators else turned_away(row),
                values,
            ),
        ]
        if not api:
            second = {"in", "sent on", *lost(row)} if row.who.everybody or row.who.awaiting else away
            asked.append((town.alone("awaiting"), second, values))
        wrong += differences(town, rule, method, row, asked)
    assert wrong == [], "\n".join(wrong)


def turned_away(row: Row) -> set[str]:
    """A page that asks for the second proof sends everybody else to the first."""
    return {"sent to prove themselves", "sent on", "403"} if row.who.awaiting else {"403"}


def lost(row: Row) -> set[str]:
    """An address that is made up is found by nobody, and that is as it should be."""
    return {"404"} if row.values or row.lost else set()


def test_each_role_gets_in_at_its_own_organisation_only_where_the_row_says(town: Population) -> None:
    wrong: list[str] = []
    for rule, method, row in routes(town.app):
        if not row.who.roles:
            continue
        for organisation_id, values in things(town, rule, row):
            assert organisation_id is not None
            asked = [
                (
                    town.at(organisation_id, role),
                    {"in", *lost(row)} if role in row.who.roles else {"403"},
                    values,
                )
                for role in Role
            ]
            wrong += differences(town, rule, method, row, asked)
    assert wrong == [], "\n".join(wrong)


def test_what_belongs_to_another_organisation_is_not_there(town: Population) -> None:
    wrong: list[str] = []
    for rule, method, row in routes(town.app):
        if not row.who.roles:
            continue
        for _, values in things(town, rule, row):
            concerned = parties(town, rule, values)
            asked = [
                (town.at(other), answers(town, rule, row, other), values)
                for other in strangers(town, concerned)
            ]
            wrong += differences(town, rule, method, row, asked)
    assert wrong == [], "\n".join(wrong)


def parties(town: Population, rule: Rule, values: dict[str, str]) -> set[uuid.UUID]:
    """Every organisation that a thing in the address belongs to."""
    found: set[uuid.UUID] = set()
    for name in rule.arguments & THINGS.keys() & values.keys():
        table = Base.metadata.tables[THINGS[name].table]
        columns = [table.c[party] for party in THINGS[name].parties]
        with town.database.reading() as session:
            known = table.c[THINGS[name].identifier] == uuid.UUID(values[name])
            for row in session.execute(sa.select(*columns).where(known)):
                found |= set(row)
    return found


def strangers(town: Population, concerned: set[uuid.UUID]) -> Iterator[uuid.UUID]:
    """A trust, a supplier, and a partner of whoever it belongs to, none of which is a party to it."""
    outside = sorted(members(town) - concerned)
    suppliers = [one for one in outside if town.kinds[one] is OrganisationKind.SUPPLIER]
    near = partners(town, concerned)
    others = [one for one in outside if one not in {*suppliers, *near}]
    allies = [one for one in outside if one in near]
    yield from [*others[:1], *suppliers[:1], *allies[:1]]


def partners(town: Population, concerned: set[uuid.UUID]) -> set[uuid.UUID]:
    """Who belongs to a partnership with any of these today."""
    with town.database.reading() as session:
        shared = {one for each in concerned for one in access.partners(session, each, clock.today())}
        together = sa.select(PartnershipMembership.organisation_id).where(
            PartnershipMembership.partnership_id.in_(shared), access.belongs(clock.today())
        )
        return set(session.scalars(together))


def test_the_town_has_partners_who_are_no_party(town: Population) -> None:
    assert any(partners(town, {one}) - {one} for one in members(town))


def answers(town: Population, rule: Rule, row: Row, other: uuid.UUID) -> set[str]:
    if not fits(town, other, row):
        return {"403", "404"}
    named = [name for name in rule.arguments if name in THINGS and name not in row.values]
    return {"in", *lost(row)} if row.strangers or not named else {"404"}


def test_row_level_security_changes_no_answer(town: Population, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the policies of PostgreSQL hide, no query of ours asked for: each page reads the same without."""
    wrong: list[str] = []
    for rule, method, row in routes(town.app):
        if method != "GET" or not row.who.roles:
            continue
        for organisation_id, values in things(town, rule, row):
            assert organisation_id is not None
            who, path = town.at(organisation_id), address(rule, values)
            bound = town.ask(who, method, path, {})
            with monkeypatch.context() as patch:
                patch.setattr(rows, "works_for_everybody", lambda session: True)
                free = town.ask(who, method, path, {})
            if plain(bound) != plain(free):
                wrong.append(f"{rule.endpoint}: {bound.status_code} and {free.status_code}")
    assert wrong == [], "\n".join(wrong)


def plain(answer: TestResponse) -> str:
    """An answer without what is new each time."""
    return re.sub(r'nonce="[^"]*"|name="csrf_token"[^>]*', "", answer.get_data().decode("latin-1"))


def test_a_leak_would_be_found(town: Population) -> None:
    order_id, owners = next((key, value) for key, value in town.owners.items() if len(value) == 2)
    party, other = min(owners), next(iter(members(town) - owners))
    for told in (str(order_id), f"zq{order_id.hex}"):
        assert town.leaks(town.at(party), f"... {told} ...") == []
        assert town.leaks(town.at(other), f"... {told} ...") == [str(order_id)]
        assert town.leaks(None, f"... {told} ...") == [str(order_id)]
