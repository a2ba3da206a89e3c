"""Invitations: for one address, one organisation, one use, seven days; and what is tried with them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.session import Database
from marketplace.membership import inviting, staffing
from marketplace.membership.models import Invitation
from marketplace.people.models import Person
from marketplace.trusts.kinds import OrganisationKind, Role
from tests.factories.membership import an_invitation, browser_of, letters, secret_in, somebody
from tests.factories.trusts import an_actor, an_organisation, signed_in

ADDRESS = "invited@school.example"
GOOD_PASSWORD = "copper lantern drifts over moss"


def test_an_invited_person_becomes_a_member_with_those_roles_and_no_others(session: Session) -> None:
    admin = an_actor(session)
    secret = an_invitation(session, admin, ADDRESS, Role.BUYER, Role.FINANCE)
    person = somebody(session, ADDRESS)
    inviting.accept(session, person.id, secret)
    assert staffing.roles_at(session, admin.organisation_id, person.id) == {Role.BUYER, Role.FINANCE}


def test_an_invitation_works_once(session: Session) -> None:
    admin = an_actor(session)
    secret = an_invitation(session, admin, ADDRESS)
    person = somebody(session, ADDRESS)
    inviting.accept(session, person.id, secret)
    with pytest.raises(NotFound, match="cannot be used any more"):
        inviting.accept(session, person.id, secret)


def test_somebody_with_another_address_cannot_accept(session: Session) -> None:
    admin = an_actor(session)
    secret = an_invitation(session, admin, ADDRESS)
    thief = somebody(session, "thief@school.example")
    with pytest.raises(NotPermitted, match="another email address"):
        inviting.accept(session, thief.id, secret)
    assert staffing.roles_at(session, admin.organisation_id, thief.id) == frozenset()


def test_an_invitation_is_over_after_seven_days(session: Session) -> None:
    admin = an_actor(session)
    secret = an_invitation(session, admin, ADDRESS)
    person = somebody(session, ADDRESS)
    with freeze_time(clock.now() + timedelta(days=7, seconds=1)):
        for attempt in (inviting.find, lambda session, secret: inviting.accept(session, person.id, secret)):
            with pytest.raises(NotFound):
                attempt(session, secret)
    with freeze_time(clock.now() + timedelta(days=6)):
        inviting.accept(session, person.id, secret)


def test_a_revoked_invitation_and_an_older_letter_do_not_work(session: Session) -> None:
    admin = an_actor(session)
    first = an_invitation(session, admin, ADDRESS)
    invitation = session.scalars(sa.select(Invitation)).one()
    inviting.send_again(session, admin, invitation.id)
    second = secret_in(letters(session, ADDRESS)[-1], "invitations")
    assert first != second
    with pytest.raises(NotFound):
        inviting.find(session, first)
    assert inviting.find(session, second)[0].id == invitation.id
    inviting.revoke(session, admin, invitation.id)
    with pytest.raises(NotFound):
        inviting.find(session, second)
    with pytest.raises(InvalidState):
        inviting.send_again(session, admin, invitation.id)


def test_five_letters_a_day_go_to_one_address_of_one_organisation(session: Session) -> None:
    admin, elsewhere = an_actor(session), an_actor(session)
    with freeze_time("2026-12-01 09:00:00Z"):
        invitation = inviting.invite(session, admin, ADDRESS, {Role.BUYER})
        session.commit()
        inviting.send_again(session, admin, invitation.id)
        session.commit()
        for _ in range(3):  # neither does revoking begin a new count
            inviting.revoke(session, admin, invitation.id)
            invitation = inviting.invite(session, admin, ADDRESS, {Role.BUYER})
            session.commit()
    with freeze_time("2026-12-02 08:59:00Z"):
        with pytest.raises(Refused, match="5 invitations went to this address in the last 24 hours"):
            inviting.send_again(session, admin, invitation.id)
        inviting.revoke(session, admin, invitation.id)
        with pytest.raises(Refused, match="5 invitations went to this address") as caught:
            inviting.invite(session, admin, ADDRESS.upper(), {Role.BUYER})
        assert caught.value.field == "email"
        assert len(letters(session, ADDRESS)) == 5
        inviting.invite(session, elsewhere, ADDRESS, {Role.BUYER})
        inviting.invite(session, admin, "colleague@school.example", {Role.BUYER})
    with freeze_time("2026-12-02 09:01:00Z"):
        inviting.invite(session, admin, ADDRESS, {Role.BUYER})


def test_an_invitation_ends_with_the_role_of_whoever_sent_it(session: Session) -> None:
    trust = an_organisation(session)
    admin, other = an_actor(session, trust), an_actor(session, trust)
    secret = an_invitation(session, admin, ADDRESS)
    staffing.set_roles(session, other, admin.person_id, ())
    with pytest.raises(NotFound):
        inviting.find(session, secret)


def test_only_an_administrator_invites_and_only_with_roles_that_there_are(session: Session) -> None:
    trust = an_organisation(session, kind=OrganisationKind.SUPPLIER)
    admin, seller = an_actor(session, trust, Role.ADMINISTRATOR), an_actor(session, trust, Role.SELLER)
    with pytest.raises(NotPermitted):
        inviting.invite(session, seller, ADDRESS, {Role.SELLER})
    with pytest.raises(Refused, match="can have the role buyer"):
        inviting.invite(session, admin, ADDRESS, {Role.BUYER})
    with pytest.raises(Refused, match="at least one role"):
        inviting.invite(session, admin, ADDRESS, ())


def test_a_member_or_an_invited_address_is_not_invited_again(session: Session) -> None:
    admin = an_actor(session)
    an_invitation(session, admin, ADDRESS)
    with pytest.raises(Refused, match="already invited"):
        inviting.invite(session, admin, ADDRESS.upper(), {Role.BUYER})
    with pytest.raises(Refused, match="already belongs"):
        inviting.invite(session, admin, admin.email, {Role.BUYER})


def test_only_the_digest_of_the_secret_is_kept(session: Session) -> None:
    secret = an_invitation(session, an_actor(session), ADDRESS)
    invitation = session.scalars(sa.select(Invitation)).one()
    assert secret not in str(vars(invitation))


def test_a_newcomer_makes_an_account_with_the_letter_and_is_in(app: Flask, session: Session) -> None:
    admin = an_actor(session)
    secret = an_invitation(session, admin, ADDRESS, Role.APPROVER)
    session.commit()
    client = app.test_client()
    page = client.get(f"/invitations/{secret}").text
    assert admin.organisation_name in page
    assert "Approver" in page
    answer = client.post(f"/invitations/{secret}/account", data={"name": "Nia", "password": GOOD_PASSWORD})
    assert (answer.status_code, answer.location) == (302, "/")
    person = session.scalars(sa.select(Person).where(Person.email == ADDRESS)).one()
    assert staffing.roles_at(session, admin.organisation_id, person.id) == {Role.APPROVER}
    assert admin.organisation_name in client.get("/trust").text


def test_a_posted_role_or_address_changes_nothing(app: Flask, session: Session) -> None:
    admin = an_actor(session)
    secret = an_invitation(session, admin, ADDRESS, Role.BUYER)
    session.commit()
    higher = {"name": "Nia", "password": GOOD_PASSWORD, "roles": "administrator", "email": "x@y.example"}
    assert app.test_client().post(f"/invitations/{secret}/account", data=higher).status_code == 422
    assert session.scalar(sa.select(Person.id).where(Person.email == ADDRESS)) is None
    person = somebody(session, ADDRESS)
    browser_of(app, session, person).post(f"/invitations/{secret}", data={"roles": "administrator"})
    assert staffing.roles_at(session, admin.organisation_id, person.id) == {Role.BUYER}


@pytest.mark.parametrize("password", ["short", "harbourlighttrust2026", "passwordpassword1"])
def test_a_password_of_the_trusts_words_is_not_taken(app: Flask, session: Session, password: str) -> None:
    admin = an_actor(session, an_organisation(session, "Harbour Light Trust"))
    secret = an_invitation(session, admin, ADDRESS)
    session.commit()
    form = {"name": "Nia", "password": password}
    answer = app.test_client().post(f"/invitations/{secret}/account", data=form)
    assert answer.status_code == 422
    assert password not in answer.text
    assert session.scalar(sa.select(Person.id).where(Person.email == ADDRESS)) is None


def test_whoever_is_signed_in_with_another_address_is_told_and_not_let_in(
    app: Flask, session: Session
) -> None:
    admin, stranger = an_actor(session), an_actor(session)
    secret = an_invitation(session, admin, ADDRESS)
    browser = signed_in(app, session, stranger)
    page = browser.get(f"/invitations/{secret}").text
    assert "with another email address" in page
    assert ADDRESS not in page
    assert browser.post(f"/invitations/{secret}").status_code == 403
    assert staffing.roles_at(session, admin.organisation_id, stranger.person_id) == frozenset()


def test_whoever_has_an_account_is_asked_to_sign_in_and_comes_back(app: Flask, session: Session) -> None:
    admin = an_actor(session)
    secret = an_invitation(session, admin, ADDRESS)
    somebody(session, ADDRESS)
    session.commit()
    client = app.test_client()
    assert f"/sign-in?next=/invitations/{secret}" in client.get(f"/invitations/{secret}").text
    form = {"name": "Nia", "password": GOOD_PASSWORD}
    assert client.post(f"/invitations/{secret}/account", data=form).status_code == 422


def test_the_pages_of_invitations_send_list_and_revoke(app: Flask, session: Session) -> None:
    admin = an_actor(session)
    browser = signed_in(app, session, admin)
    wrong = browser.post("/trust/people/invite", data={"email": "nobody", "roles": ["buyer"]})
    assert wrong.status_code == 422
    assert "Enter an email address in the correct format" in wrong.text
    assert (
        browser.post("/trust/people/invite", data={"email": ADDRESS, "roles": ["buyer"]}).status_code == 302
    )
    assert ADDRESS in browser.get("/trust/people").text
    invitation = session.scalars(sa.select(Invitation)).one()
    assert browser.post(f"/trust/people/invitations/{invitation.id}/send-again").status_code == 302
    assert len(letters(session, ADDRESS)) == 2
    assert browser.post(f"/trust/people/invitations/{invitation.id}/revoke").status_code == 302
    browser.get("/trust/people")
    assert ADDRESS not in browser.get("/trust/people").text


def test_another_trusts_invitation_is_404(app: Flask, session: Session) -> None:
    an_invitation(session, an_actor(session), ADDRESS)
    invitation = session.scalars(sa.select(Invitation)).one()
    browser = signed_in(app, session, an_actor(session))
    for verb in ("revoke", "send-again"):
        assert browser.post(f"/trust/people/invitations/{invitation.id}/{verb}").status_code == 404
    assert ADDRESS not in browser.get("/trust/people").text


def test_an_unknown_secret_says_what_a_used_one_says(app: Flask, session: Session) -> None:
    admin = an_actor(session)
    secret = an_invitation(session, admin, ADDRESS)
    person = somebody(session, ADDRESS)
    inviting.accept(session, person.id, secret)
    session.commit()
    client = app.test_client()
    used, unknown = client.get(f"/invitations/{secret}"), client.get("/invitations/nothing")
    assert used.status_code == unknown.status_code == 404
    assert "used, revoked, sent again or is over 7 days old" in used.text
    assert "used, revoked, sent again or is over 7 days old" in unknown.text


def test_of_many_who_make_the_invited_account_at_once_one_does_and_none_meets_a_fault(
    environment: dict[str, str],
) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        secret = an_invitation(session, an_actor(session), ADDRESS)
    start, outcomes = threading.Barrier(4), []

    def accept() -> None:
        start.wait()
        try:
            database.run(lambda session: inviting.accept_as_new(session, secret, "Ivy", GOOD_PASSWORD))
            outcomes.append("made")
        except DomainError:
            outcomes.append("refused")

    threads = [threading.Thread(target=accept) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", *["refused"] * 3]
    database.close()
