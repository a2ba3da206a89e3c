"""Orders as JSON."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.catalogue.models import CapacityPeriod
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.trusts.access import Actor
from tests.factories.delegation import a_cost_centre
from tests.factories.ordering import Market, a_draft, a_market, a_sent_order, next_month
from tests.factories.trusts import bearer


def the_body(market: Market, **more: Any) -> dict[str, Any]:
    """Two days a month, for three months from next month."""
    body = {
        "listing_id": str(market.listing_id),
        "quantity": 2,
        "starts_on": next_month().isoformat(),
        "periods": 3,
    }
    return body | more


class Program:
    """Somebody's program."""

    def __init__(self, app: Flask, session: Session, actor: Actor) -> None:
        self.client, self.headers = app.test_client(), bearer(session, actor)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """One request; a body makes it JSON."""
        return self.client.open(f"/api{path}", method=method, json=body, headers=self.headers | headers)


def body_of(answer: TestResponse) -> dict[str, Any]:
    """The answer's JSON object."""
    assert isinstance(answer.json, dict)
    return answer.json


def test_an_order_goes_from_draft_to_contract(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    buyer, approver, seller = (
        Program(app, session, actor) for actor in (market.buyer, market.approver, market.seller)
    )
    made = buyer.send("POST", "/orders", the_body(market))
    assert made.status_code == 201
    order = body_of(made)
    assert made.location == f"/api/orders/{order['id']}"
    assert (order["state"], order["net_pence"], order["vat_pence"]) == ("draft", 159_000, 31_800)
    assert [charge["gross_pence"] for charge in order["charges"]] == [63_600] * 3
    assert order["actions"] == ["cancel", "change", "submit"]
    path = f"/orders/{order['id']}"
    assert body_of(buyer.send("PATCH", path, {"note": "East"}))["note"] == "East"
    assert body_of(buyer.send("POST", f"{path}/submit", {"version": 2}))["state"] == "awaiting-approval"
    assert body_of(approver.send("POST", f"{path}/approve", {"version": 2}))["state"] == "placed"
    accepted = body_of(seller.send("POST", f"{path}/accept", {"version": 2}))
    assert accepted["state"] == "accepted"
    assert [made["move"] for made in accepted["history"]] == ["approve", "accept"]
    contract = body_of(buyer.send("GET", f"/contracts/{accepted['contract_id']}"))
    assert (contract["source_id"], contract["net_pence"]) == (order["id"], 159_000)


@pytest.mark.parametrize(("verb", "state"), [("send-back", "draft"), ("reject", "rejected")])
def test_an_approver_says_no_with_a_reason(app: Flask, session: Session, verb: str, state: str) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    answer = Program(app, session, market.approver).send(
        "POST", f"/orders/{order.id}/{verb}", {"reason": "No"}
    )
    assert (answer.status_code, body_of(answer)["state"]) == (200, state)
    assert body_of(answer)["history"][-1]["reason"] == "No"


def test_a_seller_declines_and_a_buyer_cancels(app: Flask, session: Session) -> None:
    market = a_market(session)
    first, second = a_sent_order(session, market), a_sent_order(session, market)
    seller, buyer = Program(app, session, market.seller), Program(app, session, market.buyer)
    declined = seller.send("POST", f"/orders/{first.id}/decline", {"reason": "Full"})
    cancelled = buyer.send("POST", f"/orders/{second.id}/cancel")
    assert (body_of(declined)["state"], body_of(cancelled)["state"]) == ("declined", "cancelled")
    assert session.scalar(sa.select(sa.func.sum(CapacityPeriod.taken))) == 0


def test_lists_have_one_side_each(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    seller = Program(app, session, market.seller)
    sold = body_of(seller.send("GET", "/orders?side=sold"))
    assert ([item["id"] for item in sold["items"]], sold["next_after"]) == ([str(order.id)], None)
    assert body_of(seller.send("GET", "/orders"))["items"] == []
    assert seller.send("GET", "/orders?side=both").status_code == 422
    assert seller.send("GET", "/orders?after=yesterday").status_code == 422


def test_an_idempotent_post_makes_one_order(app: Flask, session: Session) -> None:
    market = a_market(session)
    buyer, key = Program(app, session, market.buyer), {"Idempotency-Key": "k1"}
    first, second = (buyer.send("POST", "/orders", the_body(market), **key) for _ in range(2))
    assert body_of(first)["id"] == body_of(second)["id"]
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 1


def test_the_limit_of_the_buyer_is_not_told_to_the_seller(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=123_456_789)
    order = a_sent_order(session, market)
    answer = Program(app, session, market.seller).send("GET", f"/orders/{order.id}")
    assert answer.status_code == 200
    assert "123456789" not in answer.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": None}, "quantity"),
        ({"quantity": "two"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 2.5}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 10**18}, "quantity"),
        ({"starts_on": "1 April"}, "starts_on"),
        ({"starts_on": "20270401"}, "starts_on"),
        ({"starts_on": 5}, "starts_on"),
        ({"periods": 0}, "periods"),
        ({"periods": []}, "periods"),
        ({"po_number": "x" * 51}, "po_number"),
        ({"po_number": {"a": 1}}, "po_number"),
        ({"note": "a\u0000b"}, "note"),
        ({"plan_id": "weekly"}, "plan_id"),
        ({"listing_id": "1 OR 1=1"}, "listing_id"),
        ({"net_pence": 1}, "net_pence"),
        ({"state": "placed"}, "state"),
    ],
    ids=str,
)
def test_bad_input_is_refused_at_its_field(
    app: Flask, session: Session, wrong: dict[str, Any], field: str
) -> None:
    market = a_market(session)
    answer = Program(app, session, market.buyer).send("POST", "/orders", the_body(market, **wrong))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert list(body_of(answer)["errors"]) == [field]
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 0


