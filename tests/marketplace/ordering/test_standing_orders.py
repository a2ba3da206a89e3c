"""What pausing or withdrawing a listing means for its orders, and what an order keeps of it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue import consequences, detailing, versions
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.consequences import Affected
from marketplace.catalogue.kinds import ListingKind, ListingState
from marketplace.catalogue.models import Listing
from marketplace.catalogue.states import Move
from marketplace.contracts.models import Contract
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict
from marketplace.ordering import services
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from tests.factories.membership import letters
from tests.factories.ordering import Market, a_contract, a_draft, a_market, a_sent_order
from tests.factories.trusts import bearer, signed_in


def affected(session: Session, market: Market, move: Move = Move.WITHDRAW) -> dict[str, Affected]:
    found = consequences.consequences(session, market.listing_id, move)
    return {one.state: one for one in found}


def test_live_orders_are_counted_by_state_with_their_last_day(session: Session) -> None:
    market = a_market(session)
    a_draft(session, market)
    a_sent_order(session, market)
    late = a_sent_order(session, market, periods=5)
    cancelled = a_draft(session, market)
    services.cancel_order(session, market.buyer, cancelled.id)
    a_contract(session, market)
    now = a_contract(session, market, starts_on=clock.today())
    found = affected(session, market)
    assert {state: one.number for state, one in found.items()} == {
        "Draft": 1,
        "Placed with you": 2,
        "Accepted, not begun": 1,
        "Active": 1,
    }
    assert found["Placed with you"].last_day == late.ends_on
    assert found["Active"].last_day == now.ends_on
    assert all(one.told for one in found.values())


def test_pausing_tells_nobody_and_stops_what_is_not_placed(session: Session) -> None:
    market = a_market(session)
    a_draft(session, market)
    found = affected(session, market, Move.PAUSE)
    assert (found["Draft"].told, "until you resume" in found["Draft"].becomes) == ("", True)


def test_an_order_that_waits_for_approval_is_counted_too(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    a_sent_order(session, market)
    assert affected(session, market)["Waiting for their buyer's approval"].number == 1


def test_each_buyer_hears_once_what_becomes_of_all_their_orders(session: Session) -> None:
    market = a_market(session)
    draft, placed = a_draft(session, market), a_sent_order(session, market)
    before = len(letters(session, market.buyer.email))
    catalogue.move_listing(session, market.seller, market.listing_id, Move.WITHDRAW)
    told = letters(session, market.buyer.email)[before:]
    assert [one["subject"] for one in told] == [f"Withdrawn by its seller: {draft.title}"]
    assert f"{draft.reference}: your draft cannot be sent any more" in told[0]["text"]
    assert f"{placed.reference}: the seller still has to accept or decline it" in told[0]["text"]
    assert letters(session, market.stranger.email) == []


def test_what_was_placed_is_accepted_after_the_listing_is_withdrawn(session: Session) -> None:
    market = a_market(session)
    draft, placed = a_draft(session, market), a_sent_order(session, market)
    catalogue.move_listing(session, market.seller, market.listing_id, Move.WITHDRAW)
    with pytest.raises(Conflict, match="no longer offers"):
        services.submit_order(session, market.buyer, draft.id)
    assert services.accept_order(session, market.seller, placed.id).title == placed.title


def test_withdrawing_what_nobody_could_order_is_announced_to_nobody(session: Session) -> None:
    market = a_market(session)
    a_draft(session, market)
    session.get_one(Listing, market.listing_id).state = ListingState.DRAFT
    before = len(letters(session, market.buyer.email))
    catalogue.move_listing(session, market.seller, market.listing_id, Move.WITHDRAW)
    assert len(letters(session, market.buyer.email)) == before


@pytest.mark.parametrize("verb", ["pause", "withdraw"])
def test_the_page_says_it_before_it_is_done(app: Flask, session: Session, verb: str) -> None:
    market = a_market(session)
    contract = a_contract(session, market, starts_on=clock.today())
    browser = signed_in(app, session, market.seller)
    shown = browser.get(f"/listings/{market.listing_id}/{verb}").text
    assert "Active: 1" in shown
    assert f"{contract.ends_on.day} {contract.ends_on:%B %Y}" in shown
    assert "They go on under the terms that they keep." in shown
    other = signed_in(app, session, market.stranger)
    assert other.get(f"/listings/{market.listing_id}/{verb}").status_code == 404


def test_programs_read_the_same(session: Session, client: FlaskClient) -> None:
    market = a_market(session)
    a_sent_order(session, market)
    path = f"/api/listings/{market.listing_id}/consequences"
    answer: Any = client.get(path, headers=bearer(session, market.seller)).json
    assert [one["state"] for one in answer["withdraw"]] == ["Placed with you"]
    assert client.get(path, headers=bearer(session, market.stranger)).status_code == 404


def with_a_trial(session: Session, market: Market) -> Listing:
    """The market's listing says more: a trial; buyers have seen it so."""
    listing = session.get_one(Listing, market.listing_id)
    detailing.set_trial(session, market.seller, listing.id, 3, 50, "One school.")
    return listing


