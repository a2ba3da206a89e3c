"""Signing in and resetting a password by e-mailed link."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.kernel.outbox import OutboxJob
from marketplace.people import links, services
from marketplace.people.models import BrowserSession, Person, SingleUseLink
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership
from tests.factories.trusts import an_organisation

PASSWORD, NEW = "seven green bicycles", "eight yellow tricycles"
SAM, NOBODY = "sam@trust.example", "nobody@trust.example"
ASKS = pytest.mark.parametrize("asked", ["/sign-in/link", "/reset-password"])


@pytest.fixture(autouse=True)
def sam(session: Session) -> Person:
    """Somebody with a password and a role at a trust."""
    person = services.add_person(session, SAM, "Sam Pike", PASSWORD)
    trust = an_organisation(session, "Harbour Light Trust")
    session.add(Membership(person_id=person.id, organisation_id=trust.id, role=Role.ADMINISTRATOR))
    session.commit()
    return person


def mails(session: Session) -> list[dict[str, str]]:
    """What is owed by e-mail, oldest first."""
    owed = sa.select(OutboxJob.payload).where(OutboxJob.kind == "send-email").order_by(OutboxJob.id)
    return list(session.scalars(owed))


def link(client: FlaskClient, session: Session, asked: str, **form: str) -> str:
    """The path of the link that was mailed."""
    assert client.post(asked, data={"email": SAM, **form}).status_code == 200
    return mails(session)[-1]["path"]


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_a_link_signs_in_once_and_leads_on(app: Flask, client: FlaskClient, session: Session) -> None:
    path = link(client, session, "/sign-in/link", next="/trust/audit")
    assert path.endswith("?next=/trust/audit")
    page = client.get(path).text
    assert 'name="next" value="/trust/audit"' in page
    assert f"signed in as <b>{SAM}</b>" in page  # nobody is led into another's account unawares
    assert not is_signed_in(client)
    assert client.post(path, data={"next": "/trust/audit"}).location == "/trust/audit"
    assert is_signed_in(client)
    other = app.test_client()
    assert (other.get(path).status_code, other.post(path).status_code) == (410, 410)
    assert not is_signed_in(other)


def test_a_program_that_looks_at_the_link_does_not_use_it_up(client: FlaskClient, session: Session) -> None:
    path = link(client, session, "/sign-in/link")
    for _ in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert client.post(path).location == "/"


@ASKS
def test_known_and_unknown_addresses_are_answered_alike_and_cost_the_same(
    client: FlaskClient, session: Session, asked: str
) -> None:
    answers = [client.post(asked, data={"email": email}) for email in (SAM, NOBODY)]
    pages = [answer.text.replace(email, "X") for answer, email in zip(answers, (SAM, NOBODY), strict=True)]
    nonces = [re.sub(r'nonce="[^"]+"|value="[^"]+"', "", page) for page in pages]
    assert nonces[0] == nonces[1]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [one["to"] for one in mails(session)] == [SAM, NOBODY]
    assert session.scalar(sa.select(sa.func.count()).select_from(SingleUseLink)) == 2


@ASKS
def test_an_address_without_an_account_gets_a_word_and_no_link(
    client: FlaskClient, session: Session, asked: str
) -> None:
    client.post(asked, data={"email": NOBODY})
    (mail,) = mails(session)
    assert mail["path"] == ""
    assert "has no account" in mail["text"]


@ASKS
@pytest.mark.parametrize("email", ["", "x", "sam@trust.example\r\nBcc: kim@trust.example"])
def test_what_is_no_address_gets_no_mail(
    client: FlaskClient, session: Session, asked: str, email: str
) -> None:
    assert client.post(asked, data={"email": email}).status_code == 422
    assert mails(session) == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000"])
@ASKS
def test_the_host_that_a_request_names_is_in_no_mail_and_no_redirect(
    app: Flask, client: FlaskClient, session: Session, asked: str, host: str
) -> None:
    headers = {"Host": host, "X-Forwarded-Host": host}
    client.post(asked, data={"email": SAM}, headers=headers)
    assert "evil" not in str(mails(session))
    path = mails(session)[-1]["path"]
    answer = client.post(path, data={"new_password": NEW} if "reset" in path else {}, headers=headers)
    assert answer.location == "/"
    assert "evil" not in str(client.get("/account", headers=headers).text)
    assert "evil" not in str(app.test_client().get("/account", headers=headers).headers)


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_link_leads_nowhere_else(client: FlaskClient, session: Session, address: str) -> None:
    path = link(client, session, "/sign-in/link", next=address)
    assert "evil" not in path
    assert "evil" not in client.get(f"{path.split('?')[0]}?next={address}").text
    assert client.post(path.split("?")[0], data={"next": address}).location == "/"


def test_a_reset_sets_the_password_signs_out_everywhere_and_in_here(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    other = app.test_client()
    other.post("/sign-in", data={"email": SAM, "password": PASSWORD})
    path = link(client, session, "/reset-password")
    assert client.get(path).headers["Cache-Control"] == "no-store"
    assert client.post(path, data={"new_password": NEW}).location == "/"
    assert "Password changed" in client.get("/account").text
    assert not is_signed_in(other)
    assert mails(session)[-1]["subject"] == "Check: your password was changed"
    assert client.post(path, data={"new_password": PASSWORD}).status_code == 410
    signed = app.test_client().post("/sign-in", data={"email": SAM, "password": NEW})
    assert signed.location == "/"


def test_a_reset_ends_the_tokens_of_programs_and_says_so(client: FlaskClient, session: Session) -> None:
    token = services.make_token(session, SAM, "payroll")
    path = link(client, session, "/reset-password")
    assert "programs" in client.get(path).text
    assert services.token_of(session, token) is not None
    client.post(path, data={"new_password": NEW})
    assert services.token_of(session, token) is None
    assert "Programs that had a token of yours are shut out too" in mails(session)[-1]["text"]


@pytest.mark.parametrize("password", ["short", "HarbourLightTrust26", "SamPikeSamPike99", "Password2026!!!!"])
def test_a_reset_holds_to_the_rules_and_the_link_still_works(
    client: FlaskClient, session: Session, password: str
) -> None:
    path = link(client, session, "/reset-password")
    refused = client.post(path, data={"new_password": password})
    assert (refused.status_code, 'href="#new_password"' in refused.text) == (422, True)
    assert password not in refused.text
    assert client.post(path, data={"new_password": NEW}).location == "/"


def test_a_reset_ends_the_links_that_were_mailed_before(client: FlaskClient, session: Session) -> None:
    sign_in = link(client, session, "/sign-in/link")
    reset = link(client, session, "/reset-password")
    client.post(reset, data={"new_password": NEW})
    client.post("/sign-out")
    assert client.post(sign_in).status_code == 410


def test_a_link_to_sign_in_resets_nothing_and_the_other_way_round(
    client: FlaskClient, session: Session
) -> None:
    sign_in = link(client, session, "/sign-in/link").split("/")[-1]
    reset = link(client, session, "/reset-password").split("/")[-1]
    assert client.post(f"/reset-password/{sign_in}", data={"new_password": NEW}).status_code == 410
    assert client.post(f"/sign-in/link/{reset}").status_code == 410


def test_a_link_for_an_address_without_an_account_would_open_nothing(
    client: FlaskClient, session: Session
) -> None:
    """Nobody is sent one; whoever had it all the same would still be nobody."""
    for purpose, path in (("sign-in", "/sign-in/link"), ("reset-password", "/reset-password")):
        secret = links.make(session, purpose, email=NOBODY, lasts=timedelta(minutes=15))
        session.commit()
        form = {"new_password": NEW} if purpose == "reset-password" else {}
        assert client.post(f"{path}/{secret}", data=form).status_code == 410
        assert not is_signed_in(client)


def test_signing_in_by_link_replaces_what_was_planted(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    thief = services.add_person(session, "thief@trust.example", "Thief", None)
    planted = services.open_session(session, thief.id, "test")
    session.commit()
    with client.session_transaction() as cookie:
        cookie["session"] = planted
    client.post(link(client, session, "/sign-in/link"))
    assert "Sam Pike" in client.get("/account").text
    assert services.session_of(session, planted) is None
    assert session.scalar(sa.select(sa.func.count()).select_from(BrowserSession)) == 2
