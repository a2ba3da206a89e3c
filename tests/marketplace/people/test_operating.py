"""Erasing somebody: nothing is left that says who they were, and every chain still holds."""

from __future__ import annotations

import json

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts import services as accounts
from marketplace.delegation.rules import Scheme
from marketplace.delegation.schemes import set_scheme
from marketplace.kernel import audit, audit_checks, idempotency, mail
from marketplace.kernel.database import Base
from marketplace.kernel.idempotency import Answer
from marketplace.membership import inviting, joining
from marketplace.people import operating, services
from marketplace.people.models import ApiToken, BrowserSession, Person
from marketplace.trusts import services as trusts
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership
from tests.factories.membership import letters, secret_in
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in

NAME, ADDRESS = "Wilhelmina Quill", "wilhelmina@trust.example"


def everything(session: Session) -> str:
    """Every value of every row, as one text."""
    return json.dumps(
        [[list(row) for row in session.execute(sa.select(table))] for table in Base.metadata.sorted_tables],
        default=str,
    )


def a_life(app: Flask, session: Session) -> Person:
    """Somebody who left traces in every place that may hold a name or an address."""
    trust = an_organisation(session, "Harbour Trust")
    person = services.add_person(session, ADDRESS, NAME, "seven green bicycles")
    person.demonstration_part = f"{NAME}, business manager"
    trusts.add_member(session, ADDRESS, trust, Role.ADMINISTRATOR)
    services.open_session(session, person.id, "test")
    services.make_token(session, ADDRESS, "test")
    email = mail.Email(ADDRESS, "Pay an invoice", f"Dear {NAME}")
    mail.owe_email(session, "waits", email)
    session.add(mail.MailboxMessage(key="kept", recipient=ADDRESS, subject="x", text=f"Dear {NAME}"))
    idempotency.begin(session, person.id, "key", "print")
    idempotency.finish(session, person.id, "key", Answer(201, f"{NAME} did it", None))
    session.commit()
    return person


def test_whoever_is_erased_is_named_nowhere(app: Flask, session: Session) -> None:
    a_life(app, session)
    assert NAME in everything(session)
    operating.erase_person(session, ADDRESS)
    session.commit()
    left = everything(session)
    assert (NAME in left, ADDRESS in left) == (False, False)
    assert list(audit_checks.faults(session)) == []


def test_neither_an_earlier_address_nor_an_invitation_to_one_is_left(app: Flask, session: Session) -> None:
    person, new, host = a_life(app, session), "quill@new.example", an_actor(session)
    for address in (ADDRESS, new):
        inviting.invite(session, host, address, {Role.BUYER})
        joining.ask(session, address)
    accounts.mail_address_link(session, person.id, new)
    accounts.change_address(session, person.id, secret_in(letters(session, new)[-1], "account/email"), "kept")
    session.commit()
    operating.erase_person(session, new)
    session.commit()
    left = everything(session)
    assert (NAME in left, ADDRESS in left, new in left) == (False, False, False)


def test_an_earlier_address_that_is_anothers_by_now_stays_theirs(app: Flask, session: Session) -> None:
    person, new = a_life(app, session), "quill@new.example"
    accounts.mail_address_link(session, person.id, new)
    accounts.change_address(session, person.id, secret_in(letters(session, new)[-1], "account/email"), "kept")
    services.add_person(session, ADDRESS, "Somebody Else", "seven green bicycles")
    mail.owe_email(session, "theirs", mail.Email(ADDRESS, "For the new owner", "x"))
    session.commit()
    operating.erase_person(session, new)
    session.commit()
    assert letters(session, ADDRESS)[-1]["subject"] == "For the new owner"


def test_sessions_tokens_password_and_roles_go_and_the_row_stays(app: Flask, session: Session) -> None:
    person = a_life(app, session)
    operating.erase_person(session, ADDRESS)
    session.commit()
    for kind in (BrowserSession, ApiToken, Membership):
        assert session.scalar(sa.select(sa.func.count()).select_from(kind)) == 0
    assert (person.name, person.password_hash, person.demonstration_part) == ("Erased person", None, None)
    actions = sa.select(audit.AuditEntry.action).where(audit.AuditEntry.subject_kind == "memberships")
    assert session.scalars(actions.order_by(audit.AuditEntry.number)).all() == ["add-member", "remove-member"]


def test_nobody_else_loses_anything(app: Flask, session: Session) -> None:
    a_life(app, session)
    other = an_actor(session)
    browser, program = signed_in(app, session, other), bearer(session, other)
    mail.owe_email(session, "other", mail.Email(other.email, "x", "y"))
    operating.erase_person(session, ADDRESS)
    session.commit()
    assert browser.get("/account").status_code == 200
    assert app.test_client().get("/api/me", headers=program).status_code == 200
    assert other.email in everything(session)


def test_the_address_is_free_for_a_new_account(app: Flask, session: Session) -> None:
    erased = a_life(app, session)
    operating.erase_person(session, ADDRESS)
    assert services.add_person(session, ADDRESS, "Somebody new", None).id != erased.id


def test_what_the_erased_did_stays_in_the_record_without_a_name(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    gone, reader = an_actor(session, trust), an_actor(session, trust)
    set_scheme(session, gone, Scheme())
    session.commit()
    operating.erase_person(session, gone.email)
    page = signed_in(app, session, reader).get("/trust/audit").text
    assert "Erased person" in page
    assert gone.name not in page