def test_an_order_and_its_contract_keep_the_terms_of_the_trial(session: Session) -> None:
    market = a_market(session)
    with_a_trial(session, market)
    order = a_sent_order(session, market)
    contract: Contract = services.accept_order(session, market.seller, order.id)
    kept = (ListingKind.SERVICE, None, 3, 50, "One school.")
    for one in (order, contract):
        assert (one.kind, one.licence, one.trial_months, one.trial_percent, one.trial_terms) == kept


def test_a_trial_that_changed_is_seen_before_an_order_binds(session: Session) -> None:
    market = a_market(session)
    listing = with_a_trial(session, market)
    order = a_draft(session, market)
    detailing.set_trial(session, market.seller, listing.id, 6, 50, "One school.")
    with pytest.raises(Conflict, match="changed how long a trial lasts"):
        services.submit_order(session, market.buyer, order.id)


def kept_page(order: Order) -> str:
    return f"/orders/{order.id}/listing"


def test_both_sides_read_what_the_listing_said_and_what_changed(app: Flask, session: Session) -> None:
    market = a_market(session)
    listing = with_a_trial(session, market)
    order = a_sent_order(session, market)
    detailing.set_trial(session, market.seller, listing.id, 6, 0, None)
    for actor in (market.buyer, market.seller):
        shown = signed_in(app, session, actor).get(kept_page(order)).text
        assert "Up to 3 months, at 50% of the price" in shown
        assert "Up to 6 months, free" in shown
    assert signed_in(app, session, market.stranger).get(kept_page(order)).status_code == 404


def test_the_buyer_reads_it_after_the_listing_is_gone(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    market = a_market(session)
    with_a_trial(session, market)
    order = a_sent_order(session, market)
    catalogue.move_listing(session, market.seller, market.listing_id, Move.WITHDRAW)
    shown = signed_in(app, session, market.buyer).get(kept_page(order)).text
    assert "not offered to you any more" in shown
    assert "Up to 3 months, at 50% of the price" in shown
    answer: Any = client.get(f"/api{kept_page(order)}", headers=bearer(session, market.buyer)).json
    assert (answer["terms"]["trial_months"], answer["person_name"]) == (3, None)


def test_an_order_older_than_the_kept_versions_says_so(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    assert versions.kept_by_order(session, market.listing_id, order.listing_version) is None
    assert "older than the versions" in signed_in(app, session, market.buyer).get(kept_page(order)).text
    answer = client.get(f"/api{kept_page(order)}", headers=bearer(session, market.buyer))
    assert answer.status_code == 404


def test_a_draft_is_not_the_sellers_to_read(app: Flask, session: Session) -> None:
    market = a_market(session)
    with_a_trial(session, market)
    order = a_draft(session, market)
    assert order.state is OrderState.DRAFT
    assert signed_in(app, session, market.seller).get(kept_page(order)).status_code == 404
