"""Closing: the award, its contracts, its savings, its words, and what happens at the same time."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.aggregation import awarding, closing, committing, evaluating, queries, savings
from marketplace.aggregation import services as rounds
from marketplace.aggregation.committing import Promise
from marketplace.aggregation.models import AwardRun, Commitment, Round, Saving
from marketplace.aggregation.states import CommitmentState, RequestState, RoundState, RunState
from marketplace.contracts.models import Contract
from marketplace.contracts.states import ContractSource
from marketplace.kernel.errors import InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import Database
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.aggregation import (
    a_buyer,
    a_commitment,
    a_price_list,
    a_request,
    a_round,
    a_supplier,
    an_award,
    round_terms,
)
from tests.factories.trusts import an_actor


def close(session: Session, round_: Round, lead: Actor) -> AwardRun:
    with freeze_time(round_.closes_at):
        return an_award(session, lead, round_)


def contracts_of(session: Session) -> list[Contract]:
    return list(session.scalars(sa.select(Contract).where(Contract.source == ContractSource.AWARD)))


def letters(session: Session, actor: Actor) -> str:
    session.flush()
    jobs = session.scalars(sa.select(OutboxJob)).all()
    return "\n".join(job.payload["text"] for job in jobs if job.payload.get("to") == actor.email)


def test_an_award_signs_a_contract_for_each_trust_and_the_contracts_sum_to_it(session: Session) -> None:
    lead, buyer = a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    mine = a_commitment(session, round_, lead, quantity=70, po_number="PO 9")
    a_commitment(session, round_, buyer, quantity=50, ceiling_pence=45_000)
    close(session, round_, lead)
    contracts = contracts_of(session)
    assert sum(one.net_pence for one in contracts) == 120 * 45_000
    assert {(one.buyer_id, one.quantity, one.unit_price_pence) for one in contracts} == {
        (lead.organisation_id, 70, 45_000),
        (buyer.organisation_id, 50, 45_000),
    }
    contract = session.get_one(Contract, mine.contract_id)
    assert (contract.supplier_id, contract.source_id, contract.po_number, contract.unit) == (
        round_.supplier_id,
        mine.id,
        "PO 9",
        "laptop",
    )
    assert (round_.state, round_.award_price_pence, round_.awarded_units) == (
        RoundState.CONTRACTED,
        45_000,
        120,
    )


def test_a_contract_of_an_award_says_what_was_agreed_in_which_round_and_by_whom(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    commitment = a_commitment(session, round_, lead)
    close(session, round_, lead)
    contract = session.scalars(sa.select(Contract).where(Contract.source_id == commitment.id)).one()
    assert contract.description == round_.specification
    assert contract.buyer_signed_by_id == lead.person_id
    assert queries.origin(session, commitment.id).href == f"/rounds/{round_.id}"


def test_whoever_is_not_served_hears_why_in_figures_and_owes_nothing(session: Session) -> None:
    lead, poor = a_buyer(session), a_buyer(session)
    round_, request = a_round(session, lead), a_request(session, poor)
    a_commitment(session, round_, lead, quantity=120)
    left = a_commitment(
        session, round_, poor, quantity=30, ceiling_pence=41_000, purchase_request_id=request.id
    )
    close(session, round_, lead)
    why = (
        "The awarded price, £450.00, is £40.00 above your ceiling of £410.00. "
        "No price within your ceiling of £410.00 had the quantity that it needs from trusts that accept it."
    )
    assert (left.state, left.contract_id, left.reason) == (CommitmentState.UNSERVED, None, why)
    assert why in letters(session, poor)
    assert "Your trust owes nothing" in letters(session, poor)
    assert "410.00" not in letters(session, lead)
    assert request.state is RequestState.OPEN


def test_the_potential_saving_is_booked_against_the_frozen_price(session: Session) -> None:
    lead, dearer, unknown = a_buyer(session), a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=100, baseline_pence=52_000)
    a_commitment(session, round_, dearer, quantity=10, baseline_pence=44_000)
    a_commitment(session, round_, unknown, quantity=5, baseline_pence=None)
    close(session, round_, lead)
    booked = {one.trust_id: one.potential_pence for one in session.scalars(sa.select(Saving))}
    assert booked == {lead.organisation_id: 700_000, dearer.organisation_id: -10_000}
    assert "£7,000.00" in letters(session, lead)


def test_a_saving_is_realised_in_proportion_to_what_is_invoiced(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=100)
    close(session, round_, lead)
    (contract,) = contracts_of(session)
    savings.realise(session, contract.id, contract.net_pence // 3)
    found = savings.realise(session, contract.id, 0)
    assert found is not None
    assert found.realised_pence == 700_000 // 3
    savings.realise(session, contract.id, contract.net_pence - contract.net_pence // 3)
    assert found.realised_pence == 700_000
    savings.realise(session, contract.id, -contract.net_pence)
    assert found.realised_pence == 0
    assert savings.realise(session, uuid.uuid4(), 100) is None


def test_below_the_minimum_nothing_is_awarded_and_nobody_owes_anything(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead, minimum_units=61)
    commitment = a_commitment(session, round_, lead)
    close(session, round_, lead)
    assert (round_.award_price_pence, round_.state) == (None, RoundState.UNSUCCESSFUL)
    assert commitment.state is CommitmentState.UNSERVED
    assert "No price within your ceiling" in (commitment.reason or "")
    assert session.scalars(sa.select(Contract)).all() == []


def test_an_empty_round_closes_without_an_award(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    assert close(session, round_, lead).state is RunState.SOLVED
    assert round_.state is RoundState.UNSUCCESSFUL


def test_what_was_not_approved_in_time_does_not_count(session: Session) -> None:
    lead, slow = a_buyer(session), a_buyer(session, limit_pence=0)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=60)
    waiting = a_commitment(session, round_, slow, quantity=60)
    close(session, round_, lead)
    assert (waiting.state, waiting.reason) == (CommitmentState.WITHDRAWN, awarding.NOT_APPROVED)
    assert round_.award_price_pence == 50_000


def test_closing_early_needs_a_reason_that_everybody_sees(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead)
    with pytest.raises(Refused) as refused:
        an_award(session, lead, round_)
    assert (refused.value.field, round_.state) == ("reason", RoundState.GATHERING)
    an_award(session, lead, round_, "Everybody has committed")
    assert (round_.state, round_.reason) == (RoundState.CONTRACTED, "Everybody has committed")


def test_only_a_buyer_of_the_lead_closes_and_only_once(session: Session) -> None:
    lead, member = a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, member)
    with pytest.raises(NotFound):
        close(session, round_, member)
    finance = an_actor(session, session.get_one(Organisation, lead.organisation_id), Role.FINANCE)
    with pytest.raises(NotPermitted):
        close(session, round_, finance)
    close(session, round_, lead)
    with pytest.raises(InvalidState, match="contracted cannot be closed"):
        close(session, round_, lead)


def test_a_decided_commitment_is_sealed(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    commitment = a_commitment(session, round_, lead)
    close(session, round_, lead)
    session.flush()
    with pytest.raises(sa.exc.DBAPIError, match="sealed"):
        session.execute(sa.update(Commitment).where(Commitment.id == commitment.id).values(quantity=1))


def test_leads_are_reminded_once_a_week_of_rounds_that_wait(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    assert awarding.remind_leads(session) == 0
    for days in (0, 1, 6, 7):
        with freeze_time(round_.closes_at + timedelta(days=days, hours=1)):
            assert awarding.remind_leads(session) == 1
            session.flush()
    assert letters(session, lead).count("has passed its closing date") == 2


def test_a_round_is_awarded_on_the_day_its_contracts_start_and_never_later(session: Session) -> None:
    lead, member = a_buyer(session), a_buyer(session)
    round_, in_time = a_round(session, lead), a_round(session, lead)
    a_commitment(session, round_, member)
    a_commitment(session, in_time, member)
    with freeze_time(f"{in_time.starts_on} 12:00"):
        assert awarding.end_late_rounds(session) == 0
        an_award(session, lead, in_time)
        assert len(contracts_of(session)) == 1
    with freeze_time(f"{round_.starts_on + timedelta(days=1)} 12:00"):
        with pytest.raises(InvalidState, match="too late to award"):
            an_award(session, lead, round_)
        assert queries.waiting(session, lead) == []
    assert round_.state is RoundState.GATHERING


def test_a_round_that_its_lead_leaves_undecided_ends_and_everybody_is_told(session: Session) -> None:
    lead, member, slow = a_buyer(session), a_buyer(session), a_buyer(session, limit_pence=0)
    supplier, request = a_supplier(session), a_request(session, member)
    price_list = a_price_list(session, supplier)
    round_ = rounds.start_round(session, lead, round_terms(price_list.id))
    firm = a_commitment(session, round_, member, purchase_request_id=request.id)
    waiting = a_commitment(session, round_, slow)
    session.flush()
    with freeze_time(f"{round_.starts_on + timedelta(days=1)} 00:30"):
        assert [awarding.end_late_rounds(session) for _ in range(2)] == [1, 0]
    assert (round_.state, firm.state, waiting.state) == (
        RoundState.UNSUCCESSFUL,
        CommitmentState.UNSERVED,
        CommitmentState.WITHDRAWN,
    )
    assert request.state is RequestState.OPEN
    told = [letters(session, one) for one in (lead, member, slow, supplier)]
    assert all("It was not awarded by" in one for one in told)
    assert session.scalars(sa.select(Contract)).all() == []


def test_a_round_is_complete_when_its_contracts_are_over(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead, months=1)
    a_commitment(session, round_, lead)
    close(session, round_, lead)
    (contract,) = contracts_of(session)
    with freeze_time(f"{contract.ends_on} 12:00"):
        assert awarding.complete_rounds(session) == 0
    with freeze_time(f"{contract.ends_on + timedelta(days=1)} 12:00"):
        assert awarding.complete_rounds(session) == 1
    assert round_.state is RoundState.COMPLETE


def test_committing_while_closing_is_served_or_refused_but_never_lost(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session:
        lead, others = a_buyer(session), [a_buyer(session) for _ in range(6)]
        round_id = a_round(session, lead).id
        a_commitment(session, session.get_one(Round, round_id), lead, quantity=95)
        session.commit()
    refused: list[Any] = []
    start = threading.Barrier(len(others) + 1)

    def join(buyer: Actor) -> None:
        start.wait()
        try:
            database.run(lambda session: committing.commit(session, buyer, round_id, Promise(1, 50_000)))
        except InvalidState:
            refused.append(buyer)

    def decide() -> None:
        start.wait()
        run = database.run(lambda session: closing.close_round(session, lead, round_id, "Now").id)
        evaluating.work_out(database.run, run)

    threads = [threading.Thread(target=join, args=(one,)) for one in others]
    threads.append(threading.Thread(target=decide))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        round_ = session.get_one(Round, round_id)
        states = session.scalars(sa.select(Commitment.state)).all()
        contracts = session.scalars(sa.select(Contract)).all()
        assert set(states) == {CommitmentState.SERVED}
        assert len(states) == len(contracts) == 1 + len(others) - len(refused)
        assert round_.awarded_units == sum(one.quantity for one in contracts)
        price = 45_000 if round_.awarded_units >= 100 else 50_000
        assert {one.unit_price_pence for one in contracts} == {price}
    database.close()


def statements_of_a_close(session: Session, commitments: int) -> int:
    """How often closing a round of so many reads or writes what this floor and the members keep."""
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    for _ in range(commitments):
        buyer = a_buyer(session)
        request = a_request(session, buyer)
        a_commitment(session, round_, buyer, quantity=10, purchase_request_id=request.id)
    a_commitment(session, round_, quantity=1, ceiling_pence=40_000)
    session.flush()
    counted = re.compile(r"(FROM|JOIN|UPDATE|INTO) (commitments|savings|purchase_requests|memberships)\b")
    seen: list[str] = []

    def see(_: object, __: object, statement: str, *___: object) -> None:
        seen.extend(statement for _ in counted.findall(statement)[:1])

    sa.event.listen(session.get_bind(), "before_cursor_execute", see)
    try:
        an_award(session, lead, round_, "Now")
    finally:
        sa.event.remove(session.get_bind(), "before_cursor_execute", see)
    return len(seen)


def test_more_commitments_are_closed_with_no_more_statements(session: Session) -> None:
    assert statements_of_a_close(session, 9) == statements_of_a_close(session, 3)


def test_two_closes_at_once_award_once(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session:
        lead = a_buyer(session)
        round_id = a_round(session, lead).id
        a_commitment(session, session.get_one(Round, round_id), lead)
        session.commit()
    outcomes: list[str] = []
    start = threading.Barrier(3)

    def decide() -> None:
        start.wait()
        try:
            run = database.run(lambda session: closing.close_round(session, lead, round_id, "Now").id)
            evaluating.work_out(database.run, run)
            outcomes.append("awarded")
        except InvalidState:
            outcomes.append("refused")

    threads = [threading.Thread(target=decide) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["awarded", "refused", "refused"]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Contract.id))) == 1
    database.close()
