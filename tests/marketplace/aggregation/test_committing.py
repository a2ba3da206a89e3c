"""Committing, changing, withdrawing and approving, and the clock that ends them."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.aggregation import committing
from marketplace.aggregation.committing import Figures, Promise
from marketplace.aggregation.models import Commitment, Round
from marketplace.aggregation.states import CommitmentState, RequestState
from marketplace.kernel.database import put_off
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import Database
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.aggregation import a_buyer, a_commitment, a_request, a_round
from tests.factories.delegation import a_cost_centre
from tests.factories.trusts import an_actor

LIMIT = 100 * 50_000


def a_colleague(session: Session, actor: Actor, *roles: Role) -> Actor:
    return an_actor(session, session.get_one(Organisation, actor.organisation_id), *roles)


def waiting_commitment(session: Session) -> tuple[Round, Actor, Commitment]:
    round_, buyer = a_round(session), a_buyer(session, limit_pence=LIMIT)
    commitment = a_commitment(session, round_, buyer, quantity=101, ceiling_pence=50_000)
    return round_, buyer, commitment


def approve(session: Session, approver: Actor, round_: Round, commitment: Commitment) -> Commitment:
    seen = Figures.of(commitment)
    return committing.approve(session, approver, round_.id, commitment.id, seen)


def test_a_commitment_at_the_limit_is_firm_and_one_above_it_waits(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session, limit_pence=LIMIT)
    commitment = a_commitment(session, round_, buyer, quantity=100, ceiling_pence=50_000)
    at_the_limit = commitment.state
    committing.change(session, buyer, round_.id, Promise(101, 50_000))
    assert (at_the_limit, commitment.state) == (CommitmentState.FIRM, CommitmentState.AWAITING_APPROVAL)


def test_a_commitment_names_no_cost_centre_but_one_of_its_own_trust(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    commitment = a_commitment(session, round_, buyer)
    for strange in (uuid.uuid4(), a_cost_centre(session, a_buyer(session)).id):
        with pytest.raises(Refused) as refused:
            committing.revise(session, buyer, round_.id, commitment.id, {"cost_centre_id": strange})
        assert refused.value.field == "cost_centre_id"
    assert commitment.cost_centre_id is None


def test_approvers_are_asked_once_for_what_waits(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session, limit_pence=0)
    approver = a_colleague(session, buyer, Role.APPROVER)
    a_commitment(session, round_, buyer)
    session.flush()
    jobs = session.scalars(sa.select(OutboxJob)).all()
    asked = [job.payload for job in jobs if job.payload.get("to") == approver.email]
    assert [job["subject"].startswith("Approve by") for job in asked] == [True]


def test_a_second_person_approves(session: Session) -> None:
    round_, buyer, commitment = waiting_commitment(session)
    approver = a_colleague(session, buyer, Role.APPROVER)
    approve(session, approver, round_, commitment)
    assert (commitment.state, commitment.approved_by_id) == (CommitmentState.FIRM, approver.person_id)
    with pytest.raises(InvalidState):
        approve(session, approver, round_, commitment)


def test_nobody_approves_their_own_commitment(session: Session) -> None:
    round_ = a_round(session)
    buyer = a_buyer(session, limit_pence=0)
    both = a_colleague(session, buyer, Role.BUYER, Role.APPROVER)
    commitment = a_commitment(session, round_, both)
    with pytest.raises(NotPermitted, match="another person must approve"):
        approve(session, both, round_, commitment)
    commitment.approved_by_id = both.person_id
    with pytest.raises(sa.exc.IntegrityError, match="approved_by_another"):
        session.flush()


@pytest.mark.parametrize(
    "changed", [Promise(102, 50_000, 52_000), Promise(101, 50_001, 52_000), Promise(101, 50_000)]
)
def test_an_approver_binds_to_nothing_that_they_have_not_seen(session: Session, changed: Promise) -> None:
    round_, buyer, commitment = waiting_commitment(session)
    approver, seen = a_colleague(session, buyer, Role.APPROVER), Figures.of(commitment)
    committing.change(session, buyer, round_.id, changed)
    with pytest.raises(Conflict, match="changed since you opened it"):
        committing.approve(session, approver, round_.id, commitment.id, seen)
    assert (commitment.state, commitment.approved_by_id) == (CommitmentState.AWAITING_APPROVAL, None)
    approve(session, approver, round_, commitment)
    assert commitment.state is CommitmentState.FIRM


def test_a_buyer_does_not_approve_and_another_trust_finds_nothing(session: Session) -> None:
    round_, buyer, commitment = waiting_commitment(session)
    with pytest.raises(NotPermitted):
        approve(session, a_colleague(session, buyer, Role.BUYER), round_, commitment)
    with pytest.raises(NotFound):
        approve(session, an_actor(session), round_, commitment)


def test_a_commitment_is_approved_in_its_own_round_only(session: Session) -> None:
    _, buyer, commitment = waiting_commitment(session)
    approver = a_colleague(session, buyer, Role.APPROVER)
    with pytest.raises(NotFound):
        approve(session, approver, a_round(session), commitment)


def test_a_new_sum_above_the_limit_is_approved_anew_but_a_po_number_is_not(session: Session) -> None:
    round_, buyer, commitment = waiting_commitment(session)
    approve(session, a_colleague(session, buyer, Role.APPROVER), round_, commitment)
    committing.change(session, buyer, round_.id, Promise(101, 50_000, 52_000, po_number="PO 7"))
    assert (commitment.state, commitment.po_number) == (CommitmentState.FIRM, "PO 7")
    committing.change(session, buyer, round_.id, Promise(102, 50_000, 52_000))
    assert (commitment.state, commitment.approved_by_id) == (CommitmentState.AWAITING_APPROVAL, None)


def test_a_new_price_of_today_is_approved_anew_and_stands_in_the_audit(session: Session) -> None:
    round_, buyer, commitment = waiting_commitment(session)
    approver = a_colleague(session, buyer, Role.APPROVER)
    approve(session, approver, round_, commitment)
    committing.revise(session, buyer, round_.id, commitment.id, {"baseline_pence": 10_000_000})
    assert (commitment.state, commitment.approved_by_id) == (CommitmentState.AWAITING_APPROVAL, None)
    acts = [act for act in put_off(session, "acts") if act.subject_id == commitment.id]
    assert [act.after["baseline_pence"] for act in acts] == [52_000, 52_000, 10_000_000]
    assert acts[-1].before["baseline_pence"] == 52_000


def test_a_trust_commits_once_and_then_changes(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    a_commitment(session, round_, buyer)
    with pytest.raises(Conflict, match="Change its commitment"):
        a_commitment(session, round_, buyer)
    assert committing.put(session, buyer, round_.id, Promise(7, 50_000)).quantity == 7


def test_a_withdrawn_trust_may_commit_again(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    first = a_commitment(session, round_, buyer)
    committing.withdraw(session, buyer, round_.id)
    assert first.state is CommitmentState.WITHDRAWN
    with pytest.raises(NotFound):
        committing.withdraw(session, buyer, round_.id)
    again = a_commitment(session, round_, buyer)
    assert (again.id, again.state) == (first.id, CommitmentState.FIRM)


def test_an_approver_declines_by_withdrawing(session: Session) -> None:
    round_, buyer, commitment = waiting_commitment(session)
    committing.withdraw(session, a_colleague(session, buyer, Role.APPROVER), round_.id)
    assert commitment.state is CommitmentState.WITHDRAWN


def test_a_revision_changes_what_is_named_and_keeps_the_rest(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    commitment = a_commitment(session, round_, buyer, po_number="PO 1")
    committing.revise(session, buyer, round_.id, commitment.id, {"quantity": 61})
    assert (commitment.quantity, commitment.ceiling_pence, commitment.po_number) == (61, 50_000, "PO 1")
    with pytest.raises(NotFound):
        committing.revise(session, a_buyer(session), round_.id, commitment.id, {"quantity": 1})
    with pytest.raises(NotFound):
        committing.revise(session, buyer, a_round(session).id, commitment.id, {"quantity": 1})


def test_of_two_changes_at_once_neither_undoes_the_other(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session:
        buyer, round_ = a_buyer(session), a_round(session)
        ids = round_.id, a_commitment(session, round_, buyer).id
        session.commit()

    def give_number() -> None:
        database.run(lambda session: committing.revise(session, buyer, *ids, {"po_number": "PO 7"}))

    second = threading.Thread(target=give_number)
    with database.writing() as session:
        committing.revise(session, buyer, *ids, {"quantity": 70})
        second.start()
        second.join(0.5)  # it has read what it can, and waits for the round
        session.commit()
    second.join()
    with database.reading() as session:
        kept = session.get_one(Commitment, ids[1])
        assert (kept.quantity, kept.po_number) == (70, "PO 7")
    database.close()


def test_the_first_commitment_is_recorded_without_a_state_before(session: Session) -> None:
    buyer, round_ = a_buyer(session), a_round(session)
    commitment = a_commitment(session, round_, buyer)
    committing.withdraw(session, buyer, round_.id)
    a_commitment(session, round_, buyer)
    acts = [act for act in put_off(session, "acts") if act.subject_id == commitment.id]
    first, _, again = (act.before for act in acts)
    assert (first, again["state"]) == ({}, "withdrawn")


def test_a_ceiling_below_every_price_is_refused_at_its_field(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    with pytest.raises(Refused, match=r"£400\.00 or more") as refused:
        a_commitment(session, round_, buyer, ceiling_pence=39_999)
    assert refused.value.field == "ceiling_pence"
    a_commitment(session, round_, buyer, ceiling_pence=40_000)


def test_a_ceiling_over_twice_the_dearest_price_is_questioned_at_its_field(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    with pytest.raises(Refused, match=r"price of one laptop\? .* £500\.00") as refused:
        a_commitment(session, round_, buyer, ceiling_pence=100_001)
    assert refused.value.field == "ceiling_pence"
    a_commitment(session, round_, buyer, ceiling_pence=100_000)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.FINANCE, Role.SELLER])
def test_only_buyers_and_administrators_commit(session: Session, role: Role) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    with pytest.raises(NotPermitted):
        a_commitment(session, round_, a_colleague(session, buyer, role))


def test_what_comes_at_the_closing_instant_is_too_late(session: Session) -> None:
    round_, buyer, other = a_round(session), a_buyer(session, limit_pence=0), a_buyer(session)
    waiting = a_commitment(session, round_, buyer)
    approver = a_colleague(session, buyer, Role.APPROVER)
    with freeze_time(round_.closes_at - timedelta(microseconds=1)):
        a_commitment(session, round_, other)
    with freeze_time(round_.closes_at):
        for late in (
            lambda: a_commitment(session, round_, a_buyer(session)),
            lambda: committing.change(session, other, round_.id, Promise(1, 50_000)),
            lambda: committing.withdraw(session, other, round_.id),
            lambda: approve(session, approver, round_, waiting),
            lambda: committing.weigh(session, other, round_.id, Promise(1, 50_000)),
        ):
            with pytest.raises(InvalidState, match="has closed"):
                late()


def test_a_commitment_takes_its_own_open_request_with_it(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    request, another = a_request(session, buyer), a_request(session, buyer)
    a_commitment(session, round_, buyer, purchase_request_id=request.id)
    committing.change(session, buyer, round_.id, Promise(1, 50_000, purchase_request_id=another.id))
    assert (request.state, another.state) == (RequestState.OPEN, RequestState.JOINED)


def test_a_request_of_another_trust_or_another_unit_is_refused(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    with pytest.raises(NotFound):
        a_commitment(session, round_, buyer, purchase_request_id=a_request(session, a_buyer(session)).id)
    trolleys = a_request(session, buyer, unit_plural="trolleys")
    with pytest.raises(Refused, match="counts trolleys"):
        a_commitment(session, round_, buyer, purchase_request_id=trolleys.id)


def test_what_a_promise_binds_to_has_vat_and_the_rule(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session, limit_pence=LIMIT)
    binding = committing.weigh(session, buyer, round_.id, Promise(3, 45_001))
    assert (binding.most_net_pence, binding.most_vat_pence, binding.most_gross_pence) == (
        135_003,
        27_001,
        162_004,
    )
    assert not binding.needs_approval
    assert committing.weigh(session, buyer, round_.id, Promise(101, 50_000)).needs_approval


def test_no_ceiling_binds_to_more_than_the_dearest_price(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session, limit_pence=LIMIT)
    binding = committing.weigh(session, buyer, round_.id, Promise(100, 60_000))
    assert (binding.most_net_pence, binding.needs_approval) == (LIMIT, False)
    commitment = a_commitment(session, round_, buyer, quantity=100, ceiling_pence=60_000)
    assert commitment.state is CommitmentState.FIRM
