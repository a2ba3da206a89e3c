"""Organisations and approval rules as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.trusts import services
from marketplace.trusts.kinds import LinkKind, OrganisationKind, Policy, Role
from marketplace.trusts.models import Organisation, OrganisationLink
from tests.factories.trusts import a_policy, an_actor, an_organisation, bearer


def test_organisations_are_listed_by_name_in_pages(client: FlaskClient, session: Session) -> None:
    for number in range(27):
        an_organisation(session, f"Harbour {number:02}")
    headers = bearer(session, an_actor(session))
    first = client.get("/api/trusts?q=harbour", headers=headers).json
    assert first is not None
    second = client.get(f"/api/trusts?q=harbour&after={first['next_after']}", headers=headers).json
    assert second is not None
    names = [item["name"] for item in first["items"] + second["items"]]
    assert names == [f"Harbour {number:02}" for number in range(27)]
    assert second["next_after"] is None
    assert first["items"][0]["kind"] == "multi-academy-trust"


def test_an_organisation_comes_with_its_links(client: FlaskClient, session: Session) -> None:
    trust = an_organisation(session, "Harbour", group_uid="2044")
    school = an_organisation(session, "Quay", kind=OrganisationKind.SCHOOL, urn="123456", pupils=210)
    session.add(OrganisationLink(school_id=school.id, group_id=trust.id, kind=LinkKind.MEMBER))
    headers = bearer(session, an_actor(session))
    seen = client.get(f"/api/trusts/{trust.id}", headers=headers).json
    assert seen is not None
    assert (seen["group_uid"], [one["name"] for one in seen["linked"]]) == ("2044", ["Quay"])
    other_way = client.get(f"/api/trusts/{school.id}", headers=headers).json
    assert other_way is not None
    assert (other_way["pupils"], other_way["linked"][0]["id"]) == (210, str(trust.id))


@pytest.mark.parametrize("path", ["/api/trusts/00000000-0000-7000-8000-000000000000", "/api/trusts/x"])
def test_what_does_not_exist_is_a_problem_document(client: FlaskClient, session: Session, path: str) -> None:
    answer = client.get(path, headers=bearer(session, an_actor(session)))
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_rules_are_read_and_made_stricter_at_once(client: FlaskClient, session: Session) -> None:
    actor = an_actor(session)
    a_policy(session, actor.organisation_id, approval_limit_pence=300_000, requires_po_number=False)
    headers = bearer(session, actor)
    now = {"approval_limit_pence": 300_000, "requires_po_number": False, "waiting": None}
    assert client.get("/api/trust/policy", headers=headers).json == now
    rules = {"approval_limit_pence": 250_000, "requires_po_number": True}
    answer = client.put("/api/trust/policy", json=rules, headers=headers)
    assert (answer.status_code, answer.json) == (200, rules | {"waiting": None})
    assert services.policy_of(session, actor.organisation_id) == Policy(250_000)


def test_looser_rules_wait_and_a_second_person_confirms_them(client: FlaskClient, session: Session) -> None:
    actor = an_actor(session)
    second = an_actor(session, session.get_one(Organisation, actor.organisation_id), Role.FINANCE)
    first_headers, second_headers = bearer(session, actor), bearer(session, second)
    rules = {"approval_limit_pence": 250_000, "requires_po_number": False}
    seen = client.put("/api/trust/policy", json=rules, headers=first_headers).json
    assert seen is not None
    waiting = seen.pop("waiting")
    assert seen == {"approval_limit_pence": 0, "requires_po_number": True}
    assert {key: waiting[key] for key in rules} == rules
    assert (waiting["proposed_by"], waiting["confirmers"]) == (actor.name, [second.name])
    body = {"change_id": waiting["id"]}
    refused = client.post("/api/trust/policy/confirm", json=body, headers=first_headers)
    assert (refused.status_code, refused.json and refused.json["code"]) == (403, "not-permitted")
    confirmed = client.post("/api/trust/policy/confirm", json=body, headers=second_headers)
    assert (confirmed.status_code, confirmed.json) == (200, rules | {"waiting": None})
    again = client.post("/api/trust/policy/withdraw", json=body, headers=first_headers)
    assert (again.status_code, again.json and again.json["code"]) == (409, "invalid-state")


def test_looser_rules_are_withdrawn(client: FlaskClient, session: Session) -> None:
    headers = bearer(session, an_actor(session))
    rules = {"approval_limit_pence": 1, "requires_po_number": True}
    seen = client.put("/api/trust/policy", json=rules, headers=headers).json
    assert seen is not None
    body = {"change_id": seen["waiting"]["id"]}
    answer = client.post("/api/trust/policy/withdraw", json=body, headers=headers)
    now = {"approval_limit_pence": 0, "requires_po_number": True, "waiting": None}
    assert (answer.status_code, answer.json) == (200, now)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "approval_limit_pence"),
        ({"approval_limit_pence": -1, "requires_po_number": True}, "approval_limit_pence"),
        ({"approval_limit_pence": 1.5, "requires_po_number": True}, "approval_limit_pence"),
        ({"approval_limit_pence": True, "requires_po_number": True}, "approval_limit_pence"),
        ({"approval_limit_pence": 10**18, "requires_po_number": True}, "approval_limit_pence"),
        ({"approval_limit_pence": None, "requires_po_number": True}, "approval_limit_pence"),
        ({"approval_limit_pence": [1], "requires_po_number": True}, "approval_limit_pence"),
        ({"approval_limit_pence": 1, "requires_po_number": "maybe"}, "requires_po_number"),
        ({"approval_limit_pence": 1, "requires_po_number": True, "id": 1}, "id"),
    ],
)
def test_wrong_rules_are_refused_at_their_field(
    client: FlaskClient, session: Session, sent: Any, field: str
) -> None:
    actor = an_actor(session)
    answer = client.put("/api/trust/policy", json=sent, headers=bearer(session, actor))
    assert answer.status_code == 422
    assert answer.json is not None
    assert field in answer.json["errors"]
    assert services.policy_of(session, actor.organisation_id) == Policy()


def test_only_an_administrator_sets_rules(client: FlaskClient, session: Session) -> None:
    headers = bearer(session, an_actor(session, an_organisation(session), Role.FINANCE))
    rules = {"approval_limit_pence": 1, "requires_po_number": True}
    answer = client.put("/api/trust/policy", json=rules, headers=headers)
    assert (answer.status_code, answer.json and answer.json["code"]) == (403, "not-permitted")


@pytest.mark.parametrize("path", ["/api/me", "/api/trusts", "/api/trust/policy"])
def test_without_a_token_nothing_is_answered(app: Flask, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 401


@pytest.mark.parametrize("query", ["after=x", "q=%00"])
def test_a_wrong_query_is_refused(client: FlaskClient, session: Session, query: str) -> None:
    answer = client.get(f"/api/trusts?{query}", headers=bearer(session, an_actor(session)))
    assert answer.status_code == 422
