"""Schools that leave their trust, or close, before an order for them binds."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Basis
from marketplace.catalogue.models import Plan
from marketplace.contracts.models import Contract
from marketplace.kernel.errors import Conflict
from marketplace.ordering import services
from marketplace.ordering.states import OrderState
from marketplace.trusts.kinds import OrganisationState
from marketplace.trusts.models import Organisation, OrganisationLink
from tests.factories.ordering import Market, a_draft, a_market, a_sent_order
from tests.factories.trusts import bearer, signed_in
from tests.marketplace.ordering.test_bases import some_schools


def close(school: Organisation) -> str:
    school.state = OrganisationState.CLOSED
    return f"By the schools register {school.name} has closed. "


def part(session: Session, school: Organisation) -> str:
    session.execute(sa.delete(OrganisationLink).where(OrganisationLink.school_id == school.id))
    return f"By the schools register {school.name} is not a school of your trust any more. "


def a_market_of_schools(session: Session, limit_pence: int = 10**9) -> tuple[Market, list[Organisation]]:
    market = a_market(session, limit_pence)
    session.scalars(sa.select(Plan)).one().basis = Basis.SCHOOL
    return market, some_schools(session, market, 10, 20)


@pytest.mark.parametrize("closes", [True, False])
def test_an_order_for_a_school_that_is_gone_cannot_be_sent(
    app: Flask, session: Session, closes: bool
) -> None:
    market, schools = a_market_of_schools(session)
    order = a_draft(session, market, school_ids=[one.id for one in schools], quantity=None)
    words = close(schools[0]) if closes else part(session, schools[0])
    headers, browser = bearer(session, market.buyer), signed_in(app, session, market.buyer)
    session.commit()
    said = f"{words}Change the order, so that it names only schools of yours, or cancel it."
    seen = {"version": order.version}
    sent = app.test_client().post(f"/api/orders/{order.id}/submit", json=seen, headers=headers)
    assert (sent.status_code, sent.get_json()["detail"]) == (409, said)
    page = browser.post(f"/orders/{order.id}/submit", data=seen)
    assert (page.status_code, said in page.text) == (409, True)
    assert order.state is OrderState.DRAFT
    left = {"school_ids": [str(schools[1].id)]}
    changed = app.test_client().patch(f"/api/orders/{order.id}", json=left, headers=headers).get_json()
    seen = {"version": changed["version"]}
    sent = app.test_client().post(f"/api/orders/{order.id}/submit", json=seen, headers=headers)
    assert sent.get_json()["state"] == "placed"


def test_every_school_that_is_gone_is_named(session: Session) -> None:
    market, schools = a_market_of_schools(session)
    order = a_draft(session, market, school_ids=[one.id for one in schools], quantity=None)
    close(schools[0])
    part(session, schools[1])
    with pytest.raises(Conflict) as refused:
        services.submit_order(session, market.buyer, order.id)
    assert all(school.name in refused.value.sentence for school in schools)


def test_an_order_for_a_school_that_is_gone_cannot_be_approved(session: Session) -> None:
    market, schools = a_market_of_schools(session, limit_pence=0)
    order = a_sent_order(session, market, school_ids=[one.id for one in schools], quantity=None)
    assert order.state is OrderState.AWAITING_APPROVAL
    words = part(session, schools[1])
    with pytest.raises(Conflict, match=f"{words}Send the order back"):
        services.approve_order(session, market.approver, order.id)
    assert order.placed_at is None


@pytest.mark.parametrize("closes", [True, False])
def test_an_order_for_a_school_that_is_gone_cannot_be_accepted(
    app: Flask, session: Session, closes: bool
) -> None:
    market, schools = a_market_of_schools(session)
    order = a_sent_order(session, market, school_ids=[one.id for one in schools], quantity=None)
    words = close(schools[0]) if closes else part(session, schools[0])
    seller = signed_in(app, session, market.seller)
    session.commit()
    words = words.replace("your trust", "the buyer")
    page = seller.post(f"/orders/{order.id}/accept", data={"version": order.version})
    said = f"{words}Decline the order, so that its buyer can order anew."
    assert (page.status_code, said in page.text) == (409, True)
    assert order.state is OrderState.PLACED
    assert session.scalar(sa.select(sa.func.count()).select_from(Contract)) == 0
    declined = seller.post(f"/orders/{order.id}/decline", data={"reason": "A school has left"})
    assert declined.status_code == 302
