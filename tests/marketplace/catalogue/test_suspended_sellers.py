"""Nobody orders from a seller for whom nobody acts: it could answer nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue import queries, versions
from marketplace.catalogue.models import Listing
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.ordering import services as ordering
from marketplace.ordering.states import OrderState
from marketplace.ordering.terms import OrderTerms
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import an_offer
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_buyer
from tests.factories.trusts import bearer, signed_in

GONE = (Standing.SUSPENDED, Standing.LEFT)


def put_out(session: Session, listing: Listing, standing: Standing) -> Organisation:
    seller = session.get_one(Organisation, listing.seller_id)
    seller.standing = standing
    seller.left_on = clock.today() if standing is Standing.LEFT else None
    session.commit()
    return seller


def some_terms() -> OrderTerms:
    return OrderTerms(quantity=1, starts_on=next_month(), periods=1)


@pytest.mark.parametrize("standing", GONE)
def test_its_listings_are_not_there_for_anybody(
    app: Flask, session: Session, client: FlaskClient, standing: Standing
) -> None:
    listing, buyer = an_offer(session), a_buyer(session)
    put_out(session, listing, standing)
    page = f"/listings/{listing.id}"
    assert client.get(page).status_code == 404
    browser = signed_in(app, session, buyer)
    for path in (page, f"{page}/waiting", f"/orders/new?listing={listing.id}"):
        assert browser.get(path).status_code == 404, path
    assert client.get(f"/api{page}", headers=bearer(session, buyer)).status_code == 404
    assert versions.shown_now(session, buyer.organisation_id, listing.id) is None


@pytest.mark.parametrize("standing", GONE)
def test_a_draft_order_of_it_is_not_placed(session: Session, standing: Standing) -> None:
    listing, buyer = an_offer(session), a_buyer(session)
    order = ordering.start_order(session, buyer, listing.id, some_terms())
    put_out(session, listing, standing)
    with pytest.raises(Conflict, match="no longer offers"):
        ordering.submit_order(session, buyer, order.id)
    with pytest.raises(NotFound):
        ordering.start_order(session, buyer, listing.id, some_terms())


def test_when_that_is_lifted_it_is_ordered_again(session: Session) -> None:
    listing, buyer = an_offer(session), a_buyer(session)
    seller = put_out(session, listing, Standing.SUSPENDED)
    seller.standing = Standing.VERIFIED
    session.flush()
    assert queries.offer(session, buyer.organisation_id, listing.id).id == listing.id
    order = ordering.start_order(session, buyer, listing.id, some_terms())
    assert ordering.submit_order(session, buyer, order.id).state is OrderState.PLACED
