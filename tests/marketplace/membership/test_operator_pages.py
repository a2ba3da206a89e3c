"""What the operator sees and does about organisations, and that nobody else can."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.audit import AuditEntry
from marketplace.trusts.kinds import OrganisationKind, Standing
from marketplace.trusts.models import Organisation
from tests.factories.membership import a_claim, an_operator, browser_of, letters, somebody
from tests.factories.trusts import an_actor, an_organisation, signed_in

PAGES = ("/operator/claims", "/operator/organisations", "/operator/suppliers/new")


@pytest.mark.parametrize("path", PAGES)
def test_only_the_operator_opens_the_operators_pages(app: Flask, session: Session, path: str) -> None:
    assert signed_in(app, session, an_actor(session)).get(path).status_code == 403
    assert browser_of(app, session, somebody(session)).get(path).status_code == 403
    assert app.test_client().get(path).status_code == 302
    assert browser_of(app, session, an_operator(session)).get(path).status_code == 200


def test_nobody_but_the_operator_verifies_or_suspends(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    claim = a_claim(session, somebody(session), trust)
    browser = signed_in(app, session, an_actor(session))
    assert browser.post(f"/operator/claims/{claim.id}/verify").status_code == 403
    form = {"standing": "suspended", "reason": "mine"}
    assert browser.post(f"/operator/organisations/{trust.id}", data=form).status_code == 403
    assert trust.standing is Standing.UNVERIFIED


def test_nobody_acts_for_a_suspended_organisation_until_it_is_readmitted(
    app: Flask, session: Session
) -> None:
    actor, operator = an_actor(session), an_operator(session)
    office, browser = browser_of(app, session, operator), signed_in(app, session, actor)
    page = f"/operator/organisations/{actor.organisation_id}"
    assert office.post(page, data={"standing": "suspended"}).status_code == 422
    assert (
        office.post(page, data={"standing": "suspended", "reason": "A fraud is looked into"}).status_code
        == 302
    )
    assert browser.get("/trust").status_code == 403
    assert "A fraud is looked into" in letters(session, actor.email)[-1]["text"]
    assert office.post(page, data={"standing": "suspended", "reason": "again"}).status_code == 409
    assert office.post(page, data={"standing": "left", "reason": "no"}).status_code == 422
    assert office.post(page, data={"standing": "verified", "reason": "It was none"}).status_code == 302
    assert browser.get("/trust").status_code == 200
    acts = sa.select(AuditEntry.person_id).where(
        AuditEntry.organisation_id == actor.organisation_id, AuditEntry.action == "set-standing"
    )
    assert session.scalars(acts).all() == [operator.id, operator.id]


def test_the_operator_finds_organisations_by_words_and_standing(app: Flask, session: Session) -> None:
    an_organisation(session, "Quay Trust")
    an_organisation(session, "Hill Trust", standing=Standing.SUSPENDED)
    office = browser_of(app, session, an_operator(session))
    everything = office.get("/operator/organisations").text
    assert "Hill Trust" in everything
    assert "Quay Trust" not in everything
    assert "Quay Trust" in office.get("/operator/organisations?q=quay").text
    assert "Hill Trust" not in office.get("/operator/organisations?q=trust&standing=unverified").text


def test_the_operator_adds_a_supplier_that_can_be_claimed(app: Flask, session: Session) -> None:
    office = browser_of(app, session, an_operator(session))
    assert (
        office.post("/operator/suppliers/new", data={"name": "Paper Ltd", "company_number": "12"}).status_code
        == 422
    )
    form = {"name": "Paper Ltd", "company_number": "07318714"}
    assert office.post("/operator/suppliers/new", data=form).status_code == 302
    firm = session.scalars(sa.select(Organisation).where(Organisation.name == "Paper Ltd")).one()
    assert (firm.kind, firm.standing) == (OrganisationKind.SUPPLIER, Standing.VERIFIED)
    assert office.post("/operator/suppliers/new", data=form).status_code == 422
    browser = browser_of(app, session, somebody(session))
    assert "Paper Ltd" in browser.get("/claims/new?q=7318714").text


def test_the_operator_refuses_a_claim_with_a_reason(app: Flask, session: Session) -> None:
    claim = a_claim(session, somebody(session), an_organisation(session))
    office = browser_of(app, session, an_operator(session))
    assert claim.part in office.get("/operator/claims").text
    assert office.post(f"/operator/claims/{claim.id}/refuse", data={}).status_code == 422
    assert (
        office.post(f"/operator/claims/{claim.id}/refuse", data={"reason": "Unknown there"}).status_code
        == 302
    )
    assert "Refused" in office.get("/operator/claims?decided=1").text
