"""A form opened for one organisation does nothing for another, whatever happened in other tabs."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.membership.models import Invitation
from marketplace.trusts import guard, opened_for
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership, Organisation
from tests.factories.trusts import an_actor, an_organisation, signed_in
from tests.house.addresses import address

PAGE = "/trust/people/invite"
INVITED = {"email": "invited@school.example", "roles": "buyer"}


@pytest.fixture
def copper(session: Session) -> Actor:
    """Somebody who may act for Copper Beech Schools, and for Old Mill Academy too."""
    actor = an_actor(session, an_organisation(session, "Copper Beech Schools"))
    mill = an_organisation(session, "Old Mill Academy")
    for role in Role:
        session.add(Membership(person_id=actor.person_id, organisation_id=mill.id, role=role))
    session.flush()
    return actor


def the_other(session: Session) -> uuid.UUID:
    return session.scalars(sa.select(Organisation.id).where(Organisation.name == "Old Mill Academy")).one()


def opened(browser: FlaskClient, page: str) -> str:
    """For which organisation the page's form says that it was opened."""
    found = re.search(r'name="acts_for" value="([^"]+)"', browser.get(page).text)
    assert found is not None
    return found[1]


def test_a_form_sent_after_a_switch_in_another_tab_is_refused_and_stores_nothing(
    app: Flask, session: Session, copper: Actor
) -> None:
    browser = signed_in(app, session, copper)
    form = {**INVITED, "acts_for": opened(browser, PAGE)}
    assert form["acts_for"] == str(copper.organisation_id)
    browser.post("/trust/switch", data={"organisation_id": str(the_other(session))})
    answer = browser.post(PAGE, data=form)
    assert answer.status_code == 409
    words = "You opened this form for Copper Beech Schools and now act for Old Mill Academy."
    assert words in answer.text
    assert "Switch back, or open it again." in answer.text
    assert session.scalars(sa.select(Invitation)).all() == []
    browser.post("/trust/switch", data={"organisation_id": str(copper.organisation_id)})
    assert browser.post(PAGE, data=form).status_code == 302
    assert session.scalars(sa.select(Invitation.organisation_id)).all() == [copper.organisation_id]


def test_a_form_of_an_organisation_that_one_was_removed_from_is_refused(
    app: Flask, session: Session, copper: Actor
) -> None:
    browser = signed_in(app, session, copper)
    form = {**INVITED, "acts_for": opened(browser, PAGE)}
    session.execute(sa.delete(Membership).where(Membership.organisation_id == copper.organisation_id))
    session.commit()
    assert browser.post(PAGE, data=form).status_code == 409
    assert session.scalars(sa.select(Invitation)).all() == []


def test_switching_and_signing_out_are_taken_from_any_tab(
    app: Flask, session: Session, copper: Actor
) -> None:
    browser, old = signed_in(app, session, copper), {"acts_for": str(the_other(session))}
    switched = {**old, "organisation_id": str(copper.organisation_id)}
    assert browser.post("/trust/switch", data=switched).location == "/"
    assert browser.post("/account/sessions/end-others", data=old).location == "/account"
    assert browser.post("/sign-out", data=old).location == "/"
    assert browser.get("/account").status_code == 302


@pytest.mark.parametrize("named", ["Old Mill", "0" * 32, str(uuid.UUID(int=7))])
def test_what_names_no_organisation_is_refused_in_words(
    app: Flask, session: Session, copper: Actor, named: str
) -> None:
    answer = signed_in(app, session, copper).post(PAGE, data={**INVITED, "acts_for": named})
    assert answer.status_code == 409
    assert "for another organisation and now act for Copper Beech Schools" in answer.text


def test_every_page_that_takes_a_form_refuses_one_of_another_organisation(
    app: Flask, session: Session, copper: Actor
) -> None:
    browser, other, found = signed_in(app, session, copper), str(the_other(session)), 0
    for rule in app.url_map.iter_rules():
        decision = guard.decision_of(app, rule.endpoint)
        if decision is None or decision.is_public or not decision.needs_organisation:
            continue
        is_page = "POST" in (rule.methods or set()) and not rule.rule.startswith("/api/")
        if not is_page or rule.endpoint in opened_for.SWITCHING:
            continue
        answer = browser.post(address(rule), data={"acts_for": other})
        assert answer.status_code == 409, rule
        assert "You opened this form for Old Mill Academy" in answer.text, rule
        found += 1
    assert found >= 70
