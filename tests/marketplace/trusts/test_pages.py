"""The pages of an organisation, the look-up, the record and the demonstration's mailbox."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.delegation.rules import limited
from marketplace.delegation.schemes import set_scheme
from marketplace.kernel.mail import MailboxMessage
from marketplace.trusts.kinds import LinkKind, OrganisationKind, Role
from marketplace.trusts.models import Membership, OrganisationLink
from tests.factories.delegation import a_policy
from tests.factories.trusts import an_actor, an_organisation, signed_in

PRIVATE = ("/trust", "/trust/approval-rules", "/trust/audit", "/trusts", "/mailbox", "/account")


@pytest.mark.parametrize("path", PRIVATE)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={path}")


def test_the_start_page_says_what_it_is_and_where_to_sign_in(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "Share what you do well, buy what you do not" in page
    assert 'href="/sign-in"' in page


def test_own_page_shows_facts_people_schools_and_rules(app: Flask, session: Session) -> None:
    trust = an_organisation(session, "Harbour Trust", group_uid="2044")
    school = an_organisation(
        session, "Quay Primary", kind=OrganisationKind.SCHOOL, urn="123456", pupils=1_280
    )
    link = OrganisationLink(
        school_id=school.id, group_id=trust.id, kind=LinkKind.MEMBER, joined_on=date(2016, 9, 1)
    )
    session.add(link)
    actor = an_actor(session, trust, Role.BUYER, Role.FINANCE)
    page = signed_in(app, session, actor).get("/trust").text
    for words in ("Harbour Trust", "2044", "Quay Primary", "1,280", "1 September 2016"):
        assert words in page
    assert re.search(rf"{actor.name}</td>\s*<td[^>]*>\s*Buyer,\s*Finance", page)


def test_own_page_escapes_a_hostile_name(app: Flask, session: Session) -> None:
    trust = an_organisation(session, "<script>alert(1)</script>")
    page = signed_in(app, session, an_actor(session, trust)).get("/trust").text
    assert "<script>alert" not in page


def test_a_buyer_may_not_set_rules_or_read_the_record(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session, an_organisation(session), Role.BUYER))
    assert browser.post("/trust/approval-rules", data={"approval_limit_pence": "1"}).status_code == 403
    assert browser.get("/trust/audit").status_code == 403


def test_the_record_shows_own_acts_only_page_by_page(app: Flask, session: Session) -> None:
    actor, other = an_actor(session), an_actor(session)
    for one in (actor, other):
        a_policy(session, one.organisation_id, approval_limit_pence=1_000_000)
    for pence in range(30, 0, -1):
        set_scheme(session, actor, limited(pence))
    set_scheme(session, other, limited(987_654))
    browser = signed_in(app, session, actor)
    first = browser.get("/trust/audit").text
    following = re.search(r'href="(/trust/audit\?after=[^"]+)"', first)
    assert following is not None
    second = browser.get(following[1]).text
    numbers = [int(n) for n in re.findall(r"numeric\">(\d+)</td>", first + second)]
    assert numbers == list(range(30, 0, -1))
    assert "£9,876.54" not in first + second
    assert "Set approval rules" in first
    assert "approval limit: £0.29 (was £0.30)" in second
    assert "approval limit: £0.01 (was £0.02)" in first


def test_the_record_refuses_a_wrong_place_to_begin(app: Flask, session: Session) -> None:
    assert signed_in(app, session, an_actor(session)).get("/trust/audit?after=x").status_code == 422


def test_a_person_of_two_organisations_switches(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    school = an_organisation(session, "Quay Primary", kind=OrganisationKind.SCHOOL)
    session.add(Membership(person_id=actor.person_id, organisation_id=school.id, role=Role.BUYER))
    browser = signed_in(app, session, actor)
    assert "Switch to Quay Primary" in browser.get("/trust").text
    assert browser.post("/trust/switch", data={"organisation_id": str(school.id)}).status_code == 302
    page = browser.get("/trust").text
    assert "Quay Primary</h1>" in page
    assert f"Switch to {actor.organisation_name}" in page


def test_nobody_switches_to_an_organisation_of_others(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session))
    strange = an_organisation(session, "Strange Trust")
    session.commit()
    assert browser.post("/trust/switch", data={"organisation_id": str(strange.id)}).status_code == 404
    assert browser.post("/trust/switch", data={"organisation_id": "x"}).status_code == 404
    assert "Strange Trust" not in browser.get("/trust").text


def test_a_role_that_was_taken_away_is_gone_although_the_cookie_names_it(
    app: Flask, session: Session
) -> None:
    actor = an_actor(session)
    strange = an_organisation(session, "Strange Trust")
    browser = signed_in(app, session, replace(actor, organisation_id=strange.id))
    assert f"{actor.organisation_name}</h1>" in browser.get("/trust").text


def test_somebody_without_a_role_is_told_so(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    session.execute(sa.delete(Membership).where(Membership.person_id == actor.person_id))
    answer = signed_in(app, session, actor).get("/trust")
    assert answer.status_code == 403
    assert "You act for no trust, school or firm yet" in answer.text


@pytest.mark.parametrize("words", ["harbour", "TRUST harb", "123456", "7318714", "tr00261"])
def test_organisations_are_found_by_words_and_identifiers(app: Flask, session: Session, words: str) -> None:
    an_organisation(
        session, "Harbour Learning Trust", urn="123456", company_number="07318714", group_id="TR00261"
    )
    an_organisation(session, "Hills Federation", urn="654321", company_number="07000000")
    browser = signed_in(app, session, an_actor(session, an_organisation(session, "Zebra")))
    page = browser.get("/trusts", query_string={"q": words}).text
    assert "Harbour Learning Trust" in page
    assert "Hills Federation" not in page


@pytest.mark.parametrize("words", ["%", "_", "\\", "\x00", "' or 1=1 --", "x" * 5000, "\ud800"])
def test_hostile_words_find_nothing_and_break_nothing(app: Flask, session: Session, words: str) -> None:
    browser = signed_in(app, session, an_actor(session, an_organisation(session, "Harbour")))
    answer = browser.get("/trusts", query_string={"q": words.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200
    assert words == "\x00" or "Harbour</a>" not in answer.text


def test_the_look_up_goes_on_by_name(app: Flask, session: Session) -> None:
    for number in range(29, -1, -1):
        an_organisation(session, f"Trust {number:02} of many")
    an_organisation(session, "Trust 00 of many")
    browser = signed_in(app, session, an_actor(session, an_organisation(session, "Zebra")))
    first = browser.get("/trusts?q=of many").text
    following = re.search(r'href="(/trusts\?[^"]*after=[^"]+)"', first)
    assert following is not None
    second = browser.get(following[1].replace("&amp;", "&")).text
    names = re.findall(r"(Trust \d\d) of many</a>", first + second)
    assert names == ["Trust 00", *[f"Trust {number:02}" for number in range(30)]]


def test_an_organisations_page_shows_the_register_and_no_people(app: Flask, session: Session) -> None:
    other = an_actor(session, an_organisation(session, "Harbour Trust", ukprn="10058308"))
    page = signed_in(app, session, an_actor(session)).get(f"/trusts/{other.organisation_id}").text
    assert "10058308" in page
    assert other.name not in page


def test_an_organisation_that_does_not_exist_is_not_found(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session))
    assert browser.get("/trusts/00000000-0000-7000-8000-000000000000").status_code == 404
    assert browser.get("/trusts/1").status_code == 404


def a_message(session: Session, recipient: str, subject: str) -> MailboxMessage:
    text = "Dear Sam,\n\nOrder ORD-1 waits <b>now</b>.\n\nhttp://localhost/orders/1\n"
    message = MailboxMessage(key=subject, recipient=recipient, subject=subject, text=text)
    session.add(message)
    session.flush()
    return message


def test_the_mailbox_shows_own_messages_with_a_link(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    message = a_message(session, actor.email, "Approve the order")
    a_message(session, "somebody@else.example", "Secret")
    browser = signed_in(app, session, actor)
    listed = browser.get("/mailbox").text
    assert "Approve the order" in listed
    assert "Secret" not in listed
    page = browser.get(f"/mailbox/{message.id}").text
    assert '<a href="http://localhost/orders/1"' in page
    assert "&lt;b&gt;now" in page


def test_anothers_message_is_not_found(app: Flask, session: Session) -> None:
    message = a_message(session, "somebody@else.example", "Secret")
    assert signed_in(app, session, an_actor(session)).get(f"/mailbox/{message.id}").status_code == 404


def test_outside_the_demonstration_there_is_no_mailbox(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = an_actor(session)
    message = a_message(session, actor.email, "Approve the order")
    browser = signed_in(app, session, actor)
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], demo=False))
    assert browser.get("/mailbox").status_code == 404
    assert browser.get(f"/mailbox/{message.id}").status_code == 404
    assert "Your email in this demonstration" not in browser.get("/trust").text
