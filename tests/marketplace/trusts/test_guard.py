"""What a route's decision asks for: an organisation, an operator, a fresh proof, a second factor, a scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from marketplace.kernel import clock
from marketplace.kernel.decisions import Decision, decided, fresh, operators, public, signed_in
from marketplace.people import authenticators, services
from marketplace.people.factor_models import Authenticator
from marketplace.people.models import BrowserSession, Person
from marketplace.people.scopes import Scope
from marketplace.trusts import guard
from marketplace.trusts.guard import needs, roles
from marketplace.trusts.kinds import Role
from tests.factories.membership import an_operator
from tests.factories.membership import browser_of as person_browser
from tests.factories.trusts import an_actor
from tests.factories.trusts import signed_in as browser_of
from tests.house.addresses import address

FORM = "/account/password"
"""A form that asks for a fresh proof."""


def aged(app: Flask, session: Session, minutes: int) -> FlaskClient:
    """A browser whose person proved so long ago who they are."""
    browser = browser_of(app, session, an_actor(session))
    ago = clock.now() - timedelta(minutes=minutes)
    session.execute(sa.update(BrowserSession).values(confirmed_at=ago))
    session.commit()
    return browser


def is_json(rule: Rule) -> bool:
    return rule.rule.startswith("/api/")


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (14, 200), (16, 302), (59, 302)])
def test_a_form_opens_within_fifteen_minutes_of_a_proof(
    app: Flask, session: Session, minutes: int, status: int
) -> None:
    answer = aged(app, session, minutes).get(f"{FORM}?from=account")
    assert answer.status_code == status
    if status == 302:
        assert answer.location == "/confirm?next=/account/password?from%3Daccount"


@pytest.mark.parametrize(("minutes", "status"), [(16, 422), (59, 422), (61, 403)])
def test_what_was_opened_in_time_is_taken_for_forty_five_minutes_more(
    app: Flask, session: Session, minutes: int, status: int
) -> None:
    answer = aged(app, session, minutes).post(FORM, data={})
    assert answer.status_code == status
    assert ("reload the page" in answer.text) == (status == 403)


def test_after_a_proof_in_another_tab_the_same_form_is_taken(app: Flask, session: Session) -> None:
    browser = aged(app, session, 61)
    session.execute(sa.update(Person).values(demonstration_part="Business manager"))
    session.commit()
    form = {"new_password": "seven green bicycles"}
    assert browser.post(FORM, data=form).status_code == 403
    assert browser.post("/confirm/demonstration", data={"next": "/account"}).location == "/account"
    assert browser.post(FORM, data=form).location == "/account"


def test_every_fresh_route_turns_an_old_proof_away_and_none_other_does(app: Flask, session: Session) -> None:
    browser, found = aged(app, session, 61), 0
    for rule in app.url_map.iter_rules():
        decision = guard.decision_of(app, rule.endpoint)
        if decision is None or not decision.is_fresh or decision.is_operators or is_json(rule):
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = browser.open(address(rule), method=method)
            asked = answer.status_code == 403 and "Confirm that it is you" in answer.text
            assert asked or (answer.status_code == 302 and answer.location.startswith("/confirm?next=")), rule
            found += 1
    assert found >= 12
    assert browser.get("/account").status_code == 200


def test_what_asks_people_for_a_fresh_proof_asks_tokens_for_a_scope_of_its_own(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        decision = guard.decision_of(app, rule.endpoint)
        if decision is not None and decision.is_fresh and is_json(rule):
            assert guard.scope_of(decision, rule.rule, "POST") in {Scope.APPROVE, Scope.MONEY}, rule


def test_money_bank_details_and_ways_to_sign_in_ask_for_a_fresh_proof(app: Flask) -> None:
    for endpoint in (
        "documents.settings",
        "documents.save_settings",
        "collecting.record_receipt",
        "collecting.record_return",
        "collecting.reverse_receipt",
        "tokens.make_token",
        "passwords.change_password",
        "addresses.ask_to_change",
        "addresses.change_address",
    ):
        decision = guard.decision_of(app, endpoint)
        assert decision is not None
        assert decision.is_fresh, endpoint


def test_a_browser_that_owes_the_second_proof_opens_only_what_is_public(app: Flask, session: Session) -> None:
    browser = browser_of(app, session, an_actor(session))
    session.execute(sa.update(BrowserSession).values(awaits_factor=True))
    session.commit()
    for rule in app.url_map.iter_rules():
        decision = guard.decision_of(app, rule.endpoint)
        if is_json(rule) or decision is None or decision.is_public or decision.awaits_factor:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = browser.open(address(rule), method=method)
            assert answer.status_code == 302, rule
            assert answer.location.split("?")[0] == "/sign-in/second", rule
    assert "Sign out" not in browser.get("/terms").text
    assert browser.post("/sign-out").location == "/"


def test_only_an_operator_reaches_the_operators_pages(app: Flask, session: Session) -> None:
    admin = browser_of(app, session, an_actor(session))
    person = services.add_person(session, "op@sharewell.example", "Op", None)
    secret = services.open_session(session, person.id, "test")
    session.commit()
    operator = app.test_client()
    with operator.session_transaction() as cookie:
        cookie["session"] = secret
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if (decision := guard.decision_of(app, rule.endpoint)) is not None and decision.is_operators
    ]
    for browser in (admin, operator):
        assert {
            browser.get(address(rule)).status_code for rule in rules if "GET" in (rule.methods or ())
        } <= {403}
    person.is_operator = True
    session.commit()
    found = {operator.get(address(rule)).status_code for rule in rules if "GET" in (rule.methods or ())}
    assert 403 not in found


def test_outside_the_demonstration_an_operator_without_a_second_proof_is_sent_to_set_one_up(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], demo=False))
    operator = an_operator(session)
    browser = person_browser(app, session, operator)
    for answer in (browser.get("/operator/claims"), browser.post("/operator/suppliers/new", data={})):
        assert answer.location == "/account/security"
    assert "Whoever runs this Sharewell needs a second proof" in browser.get("/account/security").text
    authenticators.begin(session, operator.id, app.config["SECRET_KEY"])
    session.execute(sa.update(Authenticator).values(confirmed_at=clock.now()))
    session.commit()
    assert browser.get("/operator/claims").status_code == 200


def test_decisions_combine_in_any_order() -> None:
    @fresh
    @needs(Scope.MONEY)
    @roles(Role.FINANCE)
    def one() -> None: ...

    @roles(Role.FINANCE)
    @needs(Scope.MONEY)
    @fresh
    def other() -> None: ...

    expected = Decision(is_public=False, roles=frozenset({Role.FINANCE}), is_fresh=True, scope=Scope.MONEY)
    assert decided(one) == decided(other) == expected
    assert decided(signed_in(lambda: None)) == Decision(is_public=False)
    assert decided(public(lambda: None)) == Decision(is_public=True)
    operator = decided(operators(lambda: None))
    assert operator is not None
    assert (operator.is_operators, operator.needs_organisation) == (True, False)
    assert decided(fresh(lambda: None)) is None


@pytest.mark.parametrize(
    ("path", "method", "scope"),
    [
        ("/api/orders", "GET", Scope.READ),
        ("/api/orders", "POST", Scope.WRITE),
        ("/api/orders/<uuid:order_id>/approve", "POST", Scope.APPROVE),
        ("/api/orders/<uuid:order_id>/send-back", "POST", Scope.APPROVE),
        ("/api/orders/<uuid:order_id>/accept", "POST", Scope.WRITE),
        ("/api/trust/policy", "PUT", Scope.APPROVE),
        ("/api/trust/policy", "GET", Scope.READ),
    ],
)
def test_one_rule_says_which_scope_a_route_needs(path: str, method: str, scope: Scope) -> None:
    assert guard.scope_of(Decision(is_public=False), path, method) is scope
    assert guard.scope_of(Decision(is_public=False, scope=Scope.MONEY), path, method) is Scope.MONEY
    if method != "GET":
        assert guard.scope_of(Decision(is_public=False, is_fresh=True), path, method) is Scope.APPROVE


def test_a_page_in_use_keeps_its_session_and_an_idle_one_ends(app: Flask, session: Session) -> None:
    with freeze_time("2026-12-01 08:00:00Z"):
        browser = browser_of(app, session, an_actor(session))
    for hour in (9, 10, 11):
        with freeze_time(f"2026-12-01 {hour:02d}:50:00Z"):
            assert browser.get("/account").status_code == 200
    with freeze_time("2026-12-01 13:49:00Z"):
        assert browser.get("/account").status_code == 200
    with freeze_time("2026-12-01 15:50:00Z"):
        assert browser.get("/account").status_code == 302
