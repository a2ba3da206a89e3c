"""Awarding a round: a contract and a saving for each trust that is served, words for all; and its end."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import savings, services, timetable
from marketplace.aggregation.models import AwardRun, Commitment, PurchaseRequest, Round, Saving
from marketplace.aggregation.solving import Case, Decision
from marketplace.aggregation.states import (
    RUNNING,
    UNDECIDED,
    CommitmentMove,
    CommitmentState,
    RequestMove,
    RoundMove,
    RoundState,
    RunMove,
    move_commitment,
    move_request,
    move_round,
    move_run,
)
from marketplace.catalogue.kinds import Cadence
from marketplace.contracts.models import Contract
from marketplace.contracts.services import Terms, sign_contract
from marketplace.contracts.states import ContractSource
from marketplace.kernel import audit, clock, money
from marketplace.notifications.services import Message, tell, tell_each
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation

NOT_APPROVED = "It was not approved before the round closed."


def settle(session: Session, run: AwardRun, case: Case, decision: Decision) -> bool:
    """Sign what was decided, in one transaction; False when the commitments are not those of the case.

    When no price is reached by those willing to pay it, or they are below the minimum, the round is
    unsuccessful and nobody owes anything. Hold the round's lock.
    """
    round_ = session.get_one(Round, run.round_id)
    live = services.commitments_of(session, round_.id)
    if {one.id for one in live if one.state is CommitmentState.FIRM} != set(case.commitments):
        return False
    _award(session, _closer(session, run), round_, live, decision)
    return True


def _closer(session: Session, run: AwardRun) -> Actor:
    """Whoever closed the round: the contracts are their act, whatever has become of their roles since."""
    person, lead = session.get_one(Person, run.closed_by_id), session.get_one(Organisation, run.lead_id)
    return Actor(person.id, person.name, person.email, lead.id, lead.name, lead.kind, frozenset())


def _award(session: Session, actor: Actor, round_: Round, live: list[Commitment], decision: Decision) -> None:
    """Contracts and savings for those served, words for all."""
    round_.ended_at = clock.now()
    served = [one for one in live if one.id in decision.served]
    if decision.price_pence is None:
        round_.state, contracts = move_round(round_.state, RoundMove.FAIL), []
    else:
        contracts = _contract(session, actor, round_, decision.price_pence, served)
    messages = _serve(session, round_, served, contracts, decision)
    messages |= _leave(session, round_, live, decision)
    tell_each(session, services.TOLD, messages)
    _tell_supplier(session, round_)
    after = {"state": round_.state.value, "units": round_.awarded_units or 0}
    access.record(session, actor, "award", round_, after=after)
    session.flush()


def _contract(
    session: Session, actor: Actor, round_: Round, price_pence: int, served: list[Commitment]
) -> list[Contract]:
    """Award, sign a contract for each trust that is served, and with them pass to contracted."""
    round_.award_price_pence, round_.awarded_units = price_pence, sum(one.quantity for one in served)
    round_.state = move_round(round_.state, RoundMove.AWARD)
    contracts = [sign_contract(session, actor, _terms(round_, one, price_pence)) for one in served]
    round_.state = move_round(round_.state, RoundMove.CONTRACT)
    return contracts


def _serve(
    session: Session,
    round_: Round,
    served: list[Commitment],
    contracts: list[Contract],
    decision: Decision,
) -> dict[uuid.UUID, Message]:
    """Bind each commitment to its contract and book its saving; what to tell each trust.

    All of them after the last contract, so that the database is written to together.
    """
    _close_requests(session, served)
    messages = {}
    for commitment, contract in zip(served, contracts, strict=True):
        commitment.state = move_commitment(commitment.state, CommitmentMove.SERVE)
        commitment.contract_id, commitment.reason = contract.id, decision.reasons[commitment.id]
        saving = savings.book(session, commitment, contract)
        messages[commitment.trust_id] = _good_news(round_, contract, saving)
    return messages


def _good_news(round_: Round, contract: Contract, saving: Saving | None) -> Message:
    words = f"Your saving against today's price is {money.pounds(saving.potential_pence)}. " if saving else ""
    text = (
        f"{round_.title} was awarded at {money.pounds(contract.unit_price_pence)} for one {round_.unit}, "
        f"excluding VAT. Your contract {contract.reference} is for {contract.quantity:,}, "
        f"{money.pounds(contract.net_pence)} excluding VAT. {words}"
    )
    subject = f"Read your contract: {round_.reference} awarded"
    return services.message_to(round_, contract.buyer_id, "awarded", subject, text.strip())


def _terms(round_: Round, commitment: Commitment, price_pence: int) -> Terms:
    return Terms(
        buyer_id=commitment.trust_id,
        supplier_id=round_.supplier_id,
        source=ContractSource.AWARD,
        source_id=commitment.id,
        title=round_.title,
        unit=round_.unit,
        quantity=commitment.quantity,
        unit_price_pence=price_pence,
        cadence=Cadence.ONCE,
        periods=round_.months,
        vat_treatment=round_.vat_treatment,
        starts_on=round_.starts_on,
        po_number=commitment.po_number,
        description=round_.specification,
        buyer_signed_by_id=commitment.approved_by_id or commitment.requested_by_id,
    )


def _close_requests(session: Session, served: list[Commitment]) -> None:
    """What their purchase requests asked for is met."""
    ids = [one.purchase_request_id for one in served if one.purchase_request_id is not None]
    joined = sa.select(PurchaseRequest).where(PurchaseRequest.id.in_(ids)).order_by(PurchaseRequest.id)
    for request in session.scalars(joined.with_for_update().execution_options(populate_existing=True)):
        request.state = move_request(request.state, RequestMove.CLOSE)


def _leave(
    session: Session, round_: Round, live: list[Commitment], decision: Decision
) -> dict[uuid.UUID, Message]:
    """Let go of those that are not served; what to tell each trust: why, in words and figures.

    What is not in the case was never firm.
    """
    messages = {}
    outcome = "closed without an award" if decision.price_pence is None else "was awarded without your trust"
    subject = f"Read why: {round_.reference} does not serve your trust"
    for commitment in live:
        if commitment.state is CommitmentState.SERVED:
            continue
        reason = decision.reasons.get(commitment.id, NOT_APPROVED)
        _let_go(session, commitment, reason)
        text = f"{round_.title} {outcome}. {reason}\n\nYour trust owes nothing."
        trust_id = commitment.trust_id
        messages[trust_id] = services.message_to(round_, trust_id, "unserved", subject, text)
    return messages


def _let_go(session: Session, commitment: Commitment, reason: str) -> None:
    """End a commitment that is not served: its purchase request is open again."""
    services.come_to_nothing(session, commitment)
    was_firm = commitment.state is CommitmentState.FIRM
    move = CommitmentMove.LEAVE if was_firm else CommitmentMove.WITHDRAW
    commitment.reason, commitment.state = reason, move_commitment(commitment.state, move)


def _tell_supplier(session: Session, round_: Round) -> None:
    outcome = "closed without an award: the quantity that a price needs was not reached."
    if round_.award_price_pence and round_.awarded_units:
        value = round_.award_price_pence * round_.awarded_units
        outcome = (
            f"was awarded at {money.pounds(round_.award_price_pence)}: {round_.awarded_units:,} "
            f"{round_.unit_plural}, {money.pounds(value)} excluding VAT in all."
        )
    message = Message(
        f"round-outcome:{round_.id}",
        f"{round_.reference} has closed",
        f"{round_.title} {outcome}",
        f"/rounds/{round_.id}",
    )
    tell(session, round_.supplier_id, (Role.SELLER, Role.FINANCE), message)


def remind_leads(session: Session) -> int:
    """Once a week tell each lead whose round has passed its close and waits; how many rounds wait."""
    today = clock.today()
    statement = sa.select(Round).where(Round.state == RoundState.GATHERING, Round.closes_at <= clock.now())
    waiting = session.scalars(statement).all()
    for round_ in waiting:
        number = timetable.reminder_number(round_.closes_on, today)
        text = (
            f"{round_.title} has passed its closing date. Its trusts wait for you to close and award it. "
            f"Decide by the end of {timetable.words(round_.starts_on)}, when the contracts start: after that "
            "the round ends without an award."
        )
        subject = f"Close and award: {round_.reference}"
        services.tell_trust(session, round_, round_.lead_id, f"to-close-{number}", subject, text)
    return len(waiting)


def end_late_rounds(session: Session) -> int:
    """Find each round unsuccessful that nobody awarded by the day its contracts start; how many."""
    late = (Round.state.in_(UNDECIDED), Round.starts_on < clock.today())
    statement = sa.select(Round).where(*late).order_by(Round.id).with_for_update()
    ended = session.scalars(statement.execution_options(populate_existing=True)).all()
    for round_ in ended:
        end_late(session, round_)
    return len(ended)


def end_late(session: Session, round_: Round) -> None:
    """Let go of every trust and tell it, the lead and the supplier."""
    round_.state, round_.ended_at = move_round(round_.state, RoundMove.FAIL), clock.now()
    round_.reason = (
        f"It was not awarded by {timetable.words(round_.starts_on)}, when its contracts were to start."
    )
    text = f"{round_.title} ended without an award. {round_.reason}\n\n"
    subject = f"Ended without an award: {round_.reference}"
    _end_run(session, round_)
    live = services.commitments_of(session, round_.id)
    for commitment in live:
        _let_go(session, commitment, round_.reason)
        audit.record(session, audit.Act(commitment.trust_id, None, "end-late", "commitments", commitment.id))
    for trust_id in {round_.lead_id, *(one.trust_id for one in live)}:
        services.tell_trust(session, round_, trust_id, "late", subject, f"{text}Your trust owes nothing.")
    message = Message(f"round-outcome:{round_.id}", subject, text.strip(), f"/rounds/{round_.id}")
    tell(session, round_.supplier_id, (Role.SELLER, Role.FINANCE), message)
    audit.record(session, audit.Act(round_.lead_id, None, "end-late", "rounds", round_.id))


def _end_run(session: Session, round_: Round) -> None:
    """A worker that still works on the award finds it given up."""
    statement = sa.select(AwardRun).where(AwardRun.round_id == round_.id).with_for_update()
    run = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if run is not None and run.state in RUNNING:
        run.state, run.finished_at = move_run(run.state, RunMove.FAIL), clock.now()
        run.error, run.value_pence, run.bound_pence = round_.reason, None, None


def complete_rounds(session: Session) -> int:
    """Complete each contracted round whose contracts have passed their last day; how many there were."""
    today = clock.today()
    statement = sa.select(Round).where(Round.state == RoundState.CONTRACTED, Round.starts_on < today)
    over = [
        one
        for one in session.scalars(statement.with_for_update())
        if timetable.last_day(one.starts_on, one.months) < today
    ]
    for round_ in over:
        round_.state = move_round(round_.state, RoundMove.COMPLETE)
        audit.record(session, audit.Act(audit.SYSTEM, None, "complete", "rounds", round_.id))
    return len(over)
