"""Schemes, rulings, budgets and stand-ins as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.delegation import queries
from marketplace.delegation.rules import Scheme, limited
from marketplace.kernel import clock
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.delegation import a_policy, asked, taken
from tests.factories.trusts import an_actor, an_organisation, bearer

SCHEME = "/api/trust/scheme"
ANYBODY = [{"role": "approver"}, {"role": "administrator"}]


def rules(limit_pence: int, **more: Any) -> dict[str, Any]:
    return {"approval_limit_pence": limit_pence, "requires_po_number": True, "rows": ANYBODY} | more


def test_a_scheme_is_read_and_made_stricter_at_once(client: FlaskClient, session: Session) -> None:
    actor = an_actor(session)
    a_policy(session, actor.organisation_id, approval_limit_pence=300_000, requires_po_number=False)
    headers = bearer(session, actor)
    now = client.get(SCHEME, headers=headers).json
    assert now is not None
    assert (now["approval_limit_pence"], now["requires_po_number"], now["waiting"]) == (300_000, False, None)
    assert now["rows"][0]["sentence"] == "An approver may approve any sum."
    answer = client.put(SCHEME, json=rules(250_000), headers=headers)
    assert (answer.status_code, answer.json and answer.json["waiting"]) == (200, None)
    assert queries.scheme_of(session, actor.organisation_id) == limited(250_000)


def test_a_looser_scheme_waits_and_a_second_person_confirms_it(client: FlaskClient, session: Session) -> None:
    actor = an_actor(session)
    second = an_actor(session, session.get_one(Organisation, actor.organisation_id), Role.FINANCE)
    first_headers, second_headers = bearer(session, actor), bearer(session, second)
    seen = client.put(SCHEME, json=rules(250_000, second_above_pence=500_000), headers=first_headers).json
    assert seen is not None
    waiting = seen["waiting"]
    assert (seen["approval_limit_pence"], waiting["approval_limit_pence"]) == (0, 250_000)
    assert (waiting["proposed_by"], waiting["confirmers"]) == (actor.name, [second.name])
    body = {"scheme_id": waiting["id"]}
    refused = client.post(f"{SCHEME}/confirm", json=body, headers=first_headers)
    assert (refused.status_code, refused.json and refused.json["code"]) == (403, "not-permitted")
    confirmed = client.post(f"{SCHEME}/confirm", json=body, headers=second_headers).json
    assert confirmed is not None
    assert (confirmed["second_above_pence"], confirmed["waiting"]) == (500_000, None)
    again = client.post(f"{SCHEME}/withdraw", json=body, headers=first_headers)
    assert (again.status_code, again.json and again.json["code"]) == (409, "invalid-state")


def test_a_scheme_names_its_own_people_only(client: FlaskClient, session: Session) -> None:
    headers = bearer(session, an_actor(session))
    stranger = str(an_actor(session).person_id)
    session.commit()
    answer = client.put(SCHEME, json=rules(0, rows=[{"person_id": stranger}]), headers=headers)
    assert (answer.status_code, answer.json and list(answer.json["errors"])) == (422, ["person_id"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "approval_limit_pence"),
        (rules(-1), "approval_limit_pence"),
        (rules(0) | {"approval_limit_pence": 1.5}, "approval_limit_pence"),
        (rules(0) | {"approval_limit_pence": True}, "approval_limit_pence"),
        (rules(0) | {"approval_limit_pence": 10**18}, "approval_limit_pence"),
        (rules(0, requires_po_number="maybe"), "requires_po_number"),
        (rules(0, rows=[{}]), "rows"),
        (rules(0, rows=[{"role": "seller"}]), "rows"),
        (rules(0, rows=ANYBODY * 26), "rows"),
        (rules(0, rows={}), "rows"),
        (rules(0, id=1), "id"),
    ],
)
def test_a_wrong_scheme_is_refused_at_its_field(
    client: FlaskClient, session: Session, sent: Any, field: str
) -> None:
    actor = an_actor(session)
    answer = client.put(SCHEME, json=sent, headers=bearer(session, actor))
    assert answer.status_code == 422
    assert answer.json is not None
    assert field in answer.json["errors"]
    assert queries.scheme_of(session, actor.organisation_id) == Scheme()


def test_the_same_row_twice_is_refused(client: FlaskClient, session: Session) -> None:
    answer = client.put(SCHEME, json=rules(0, rows=ANYBODY * 2), headers=bearer(session, an_actor(session)))
    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "refused")


def test_only_an_administrator_writes_a_scheme(client: FlaskClient, session: Session) -> None:
    headers = bearer(session, an_actor(session, an_organisation(session), Role.FINANCE))
    answer = client.put(SCHEME, json=rules(1), headers=headers)
    assert (answer.status_code, answer.json and answer.json["code"]) == (403, "not-permitted")


def test_a_ruling_is_told_for_a_sum(client: FlaskClient, session: Session) -> None:
    actor = an_actor(session)
    a_policy(session, actor.organisation_id, approval_limit_pence=300_000)
    known = asked(session, 200_000)
    taken(session, actor, known)
    query = {"net_pence": 200_000, "alike": f"{known.supplier_id}:{known.category}"}
    found = client.get("/api/trust/ruling", query_string=query, headers=bearer(session, actor)).json
    assert found is not None
    assert (found["counted_pence"], found["approvals"], found["is_split"]) == (400_000, 1, True)
    assert found["sentences"][0].startswith("An order of £2,000.00 needs approval by an approver")


def test_budgets_are_kept_and_read(client: FlaskClient, session: Session) -> None:
    actor = an_actor(session)
    headers = bearer(session, actor)
    made = client.post("/api/trust/cost-centres", json={"code": "EST", "name": "Estates"}, headers=headers)
    assert (made.status_code, made.json and made.json["code"]) == (201, "EST")
    centre = queries.cost_centres(session, actor.organisation_id)[0]
    body = {
        "cost_centre_id": str(centre.id),
        "year_starts_on": clock.today().isoformat(),
        "net_pence": 100_000,
    }
    assert client.put("/api/trust/budgets", json=body, headers=headers).status_code == 200
    taken(session, actor, asked(session, 25_000, cost_centre_id=centre.id))
    session.commit()
    year = client.get("/api/trust/budgets", headers=headers).json
    assert year is not None
    assert [(row["committed_pence"], row["left_pence"]) for row in year["rows"]] == [(25_000, 75_000)]
    behind = client.get(f"/api/trust/budgets/{centre.id}", headers=headers).json
    assert behind is not None
    assert [(item["title"], item["state"]) for item in behind["items"]] == [("ORD-TEST", "taken")]
    theirs = bearer(session, an_actor(session))
    assert client.get(f"/api/trust/budgets/{centre.id}", headers=theirs).status_code == 404
    closed = client.post(
        f"/api/trust/cost-centres/{centre.id}/close", json={"is_closed": True}, headers=headers
    )
    assert closed.json is not None
    assert closed.json["is_closed"] is True
    listed = client.get("/api/trust/cost-centres", headers=headers).json
    assert listed is not None
    assert [one["code"] for one in listed["items"]] == ["EST"]


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "2101-01-01", "soon"])
def test_budgets_of_a_year_that_nobody_plans_are_refused(
    client: FlaskClient, session: Session, on: str
) -> None:
    actor = an_actor(session)
    answer = client.get(f"/api/trust/budgets?on={on}", headers=bearer(session, actor))
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"]["on"]


def test_a_stand_in_is_named_and_ended(client: FlaskClient, session: Session) -> None:
    actor = an_actor(session)
    clerk = an_actor(session, session.get_one(Organisation, actor.organisation_id), Role.BUYER)
    today = clock.today().isoformat()
    body = {"stand_in_id": str(clerk.person_id), "starts_on": today, "ends_on": today}
    headers = bearer(session, actor)
    made = client.post("/api/trust/stand-ins", json=body, headers=headers)
    assert made.status_code == 201
    assert made.json is not None
    (row,) = made.json["items"]
    assert (row["absent"], row["stand_in"], row["ends_on"]) == (actor.name, clerk.name, today)
    assert client.delete(f"/api/trust/stand-ins/{row['id']}", headers=headers).status_code == 204
    left = client.get("/api/trust/stand-ins", headers=headers).json
    assert left == {"items": []}
