"""Roles: who may give and take them, and that nobody leaves an organisation without an administrator."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import DomainError, NotFound, NotPermitted, Refused
from marketplace.kernel.session import Database
from marketplace.membership import staffing
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Membership, Organisation
from tests.factories.membership import letters
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in


def roles_of(session: Session, actor: object) -> set[Role]:
    statement = sa.select(Membership.role).where(Membership.person_id == actor.person_id)  # type: ignore[attr-defined]
    return set(session.scalars(statement))


def test_an_administrator_gives_and_takes_roles_and_every_administrator_is_told(session: Session) -> None:
    trust = an_organisation(session)
    admin, other = an_actor(session, trust, Role.ADMINISTRATOR), an_actor(session, trust, Role.ADMINISTRATOR)
    member = an_actor(session, trust, Role.BUYER)
    staffing.set_roles(session, admin, member.person_id, {Role.FINANCE, Role.APPROVER})
    assert roles_of(session, member) == {Role.FINANCE, Role.APPROVER}
    for told in (admin, other):
        assert "Roles changed" in letters(session, told.email)[-1]["subject"]
    assert letters(session, member.email) == []
    session.commit()
    acts = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.organisation_id == trust.id)).all()
    assert sorted(acts) == ["give-role", "give-role", "take-role"]


def test_only_an_administrator_changes_roles(session: Session) -> None:
    trust = an_organisation(session)
    an_actor(session, trust, Role.ADMINISTRATOR)
    buyer = an_actor(session, trust, Role.BUYER, Role.APPROVER, Role.FINANCE, Role.SELLER)
    with pytest.raises(NotPermitted):
        staffing.set_roles(session, buyer, buyer.person_id, {Role.ADMINISTRATOR})


def test_whoever_stopped_being_an_administrator_before_the_lock_changes_no_roles(session: Session) -> None:
    trust = an_organisation(session)
    admin, other = an_actor(session, trust, Role.ADMINISTRATOR), an_actor(session, trust, Role.ADMINISTRATOR)
    an_actor(session, trust, Role.ADMINISTRATOR)
    staffing.set_roles(session, other, admin.person_id, {Role.BUYER})
    with pytest.raises(NotPermitted):
        staffing.set_roles(session, admin, other.person_id, ())
    assert roles_of(session, other) == {Role.ADMINISTRATOR}


def test_nobody_gives_themselves_a_role(session: Session) -> None:
    trust = an_organisation(session)
    admin = an_actor(session, trust, Role.ADMINISTRATOR)
    an_actor(session, trust, Role.ADMINISTRATOR)
    with pytest.raises(NotPermitted, match="Ask another administrator"):
        staffing.set_roles(session, admin, admin.person_id, {Role.ADMINISTRATOR, Role.APPROVER})
    assert roles_of(session, admin) == {Role.ADMINISTRATOR}


def test_a_role_that_the_organisation_does_not_have_is_refused(session: Session) -> None:
    firm = an_organisation(session, kind=OrganisationKind.SUPPLIER)
    admin, seller = an_actor(session, firm, Role.ADMINISTRATOR), an_actor(session, firm, Role.SELLER)
    with pytest.raises(Refused, match="can have the role buyer or approver"):
        staffing.set_roles(session, admin, seller.person_id, {Role.SELLER, Role.BUYER, Role.APPROVER})


def test_somebody_of_another_organisation_is_not_found(session: Session) -> None:
    admin, stranger = an_actor(session), an_actor(session)
    with pytest.raises(NotFound):
        staffing.set_roles(session, admin, stranger.person_id, {Role.BUYER})
    assert Role.SELLER in roles_of(session, stranger)


def test_the_last_administrator_can_neither_leave_nor_step_down_nor_be_removed(session: Session) -> None:
    trust = an_organisation(session)
    admin = an_actor(session, trust, Role.ADMINISTRATOR, Role.BUYER)
    with pytest.raises(Refused, match="two administrators"):
        staffing.leave(session, admin)
    with pytest.raises(Refused, match="two administrators"):
        staffing.set_roles(session, admin, admin.person_id, {Role.BUYER})
    with pytest.raises(Refused, match="two administrators"):
        staffing.set_roles(session, admin, admin.person_id, ())
    assert roles_of(session, admin) == {Role.ADMINISTRATOR, Role.BUYER}


def test_the_second_administrator_can_leave_and_then_acts_no_more(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    an_actor(session, trust, Role.ADMINISTRATOR)
    leaver = an_actor(session, trust, Role.ADMINISTRATOR, Role.SELLER)
    browser, headers = signed_in(app, session, leaver), bearer(session, leaver)
    assert "The only administrator cannot leave" in browser.get("/trust/people/leave").text
    assert browser.post("/trust/people/leave").location == "/claims"
    assert roles_of(session, leaver) == set()
    assert browser.get("/trust").status_code == 403
    assert app.test_client().get("/api/trust/people", headers=headers).status_code in {401, 403}


def test_of_two_administrators_who_leave_at_once_one_stays(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        trust = an_organisation(session)
        actors = [an_actor(session, trust, Role.ADMINISTRATOR) for _ in range(2)]
        trust_id = trust.id
    start, outcomes = threading.Barrier(2), []

    def leave(actor: object) -> None:
        start.wait()
        try:
            database.run(lambda session: staffing.leave(session, actor))  # type: ignore[arg-type]
            outcomes.append("left")
        except DomainError:
            outcomes.append("stays")

    threads = [threading.Thread(target=leave, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["left", "stays"]
    with database.reading() as session:
        assert len(staffing.administrators(session, trust_id)) == 1
    database.close()


def test_the_page_offers_no_role_that_one_does_not_have_to_oneself(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    admin, other = an_actor(session, trust, Role.ADMINISTRATOR), an_actor(session, trust, Role.BUYER)
    browser = signed_in(app, session, admin)
    mine = browser.get(f"/trust/people/{admin.person_id}").text
    assert 'value="administrator"' in mine
    assert 'value="finance"' not in mine
    theirs = browser.get(f"/trust/people/{other.person_id}").text
    assert 'value="finance"' in theirs
    posted = {"roles": ["administrator", "finance"]}
    assert browser.post(f"/trust/people/{admin.person_id}", data=posted).status_code == 403
    assert roles_of(session, admin) == {Role.ADMINISTRATOR}


def test_roles_are_changed_and_people_removed_on_the_page(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    admin, member = an_actor(session, trust, Role.ADMINISTRATOR), an_actor(session, trust, Role.BUYER)
    browser = signed_in(app, session, admin)
    page = f"/trust/people/{member.person_id}"
    assert browser.post(page, data={"roles": ["approver", "buyer"]}).status_code == 302
    assert roles_of(session, member) == {Role.APPROVER, Role.BUYER}
    assert "Buyer, approver" in browser.get("/trust/people").text
    empty = browser.post(page, data={})
    assert empty.status_code == 422
    assert "Select at least one role" in empty.text
    assert browser.post(page, data={"roles": ["king"]}).status_code == 422
    assert browser.post(f"{page}/remove").status_code == 302
    assert roles_of(session, member) == set()


def test_a_member_without_the_role_sees_people_and_changes_nothing(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    admin, member = an_actor(session, trust, Role.ADMINISTRATOR), an_actor(session, trust, Role.BUYER)
    browser = signed_in(app, session, member)
    page = browser.get("/trust/people").text
    assert admin.name in page
    assert "Invite" not in page
    assert browser.get(f"/trust/people/{member.person_id}").status_code == 403
    assert (
        browser.post(f"/trust/people/{member.person_id}", data={"roles": ["administrator"]}).status_code
        == 403
    )


def test_people_of_another_trust_are_404_and_unseen(app: Flask, session: Session) -> None:
    admin, stranger = an_actor(session), an_actor(session)
    browser = signed_in(app, session, admin)
    assert browser.get(f"/trust/people/{stranger.person_id}").status_code == 404
    assert browser.post(f"/trust/people/{stranger.person_id}/remove").status_code == 404
    assert stranger.email not in browser.get("/trust/people").text
    assert session.get_one(Organisation, stranger.organisation_id) is not None


def test_a_program_lists_people_and_invitations(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    admin, buyer = an_actor(session, trust, Role.ADMINISTRATOR), an_actor(session, trust, Role.BUYER)
    client, headers = app.test_client(), bearer(session, buyer)
    items = client.get("/api/trust/people", headers=headers).json["items"]  # type: ignore[index]
    assert {(one["email"], *one["roles"]) for one in items} == {
        (admin.email, "administrator"),
        (buyer.email, "buyer"),
    }
    assert client.get("/api/trust/invitations", headers=headers).status_code == 403
