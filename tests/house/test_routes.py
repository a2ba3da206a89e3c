"""Every route has a lock, and every page's post is protected from other sites."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.trusts import guard
from tests.factories.trusts import an_actor, signed_in
from tests.house.addresses import address

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
OPEN = {
    "calendars.calendar",
    "api-docs.openapi_json",
    "static",
    "people.sign_in",
    "people.do_sign_in",
    "people.sign_in_demonstration",
    "people.sign_out",
    "links.ask_to_sign_in",
    "links.mail_sign_in_link",
    "links.sign_in_link",
    "links.use_sign_in_link",
    "links.ask_for_reset",
    "links.mail_reset_link",
    "links.new_password",
    "links.reset_password",
    "passkeys.sign_in",
    "passkeys.sign_in_options",
    "single_sign_on.begin",
    "single_sign_on.come_back",
    "claims.join",
    "claims.ask",
    "claims.account",
    "claims.make_account",
    "invitations.invitation",
    "invitations.accept_as_new",
    "trusts.start",
    "trusts.health",
    "help.guide",
    "help.accessibility",
    "help.privacy",
    "help.terms",
    "interests.published",
    "finding.compare",
    "finding.find",
    "finding.find_csv",
    "finding.find_xlsx",
    "searches.stop",
    "searches.do_stop",
    "catalogue.listing",
}
"""What anybody may call; whoever opens a route adds it here."""


SINGLE = {"openapi.json", "me", "trust", "trial-balance", "billing"}
"""Of these there is one for whoever asks."""


def test_every_route_has_an_access_decision(house: Flask) -> None:
    guard.check_decisions(house)
    assert all(guard.decision_of(house, endpoint) for endpoint in house.view_functions)


def test_a_route_without_an_access_decision_stops_the_start(house: Flask) -> None:
    house.view_functions["forgotten"] = lambda: "everybody's"
    try:
        with pytest.raises(RuntimeError, match="without an access decision: forgotten"):
            guard.check_decisions(house)
    finally:
        del house.view_functions["forgotten"]


def test_what_is_open_to_everybody_is_listed_here(house: Flask) -> None:
    found = {
        name for name in house.view_functions if getattr(guard.decision_of(house, name), "is_public", False)
    }
    assert found <= OPEN


def test_nobody_gets_past_a_lock_without_signing_in(app: Flask, session: Session) -> None:
    stranger = app.test_client()
    for rule in app.url_map.iter_rules():
        decision = guard.decision_of(app, rule.endpoint)
        if decision is None or decision.is_public:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = stranger.open(address(rule), method=method)
            if rule.rule.startswith("/api/"):
                assert answer.status_code == 401, rule
            else:
                assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/sign-in"), (
                    rule
                )


def test_every_post_of_a_page_needs_the_token_of_its_form(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = an_actor(session)
    session.get_one(Person, actor.person_id).is_operator = True
    browser, half_in = signed_in(app, session, actor), awaiting_factor(app, session)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for rule in app.url_map.iter_rules():
        decision = guard.decision_of(app, rule.endpoint)
        for method in sorted((rule.methods or set()) & CHANGING):
            if not rule.rule.startswith("/api/"):
                client = half_in if decision and decision.awaits_factor else browser
                answer = client.open(address(rule), method=method)
                assert answer.status_code == 400, rule
                assert "too old" in answer.text, rule


def awaiting_factor(app: Flask, session: Session) -> FlaskClient:
    """A browser whose person still owes the second proof."""
    client = signed_in(app, session, an_actor(session))
    with client.session_transaction() as cookie:
        found = people.session_of(session, cookie["session"])
    assert found is not None
    found.awaits_factor = True
    session.commit()
    return client


def test_json_routes_stand_under_api_and_start_with_a_plural_noun(house: Flask) -> None:
    for rule in house.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            first = rule.rule.split("/")[2]
            assert first in SINGLE or first.endswith("s"), rule
