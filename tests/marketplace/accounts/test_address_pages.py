"""Changing one's e-mail address and password."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.kernel.audit import AuditEntry, AuditPersonalValues
from marketplace.kernel.outbox import OutboxJob
from marketplace.people import services
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from tests.factories.trusts import an_actor, signed_in

NEW = "new.address@trust.example"
PASSWORD, OTHER = "seven green bicycles", "eight yellow tricycles"


@pytest.fixture
def actor(session: Session) -> Actor:
    """Somebody with a password."""
    actor = an_actor(session)
    services.set_password(session, session.get_one(Person, actor.person_id), PASSWORD)
    return actor


@pytest.fixture
def browser(app: Flask, session: Session, actor: Actor) -> FlaskClient:
    """The person's browser."""
    return signed_in(app, session, actor)


def mails(session: Session) -> list[dict[str, str]]:
    return list(session.scalars(sa.select(OutboxJob.payload).order_by(OutboxJob.id)))


def link(browser: FlaskClient, session: Session, email: str = NEW) -> str:
    answer = browser.post("/account/email", data={"email": email})
    assert (answer.status_code, email in answer.text) == (200, True)
    return next(one["path"] for one in mails(session)[::-1] if one["to"] == email)


def address_of(session: Session, actor: Actor) -> str:
    session.expire_all()
    return session.get_one(Person, actor.person_id).email


def test_an_address_changes_when_its_owner_opens_the_link(
    app: Flask, session: Session, browser: FlaskClient, actor: Actor
) -> None:
    other = signed_in(app, session, actor)
    path = link(browser, session)
    assert address_of(session, actor) == actor.email
    assert NEW in browser.get(path).text
    assert browser.post(path).location == "/account"
    assert address_of(session, actor) == NEW
    assert (browser.get("/account").status_code, other.get("/account").status_code) == (200, 302)
    assert browser.post(path).status_code == 410


def test_the_old_address_hears_of_it_before_and_after(
    session: Session, browser: FlaskClient, actor: Actor
) -> None:
    path = link(browser, session)
    assert [(one["to"], one["subject"]) for one in mails(session)] == [
        (NEW, "Confirm your new email address for Sharewell"),
        (actor.email, "Check: your email address is to change"),
    ]
    browser.post(path)
    last = mails(session)[-1]
    assert (last["to"], last["subject"]) == (actor.email, "Check: your email address was changed")


def test_the_link_of_another_person_changes_nothing(
    app: Flask, session: Session, browser: FlaskClient, actor: Actor
) -> None:
    path = link(browser, session)
    other = an_actor(session)
    thief = signed_in(app, session, other)
    assert (thief.get(path).status_code, thief.post(path).status_code) == (410, 410)
    assert (address_of(session, actor), address_of(session, other)) == (actor.email, other.email)
    assert app.test_client().post(path).status_code == 302
    assert browser.post(path).location == "/account"


def test_an_address_that_has_an_account_is_answered_alike_and_only_its_owner_is_told(
    session: Session, browser: FlaskClient, actor: Actor
) -> None:
    taken = an_actor(session).email
    session.commit()
    assert link(browser, session, taken) == ""
    known = browser.post("/account/email", data={"email": taken}).text.replace(taken, "X")
    unknown = browser.post("/account/email", data={"email": NEW}).text.replace(NEW, "X")
    assert known.split("<main")[1] == unknown.split("<main")[1]
    assert address_of(session, actor) == actor.email


def test_an_address_that_was_taken_in_the_meantime_is_not_taken_over(
    session: Session, browser: FlaskClient, actor: Actor
) -> None:
    path = link(browser, session)
    services.add_person(session, NEW, "Quicker", None)
    session.commit()
    assert browser.post(path).status_code == 410
    assert address_of(session, actor) == actor.email


def test_a_new_password_ends_the_link_to_a_new_address(
    session: Session, browser: FlaskClient, actor: Actor
) -> None:
    path = link(browser, session)
    browser.post("/account/password", data={"password": PASSWORD, "new_password": OTHER})
    assert browser.post(path).status_code == 410
    assert address_of(session, actor) == actor.email


def test_both_changes_stand_on_record_and_the_addresses_apart(
    session: Session, browser: FlaskClient, actor: Actor
) -> None:
    browser.post(link(browser, session))
    browser.post("/account/password", data={"password": PASSWORD, "new_password": OTHER})
    acts = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [one.action for one in acts[-2:]] == ["change-email", "change-password"]
    kept = session.scalars(sa.select(AuditPersonalValues)).one()
    assert (kept.person_id, kept.values) == (actor.person_id, {"old": actor.email, "new": NEW})


def test_a_new_password_signs_out_every_other_browser_and_is_told(
    app: Flask, session: Session, browser: FlaskClient, actor: Actor
) -> None:
    other = signed_in(app, session, actor)
    answer = browser.post("/account/password", data={"password": PASSWORD, "new_password": OTHER})
    assert answer.location == "/account"
    assert (browser.get("/account").status_code, other.get("/account").status_code) == (200, 302)
    assert mails(session)[-1]["to"] == actor.email
    assert services.prove_by_password(session, actor.email, OTHER)


@pytest.mark.parametrize(
    ("password", "new", "field"),
    [
        ("wrong horse battery", OTHER, "password"),
        ("", OTHER, "password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "", "new_password"),
        (PASSWORD, "Password2026!!!!", "new_password"),
        (PASSWORD, "Sharewell Trust 2026", "new_password"),
    ],
)
def test_a_password_that_cannot_be_changed_is_named_and_never_sent_back(
    session: Session, browser: FlaskClient, actor: Actor, password: str, new: str, field: str
) -> None:
    answer = browser.post("/account/password", data={"password": password, "new_password": new})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert PASSWORD not in answer.text
    assert services.prove_by_password(session, actor.email, PASSWORD)


def test_the_name_of_the_trust_makes_no_password(
    session: Session, browser: FlaskClient, actor: Actor
) -> None:
    made_of_it = f"{actor.organisation_name} {actor.organisation_name}!"
    answer = browser.post("/account/password", data={"password": PASSWORD, "new_password": made_of_it})
    assert answer.status_code == 422


def test_somebody_without_a_password_sets_a_first_one(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    page = browser.get("/account/password").text
    assert "Set a password" in page
    assert 'name="password"' not in page
    assert browser.post("/account/password", data={"new_password": PASSWORD}).location == "/account"
    assert services.prove_by_password(session, actor.email, PASSWORD)
