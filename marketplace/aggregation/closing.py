"""Closing a round: nobody joins, changes or withdraws any more, and working out its award is owed."""

from __future__ import annotations

import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import services, solving, timetable
from marketplace.aggregation.models import AwardCase, AwardRun, Commitment, Round
from marketplace.aggregation.solving import Case
from marketplace.aggregation.states import (
    CommitmentState,
    RoundMove,
    RunMove,
    RunState,
    move_round,
    move_run,
)
from marketplace.aggregation.tiers import FirmQuantity
from marketplace.interests.barring import check_not_barred
from marketplace.kernel import clock, outbox
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import InvalidState, NotFound, Refused
from marketplace.kernel.outbox import JobState
from marketplace.trusts import access
from marketplace.trusts.access import Actor

KIND = "work-out-award"


def close_round(
    session: Session, actor: Actor, round_id: uuid.UUID, early_reason: str | None = None
) -> AwardRun:
    """Freeze what every trust committed and owe the award; NotFound unless the actor leads the round.

    Before its closing instant that needs a reason, which everybody sees. InvalidState after the day on which
    its contracts were to start: nothing is signed backdated.
    """
    services.require_buyer(actor)
    round_ = access.own(session, Round, round_id, Round.lead_id, acting=actor, lock=True)
    closed = move_round(round_.state, RoundMove.CLOSE)
    check_not_barred(session, actor, round_.supplier_id)
    refuse_late(round_)
    if clock.now() < round_.closes_at:
        if not early_reason:
            raise Refused("Enter why the round closes before its closing date", field="reason")
        round_.reason = early_reason
    round_.state = closed
    run = _begin(session, actor, round_)
    access.record(session, actor, "close", round_, after={"state": closed.value, "digest": run.digest})
    return run


def refuse_late(round_: Round) -> None:
    """InvalidState after the day by which a round had to be awarded."""
    if timetable.is_late(round_.starts_on, clock.today()):
        raise InvalidState(
            f"It is too late to award this round: its contracts were to start on "
            f"{timetable.words(round_.starts_on)}. It ends without an award."
        )


def _begin(session: Session, actor: Actor, round_: Round) -> AwardRun:
    salt = secrets.token_hex(16)
    with on_behalf_of_all(session, "an award is worked out from what every trust has committed"):
        case = _freeze(session, round_)
        run = AwardRun(
            round_id=round_.id,
            lead_id=round_.lead_id,
            closed_by_id=actor.person_id,
            digest=solving.digest(case, salt),
            firm=len(case.commitments),
        )
        session.add(run)
        session.flush()
        session.add(AwardCase(run_id=run.id, salt=salt, document=case.document()))
    _owe(session, run)
    return run


def _freeze(session: Session, round_: Round) -> Case:
    """What is firm now, under the round's lock."""
    statement = sa.select(Commitment.id, Commitment.quantity, Commitment.ceiling_pence).where(
        Commitment.round_id == round_.id, Commitment.state == CommitmentState.FIRM
    )
    firm = [FirmQuantity(*row) for row in session.execute(statement)]
    listed = services.tiers_of(session, round_.id)
    units = (round_.unit, round_.unit_plural)
    return solving.freeze(round_.reference, listed, firm, round_.minimum_units, units)


def _owe(session: Session, run: AwardRun) -> None:
    outbox.owe(session, KIND, job_key(run), {"run_id": run.id.hex})


def job_key(run: AwardRun) -> str:
    """The job of the newest try."""
    return f"{KIND}:{run.id}:{run.tries}"


def try_again(session: Session, actor: Actor, round_id: uuid.UUID) -> AwardRun:
    """Owe the award once more after a fault; NotFound unless the actor leads the round.

    What is firm is frozen anew: it is the same, unless a trust has left Sharewell since.
    """
    services.require_buyer(actor)
    round_ = access.own(session, Round, round_id, Round.lead_id, acting=actor, lock=True)
    move_round(round_.state, RoundMove.AWARD)
    refuse_late(round_)
    run = locked_run(session, round_.id)
    if is_stuck(session, run):
        run.state = move_run(run.state, RunMove.FAIL)
    run.state = move_run(run.state, RunMove.RETRY)
    run.tries, run.error, run.finished_at = run.tries + 1, None, None
    with on_behalf_of_all(session, "an award is worked out from what every trust has committed"):
        case = session.scalars(sa.select(AwardCase).where(AwardCase.run_id == run.id)).one()
        frozen = _freeze(session, round_)
        case.document = frozen.document()
        run.digest, run.firm = solving.digest(frozen, case.salt), len(frozen.commitments)
    access.record(session, actor, "try-again", round_, after={"digest": run.digest})
    _owe(session, run)
    return run


def is_stuck(session: Session, run: AwardRun) -> bool:
    """Whether no worker will take it up: each that did has died."""
    if run.state not in {RunState.WAITING, RunState.SOLVING}:
        return False
    return outbox.state_of(session, job_key(run)) is JobState.DEAD


def locked_run(session: Session, round_id: uuid.UUID) -> AwardRun:
    """The run of a round whose lock is held already; NotFound when it was never closed."""
    statement = sa.select(AwardRun).where(AwardRun.round_id == round_id).with_for_update()
    run = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if run is None:
        raise NotFound
    return run
