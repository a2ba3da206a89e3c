"""What an organisation says about itself, and what of that others see."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound, NotPermitted, Refused
from marketplace.trusts import describing, queries
from marketplace.trusts.access import Actor, actor_of
from marketplace.trusts.kinds import LinkKind, OrganisationKind, Role, Standing
from marketplace.trusts.models import Membership, Organisation, OrganisationLink, PupilCount
from tests.factories.trusts import a_person, an_actor, an_organisation, bearer, signed_in

SCHOOL = OrganisationKind.SCHOOL


def a_school_of(session: Session, actor: Actor, kind: LinkKind = LinkKind.MEMBER) -> Organisation:
    school = an_organisation(session, "Quay Primary", kind=SCHOOL, pupils=280, authority_name="Devon")
    link = OrganisationLink(school_id=school.id, group_id=actor.organisation_id, kind=kind, joined_on=None)
    session.add(link)
    session.flush()
    return school


def test_pupils_are_corrected_with_a_day_and_a_reason_beside_the_registers_figure(
    app: Flask, session: Session
) -> None:
    actor = an_actor(session)
    school = a_school_of(session, actor)
    browser = signed_in(app, session, actor)
    today = clock.today()
    form = {"pupils": "311", "reason": "A class opened"}
    form |= {f"counted_on-{part}": str(getattr(today, part)) for part in ("day", "month", "year")}
    page = f"/trust/schools/{school.id}/pupils"
    assert "The register says 280" in browser.get(page).text
    assert browser.post(page, data={**form, "reason": ""}).status_code == 422
    assert browser.post(page, data=form).status_code == 302
    for path in ("/trust", f"/trusts/{school.id}"):
        shown = browser.get(path).text
        assert "311" in shown
        assert "280" in shown
    answer = app.test_client().get(f"/api/trusts/{school.id}", headers=bearer(session, actor)).json
    assert answer is not None
    assert (answer["pupils"], answer["counted_pupils"]) == (280, 311)


def test_the_newest_day_counts_and_figures_are_kept(session: Session) -> None:
    actor = an_actor(session)
    school = a_school_of(session, actor)
    today = clock.today()
    describing.count_pupils(session, actor, school.id, 300, today, "new")
    describing.count_pupils(session, actor, school.id, 290, today - timedelta(30), "old")
    assert queries.counted_pupils(session, [school.id])[school.id].pupils == 300
    assert session.scalar(sa.select(sa.func.count(PupilCount.id))) == 2


def test_nobody_corrects_another_trusts_school_or_a_day_to_come(session: Session) -> None:
    actor, stranger = an_actor(session), an_actor(session)
    school = a_school_of(session, actor)
    sponsored = a_school_of(session, actor, LinkKind.SPONSORED)
    today = clock.today()
    for who, what in ((stranger, school), (actor, sponsored)):
        with pytest.raises(NotFound):
            describing.count_pupils(session, who, what.id, 1, today, "mine")
    with pytest.raises(Refused, match="today at the latest"):
        describing.count_pupils(session, actor, school.id, 1, today + timedelta(1), "soon")
    trust = session.get_one(Organisation, actor.organisation_id)
    with pytest.raises(NotPermitted):
        describing.count_pupils(session, an_actor(session, trust, Role.BUYER), school.id, 1, today, "no")


def test_a_supplier_chooses_its_financial_year_and_a_trust_has_none_to_choose(
    app: Flask, session: Session
) -> None:
    firm = an_actor(session, an_organisation(session, kind=OrganisationKind.SUPPLIER))
    browser = signed_in(app, session, firm)
    assert "31 March" in browser.get("/trust").text
    assert browser.post("/trust/details", data={"year_ends_in": "13"}).status_code == 422
    assert browser.post("/trust/details", data={"year_ends_in": "12"}).status_code == 302
    assert "31 December" in browser.get("/trust").text
    trust = signed_in(app, session, an_actor(session))
    assert trust.get("/trust/details").status_code == 404
    assert trust.post("/trust/details", data={"year_ends_in": "12"}).status_code == 404
    assert "31 August" in trust.get("/trust").text


def test_an_authority_trust_shows_the_authority_of_its_schools_until_it_declares_one(
    app: Flask, session: Session
) -> None:
    actor = an_actor(session, an_organisation(session, kind=OrganisationKind.AUTHORITY_TRUST))
    a_school_of(session, actor)
    kind = OrganisationKind.LOCAL_AUTHORITY
    authority = an_organisation(session, "Torbay Council", kind=kind, authority_code="880")
    browser = signed_in(app, session, actor)
    assert "Devon" in browser.get("/trust").text
    form = {"year_ends_in": "3", "authority_id": str(actor.organisation_id)}
    assert browser.post("/trust/details", data=form).status_code == 422
    assert browser.post("/trust/details", data={**form, "authority_id": str(authority.id)}).status_code == 302
    other = signed_in(app, session, an_actor(session)).get(f"/trusts/{actor.organisation_id}").text
    assert "Torbay Council" in other
    assert session.get_one(Organisation, actor.organisation_id).authority_code == "880"


def test_a_person_of_several_organisations_switches_and_acts_for_the_one_chosen(
    app: Flask, session: Session
) -> None:
    first, second = an_organisation(session, "First Trust"), an_organisation(session, "Second Trust")
    person = a_person(session, first, Role.BUYER)
    session.add(Membership(person_id=person.id, organisation_id=second.id, role=Role.FINANCE))
    session.flush()
    actor = actor_of(session, person)
    assert actor is not None
    assert actor.has_others
    browser = signed_in(app, session, actor)
    assert "Switch to Second Trust" in browser.get("/trust/switch").text
    assert browser.post("/trust/switch", data={"organisation_id": str(second.id)}).status_code == 302
    assert "You act for Second Trust now" in browser.get("/trust/switch").text
    third = an_organisation(session)
    session.commit()
    assert browser.post("/trust/switch", data={"organisation_id": str(third.id)}).status_code == 404
    second.standing = Standing.SUSPENDED
    session.commit()
    assert "You act for First Trust now" in browser.get("/trust/switch").text
    assert browser.post("/trust/switch", data={"organisation_id": str(second.id)}).status_code == 404
