"""Coming in by another site's word: a real provider on this machine, and everything that can be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel.outbox import OutboxJob
from marketplace.people import providers, services
from marketplace.people.factor_models import Challenge, Identity, Passkey
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from tests.factories.trusts import an_actor, signed_in
from tests.fakes.identity_provider import Provider, running

BACK = "/sign-in/with/other/return"


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with running() as found:
        yield found


@pytest.fixture
def provider(server: Provider, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """A provider that the operator has set for trust.example."""
    providers.forget_all()
    server.claims, server.algorithm = {}, "RS256"
    monkeypatch.setitem(
        app.extensions, "settings", replace(app.extensions["settings"], identity_providers=(server.settings,))
    )
    return server


@pytest.fixture
def actor(session: Session) -> Actor:
    """Somebody whose address the provider vouches for."""
    actor = an_actor(session)
    session.get_one(Person, actor.person_id).email = "sam@trust.example"
    session.commit()
    return replace(actor, email="sam@trust.example")


def sent(client: FlaskClient, start: str = "/sign-in/with/other?next=/orders") -> str:
    """Where the browser is sent."""
    answer = client.get(start)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def linked(session: Session, actor: Actor, provider: Provider) -> None:
    identity = Identity(person_id=actor.person_id, issuer=provider.address, subject="sam-at-the-provider")
    session.add(identity)
    session.commit()


def count(session: Session, model: type[Identity | Challenge]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_page_offers_what_the_operator_set(client: FlaskClient, provider: Provider) -> None:
    page = client.get("/sign-in?next=/orders").text
    assert "Sign in with Example ID" in page
    assert "/sign-in/with/other?next=/orders" in page
    assert client.get("/sign-in/with/microsoft").status_code == 404


def test_a_sure_address_of_a_set_domain_comes_in_and_is_linked(
    client: FlaskClient, session: Session, provider: Provider, actor: Actor
) -> None:
    answer = client.get(f"{BACK}?{provider.signs_in(sent(client))}")
    assert (answer.status_code, answer.location) == (302, "/orders")
    assert client.get("/orders").status_code == 200
    one = session.scalars(sa.select(Identity)).one()
    assert (one.person_id, one.subject) == (actor.person_id, "sam-at-the-provider")
    subjects = [job.payload["subject"] for job in session.scalars(sa.select(OutboxJob))]
    assert subjects == ["Your Example ID account can sign you in"]


def test_a_linked_account_comes_in_whatever_its_address_is_by_then(
    client: FlaskClient, session: Session, provider: Provider, actor: Actor
) -> None:
    linked(session, actor, provider)
    provider.claims = {"email": "new@elsewhere.example", "email_verified": False}
    assert client.get(f"{BACK}?{provider.signs_in(sent(client))}").location == "/orders"


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": None},
        {"email": "sam@evil.example"},
        {"email": "nobody@trust.example"},
        {"email": "sam@trust.example.evil.example"},
        {"email": "sam@evil.example@trust.example"},
        {"email": "sam@sub.trust.example"},
    ],
)
def test_nobody_comes_in_by_an_address_alone_and_all_are_told_the_same(
    app: Flask,
    client: FlaskClient,
    session: Session,
    provider: Provider,
    actor: Actor,
    claims: dict[str, object],
) -> None:
    session.get_one(Person, an_actor(session).person_id).email = "sam@evil.example"
    session.commit()
    provider.claims = claims
    answer = client.get(f"{BACK}?{provider.signs_in(sent(client))}")
    assert answer.status_code == 403
    assert "ask one of its administrators to invite you" in answer.text
    provider.claims = {"email": "unknown@nowhere.example"}
    other = app.test_client()
    assert main(other.get(f"{BACK}?{provider.signs_in(sent(other))}").text) == main(answer.text)
    assert client.get("/orders").location.startswith("/sign-in")
    assert count(session, Identity) == 0


def main(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def test_the_address_alone_lets_nobody_in_when_the_operator_set_no_domain(
    app: Flask, client: FlaskClient, provider: Provider, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = replace(provider.settings, domains=())
    changed = replace(app.extensions["settings"], identity_providers=(bare,))
    monkeypatch.setitem(app.extensions, "settings", changed)
    assert client.get(f"{BACK}?{provider.signs_in(sent(client))}").status_code == 403


@pytest.mark.parametrize(
    ("claims", "algorithm"),
    [
        ({"nonce": "of another sign-in"}, "RS256"),
        ({"aud": "another-site"}, "RS256"),
        ({"iss": "https://evil.example"}, "RS256"),
        ({"exp": 1_700_000_000, "iat": 1_699_999_700}, "RS256"),
        ({}, "none"),
        ({}, "HS256"),
    ],
    ids=["nonce", "audience", "issuer", "expired", "alg none", "alg HS256"],
)
def test_a_wrong_token_lets_nobody_in(
    client: FlaskClient,
    session: Session,
    provider: Provider,
    actor: Actor,
    claims: dict[str, object],
    algorithm: str,
) -> None:
    linked(session, actor, provider)
    provider.claims, provider.algorithm = claims, algorithm
    answer = client.get(f"{BACK}?{provider.signs_in(sent(client))}")
    assert (answer.status_code, "could not be checked" in answer.text) == (403, True)
    assert client.get("/orders").location.startswith("/sign-in")


def test_what_came_back_once_does_not_come_back_again(
    app: Flask, client: FlaskClient, session: Session, provider: Provider, actor: Actor
) -> None:
    there = sent(client)
    with client.session_transaction() as cookie:
        begun = dict(cookie["begun"])
    query = provider.signs_in(there)
    assert client.get(f"{BACK}?{query}").status_code == 302
    assert client.get(f"{BACK}?{query}").status_code == 409
    thief = app.test_client()
    with thief.session_transaction() as cookie:  # even with the cookie of then
        cookie["begun"] = begun
    assert thief.get(f"{BACK}?{query}").status_code == 409
    assert thief.get(f"{BACK}?{provider.signs_in(there)}").status_code == 409


def test_another_browsers_answer_is_refused(
    app: Flask, client: FlaskClient, provider: Provider, actor: Actor, session: Session
) -> None:
    linked(session, actor, provider)
    attackers = provider.signs_in(sent(app.test_client()))
    sent(client)
    assert client.get(f"{BACK}?{attackers}").status_code == 409  # the victim's own sign-in ends too
    assert app.test_client().get(f"{BACK}?{attackers}").status_code == 409


def test_a_swapped_state_is_refused(
    app: Flask, client: FlaskClient, session: Session, provider: Provider, actor: Actor
) -> None:
    linked(session, actor, provider)
    other = app.test_client()
    state = parse_qs(urlsplit(sent(client)).query)["state"][0]
    code = provider.signs_in(sent(other)).partition("&")[0]
    answer = client.get(f"{BACK}?{code}&state={state}")  # another sign-in's code under this one's state
    assert (answer.status_code, "could not be checked" in answer.text) == (403, True)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "state=x",
        "code=x&state=x",
        "error=access_denied&state={state}",
        "code=&state={state}",
        "code={long}&state={state}",
        "code=x&state={state}&iss=https://evil.example",
        "code=x&state={state}%00",
    ],
)
def test_what_is_no_answer_is_refused(client: FlaskClient, provider: Provider, query: str) -> None:
    state = parse_qs(urlsplit(sent(client)).query)["state"][0]
    answer = client.get(f"{BACK}?{query.format(state=state, long='x' * 5000)}")
    assert answer.status_code in {403, 409}
    assert "You were not signed in" in answer.text


def test_an_answer_is_too_late_after_ten_minutes(client: FlaskClient, provider: Provider) -> None:
    with freeze_time("2027-03-01 12:00:00"):
        query = provider.signs_in(sent(client))
    with freeze_time("2027-03-01 12:10:00"):
        assert client.get(f"{BACK}?{query}").status_code == 409


def test_a_second_proof_is_asked_for_unless_the_provider_did(
    app: Flask, client: FlaskClient, session: Session, provider: Provider, actor: Actor
) -> None:
    linked(session, actor, provider)
    session.add(Passkey(person_id=actor.person_id, name="Laptop", credential_id="a", public_key="b"))
    session.commit()
    answer = client.get(f"{BACK}?{provider.signs_in(sent(client))}")
    assert answer.location == "/sign-in/second?next=/orders"
    assert client.get("/orders").location.startswith("/sign-in/second")
    provider.claims = {"amr": ["pwd", "mfa"]}
    other = app.test_client()
    assert other.get(f"{BACK}?{provider.signs_in(sent(other))}").location == "/orders"


def test_it_leads_nowhere_else(client: FlaskClient, provider: Provider, actor: Actor) -> None:
    there = sent(client, "/sign-in/with/other?next=//evil.example")
    assert client.get(f"{BACK}?{provider.signs_in(there)}").location == "/"


def test_the_provider_is_told_our_public_address_whatever_the_host_says(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    there = client.get("/sign-in/with/other", headers={"Host": "evil.example"}).location
    asked = parse_qs(urlsplit(str(there)).query)
    assert asked["redirect_uri"] == [app.extensions["settings"].public_url + BACK]


def test_a_planted_session_does_not_survive(
    client: FlaskClient, session: Session, provider: Provider, actor: Actor, app: Flask
) -> None:
    attacker = signed_in(app, session, an_actor(session))
    with attacker.session_transaction() as cookie:
        planted = cookie["session"]
    with client.session_transaction() as cookie:
        cookie["session"] = planted
    client.get(f"{BACK}?{provider.signs_in(sent(client))}")
    with client.session_transaction() as cookie:
        assert cookie["session"] != planted
    assert attacker.get("/orders").location.startswith("/sign-in")


def test_somebody_signed_in_links_and_unlinks(
    app: Flask, session: Session, provider: Provider, actor: Actor
) -> None:
    provider.claims = {"email": "other@elsewhere.example", "email_verified": False}
    browser = signed_in(app, session, actor)
    assert "Link a Example ID account" in browser.get("/account/security").text
    query = provider.signs_in(sent(browser, "/account/security/link/other"))
    assert browser.get(f"{BACK}?{query}").location == "/account/security"
    assert "Unlink" in browser.get("/account/security").text
    one = session.scalars(sa.select(Identity)).one()
    stranger = signed_in(app, session, an_actor(session))
    place = f"/account/security/identities/{one.id}/unlink"
    assert stranger.post(place).status_code == 404
    assert browser.post(place).location == "/account/security"
    assert count(session, Identity) == 0


def test_an_account_of_somebody_else_is_not_linked(
    app: Flask, session: Session, provider: Provider, actor: Actor
) -> None:
    linked(session, actor, provider)
    browser = signed_in(app, session, an_actor(session))
    query = provider.signs_in(sent(browser, "/account/security/link/other"))
    answer = browser.get(f"{BACK}?{query}")
    assert (answer.status_code, "linked to somebody else" in answer.text) == (422, True)


def test_linking_ends_when_somebody_else_is_signed_in_by_then(
    app: Flask, session: Session, provider: Provider, actor: Actor
) -> None:
    browser = signed_in(app, session, actor)
    query = provider.signs_in(sent(browser, "/account/security/link/other"))
    other = services.open_session(session, an_actor(session).person_id, "test")
    session.commit()
    with browser.session_transaction() as cookie:
        cookie["session"] = other
    assert browser.get(f"{BACK}?{query}").status_code == 409
    assert count(session, Identity) == 0


def test_a_sign_in_that_was_begun_is_no_linking(
    app: Flask, session: Session, provider: Provider, actor: Actor
) -> None:
    browser = signed_in(app, session, actor)
    query = provider.signs_in(sent(browser))
    with browser.session_transaction() as cookie:
        cookie["begun"] = {**cookie["begun"], "purpose": "link"}
    assert browser.get(f"{BACK}?{query}").status_code == 409


def test_linking_needs_a_fresh_proof(app: Flask, session: Session, provider: Provider, actor: Actor) -> None:
    with freeze_time("2027-03-01 12:00:00") as told:
        browser = signed_in(app, session, actor)
        told.move_to("2027-03-01 12:20:00")
        assert browser.get("/account/security/link/other").location.startswith("/confirm")


def test_a_provider_that_is_away_is_said_in_words(
    app: Flask, client: FlaskClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = replace(provider.settings, issuer="http://127.0.0.1:9")
    changed = replace(app.extensions["settings"], identity_providers=(gone,))
    monkeypatch.setitem(app.extensions, "settings", changed)
    answer = client.get("/sign-in/with/other")
    assert answer.status_code == 503
    assert "Example ID could not be asked who you are" in answer.text
