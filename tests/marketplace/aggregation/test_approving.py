"""Commitments under a scheme of delegation, and what a budget gives for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.aggregation import committing, queries
from marketplace.aggregation import services as rounds
from marketplace.aggregation.committing import Figures, Promise
from marketplace.aggregation.models import Commitment, Round
from marketplace.aggregation.states import CommitmentState
from marketplace.delegation import budget_queries, standing_in
from marketplace.delegation.rules import Row, Scheme, limited
from marketplace.delegation.undertaking import Said
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, NotPermitted, Refused
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.aggregation import a_buyer, a_commitment, a_round, an_award
from tests.factories.delegation import a_cost_centre, the_scheme
from tests.factories.trusts import an_actor, bearer, signed_in

TWO = replace(limited(0), second_above_pence=100_000)


def a_colleague(session: Session, actor: Actor, *roles: Role) -> Actor:
    return an_actor(session, session.get_one(Organisation, actor.organisation_id), *roles)


def a_buyer_with(session: Session, scheme: Scheme) -> Actor:
    buyer = a_buyer(session)
    the_scheme(session, buyer.organisation_id, scheme)
    return buyer


def approve(session: Session, by: Actor, one: Commitment, **said: str) -> Commitment:
    return committing.approve(session, by, one.round_id, one.id, Figures.of(one), Said(**said))


def committed(session: Session, buyer: Actor) -> int:
    """Over all financial years, in pence."""
    session.flush()
    starts = budget_queries.years(session, buyer)
    return sum(budget_queries.budget_year(session, buyer, on).committed_pence for on in starts)


def test_two_people_approve_a_commitment(app: Flask, session: Session) -> None:
    buyer, round_ = a_buyer_with(session, TWO), a_round(session)
    first, second = (a_colleague(session, buyer, Role.APPROVER) for _ in range(2))
    made = a_commitment(session, round_, buyer)
    assert approve(session, first, made).state is CommitmentState.AWAITING_APPROVAL
    with pytest.raises(NotPermitted):
        approve(session, first, made)
    page = signed_in(app, session, second).get(f"/rounds/{round_.id}/approval").text
    assert "Approved so far: 1 of 2" in page
    assert [len(queries.waiting(session, one)) for one in (first, second)] == [0, 1]
    assert approve(session, second, made).state is CommitmentState.FIRM
    assert made.approved_by_id == second.person_id


def test_a_change_of_the_figures_begins_the_approvals_anew(session: Session) -> None:
    buyer, round_ = a_buyer_with(session, TWO), a_round(session)
    first, second = (a_colleague(session, buyer, Role.APPROVER) for _ in range(2))
    made = a_commitment(session, round_, buyer)
    approve(session, first, made)
    committing.change(session, buyer, round_.id, Promise(61, 50_000, 52_000))
    assert approve(session, second, made).state is CommitmentState.AWAITING_APPROVAL
    assert approve(session, first, made).state is CommitmentState.FIRM


def written_by_an_approver(session: Session) -> tuple[Actor, Actor, Commitment]:
    """An approver set the quantity and the ceiling; the buyer changed today's price alone."""
    buyer, round_ = a_buyer_with(session, limited(0)), a_round(session)
    writer = a_colleague(session, buyer, Role.APPROVER, Role.BUYER)
    made = a_commitment(session, round_, writer)
    committing.revise(session, buyer, round_.id, made.id, {"baseline_pence": 51_000})
    return buyer, writer, made


def test_nobody_approves_figures_that_they_wrote_before_somebody_else(session: Session) -> None:
    buyer, writer, made = written_by_an_approver(session)
    assert made.requested_by_id == buyer.person_id
    with pytest.raises(NotPermitted, match="another person must approve"):
        approve(session, writer, made)
    assert queries.waiting(session, writer) == []
    other = a_colleague(session, buyer, Role.APPROVER)
    assert approve(session, other, made).state is CommitmentState.FIRM


def test_the_page_and_the_json_say_who_may_approve(app: Flask, session: Session) -> None:
    buyer, writer, made = written_by_an_approver(session)
    other = a_colleague(session, buyer, Role.APPROVER)
    browser = signed_in(app, session, writer)
    page = browser.get(f"/rounds/{made.round_id}/approval").text
    assert "You asked for this or changed it" in page
    assert "none of them may approve it" in page
    assert f"Who may approve now: {other.name}." in browser.get(f"/rounds/{made.round_id}").text
    answer = app.test_client().get(f"/api/rounds/{made.round_id}", headers=bearer(session, other)).json
    assert answer is not None
    own = answer["own"]
    assert set(own["written_by"]) == {buyer.name, writer.name}
    assert own["may_approve"] == [other.name]


def test_what_is_committed_anew_has_none_of_the_old_figures(session: Session) -> None:
    buyer, writer, made = written_by_an_approver(session)
    committing.withdraw(session, buyer, made.round_id)
    committing.commit(session, buyer, made.round_id, Promise(60, 50_000))
    assert approve(session, writer, made).state is CommitmentState.FIRM


