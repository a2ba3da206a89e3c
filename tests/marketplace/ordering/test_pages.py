"""Ordering, approving and answering in a browser without JavaScript."""

from __future__ import annotations

import html
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Cadence
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.kernel import clock
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_plan
from tests.factories.ordering import Market, a_contract, a_draft, a_market, a_sent_order, next_month
from tests.factories.trusts import an_actor, an_organisation, signed_in

PARTS = ("starts_on-day", "starts_on-month", "starts_on-year")


def the_form(**more: str) -> dict[str, str]:
    """Two days a month, for three months from next month."""
    on = next_month()
    filled = {
        "quantity": "2",
        "starts_on-day": str(on.day),
        "starts_on-month": str(on.month),
        "starts_on-year": str(on.year),
        "periods": "3",
        "po_number": "PO-100",
        "note": "For the east schools",
    }
    return filled | more


def the_order(session: Session) -> Order:
    """The only order there is, as it is stored now."""
    session.expire_all()
    return session.scalars(sa.select(Order)).one()


def new(market: Market) -> str:
    """The address of the order form."""
    return f"/orders/new?listing={market.listing_id}"


def typed(page: str, name: str) -> str:
    """What a field of a form shows."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


def the_order_button(page: str) -> str:
    found = re.search(r'href="(/orders/new[^"]*)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_what_the_calculator_was_asked_is_in_the_order_form(app: Flask, session: Session) -> None:
    market = a_market(session)
    other = a_plan(session, session.get_one(Listing, market.listing_id), cadence=Cadence.TERMLY)
    browser, listing = signed_in(app, session, market.buyer), f"/listings/{market.listing_id}"
    asked = {"plan_id": str(other.id), **the_form(quantity="4", periods="2")}
    order = the_order_button(browser.get(listing, query_string=asked).text)
    form = browser.get(order).text
    assert [typed(form, name) for name in ("quantity", *PARTS, "periods")] == [
        asked[name] for name in ("quantity", *PARTS, "periods")
    ]
    assert typed(form, "plan_id") == str(other.id)
    checked = browser.post(order, data=the_form(quantity="4", periods="2", plan_id=str(other.id)))
    assert (checked.status_code, the_order(session).quantity) == (302, 4)


@pytest.mark.parametrize("asked", [{}, {"quantity": "many"}])
def test_an_order_form_is_empty_where_nothing_was_worked_out(
    app: Flask, session: Session, asked: dict[str, str]
) -> None:
    market = a_market(session)
    browser = signed_in(app, session, market.buyer)
    page = browser.get(f"/listings/{market.listing_id}", query_string=asked).text
    assert the_order_button(page) == new(market)
    assert typed(browser.get(new(market)).text, "quantity") == ""


def test_a_buyer_orders_from_the_form_to_the_reference(app: Flask, session: Session) -> None:
    market = a_market(session)
    browser = signed_in(app, session, market.buyer)
    assert "How many days do you need?" in browser.get(new(market)).text
    checked = browser.post(new(market), data=the_form(), follow_redirects=True).text
    for words in ("Check your order before placing it", "£1,590.00", "£318.00", "£1,908.00", "PO-100"):
        assert words in checked
    assert checked.count("£530.00") == 3  # one charge each month
    order = the_order(session)
    done = browser.post(f"/orders/{order.id}/submit", data={"version": "1"}, follow_redirects=True).text
    assert "Order placed" in done
    assert order.reference in done
    assert "&lt;" not in done
    assert the_order(session).state is OrderState.PLACED


def test_the_second_of_two_presses_shows_the_order(app: Flask, session: Session) -> None:
    market = a_market(session)
    browser, order = signed_in(app, session, market.buyer), a_draft(session, market)
    session.commit()
    first, second = (browser.post(f"/orders/{order.id}/submit", data={"version": "1"}) for _ in range(2))
    assert first.location == f"/orders/{order.id}/sent"
    assert second.location == f"/orders/{order.id}"
    taken = session.scalar(sa.select(sa.func.sum(CapacityPeriod.taken)))
    assert taken == 6


def test_an_order_above_the_limit_goes_to_an_approver_with_its_rule(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=100_000)
    browser, order = signed_in(app, session, market.buyer), a_draft(session, market)
    session.commit()
    said = "This order of £1,590.00 needs approval by an approver or an administrator"
    assert said in browser.get(f"/orders/{order.id}/check").text
    browser.post(f"/orders/{order.id}/submit", data={"version": "1"})
    approver = signed_in(app, session, market.approver)
    assert order.title in approver.get("/orders/approvals").text
    page = approver.get(f"/orders/{order.id}/approval").text
    assert said.removeprefix("This order of") in page
    assert market.approver.name in page
    assert market.buyer.name in page
    done = approver.post(f"/orders/{order.id}/approve", data={"version": "1"}, follow_redirects=True).text
    assert "It is now with the seller" in done
    assert (
        approver.post(f"/orders/{order.id}/approve", data={"version": "1"}).location == f"/orders/{order.id}"
    )


def test_what_is_sent_back_shows_its_reason_where_it_is_checked(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    approver = signed_in(app, session, market.approver)
    approver.post(f"/orders/{order.id}/send-back", data={"reason": "One <b>day</b> is enough"})
    page = signed_in(app, session, market.buyer).get(f"/orders/{order.id}/check").text
    assert "One &lt;b&gt;day&lt;/b&gt; is enough" in page


def test_a_draft_is_changed_in_its_filled_form(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market, po_number="PO-1")
    browser = signed_in(app, session, market.buyer)
    page = browser.get(f"/orders/{order.id}/change").text
    assert 'value="PO-1"' in page
    answer = browser.post(f"/orders/{order.id}/change", data=the_form(quantity="5"))
    assert answer.location == f"/orders/{order.id}/check"
    assert the_order(session).quantity == 5


def test_a_seller_accepts_and_both_sides_reach_the_contract(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    seller = signed_in(app, session, market.seller)
    assert "Accept order" in seller.get(f"/orders/{order.id}").text
    assert (
        "See the contract"
        in seller.post(f"/orders/{order.id}/accept", data={"version": "1"}, follow_redirects=True).text
    )
    assert seller.post(f"/orders/{order.id}/accept", data={"version": "1"}).location == f"/orders/{order.id}"
    page = signed_in(app, session, market.buyer).get(f"/orders/{order.id}").text
    contract = re.search(r'href="(/contracts/[^"]+)"', page)
    assert contract is not None
    assert f'href="/invoices?contract={contract[1].rpartition("/")[2]}"' in page
    assert the_order(session).state is OrderState.ACCEPTED


def test_a_seller_declines_with_a_reason_that_the_buyer_reads(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    seller = signed_in(app, session, market.seller)
    assert "Why do you decline it?" in seller.get(f"/orders/{order.id}/decline").text
    seller.post(f"/orders/{order.id}/decline", data={"reason": "Our manager is leaving"})
    assert "Our manager is leaving" in signed_in(app, session, market.buyer).get(f"/orders/{order.id}").text


def test_a_buyer_cancels_after_being_asked(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    browser = signed_in(app, session, market.buyer)
    assert "Cancel this order" in browser.get(f"/orders/{order.id}/cancel").text
    browser.post(f"/orders/{order.id}/cancel")
    assert the_order(session).state is OrderState.CANCELLED


def test_reasons_within_the_buying_trust_are_not_shown_to_the_seller(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    approver = signed_in(app, session, market.approver)
    approver.post(f"/orders/{order.id}/send-back", data={"reason": "Ask the dear neighbours first"})
    signed_in(app, session, market.buyer).post(f"/orders/{order.id}/submit", data={"version": "1"})
    approver.post(f"/orders/{order.id}/approve", data={"version": "1"})
    page = signed_in(app, session, market.seller).get(f"/orders/{order.id}").text
    assert order.reference in page
    assert "neighbours" not in page


@pytest.mark.parametrize(
    ("wrong", "words", "href"),
    [
        ({"quantity": ""}, "Enter how many you need", "#quantity"),
        ({"quantity": "0"}, "Enter a whole number from 1 to 100,000", "#quantity"),
        ({"quantity": "2.5"}, "Enter a whole number, like 12", "#quantity"),
        ({"quantity": "9" * 5000}, "Enter a whole number, like 12", "#quantity"),
        ({"quantity": "11"}, "Only 10 days are left", "#quantity"),
        ({"starts_on-day": "31", "starts_on-month": "2"}, "Enter a real date", "#starts_on-day"),
        ({"starts_on-year": "1999"}, "Enter a year from 2000 to 2100", "#starts_on-day"),
        (
            {"starts_on-day": "", "starts_on-month": "", "starts_on-year": ""},
            "Enter a start date",
            "#starts_on",
        ),
        ({"starts_on-year": "2020"}, "Start date must be today or in the future", "#starts_on-day"),
        ({"periods": "61"}, "Enter a whole number from 1 to 60", "#periods"),
        ({"periods": "30"}, "The seller offers nothing in", "#starts_on-day"),
        ({"po_number": "P" * 51}, "Use 50 characters or fewer", "#po_number"),
        ({"po_number": "a\x00b"}, "Remove the characters that cannot be printed", "#po_number"),
        ({"note": "n" * 1001}, "Use 1,000 characters or fewer", "#note"),
        ({"periods": "soon"}, "Enter a whole number", "#periods"),
        ({"surprise": "1"}, "This is not something that can be set here", ""),
    ],
    ids=str,
)
def test_a_wrong_form_says_so_at_its_field_keeps_what_was_typed_and_stores_nothing(
    app: Flask, session: Session, wrong: dict[str, str], words: str, href: str
) -> None:
    market = a_market(session)
    browser = signed_in(app, session, market.buyer)
    answer = browser.post(new(market), data=the_form(**({"note": "Keep <this>"} | wrong)))
    assert answer.status_code in {409, 422}
    assert words in answer.text
    assert href in answer.text
    assert re.search(r"<title[^>]*>\s*Error: ", answer.text)
    if "note" not in wrong:
        assert "Keep &lt;this&gt;" in answer.text
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 0


def test_an_order_without_the_po_number_its_trust_needs_stays_a_draft(app: Flask, session: Session) -> None:
    market = a_market(session, requires_po_number=True)
    browser, order = signed_in(app, session, market.buyer), a_draft(session, market)
    session.commit()
    assert "Your trust needs a purchase order number" in browser.get(f"/orders/{order.id}/check").text
    answer = browser.post(f"/orders/{order.id}/submit", data={"version": "1"})
    assert answer.status_code == 422
    assert "Add a purchase order number" in answer.text
    assert the_order(session).state is OrderState.DRAFT


def test_capacity_that_went_meanwhile_is_said_where_it_is_checked(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market, quantity=3)
    a_sent_order(session, market, quantity=8)
    answer = signed_in(app, session, market.buyer).post(f"/orders/{order.id}/submit", data={"version": "1"})
    assert answer.status_code == 409
    assert "Only 2 days are left" in answer.text
    session.expire_all()
    assert session.get_one(Order, order.id).state is OrderState.DRAFT


def test_capacity_that_went_meanwhile_is_said_to_the_approver(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    session.execute(sa.update(CapacityPeriod).values(taken=10))
    answer = signed_in(app, session, market.approver).post(
        f"/orders/{order.id}/approve", data={"version": "1"}
    )
    assert answer.status_code == 409
    assert "Nothing is left in" in answer.text
    assert the_order(session).state is OrderState.AWAITING_APPROVAL


@pytest.mark.parametrize("verb", ["send-back", "reject"])
@pytest.mark.parametrize("reason", ["", "   ", "r" * 501, "\ud800"])
def test_a_decision_needs_a_proper_reason(app: Flask, session: Session, verb: str, reason: str) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    approver = signed_in(app, session, market.approver)
    data = f"reason={reason}".encode("utf-8", "surrogatepass")
    answer = approver.post(
        f"/orders/{order.id}/{verb}", data=data, content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status_code, "#reason" in answer.text) == (422, True)
    assert the_order(session).state is OrderState.AWAITING_APPROVAL


def test_the_plan_is_asked_for_where_there_are_several(app: Flask, session: Session) -> None:
    market = a_market(session)
    once = a_plan(session, session.get_one(Listing, market.listing_id), Cadence.ONCE, 100_000)
    browser = signed_in(app, session, market.buyer)
    page = browser.get(new(market)).text
    assert "£1,000.00 a day, charged once" in page
    assert "charged each year" not in page
    assert browser.post(new(market), data=the_form()).status_code == 409
    assert "For how many months?" in browser.get(f"{new(market)}&plan={once.id}").text
    browser.post(new(market), data=the_form(plan_id=str(once.id)))
    assert the_order(session).cadence is Cadence.ONCE


@pytest.mark.parametrize("listing", ["", "nonsense", str(uuid.uuid4())])
def test_there_is_no_form_without_a_listing(app: Flask, session: Session, listing: str) -> None:
    browser = signed_in(app, session, a_market(session).buyer)
    assert browser.get(f"/orders/new?listing={listing}").status_code == 404
    assert browser.post(f"/orders/new?listing={listing}", data=the_form()).status_code == 404


READ = ("", "/check", "/sent", "/change", "/cancel", "/approval", "/send-back", "/reject", "/decline")
WRITE = ("/change", "/submit", "/cancel", "/approve", "/send-back", "/reject", "/accept", "/decline")


def test_every_page_of_the_order_of_others_is_not_there(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    for order in (a_draft(session, market), a_sent_order(session, market)):
        stranger = signed_in(app, session, market.stranger)
        assert {stranger.get(f"/orders/{order.id}{page}").status_code for page in READ} == {404}
        posts = [stranger.post(f"/orders/{order.id}{page}", data={"reason": "r"}) for page in WRITE]
        assert {answer.status_code for answer in posts} == {404}
        assert order.reference not in stranger.get("/orders").text
        assert order.reference not in stranger.get("/orders?side=sold").text


def test_an_order_that_was_not_placed_is_not_there_for_its_seller(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    selling = session.get_one(Organisation, market.seller.organisation_id)
    seller = signed_in(app, session, an_actor(session, selling))
    assert {seller.get(f"/orders/{order.id}{page}").status_code for page in READ} == {404}
    assert order.reference not in seller.get("/orders?side=sold").text


@pytest.mark.parametrize("page", ["/orders", "/orders?side=sold", "/orders/approvals"])
def test_lists_without_rows_say_so(app: Flask, session: Session, page: str) -> None:
    answer = signed_in(app, session, an_actor(session)).get(page)
    assert re.search("not ordered anything|Nobody has ordered|Nothing waits", answer.text)


def test_both_sides_find_the_order_in_their_lists(app: Flask, session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    bought = signed_in(app, session, market.buyer).get("/orders").text
    sold = signed_in(app, session, market.seller).get("/orders?side=sold").text
    assert order.reference in bought
    assert market.seller.organisation_name in bought
    assert order.reference in sold
    assert market.buyer.organisation_name in sold


def test_a_list_goes_on_where_the_page_before_ended(app: Flask, session: Session) -> None:
    market = a_market(session)
    session.execute(sa.update(CapacityPeriod).values(units=1_000))
    references = [a_draft(session, market).reference for _ in range(27)]
    browser = signed_in(app, session, market.buyer)
    first = browser.get("/orders").text
    following = re.search(r'href="(/orders\?[^"]*after=[^"]+)"', first)
    assert following is not None
    second = browser.get(following[1].replace("&amp;", "&")).text
    assert [reference in first for reference in references] == [False] * 2 + [True] * 25
    assert [reference in second for reference in references] == [True] * 2 + [False] * 25


def test_a_person_without_the_role_is_told_who_may(app: Flask, session: Session) -> None:
    market = a_market(session)
    finance = an_actor(session, an_organisation(session), Role.FINANCE)
    answer = signed_in(app, session, finance).get(new(market))
    assert answer.status_code == 403
    assert "administrator or buyer" in answer.text


def test_who_is_not_signed_in_is_asked_to(client: FlaskClient, session: Session) -> None:
    market = a_market(session)
    session.commit()
    answer = client.get(new(market))
    assert answer.location is not None
    assert answer.location.startswith("/sign-in?next=/orders/new")


def test_the_home_page_names_what_waits(app: Flask, session: Session) -> None:
    market = a_market(session, limit_pence=100_000)
    waits, placed = a_sent_order(session, market), a_sent_order(session, market, quantity=1, periods=1)
    draft = a_draft(session, market)
    assert placed.state is OrderState.PLACED

    def home(actor: Any) -> str:
        return signed_in(app, session, actor).get("/").text

    assert f"Approve {waits.reference}" in home(market.approver)
    assert f"Accept or decline {placed.reference}" in home(market.seller)
    assert f"Send or cancel your draft {draft.reference}" in home(market.buyer)
    assert waits.reference not in home(market.stranger)


def test_a_listing_whose_price_rose_shows_the_new_price_in_the_changed_draft(
    app: Flask, session: Session
) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    session.scalars(sa.select(Plan)).one().unit_price_pence = 30_000
    browser = signed_in(app, session, market.buyer)
    refused = browser.post(f"/orders/{order.id}/submit", data={"version": "1"})
    assert (refused.status_code, "changed the price" in refused.text) == (409, True)
    checked = browser.post(f"/orders/{order.id}/change", data=the_form(), follow_redirects=True).text
    assert "£1,800.00" in checked


def test_an_accepted_order_shows_no_way_to_cancel(app: Flask, session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    browser = signed_in(app, session, market.buyer)
    assert "Cancel this order" not in browser.get(f"/orders/{contract.source_id}").text
    assert browser.post(f"/orders/{contract.source_id}/cancel").status_code == 409


@pytest.mark.parametrize(("days", "is_said"), [(0, True), (1, False)])
def test_an_order_from_today_says_that_its_seller_must_answer_today(
    app: Flask, session: Session, days: int, is_said: bool
) -> None:
    market = a_market(session)
    starts_on = clock.today() + timedelta(days=days)
    order = a_draft(session, market, starts_on=starts_on, periods=1)
    session.commit()
    browser = signed_in(app, session, market.buyer)
    page = browser.get(f"/orders/{order.id}/check").text
    assert ("must answer today. If it does not, nothing is ordered" in page) is is_said
    answer = browser.post(f"/orders/{order.id}/submit", data={"version": order.version})
    assert answer.status_code == 302
    day = f"{starts_on.day} {starts_on:%B %Y}"
    sent = browser.get(answer.location).text
    assert f"has until {day}, the first day of the order, to accept or decline." in shown(sent)
    received = signed_in(app, session, market.seller).get(f"/orders/{order.id}").text
    assert f"waits for your answer until {day}, the first day of the order. If you" in shown(received)


def shown(page: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))