def test_a_patch_of_nonsense_changes_nothing(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    buyer = Program(app, session, market.buyer)
    for wrong in ({"quantity": 0}, {"buyer_id": str(uuid.uuid4())}, {"starts_on": None}, [1]):
        assert buyer.send("PATCH", f"/orders/{order.id}", wrong).status_code == 422
    session.refresh(order)
    assert (order.quantity, order.buyer_id) == (2, market.buyer.organisation_id)


def test_what_is_too_much_is_a_conflict_with_its_field(app: Flask, session: Session) -> None:
    market = a_market(session)
    answer = Program(app, session, market.buyer).send("POST", "/orders", the_body(market, quantity=11))
    assert answer.status_code == 409
    assert body_of(answer)["code"] == "capacity-exceeded"
    assert list(body_of(answer)["errors"]) == ["quantity"]


def test_an_illegal_move_is_a_conflict_that_names_both_states(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    answer = Program(app, session, market.buyer).send("POST", f"/orders/{order.id}/submit", {"version": 1})
    assert (answer.status_code, body_of(answer)["code"]) == (409, "invalid-state")
    assert "is placed, so it cannot become placed" in body_of(answer)["detail"]


@pytest.mark.parametrize(
    "wrong", [None, {}, {"version": 0}, {"version": "one"}, {"version": 1, "net_pence": 1}]
)
def test_nobody_is_bound_without_saying_what_they_read(app: Flask, session: Session, wrong: Any) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    approver = Program(app, session, market.approver)
    assert approver.send("POST", f"/orders/{order.id}/approve", wrong).status_code == 422
    other = approver.send("POST", f"/orders/{order.id}/approve", {"version": 2})
    assert (other.status_code, "changed since you opened it" in body_of(other)["detail"]) == (409, True)
    session.refresh(order)
    assert order.state is OrderState.AWAITING_APPROVAL


ROUTES = [
    ("GET", "", None),
    ("PATCH", "", {"quantity": 1}),
    ("POST", "/submit", {"version": 1}),
    ("POST", "/approve", {"version": 1}),
    ("POST", "/send-back", {"reason": "r"}),
    ("POST", "/reject", {"reason": "r"}),
    ("POST", "/accept", {"version": 1}),
    ("POST", "/decline", {"reason": "r"}),
    ("POST", "/cancel", None),
]


@pytest.mark.parametrize(("method", "verb", "body"), ROUTES, ids=str)
def test_the_order_of_others_is_not_there(
    app: Flask, session: Session, method: str, verb: str, body: Any
) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    stranger = Program(app, session, market.stranger)
    answer = stranger.send(method, f"/orders/{order.id}{verb}", body)
    assert (answer.status_code, body_of(answer)["code"]) == (404, "not-found")


@pytest.mark.parametrize(("method", "verb", "body"), ROUTES, ids=str)
def test_nobody_reaches_an_order_without_a_token(
    app: Flask, session: Session, method: str, verb: str, body: Any
) -> None:
    order = a_sent_order(session, a_market(session))
    session.commit()
    answer = app.test_client().open(f"/api/orders/{order.id}{verb}", method=method, json=body)
    assert answer.status_code == 401


@pytest.mark.parametrize("is_anybodys", [True, False])
def test_a_draft_names_no_cost_centre_but_one_of_its_own_trust(
    app: Flask, session: Session, is_anybodys: bool
) -> None:
    market = a_market(session)
    buyer = Program(app, session, market.buyer)
    order = a_draft(session, market)
    strange = a_cost_centre(session, market.seller).id if is_anybodys else uuid.uuid4()
    session.commit()
    body = {"cost_centre_id": str(strange)}
    for answer in (
        buyer.send("POST", "/orders", the_body(market, **body)),
        buyer.send("PATCH", f"/orders/{order.id}", body),
    ):
        assert answer.status_code == 422
        assert body_of(answer)["errors"]["cost_centre_id"]
