"""Organisations as JSON."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.trusts.kinds import LinkKind, OrganisationKind
from marketplace.trusts.models import OrganisationLink
from tests.factories.trusts import an_actor, an_organisation, bearer


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


@pytest.mark.parametrize("path", ["/api/me", "/api/trusts", "/api/trust/scheme"])
def test_without_a_token_nothing_is_answered(app: Flask, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 401


@pytest.mark.parametrize("query", ["after=x", "q=%00"])
def test_a_wrong_query_is_refused(client: FlaskClient, session: Session, query: str) -> None:
    answer = client.get(f"/api/trusts?{query}", headers=bearer(session, an_actor(session)))
    assert answer.status_code == 422
