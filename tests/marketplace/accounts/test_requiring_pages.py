"""A trust asks everybody for a second proof: who has none sets one up before anything else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.kernel.audit import AuditEntry
from marketplace.people.factor_models import Passkey
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in

PAGE = "/trust/second-proofs"


@pytest.fixture
def trust(session: Session) -> Organisation:
    return an_organisation(session, "Harbour Trust")


@pytest.fixture
def administrator(session: Session, trust: Organisation) -> Actor:
    return an_actor(session, trust)


def has_passkey(session: Session, actor: Actor) -> None:
    one = Passkey(
        person_id=actor.person_id, name="Laptop", credential_id=str(actor.person_id), public_key="b"
    )
    session.add(one)
    session.commit()


def asking(app: Flask, session: Session, administrator: Actor) -> FlaskClient:
    """The administrator's browser, after asking everybody."""
    has_passkey(session, administrator)
    browser = signed_in(app, session, administrator)
    assert browser.post(PAGE).location == PAGE
    return browser


def test_who_has_none_is_led_to_set_one_up(
    app: Flask, session: Session, trust: Organisation, administrator: Actor
) -> None:
    buyer = an_actor(session, trust, Role.BUYER)
    browser = signed_in(app, session, buyer)
    assert browser.get("/orders").status_code == 200
    admin = asking(app, session, administrator)
    assert buyer.name in admin.get(PAGE).text
    for address in ("/orders", "/trust"):
        assert browser.get(address).location == "/account/security"
    assert browser.post("/trust/switch").location == "/account/security"
    page = browser.get("/account/security").text
    assert "Harbour Trust asks everybody for a second proof" in page
    assert browser.get("/account/security/passkeys/new").status_code == 200
    has_passkey(session, buyer)
    assert browser.get("/orders").status_code == 200
    assert "Everybody here has one." in admin.get(PAGE).text


def test_the_start_page_says_nothing_before_the_second_proof(
    app: Flask, session: Session, trust: Organisation, administrator: Actor
) -> None:
    buyer = an_actor(session, trust, Role.BUYER)
    browser = signed_in(app, session, buyer)
    assert "Waiting for you" in browser.get("/").text
    asking(app, session, administrator)
    answer = browser.get("/", follow_redirects=True)
    assert (answer.request.path, "Waiting for you" in answer.text) == ("/account/security", False)
    assert trust.name not in browser.get("/listings").text
    has_passkey(session, buyer)
    assert "Waiting for you" in browser.get("/").text


def test_nobody_shuts_themselves_out(app: Flask, session: Session, administrator: Actor) -> None:
    browser = signed_in(app, session, administrator)
    page = browser.get(PAGE).text
    assert "set one up for yourself" in page
    assert "Ask everybody for one</button>" not in page
    answer = browser.post(PAGE)
    assert (answer.status_code, "of your own first" in answer.text) == (422, True)
    assert browser.get("/orders").status_code == 200


def test_it_can_be_left_to_each_again(
    app: Flask, session: Session, trust: Organisation, administrator: Actor
) -> None:
    admin = asking(app, session, administrator)
    assert admin.post(PAGE).location == PAGE  # twice is once
    browser = signed_in(app, session, an_actor(session, trust, Role.BUYER))
    assert browser.get("/orders").location == "/account/security"
    assert admin.post(f"{PAGE}/end").location == PAGE
    assert browser.get("/orders").status_code == 200
    mine = sa.select(AuditEntry.action).where(AuditEntry.subject_kind == "second_proof_rules")
    assert session.scalars(mine.order_by(AuditEntry.number)).all() == [
        "ask-for-second-proofs",
        "stop-asking-for-second-proofs",
    ]


def test_other_trusts_and_programs_are_not_asked(
    app: Flask, session: Session, trust: Organisation, administrator: Actor
) -> None:
    asking(app, session, administrator)
    assert signed_in(app, session, an_actor(session)).get("/orders").status_code == 200
    program = bearer(session, an_actor(session, trust, Role.BUYER))
    assert app.test_client().get("/api/me", headers=program).status_code == 200


def test_only_an_administrator_asks(app: Flask, session: Session, trust: Organisation) -> None:
    browser = signed_in(app, session, an_actor(session, trust, Role.FINANCE, Role.APPROVER))
    for answer in (browser.get(PAGE), browser.post(PAGE), browser.post(f"{PAGE}/end")):
        assert answer.status_code == 403
