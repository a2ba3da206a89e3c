"""The pages of rounds: what each person sees and can do, and what nobody else ever sees."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.aggregation import awarding, offers, queries
from marketplace.aggregation.models import Round
from marketplace.kernel import clock
from marketplace.kernel.http import day
from marketplace.trusts.access import Actor
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
    round_terms,
)
from tests.factories.trusts import an_actor, bearer, signed_in

PROMISE = {"quantity": "60", "ceiling_pence": "500.00", "baseline_pence": "520", "po_number": "PO 1"}
HOSTILE: list[dict[str, str]] = [
    {},
    {"quantity": "0"},
    {"quantity": "-1"},
    {"quantity": "3.7"},
    {"quantity": "9" * 30},
    {"quantity": "six"},
    {"ceiling_pence": ""},
    {"ceiling_pence": "1e9"},
    {"ceiling_pence": "-5"},
    {"ceiling_pence": "399.99"},
    {"ceiling_pence": "9999999999"},
    {"baseline_pence": "x"},
    {"po_number": "x" * 51},
    {"po_number": "a\x00b"},
    {"purchase_request_id": "'; DROP TABLE rounds; --"},
    {"state": "served"},
]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def close(session: Session, round_: Round, lead: Actor) -> None:
    with freeze_time(round_.closes_at):
        an_award(session, lead, round_)


def test_a_round_says_what_the_next_units_bring_and_what_they_save(app: Flask, session: Session) -> None:
    buyer = a_buyer(session)
    round_ = a_round(session)
    a_commitment(session, round_, buyer, quantity=150)
    text = words(signed_in(app, session, buyer).get(f"/rounds/{round_.id}").text)
    assert "50 more laptops bring everyone to £400.00." in text
    assert "£10,500.00 saving at the current price" in text
    assert "£18,000.00 saving at the next price" in text
    assert "Change our commitment" in text


def test_the_lists_have_every_round_in_its_place(app: Flask, session: Session) -> None:
    lead = a_buyer(session)
    a_round(session, lead, title="Open one")
    done = a_round(session, lead, title="Done one")
    a_commitment(session, done, lead)
    close(session, done, lead)
    text = words(signed_in(app, session, lead).get("/rounds").text)
    assert text.index("Open to join") < text.index("Open one") < text.index("Your rounds")
    assert text.index("Over") < text.index("Done one")


def test_committing_goes_by_a_page_that_says_what_it_binds_to(app: Flask, session: Session) -> None:
    buyer, round_ = a_buyer(session, limit_pence=100), a_round(session)
    browser = signed_in(app, session, buyer)
    address = f"/rounds/{round_.id}/commit"
    assert "What you pay for one today" in browser.get(address).text
    check = browser.post(f"{address}/check", data=PROMISE)
    assert check.status_code == 200
    for sum_ in ("£30,000.00", "£6,000.00", "£36,000.00", "needs approval by an approver"):
        assert sum_ in words(check.text)
    assert "No price on the list is above" not in check.text
    dear = words(browser.post(f"{address}/check", data=PROMISE | {"ceiling_pence": "900"}).text)
    assert "£30,000.00" in dear
    assert "No price on the list is above £500.00" in dear
    assert queries.own_rounds(session, buyer).rows == []
    assert 'value="500.00"' in browser.post(f"{address}/change", data=PROMISE).text
    assert browser.post(address, data=PROMISE).location == f"/rounds/{round_.id}"
    page = words(browser.get(f"/rounds/{round_.id}").text)
    assert "Sent for approval." in page
    assert "counts once a second person" in page


@pytest.mark.parametrize("wrong", HOSTILE)
@pytest.mark.parametrize("step", ["", "/check"])
def test_a_wrong_promise_stores_nothing_and_keeps_what_was_typed(
    app: Flask, session: Session, step: str, wrong: dict[str, str]
) -> None:
    buyer, round_ = a_buyer(session), a_round(session)
    browser = signed_in(app, session, buyer)
    data = PROMISE | wrong if wrong else {}
    answer = browser.post(f"/rounds/{round_.id}/commit{step}", data=data)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    if wrong:
        assert 'value="520"' in answer.text or "baseline_pence" in wrong
    session.expire_all()
    assert queries.own_rounds(session, buyer).rows == []


def test_a_second_person_approves_on_a_page_that_says_the_rule(app: Flask, session: Session) -> None:
    buyer, round_ = a_buyer(session, limit_pence=100), a_round(session)
    commitment = a_commitment(session, round_, buyer)
    trust = session.get_one(Organisation, buyer.organisation_id)
    approver = an_actor(session, trust, Role.APPROVER)
    browser = signed_in(app, session, approver)
    page = words(browser.get(f"/rounds/{round_.id}/approval").text)
    assert "needs approval by an approver or an administrator" in page
    assert "£36,000.00" in page
    waiting = queries.waiting(session, approver)
    assert [one.href for one in waiting] == [f"/rounds/{round_.id}/approval"]
    seen = {"quantity": "60", "ceiling_pence": "500.00", "baseline_pence": "520.00"}
    for key, value in seen.items():
        assert (
            f'<input type="hidden" name="{key}" value="{value}">'
            in browser.get(f"/rounds/{round_.id}/approval").text
        )
    browser.post(f"/rounds/{round_.id}/approval/{commitment.id}", data=seen)
    assert "60 laptops" in words(browser.get(f"/rounds/{round_.id}").text)
    assert browser.get(f"/rounds/{round_.id}/approval").status_code == 404
    assert queries.waiting(session, approver) == []


@pytest.mark.parametrize("sent", [{}, {"quantity": "50", "ceiling_pence": "500", "baseline_pence": "520"}])
def test_an_old_page_approves_nothing_and_shows_what_stands_now(
    app: Flask, session: Session, sent: dict[str, str]
) -> None:
    buyer, round_ = a_buyer(session, limit_pence=100), a_round(session)
    commitment = a_commitment(session, round_, buyer)
    trust = session.get_one(Organisation, buyer.organisation_id)
    approver = an_actor(session, trust, Role.APPROVER)
    answer = signed_in(app, session, approver).post(
        f"/rounds/{round_.id}/approval/{commitment.id}", data=sent
    )
    assert answer.status_code == 409
    assert "There is a problem" in answer.text
    assert "60 laptops" in words(answer.text)
    assert 'name="quantity" value="60"' in answer.text
    assert queries.waiting(session, approver) != []


def test_a_commitment_is_withdrawn_after_a_question(app: Flask, session: Session) -> None:
    buyer, round_ = a_buyer(session), a_round(session)
    a_commitment(session, round_, buyer)
    browser = signed_in(app, session, buyer)
    assert "Withdraw our commitment?" in browser.get(f"/rounds/{round_.id}/withdraw").text
    assert browser.post(f"/rounds/{round_.id}/withdraw").status_code == 302
    assert "No trust has committed yet" in browser.get(f"/rounds/{round_.id}").text
    assert browser.get(f"/rounds/{round_.id}/withdraw").status_code == 404


def test_the_unserved_read_why_on_the_round(app: Flask, session: Session) -> None:
    lead, poor = a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=120)
    a_commitment(session, round_, poor, quantity=5, ceiling_pence=44_000)
    close(session, round_, lead)
    assert "£10.00 above your ceiling of £440.00" in words(
        signed_in(app, session, poor).get(f"/rounds/{round_.id}").text
    )


def test_who_was_not_served_is_named_neither_before_the_award_nor_after_it(
    app: Flask, session: Session
) -> None:
    lead, poor = a_buyer(session), a_buyer(session, name="Poor Trust")
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=120)
    a_commitment(session, round_, poor, quantity=5, ceiling_pence=44_000)
    address = f"/rounds/{round_.id}"
    before = words(signed_in(app, session, lead).get(address).text)
    assert "Poor Trust" not in before
    assert "2 trusts have committed 125 laptops" in before
    assert "yours among them" in before
    seen = app.test_client().get(f"/api{address}", headers=bearer(session, lead)).get_json()
    assert (seen["trusts"], [one["quantity"] for one in seen["members"]]) == (2, [120])
    close(session, round_, lead)
    assert "Poor Trust" not in signed_in(app, session, lead).get(address).text
    text = words(signed_in(app, session, a_buyer(session)).get(address).text)
    assert "Poor Trust" not in text
    assert "125" not in text
    assert "Trusts served" in text


def test_a_round_says_by_when_it_must_be_awarded_and_when_it_is_too_late(
    app: Flask, session: Session
) -> None:
    lead, member = a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, member)
    address, by = f"/rounds/{round_.id}", day(round_.starts_on)
    with freeze_time(round_.closes_at):
        assert f"not awarded by the end of {by}" in words(signed_in(app, session, member).get(address).text)
        browser = signed_in(app, session, lead)
        assert f"Decide by the end of {by}" in words(browser.get(f"{address}/close").text)
    with freeze_time(f"{round_.starts_on + timedelta(days=1)} 12:00"):
        browser = signed_in(app, session, lead)
        page = words(browser.get(address).text)
        assert "It is too late to award this round" in page
        assert "Close and award" not in page
        assert browser.post(f"{address}/close", data={}).status_code == 409
        awarding.end_late_rounds(session)
        session.commit()
        page = words(signed_in(app, session, member).get(address).text)
    assert f"It was not awarded by {by}, when its contracts were to start." in page
    assert "Why it closed early" not in page


def test_nobody_else_reads_a_ceiling_or_a_price_of_today(app: Flask, session: Session) -> None:
    lead, private, supplier = a_buyer(session), a_buyer(session), a_supplier(session)
    from marketplace.aggregation import services

    price_list = a_price_list(session, supplier)
    round_ = services.start_round(session, lead, round_terms(price_list.id))
    a_commitment(session, round_, lead, quantity=120)
    canaries = {"ceiling_pence": 44_444, "baseline_pence": 48_887}
    a_request(session, private, **canaries)
    a_commitment(session, round_, private, quantity=7, **canaries)
    stranger, admin = a_buyer(session), an_actor(session)
    readers = [lead, supplier, stranger, admin]
    assert not any(_found(app, session, one, round_) for one in readers)
    close(session, round_, lead)
    assert not any(_found(app, session, one, round_) for one in readers)
    assert _found(app, session, private, round_) >= {"444.44"}


def _found(app: Flask, session: Session, actor: Actor, round_: Round) -> set[str]:
    """Which canaries stand in any page or JSON answer that the actor can read."""
    from tests.factories.trusts import bearer

    browser, headers = signed_in(app, session, actor), bearer(session, actor)
    pages = ["", "/close", "/cancel", "/commit", "/approval", "/withdraw"]
    addresses = [f"/rounds/{round_.id}{page}" for page in pages]
    addresses += ["/rounds", "/savings", "/purchase-requests", "/price-lists", "/"]
    api = ["rounds", f"rounds/{round_.id}", "savings", "purchase-requests", "purchase-requests/own"]
    texts = [browser.get(address).text for address in addresses]
    texts += [browser.get(f"/api/{address}", headers=headers).text for address in api]
    canaries = ("444.44", "44444", "488.87", "48887", "5.56", "556", "4,443")
    read = "\n".join(texts)  # a token or a reference may hold the same digits by chance
    return {canary for canary in canaries if re.search(rf"(?<![\w-]){canary}(?![\w-])", read)}


def test_another_trust_cannot_lead_approve_or_withdraw(app: Flask, session: Session) -> None:
    lead, buyer = a_buyer(session), a_buyer(session, limit_pence=0)
    round_ = a_round(session, lead)
    commitment = a_commitment(session, round_, buyer)
    browser = signed_in(app, session, an_actor(session))
    for address in ("close", "cancel", "withdraw", "approval"):
        assert browser.get(f"/rounds/{round_.id}/{address}").status_code == 404
    for address in ("close", "cancel", "withdraw", f"approval/{commitment.id}"):
        assert browser.post(f"/rounds/{round_.id}/{address}", data={"reason": "x"}).status_code == 404


def test_a_round_is_started_from_a_published_list(app: Flask, session: Session) -> None:
    lead, price_list = a_buyer(session), a_price_list(session)
    browser = signed_in(app, session, lead)
    page = browser.get(f"/rounds/new?price_list={price_list.id}&title=Laptops")
    assert f'name="price_list_id" value="{price_list.id}"' in page.text
    assert "Choose another price list" in page.text
    data = _started(str(price_list.id))
    answer = browser.post("/rounds/new", data=data)
    assert answer.status_code == 302
    assert "Laptops for all" in browser.get(answer.location).text


def _started(list_id: str, **more: str) -> dict[str, str]:
    year = str(clock.today().year + 1)
    data = {
        "price_list_id": list_id,
        "title": "Laptops for all",
        "specification": "A laptop",
        "closes_on-day": "1",
        "closes_on-month": "3",
        "closes_on-year": year,
        "starts_on-day": "1",
        "starts_on-month": "4",
        "starts_on-year": year,
        "months": "12",
        "minimum_units": "1",
    }
    return data | more


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_list_id": ""},
        {"price_list_id": "nonsense"},
        {"price_list_id": "00000000-0000-0000-0000-000000000000"},
        {"title": ""},
        {"title": "x" * 121},
        {"specification": "x" * 5_001},
        {"closes_on-day": "31", "closes_on-month": "2"},
        {"closes_on-year": "2020"},
        {"starts_on-month": "2"},
        {"months": "0"},
        {"months": "61"},
        {"minimum_units": "-1"},
        {"lead_id": "x"},
    ],
)
def test_a_round_with_a_fault_is_not_started(app: Flask, session: Session, wrong: dict[str, str]) -> None:
    lead, price_list = a_buyer(session), a_price_list(session)
    answer = signed_in(app, session, lead).post("/rounds/new", data=_started(str(price_list.id), **wrong))
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "A laptop" in answer.text or "specification" in wrong
    assert queries.own_rounds(session, lead).rows == []


def test_cancelling_asks_why_and_tells_everybody(app: Flask, session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    browser = signed_in(app, session, lead)
    assert browser.post(f"/rounds/{round_.id}/cancel", data={"reason": " "}).status_code == 422
    assert browser.post(f"/rounds/{round_.id}/cancel", data={"reason": "Not needed"}).status_code == 302
    stranger = signed_in(app, session, a_buyer(session))
    text = words(stranger.get(f"/rounds/{round_.id}").text)
    assert f"Cancelled on {day(clock.today())} by {lead.organisation_name}. " in text
    assert "Why it was cancelled: Not needed" in text


def test_a_round_that_closed_early_says_when_and_by_whom_and_what_was_paid_before(
    app: Flask, session: Session
) -> None:
    lead, other = a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead)
    a_commitment(session, round_, other, baseline_pence=None)
    an_award(session, lead, round_, "All are in")
    text = words(signed_in(app, session, lead).get(f"/rounds/{round_.id}").text)
    by = f"Closed early on {day(clock.today())} by {lead.organisation_name}."
    assert f"{by} Why it closed early: All are in" in text
    assert "Price before, excluding VAT £520.00 each" in text
    assert f"{lead.organisation_name} (your trust) (lead)" in text
    assert "Price before, excluding VAT Not given" in words(
        signed_in(app, session, other).get(f"/rounds/{round_.id}").text
    )


def test_only_those_who_buy_are_offered_a_start_and_only_on_the_lists_of_others(
    app: Flask, session: Session
) -> None:
    supplier = a_supplier(session)
    sells = session.get_one(Organisation, supplier.organisation_id)
    seller = signed_in(app, session, an_actor(session, sells, Role.SELLER, Role.ADMINISTRATOR))
    mine = a_price_list(session, supplier, title="Our own list")
    pages = [seller.get(address).text for address in ("/rounds", "/price-lists", "/purchase-requests")]
    assert not any("Start a round" in page or "/rounds/new" in page for page in pages)
    assert pages[1].count(mine.title) == 1 + pages[1].count(f"> {mine.title}</span>")
    assert seller.get("/rounds/new").status_code == 403
    buyer = signed_in(app, session, a_buyer(session))
    assert "Start a round" in buyer.get("/price-lists").text


def test_a_round_from_a_request_says_that_it_needs_a_price_list_and_where_that_comes_from(
    app: Flask, session: Session
) -> None:
    text = words(signed_in(app, session, a_buyer(session)).get("/rounds/new?title=Trolleys").text)
    assert "To start a round for “Trolleys” you need a supplier’s price list for it" in text
    assert "“Publish a price list”" in text


PRICES = {
    "title": "Laptop",
    "unit": "laptop",
    "unit_plural": "laptops",
    "category": "it",
    "vat_treatment": "standard",
    "source": "Own list",
    "from_1": "1",
    "price_1": "500",
    "from_2": "100",
    "price_2": "450",
}


def test_a_supplier_publishes_and_withdraws_prices(app: Flask, session: Session) -> None:
    supplier = a_supplier(session)
    browser = signed_in(app, session, supplier)
    assert browser.get("/price-lists/new").status_code == 200
    assert browser.post("/price-lists/new", data=PRICES).status_code == 302
    (listed,) = offers.own(session, supplier).rows
    assert [tier.unit_price_pence for tier in listed.tiers] == [50_000, 45_000]
    assert "100 laptops" in words(browser.get("/price-lists").text)
    assert browser.post(f"/price-lists/{listed.id}/withdraw").status_code == 302
    assert offers.published(session, (), None).rows == []
    assert "100 laptops" in words(browser.get("/price-lists/withdrawn").text)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"from_1": "", "price_1": "", "from_2": "", "price_2": ""}, "from_1"),
        ({"price_2": "500"}, "price_2"),
        ({"from_2": "1"}, "from_2"),
        ({"price_2": ""}, "price_2"),
        ({"from_6": "500"}, "price_6"),
        ({"from_4": "500", "price_4": "460"}, "price_4"),
        ({"from_1": "0"}, "from_1"),
        ({"price_1": "12.345"}, "price_1"),
        ({"category": "weapons"}, "category"),
        ({"vat_treatment": ""}, "vat_treatment"),
        ({"unit": ""}, "unit"),
    ],
)
def test_a_fault_in_a_price_list_stands_at_its_field(
    app: Flask, session: Session, wrong: dict[str, str], field: str
) -> None:
    supplier = a_supplier(session)
    answer = signed_in(app, session, supplier).post("/price-lists/new", data=PRICES | wrong)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert offers.own(session, supplier).rows == []


NEED = {
    "title": "Trolleys",
    "category": "it",
    "unit_plural": "trolleys",
    "quantity": "4",
    "ceiling_pence": "700",
    "baseline_pence": "",
    "note": "Two schools",
}


def test_a_need_is_posted_shown_to_others_without_its_price_and_closed(app: Flask, session: Session) -> None:
    buyer = a_buyer(session)
    browser = signed_in(app, session, buyer)
    assert browser.get("/purchase-requests/new").status_code == 200
    assert browser.post("/purchase-requests/new", data=NEED).status_code == 302
    assert "£700.00" in browser.get("/purchase-requests").text
    others = words(signed_in(app, session, a_buyer(session)).get("/purchase-requests").text)
    assert "Two schools" in others
    assert "£700" not in others
    (request,) = queries.own_requests(session, buyer).rows
    assert browser.post(f"/purchase-requests/{request.id}/withdraw").status_code == 302
    assert queries.open_requests(session, None).rows == []


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"quantity": "0"}, {"ceiling_pence": "no"}, {"category": ""}, {"note": "x" * 2_001}],
)
def test_a_need_with_a_fault_is_not_posted(app: Flask, session: Session, wrong: dict[str, str]) -> None:
    buyer = a_buyer(session)
    answer = signed_in(app, session, buyer).post("/purchase-requests/new", data=NEED | wrong)
    assert answer.status_code == 422
    assert queries.own_requests(session, buyer).rows == []


def test_a_commitment_form_is_filled_from_a_request(app: Flask, session: Session) -> None:
    buyer, round_ = a_buyer(session), a_round(session)
    request = a_request(session, buyer, baseline_pence=49_000)
    browser, address = signed_in(app, session, buyer), f"/rounds/{round_.id}/commit?request={request.id}"
    empty = browser.get(f"/rounds/{round_.id}/commit").text
    assert f'href="{address}">Fill in from Laptops for year 7, 30 laptops</a>' in empty
    page = browser.get(address).text
    assert 'value="490.00"' in page
    assert "Fill in from" not in page
    assert 'value="30"' in page
    assert 'value="480.00"' in page
    assert f'value="{request.id}" selected' in page


def test_savings_stand_contract_by_contract_with_losses_shown(app: Flask, session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=100, baseline_pence=44_000)
    close(session, round_, lead)
    text = words(signed_in(app, session, lead).get("/savings").text)
    assert "£1,000.00 more to pay" in text
    assert "-£1,000.00" in text
    empty = signed_in(app, session, a_buyer(session)).get("/savings").text
    assert "No award has been measured yet" in empty


def test_a_round_that_closes_soon_waits_for_a_decision_of_those_outside(session: Session) -> None:
    round_ = a_round(session, closes_on=clock.today(), starts_on=clock.today().replace(year=2090))
    buyer = a_buyer(session)
    assert [one.href for one in queries.waiting(session, buyer)] == [f"/rounds/{round_.id}"]
    a_commitment(session, round_, buyer)
    assert queries.waiting(session, buyer) == []


@pytest.mark.parametrize("address", ["rounds", "savings", "price-lists", "purchase-requests", "rounds/new"])
def test_nobody_reads_these_pages_signed_out(client: FlaskClient, address: str) -> None:
    answer = client.get(f"/{address}")
    assert answer.status_code == 302
    assert str(answer.location).startswith("/sign-in?next=")


def test_words_that_people_type_are_never_markup(app: Flask, session: Session) -> None:
    lead = a_buyer(session, name="<script>alert(1)</script>")
    round_ = a_round(session, lead, title="<b>Laptops</b>", specification="<img src=x>")
    a_commitment(session, round_, lead, po_number="<i>")
    browser = signed_in(app, session, lead)
    values: dict[str, Any] = PROMISE | {"po_number": "<i>PO</i>"}
    texts = [
        browser.get(f"/rounds/{round_.id}").text,
        browser.get("/rounds").text,
        browser.post(f"/rounds/{round_.id}/commit/check", data=values).text,
    ]
    for markup in ("<script>alert", "<b>Laptops", "<img src=x", "<i>"):
        assert not any(markup in text for text in texts)
