"""The page of the rules: two questions whose answers have an address."""

from __future__ import annotations

import html

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.people import services as people
from marketplace.trusts.kinds import OrganisationKind, Role
from tests.factories.trusts import an_actor, an_organisation, signed_in

DEAL = {
    "kind": "goods",
    "value_pence": "207,720.00",
    "starts_on-day": "1",
    "starts_on-month": "1",
    "starts_on-year": "2026",
    "buyers": "3",
}
NOTICE = {"notice_on-day": "30", "notice_on-month": "3", "notice_on-year": "2026"}


@pytest.fixture
def visitor(app: Flask, session: Session) -> FlaskClient:
    """Somebody with one role at a trust."""
    return signed_in(app, session, an_actor(session, an_organisation(session), Role.BUYER))


def asked(visitor: FlaskClient, path: str, query: dict[str, str], status: int = 200) -> str:
    answer = visitor.get(path, query_string=query)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def test_the_page_asks_both_questions_and_shows_every_figure_with_its_source(visitor: FlaskClient) -> None:
    page = asked(visitor, "/rules", {})
    assert "Check this purchase" in page
    assert "Count the working days" in page
    assert "£5,193,000.00" in page
    assert 'href="https://www.legislation.gov.uk/uksi/2025/1200"' in page
    assert "They are not legal advice." in page


def test_payments_stand_apart_from_purchases_and_no_key_is_shown(visitor: FlaskClient) -> None:
    page = asked(visitor, "/rules", {})
    small, payments = page.index(">Small purchases</caption>"), page.index(">Invoices and payments</caption>")
    assert small < page.index("Low-value purchases") < payments < page.index("with a new mandate")
    assert "Bacs days" not in page


def test_a_purchase_is_answered_with_rule_sentence_source_and_how_sure(visitor: FlaskClient) -> None:
    page = asked(visitor, "/rules/deal", DEAL)
    assert "Above the threshold" in page
    assert "Threshold for goods and services, including VAT" in page
    assert "The needs of the 3 buyers are added up" in page
    assert 'href="https://www.legislation.gov.uk/ukpga/2023/54/section/51"' in page
    assert "An official source says so, or several agree" in page
    assert "One source says so" in page
    assert "They are not legal advice." in page


def test_a_purchase_one_penny_smaller_is_below(visitor: FlaskClient) -> None:
    page = asked(visitor, "/rules/deal", DEAL | {"value_pence": "207,719.99"})
    assert "Below the threshold" in page


def test_a_standstill_is_answered_with_its_working_days(visitor: FlaskClient) -> None:
    page = asked(visitor, "/rules/standstill", NOTICE)
    assert page.count("<li>Monday") == 1
    assert "Sign from Saturday" in page
    assert "the next working day is 13 April 2026" in page


@pytest.mark.parametrize("path", ["/rules/deal", "/rules/standstill"])
def test_a_question_without_an_answer_yet_shows_no_error(visitor: FlaskClient, path: str) -> None:
    page = asked(visitor, path, {})
    assert "There is a problem" not in page
    assert "What the rules say" not in page


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("/rules/deal", DEAL | {"value_pence": "x"}, "Enter a sum in pounds and pence"),
        ("/rules/deal", DEAL | {"kind": "rubbish"}, "Select one of"),
        ("/rules/deal", {"buyers": "2"}, "Select what is bought"),
        ("/rules/deal", DEAL | {"starts_on-year": "2022"}, "The rules here begin on 1 January 2024"),
        ("/rules/standstill", NOTICE | {"notice_on-day": "32"}, "Enter a real date"),
        ("/rules/standstill", NOTICE | {"notice_on-year": "2099"}, "Bank holidays are known here"),
    ],
)
def test_a_fault_is_shown_beside_its_question(
    visitor: FlaskClient, path: str, query: dict[str, str], words: str
) -> None:
    page = asked(visitor, path, query, 422)
    assert "There is a problem" in page
    assert words in page
    assert "What the rules say" not in page


def test_what_else_stands_in_the_address_is_passed_over(visitor: FlaskClient) -> None:
    assert "Above the threshold" in asked(visitor, "/rules/deal", DEAL | {"from": "a-letter"})


def test_a_supplier_may_ask_too(app: Flask, session: Session) -> None:
    firm = an_organisation(session, kind=OrganisationKind.SUPPLIER)
    supplier = signed_in(app, session, an_actor(session, firm))
    assert "Above the threshold" in asked(supplier, "/rules/deal", DEAL)


def test_the_footer_leads_there_for_whoever_is_signed_in(app: Flask, visitor: FlaskClient) -> None:
    assert 'href="/rules"' in visitor.get("/rules").text
    assert 'href="/rules"' not in app.test_client().get("/help").text


def test_a_person_without_an_organisation_may_ask(app: Flask, session: Session) -> None:
    newcomer = people.add_person(session, "new@school.example", "New Comer", None)
    secret = people.open_session(session, newcomer.id, "test")
    session.commit()
    alone = app.test_client()
    with alone.session_transaction() as cookie:
        cookie["session"] = secret
    assert "Above the threshold" in asked(alone, "/rules/deal", DEAL)
    assert 'href="/rules"' in alone.get("/rules").text