def test_quotes_are_spoken_to_on_the_page(app: Flask, session: Session) -> None:
    buyer = a_buyer_with(session, Scheme((Row(0), Row(10**8, Role.APPROVER, quotes=3))))
    approver, round_ = a_colleague(session, buyer, Role.APPROVER), a_round(session)
    made = a_commitment(session, round_, buyer)
    with pytest.raises(Refused):
        approve(session, approver, made)
    browser = signed_in(app, session, approver)
    address = f"/rounds/{round_.id}/approval"
    assert "three quotes were asked for" in browser.get(address).text
    form = {"quantity": "60", "ceiling_pence": "500.00", "baseline_pence": "520.00"}
    assert browser.post(f"{address}/{made.id}", data=form).status_code == 422
    form |= {"has_quotes": "true", "quotes_note": "A, B and C"}
    assert browser.post(f"{address}/{made.id}", data=form).status_code == 302
    session.expire_all()
    assert made.state is CommitmentState.FIRM


def test_a_stand_in_approves_a_commitment(session: Session) -> None:
    buyer, round_ = a_buyer_with(session, limited(0)), a_round(session)
    cfo, clerk = a_colleague(session, buyer, Role.APPROVER), a_colleague(session, buyer, Role.SELLER)
    made = a_commitment(session, round_, buyer)
    with pytest.raises(NotPermitted):
        approve(session, clerk, made)
    standing_in.name_stand_in(session, cfo, clerk.person_id, clock.today(), clock.today())
    assert approve(session, clerk, made).state is CommitmentState.FIRM


def test_a_commitment_and_an_order_of_one_kind_are_added_up(session: Session) -> None:
    buyer, round_ = a_buyer_with(session, limited(4_000_000)), a_round(session)
    assert a_commitment(session, round_, buyer).state is CommitmentState.FIRM
    again = a_round(session)
    again.supplier_id = round_.supplier_id
    assert a_commitment(session, again, buyer).state is CommitmentState.AWAITING_APPROVAL


def paying(session: Session, limit_pence: int = 10**12) -> tuple[Actor, Round, Commitment]:
    """A trust with a cost centre that commits to 60 laptops at £500 at the most."""
    buyer, round_ = a_buyer_with(session, limited(limit_pence)), a_round(session)
    centre = a_cost_centre(session, buyer)
    return buyer, round_, a_commitment(session, round_, buyer, cost_centre_id=centre.id)


def test_where_there_are_cost_centres_a_commitment_names_one(session: Session) -> None:
    buyer, round_ = a_buyer_with(session, limited(10**12)), a_round(session)
    a_cost_centre(session, buyer)
    with pytest.raises(Refused) as refused:
        a_commitment(session, round_, buyer)
    assert refused.value.field == "cost_centre_id"


def test_a_firm_commitment_is_taken_from_the_budget_and_given_back(session: Session) -> None:
    buyer, round_, _ = paying(session)
    assert committed(session, buyer) == 3_000_000
    committing.withdraw(session, buyer, round_.id)
    assert committed(session, buyer) == 0


def test_what_waits_for_approval_takes_nothing_yet(session: Session) -> None:
    buyer, _, made = paying(session, limit_pence=0)
    assert committed(session, buyer) == 0
    approve(session, a_colleague(session, buyer, Role.APPROVER), made)
    assert committed(session, buyer) == 3_000_000


def test_a_round_that_is_called_off_gives_the_budget_back(session: Session) -> None:
    buyer, round_, _ = paying(session)
    lead = a_colleague_of_lead(session, round_)
    rounds.cancel_round(session, lead, round_.id, "No longer needed")
    assert committed(session, buyer) == 0


def a_colleague_of_lead(session: Session, round_: Round) -> Actor:
    return an_actor(session, session.get_one(Organisation, round_.lead_id), Role.BUYER)


@pytest.mark.parametrize(("ceiling", "expected"), [(50_000, 2_700_000), (45_000, 2_700_000), (40_000, 0)])
def test_an_award_leaves_what_it_costs_and_frees_who_is_not_served(
    session: Session, ceiling: int, expected: int
) -> None:
    lead = a_buyer(session)
    round_, buyer = a_round(session, lead), a_buyer_with(session, limited(10**12))
    centre = a_cost_centre(session, buyer)
    a_commitment(session, round_, lead, quantity=100)
    a_commitment(session, round_, buyer, ceiling_pence=ceiling, cost_centre_id=centre.id)
    with freeze_time(round_.closes_at):
        an_award(session, lead, round_)
        assert committed(session, buyer) == expected


def test_another_cost_centre_is_not_approved_unread(session: Session) -> None:
    buyer, round_, made = paying(session, limit_pence=0)
    seen = Figures.of(made)
    other = a_cost_centre(session, buyer, "ICT")
    committing.revise(session, buyer, round_.id, made.id, {"cost_centre_id": other.id})
    approver = a_colleague(session, buyer, Role.APPROVER)
    with pytest.raises(Conflict, match="changed since"):
        committing.approve(session, approver, round_.id, made.id, seen)
