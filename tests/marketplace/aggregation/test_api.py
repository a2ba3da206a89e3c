"""The same commands as JSON."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.aggregation import evaluating, offers, queries, services
from marketplace.aggregation.models import AwardRun
from marketplace.kernel import clock, units
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.aggregation import (
    a_buyer,
    a_commitment,
    a_price_list,
    a_request,
    a_round,
    a_supplier,
    an_award,
)
from tests.factories.trusts import an_actor, bearer

LIST: dict[str, Any] = {
    "title": "Laptop",
    "unit": "laptop",
    "unit_plural": "laptops",
    "category": "it",
    "vat_treatment": "standard",
    "source": "Own list",
    "tiers": [{"from_units": 1, "unit_price_pence": 500}, {"from_units": 10, "unit_price_pence": 400}],
}
PROMISE = {"quantity": 60, "ceiling_pence": 50_000, "baseline_pence": 52_000, "po_number": None}


def body(answer: Any) -> Any:
    assert answer.json is not None
    return answer.json


def test_a_price_list_is_published_listed_and_withdrawn(client: FlaskClient, session: Session) -> None:
    headers = bearer(session, a_supplier(session))
    made = client.post("/api/price-lists", json=LIST, headers=headers)
    assert made.status_code == 201
    assert body(made)["tiers"] == LIST["tiers"]
    assert body(client.get(made.headers["Location"], headers=headers)) == body(made)
    listed = body(client.get("/api/price-lists", headers=headers))
    assert [one["id"] for one in listed["items"]] == [body(made)["id"]]
    assert client.delete(f"/api/price-lists/{body(made)['id']}", headers=headers).status_code == 204
    assert body(client.get("/api/price-lists", headers=headers))["items"] == []
    (own,) = body(client.get("/api/price-lists/own", headers=headers))["items"]
    assert own["state"] == "withdrawn"
    stranger = bearer(session, a_buyer(session))
    assert client.get(made.headers["Location"], headers=stranger).status_code == 404


@pytest.mark.parametrize(
    "tiers",
    [
        [],
        None,
        "cheap",
        [{"from_units": 1}],
        [{"from_units": 1, "unit_price_pence": "5"}, {"from_units": 1, "unit_price_pence": 4}],
        [{"from_units": 1, "unit_price_pence": 5}, {"from_units": 2, "unit_price_pence": 5}],
        [{"from_units": 1.5, "unit_price_pence": 5}],
        [{"from_units": 1, "unit_price_pence": 5, "secret": 1}],
        [{"from_units": n, "unit_price_pence": 50 - n} for n in range(1, 8)],
    ],
)
def test_tiers_that_break_a_rule_are_refused_at_their_place(
    client: FlaskClient, session: Session, tiers: Any
) -> None:
    supplier = a_supplier(session)
    answer = client.post("/api/price-lists", json=LIST | {"tiers": tiers}, headers=bearer(session, supplier))
    assert answer.status_code == 422
    assert "tiers" in body(answer)["errors"]
    assert offers.own(session, supplier).rows == []


def test_a_need_is_posted_and_closed_and_others_see_no_price(client: FlaskClient, session: Session) -> None:
    buyer = a_buyer(session)
    headers = bearer(session, buyer)
    need = {"title": "Trolleys", "category": "it", "unit_plural": "trolleys", "quantity": 4}
    made = client.post("/api/purchase-requests", json=need | {"ceiling_pence": 700}, headers=headers)
    assert made.status_code == 201
    own = body(made)
    assert (own["title"], own["ceiling_pence"], own["state"]) == ("Trolleys", 700, "open")
    assert body(client.get(made.headers["Location"], headers=headers)) == own
    (seen,) = body(client.get("/api/purchase-requests", headers=bearer(session, a_buyer(session))))["items"]
    assert seen["quantity"] == 4
    assert not {"ceiling_pence", "baseline_pence"} & set(seen)
    assert client.delete(f"/api/purchase-requests/{own['id']}", headers=headers).status_code == 204
    assert body(client.get("/api/purchase-requests", headers=headers))["items"] == []


def test_a_round_from_its_start_to_its_award(client: FlaskClient, session: Session) -> None:
    lead = a_buyer(session)
    headers = bearer(session, lead)
    year = clock.today().year + 1
    terms = {
        "price_list_id": str(a_price_list(session).id),
        "title": "Laptops",
        "specification": "A laptop",
        "closes_on": f"{year}-03-01",
        "starts_on": f"{year}-04-01",
        "months": 12,
    }
    session.commit()
    started = client.post("/api/rounds", json=terms, headers=headers)
    assert started.status_code == 201
    address = started.headers["Location"]
    assert address == f"/api/rounds/{body(started)['id']}"
    committed = client.post(f"{address}/commitments", json=PROMISE, headers=headers)
    assert committed.status_code == 201
    own = body(committed)["own"]
    assert (own["state"], own["most_net_pence"]) == ("firm", 3_000_000)
    changed = client.patch(f"{address}/commitments/{own['id']}", json={"quantity": 100}, headers=headers)
    assert body(changed)["standing"] == {
        "volume": 100,
        "current": {"from_units": 100, "unit_price_pence": 45_000},
        "next": {"from_units": 200, "unit_price_pence": 40_000},
        "units_to_go": 100,
    }
    closed = client.post(f"{address}/close", json={"reason": "All have committed"}, headers=headers)
    assert (closed.status_code, closed.headers["Location"]) == (202, address)
    assert (body(closed)["state"], body(closed)["run"]["state"]) == ("evaluating", "waiting")
    evaluating.work_out(units.within(session), session.scalars(sa.select(AwardRun.id)).one())
    session.commit()
    made = body(client.get(address, headers=headers))
    assert (made["state"], made["award_price_pence"]) == ("contracted", 45_000)
    assert made["own"]["potential_pence"] == 700_000
    run = made["run"]
    assert (run["state"], run["gap"], run["is_proven"], run["violations"]) == ("solved", 0.0, True, 0)
    assert (run["value_pence"], run["bound_pence"], run["error"]) == (None, None, None)
    assert client.post(f"{address}/try-again", headers=headers).status_code == 409
    saved = body(client.get("/api/savings", headers=headers))
    assert (saved["potential_pence"], saved["realised_pence"]) == (700_000, 0)
    assert saved["items"][0]["contract_id"] == made["own"]["contract_id"]


def test_a_round_is_cancelled_with_a_reason(client: FlaskClient, session: Session) -> None:
    lead = a_buyer(session)
    address, headers = f"/api/rounds/{a_round(session, lead).id}", bearer(session, lead)
    assert client.post(f"{address}/cancel", json={}, headers=headers).status_code == 422
    cancelled = client.post(f"{address}/cancel", json={"reason": "Not needed"}, headers=headers)
    assert (body(cancelled)["state"], body(cancelled)["reason"]) == ("cancelled", "Not needed")
    assert client.post(f"{address}/close", json={}, headers=headers).status_code == 409


def test_approval_and_withdrawal_as_json(client: FlaskClient, session: Session) -> None:
    buyer, round_ = a_buyer(session, limit_pence=0), a_round(session)
    commitment = a_commitment(session, round_, buyer)
    address = f"/api/rounds/{round_.id}/commitments/{commitment.id}"
    trust = session.get_one(Organisation, buyer.organisation_id)
    approver = bearer(session, an_actor(session, trust, Role.APPROVER))
    seen = {"quantity": 60, "ceiling_pence": 50_000, "baseline_pence": 52_000}
    refused = client.post(f"{address}/approve", json=seen, headers=bearer(session, buyer))
    assert refused.status_code == 403
    for wrong, status in ((None, 422), ({}, 422), (seen | {"quantity": 59}, 409)):
        assert client.post(f"{address}/approve", json=wrong, headers=approver).status_code == status
    answer = client.post(f"{address}/approve", json=seen, headers=approver)
    assert body(answer)["own"]["state"] == "firm"
    assert client.delete(address, headers=bearer(session, buyer)).status_code == 204


def test_another_trust_finds_nothing_to_change(client: FlaskClient, session: Session) -> None:
    buyer, round_ = a_buyer(session), a_round(session)
    commitment = a_commitment(session, round_, buyer)
    request, price_list = a_request(session, buyer), a_price_list(session)
    stranger = bearer(session, an_actor(session))
    address = f"/api/rounds/{round_.id}"
    one = f"{address}/commitments/{commitment.id}"
    answers = [
        client.patch(one, json={"quantity": 1}, headers=stranger),
        client.delete(one, headers=stranger),
        client.post(f"{one}/approve", json={"quantity": 60, "ceiling_pence": 50_000}, headers=stranger),
        client.post(f"{address}/close", json={}, headers=stranger),
        client.post(f"{address}/cancel", json={"reason": "x"}, headers=stranger),
        client.get(f"/api/purchase-requests/{request.id}", headers=stranger),
        client.delete(f"/api/purchase-requests/{request.id}", headers=stranger),
        client.delete(f"/api/price-lists/{price_list.id}", headers=stranger),
        client.get(f"/api/rounds/{uuid.uuid4()}", headers=stranger),
        client.post(f"/api/rounds/{uuid.uuid4()}/commitments", json=PROMISE, headers=stranger),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 1e30}, "quantity"),
        ({"quantity": [1]}, "quantity"),
        ({"ceiling_pence": None}, "ceiling_pence"),
        ({"ceiling_pence": 39_999}, "ceiling_pence"),
        ({"ceiling_pence": 10**9}, "ceiling_pence"),
        ({"baseline_pence": -1}, "baseline_pence"),
        ({"po_number": "\x00"}, "po_number"),
        ({"po_number": {"a": 1}}, "po_number"),
        ({"purchase_request_id": 7}, "purchase_request_id"),
        ({"trust_id": str(uuid.uuid4())}, "trust_id"),
    ],
)
def test_a_wrong_promise_is_refused_at_its_field(
    client: FlaskClient, session: Session, wrong: dict[str, Any], field: str
) -> None:
    buyer, round_ = a_buyer(session), a_round(session)
    address = f"/api/rounds/{round_.id}/commitments"
    answer = client.post(address, json=PROMISE | wrong, headers=bearer(session, buyer))
    assert answer.status_code == 422
    assert field in body(answer)["errors"]
    assert queries.own_rounds(session, buyer).rows == []


def test_the_same_key_commits_once(client: FlaskClient, session: Session) -> None:
    buyer, round_ = a_buyer(session), a_round(session)
    headers = bearer(session, buyer) | {"Idempotency-Key": "one"}
    address = f"/api/rounds/{round_.id}/commitments"
    first, second = (client.post(address, json=PROMISE, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert client.post(address, json=PROMISE, headers=bearer(session, buyer)).status_code == 409


def test_rounds_are_listed_page_by_page(client: FlaskClient, session: Session) -> None:
    lead = a_buyer(session)
    made = [a_round(session, lead).id for _ in range(27)]
    headers = bearer(session, lead)
    first = body(client.get("/api/rounds", headers=headers))
    second = body(client.get(f"/api/rounds?after={first['next_after']}", headers=headers))
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert ids == [str(one) for one in reversed(made)]
    assert second["next_after"] is None
    assert client.get("/api/rounds?after=x", headers=headers).status_code == 422


def test_a_supplier_with_many_lists_is_answered_its_new_one_or_in_words(
    client: FlaskClient, session: Session
) -> None:
    supplier = a_supplier(session)
    for _ in range(services.MOST_LISTS - 1):
        a_price_list(session, supplier, title="!")
    headers = bearer(session, supplier)
    last = client.post("/api/price-lists", json=LIST, headers=headers)
    assert (last.status_code, body(last)["title"]) == (201, "Laptop")
    refused = client.post("/api/price-lists", json=LIST, headers=headers)
    assert refused.status_code == 422
    assert "50 published price lists" in refused.text


def test_price_lists_and_needs_are_listed_page_by_page(client: FlaskClient, session: Session) -> None:
    supplier, buyer = a_supplier(session, "Ridgeway"), a_buyer(session)
    lists = [a_price_list(session, supplier).id for _ in range(27)]
    needs = [a_request(session, buyer).id for _ in range(27)]
    headers = bearer(session, buyer)
    for address, made in (("price-lists?words=ridgeway", lists), ("purchase-requests/own?", needs)):
        first = body(client.get(f"/api/{address}", headers=headers))
        second = body(client.get(f"/api/{address}&after={first['next_after']}", headers=headers))
        ids = [one["id"] for one in first["items"] + second["items"]]
        assert (ids, second["next_after"]) == ([str(one) for one in reversed(made)], None)


def test_after_an_award_nobody_is_told_who_was_not_served(client: FlaskClient, session: Session) -> None:
    lead, poor, other = a_buyer(session), a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=70)
    a_commitment(session, round_, other, quantity=50)
    a_commitment(session, round_, poor, quantity=5, ceiling_pence=44_000)
    an_award(session, lead, round_, "All have committed")
    served = {str(lead.organisation_id), str(other.organisation_id)}
    for actor in (lead, other, poor):
        headers = bearer(session, actor)
        seen = body(client.get(f"/api/rounds/{round_.id}", headers=headers))
        assert {one["trust_id"] for one in seen["members"]} == served
        (card,) = body(client.get("/api/rounds", headers=headers))["items"]
        assert card["standing"]["volume"] == seen["standing"]["volume"] == 120
    assert seen["own"]["state"] == "unserved"
