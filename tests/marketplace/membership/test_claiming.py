"""Claims: a second pair of eyes for the first, administrators for later ones, nothing told to strangers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted, Refused
from marketplace.membership import claiming, staffing
from marketplace.membership.models import Claim
from marketplace.membership.states import ClaimState, Decider
from marketplace.people.models import Person
from marketplace.trusts.kinds import OrganisationState, Role, Standing
from tests.factories.membership import a_claim, an_operator, browser_of, letters, somebody
from tests.factories.trusts import an_actor, an_organisation, signed_in


def test_the_first_claim_waits_for_the_operator_and_makes_an_administrator(session: Session) -> None:
    trust, operator, person = an_organisation(session), an_operator(session), somebody(session)
    claim = a_claim(session, person, trust, Role.BUYER)
    assert claim.decider is Decider.OPERATOR
    assert letters(session, operator.email)[-1]["subject"].startswith("Verify: a claim to")
    assert staffing.roles_at(session, trust.id, person.id) == frozenset()
    claiming.verify(session, operator.id, claim.id)
    assert staffing.roles_at(session, trust.id, person.id) == {Role.ADMINISTRATOR, Role.BUYER}
    assert trust.standing is Standing.VERIFIED
    assert "was accepted" in letters(session, person.email)[-1]["subject"]


def test_what_the_operator_does_stands_in_the_organisations_own_record(session: Session) -> None:
    trust, operator, person = an_organisation(session), an_operator(session), somebody(session)
    claiming.verify(session, operator.id, a_claim(session, person, trust).id)
    session.commit()
    acts = sa.select(AuditEntry.action, AuditEntry.person_id).where(AuditEntry.organisation_id == trust.id)
    found = [tuple(row) for row in session.execute(acts.order_by(AuditEntry.number))]
    assert ("claim", person.id) in found
    assert ("admit-claim", operator.id) in found
    assert ("verify-organisation", operator.id) in found


def test_a_later_claim_goes_to_the_administrators_and_the_operator_is_told(session: Session) -> None:
    operator, admin = an_operator(session), an_actor(session, None, Role.ADMINISTRATOR)
    trust = session.get_one(type(an_organisation(session)), admin.organisation_id)
    claim = a_claim(session, somebody(session), trust)
    assert claim.decider is Decider.ADMINISTRATORS
    assert letters(session, admin.email)[-1]["subject"].startswith("Decide about a claim")
    assert letters(session, operator.email)[-1]["subject"].startswith("For your information")
    claiming.admit(session, admin, claim.id, {Role.SELLER})
    assert staffing.roles_at(session, trust.id, claim.person_id) == {Role.SELLER}


def test_of_two_first_claims_the_second_passes_to_the_new_administrator(session: Session) -> None:
    trust, operator = an_organisation(session), an_operator(session)
    first = a_claim(session, somebody(session, "one@school.example"), trust)
    second = a_claim(session, somebody(session, "two@school.example"), trust)
    claiming.verify(session, operator.id, first.id)
    assert second.decider is Decider.ADMINISTRATORS
    assert letters(session, "one@school.example")[-1]["subject"].startswith("Decide about a claim")


def test_who_asked_second_is_not_proposed_as_an_administrator(app: Flask, session: Session) -> None:
    trust, operator = an_organisation(session), an_operator(session)
    first = a_claim(session, somebody(session, "one@school.example"), trust, Role.BUYER)
    second = a_claim(session, somebody(session, "two@school.example"), trust, Role.BUYER)
    claiming.verify(session, operator.id, first.id)
    session.commit()
    browser = browser_of(app, session, session.get_one(Person, first.person_id))
    page = browser.get(f"/trust/claims/{second.id}")
    ticked = re.findall(r'name="roles"[^>]*value="(\w+)" checked', page.text)
    assert ticked == ["buyer"]


def test_nobody_decides_about_their_own_claim(session: Session) -> None:
    trust, operator = an_organisation(session), an_operator(session)
    claim = a_claim(session, operator, trust)
    with pytest.raises(NotPermitted, match="your own claim"):
        claiming.verify(session, operator.id, claim.id)
    assert letters(session, operator.email) == []


def test_one_open_claim_for_each_person_and_organisation_and_five_in_all(session: Session) -> None:
    person = somebody(session)
    trust = an_organisation(session)
    a_claim(session, person, trust)
    with pytest.raises(Conflict, match="already waits"):
        a_claim(session, person, trust)
    for _ in range(4):
        a_claim(session, person, an_organisation(session))
    with pytest.raises(Refused, match="5 of your claims wait"):
        a_claim(session, person, an_organisation(session))


@pytest.mark.parametrize(
    "more",
    [
        {"state": OrganisationState.CLOSED},
        {"standing": Standing.SUSPENDED},
        {"standing": Standing.LEFT, "left_on": clock.today()},
    ],
)
def test_nobody_claims_what_is_closed_suspended_or_has_left(session: Session, more: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        a_claim(session, somebody(session), an_organisation(session, **more))


def test_a_member_does_not_claim(session: Session) -> None:
    actor = an_actor(session)
    trust = session.get_one(type(an_organisation(session)), actor.organisation_id)
    person = session.get_one(type(somebody(session)), actor.person_id)
    with pytest.raises(Refused, match="already belong"):
        a_claim(session, person, trust)


def test_a_refused_claim_has_a_reason_that_the_claimant_reads(session: Session) -> None:
    trust, operator, person = an_organisation(session), an_operator(session), somebody(session)
    claim = a_claim(session, person, trust)
    claiming.turn_down(session, operator.id, claim.id, "Nobody there knows you")
    assert claim.state is ClaimState.REFUSED
    assert "Nobody there knows you" in letters(session, person.email)[-1]["text"]
    with pytest.raises(InvalidState):
        claiming.verify(session, operator.id, claim.id)
    a_claim(session, person, trust)


def test_a_claim_lapses_after_thirty_days(session: Session) -> None:
    trust, operator, person = an_organisation(session), an_operator(session), somebody(session)
    claim = a_claim(session, person, trust)
    assert claiming.lapse(session) == 0
    with freeze_time(clock.now() + timedelta(days=30, seconds=1)):
        with pytest.raises(InvalidState):
            claiming.verify(session, operator.id, claim.id)
        assert claiming.lapse(session) == 1
    assert claim.state is ClaimState.LAPSED


def test_a_claim_is_withdrawn_by_the_claimant_alone(session: Session) -> None:
    person, other = somebody(session), somebody(session, "other@school.example")
    claim = a_claim(session, person, an_organisation(session))
    with pytest.raises(NotFound):
        claiming.withdraw(session, other.id, claim.id)
    claiming.withdraw(session, person.id, claim.id)
    assert claim.state is ClaimState.WITHDRAWN


def test_administrators_decide_about_claims_to_their_own_organisation_only(session: Session) -> None:
    admin, stranger = an_actor(session), an_actor(session)
    trust = session.get_one(type(an_organisation(session)), admin.organisation_id)
    claim = a_claim(session, somebody(session), trust)
    with pytest.raises(NotFound):
        claiming.admit(session, stranger, claim.id, {Role.BUYER})
    with pytest.raises(NotFound):
        claiming.refuse(session, stranger, claim.id, "no")
    member = an_actor(session, trust, Role.FINANCE)
    with pytest.raises(NotPermitted):
        claiming.admit(session, member, claim.id, {Role.BUYER})


def test_a_claimant_sees_the_same_whoever_is_there_already(app: Flask, session: Session) -> None:
    empty, admin = an_organisation(session, "Empty Trust"), an_actor(session)
    person = somebody(session)
    browser = browser_of(app, session, person)
    form = {"part": "business manager", "roles": ["buyer"], "evidence": "The website names me"}
    answers = [browser.post(f"/claims/new/{place}", data=form) for place in (empty.id, admin.organisation_id)]
    assert [(one.status_code, one.location) for one in answers] == [(302, "/claims"), (302, "/claims")]
    page = browser.get("/claims").text
    assert "Your job there, as you gave it: business manager" in page
    for secret in (admin.name, admin.email, "administrator"):
        assert secret not in page
    assert admin.email not in browser.get(f"/claims/new/{admin.organisation_id}").text


def test_an_empty_box_is_answered_with_what_to_enter(app: Flask, session: Session) -> None:
    browser = browser_of(app, session, somebody(session))
    assert "There is a problem" not in browser.get("/claims/new").text
    for empty in ("", "%20%20"):
        answer = browser.get(f"/claims/new?q={empty}")
        assert answer.status_code == 422
        assert answer.text.count("Enter a number, or the name of your trust, school or firm") == 2


def test_a_claim_from_a_number_to_an_order_of_work(app: Flask, session: Session) -> None:
    trust = an_organisation(session, "Quay Trust", ukprn="10058308")
    operator, person = an_operator(session), somebody(session)
    browser = browser_of(app, session, person)
    assert browser.get("/").location == "/claims"
    assert f"/claims/new/{trust.id}?q=10058308" in browser.get("/claims/new?q=10058308").text
    wrong = browser.post(f"/claims/new/{trust.id}?q=10058308", data={"roles": ["buyer"]})
    assert wrong.status_code == 422
    assert "Enter your job there" in wrong.text
    form = {"part": "bursar", "roles": ["buyer"], "evidence": "Ring the office"}
    assert browser.post(f"/claims/new/{trust.id}?q=10058308", data=form).status_code == 302
    claim = session.scalars(sa.select(Claim)).one()
    assert claim.identifier == "10058308"
    office = browser_of(app, session, operator)
    page = office.get(f"/operator/claims/{claim.id}").text
    for words in ("Ring the office", "school.example", "Quay Trust", "10058308"):
        assert words in page
    assert office.post(f"/operator/claims/{claim.id}/verify").status_code == 302
    assert "Quay Trust" in browser.get("/trust").text
    assert "Invite a second administrator" in browser.get("/").text


def test_administrators_admit_and_refuse_on_their_page(app: Flask, session: Session) -> None:
    admin = an_actor(session)
    trust = session.get_one(type(an_organisation(session)), admin.organisation_id)
    first = a_claim(session, somebody(session, "one@school.example", "Una One"), trust)
    second = a_claim(session, somebody(session, "two@school.example", "Tom Two"), trust)
    browser = signed_in(app, session, admin)
    assert "Decide about the claim of Una One" in browser.get("/").text
    assert "The website names me" in browser.get(f"/trust/claims/{first.id}").text
    assert browser.post(f"/trust/claims/{first.id}/admit", data={"roles": ["approver"]}).status_code == 302
    assert browser.post(f"/trust/claims/{second.id}/refuse", data={}).status_code == 422
    assert browser.post(f"/trust/claims/{second.id}/refuse", data={"reason": "no"}).status_code == 302
    assert staffing.roles_at(session, trust.id, first.person_id) == {Role.APPROVER}
    assert staffing.roles_at(session, trust.id, second.person_id) == frozenset()
    other = signed_in(app, session, an_actor(session))
    assert other.get(f"/trust/claims/{second.id}").status_code == 404
