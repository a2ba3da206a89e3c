"""Working out the award of a closed round: the job that solves outside any transaction.

Whatever becomes of its worker, the round is as it was or it is awarded: another worker begins anew on the
same frozen figures, comes to the same award, and finds it signed or signs it.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import awarding, services, solving, timetable
from marketplace.aggregation.models import AwardCase, AwardRun, Round
from marketplace.aggregation.solving import Case, Decision
from marketplace.aggregation.states import RUNNING, RunMove, RunState, move_run
from marketplace.kernel import clock
from marketplace.kernel.outbox import Work
from marketplace.kernel.units import Unit
from marketplace.notifications.services import tell_operators

if TYPE_CHECKING:
    from marketplace.aggregation.award.outcome import Progress

log = logging.getLogger(__name__)

TELL_SECONDS = 1.0
"""Progress is written at most so often."""
MANY = 6
"""Of fewer firm trusts the surplus would tell the others of a ceiling: only the gap is shown."""


def carry_out(unit: Unit, work: Work) -> None:
    """The job."""
    work_out(unit, uuid.UUID(hex=work.payload["run_id"]))


def work_out(unit: Unit, run_id: uuid.UUID) -> None:
    """Work out the award, have it verified, and sign it in one transaction; a fault leaves the round closed.

    What is solved already, or has ended meanwhile, is left alone.
    """
    case = unit(lambda session: _begin(session, run_id))
    if case is None:
        return
    try:
        decision = solving.solve(case, Teller(unit, run_id))
    except sa.exc.DBAPIError:  # the database is away or busy: the job is tried again
        raise
    except Exception as error:  # whatever fails in the engine, the lead must hear of it
        log.exception("award run %s failed", run_id)
        fault = f"The engine stopped: {type(error).__name__}: {error}"
        unit(lambda session: _fail(session, run_id, fault))
    else:
        unit(lambda session: _finish(session, run_id, decision))


def _begin(session: Session, run_id: uuid.UUID) -> Case | None:
    """What is to be solved; None when there is nothing to do."""
    run = _locked(session, run_id)
    if run is None or run.state not in RUNNING:
        return None
    kept = session.scalars(sa.select(AwardCase).where(AwardCase.run_id == run_id)).one()
    case = Case.of(kept.document)
    if not solving.is_sealed(case, kept.salt, run.digest):
        _fail(session, run_id, "The frozen figures are not those that the round was closed with.")
        return None
    run.state, run.started_at = move_run(run.state, RunMove.BEGIN), clock.now()
    run.lots, run.lots_done = case.instance["n_lots"], 0
    run.gap = run.value_pence = run.bound_pence = None
    return case


def _locked(session: Session, run_id: uuid.UUID) -> AwardRun | None:
    """The run behind the lock of its round, in the order in which all take these two."""
    round_id = session.scalar(sa.select(AwardRun.round_id).where(AwardRun.id == run_id))
    if round_id is None:
        return None
    services.lock_round(session, round_id)
    return session.get_one(AwardRun, run_id, with_for_update=True, populate_existing=True)


@dataclass
class Teller:
    """Writes how far the engine is, in units of work of their own."""

    unit: Unit
    run_id: uuid.UUID
    told_at: float = field(default_factory=time.monotonic)

    def __call__(self, progress: Progress) -> None:
        """Called by the engine, as often as it likes."""
        now = time.monotonic()
        if now - self.told_at >= TELL_SECONDS:
            self.told_at = now
            self.unit(lambda session: tell_progress(session, self.run_id, progress))


def tell_progress(session: Session, run_id: uuid.UUID, progress: Progress) -> None:
    """Write it down, while the run is still to be solved; the sums only of many trusts."""
    value, bound = progress.value_pence, max(progress.bound_pence, progress.value_pence)
    shown = AwardRun.firm >= MANY
    session.execute(
        sa.update(AwardRun)
        .where(AwardRun.id == run_id, AwardRun.state == RunState.SOLVING)
        .values(
            lots=progress.lots,
            lots_done=progress.lots_done,
            gap=solving.gap(value, bound) if progress.lots_done else None,
            value_pence=sa.case((shown, value), else_=None),
            bound_pence=sa.case((shown, bound), else_=None),
        )
    )


def _finish(session: Session, run_id: uuid.UUID, decision: Decision) -> None:
    """All of the award, or none of it."""
    run = _locked(session, run_id)
    if run is None or run.state not in RUNNING:
        return
    round_ = session.get_one(Round, run.round_id)
    if timetable.is_late(round_.starts_on, clock.today()):
        awarding.end_late(session, round_)
        return
    run.violations = len(decision.violations)
    if decision.violations:
        _fail(session, run_id, f"The verifier refused the award: {'; '.join(decision.violations)}")
        return
    kept = session.scalars(sa.select(AwardCase).where(AwardCase.run_id == run_id)).one()
    if not awarding.settle(session, run, Case.of(kept.document), decision):
        _fail(session, run_id, "The commitments are not those that the round was closed with.")
        return
    sums = {"value_pence": decision.value_pence, "bound_pence": decision.bound_pence}
    kept.lines = {**decision.lines, **sums}
    run.gap, run.lots_done = solving.gap(decision.value_pence, decision.bound_pence), run.lots
    run.value_pence = run.bound_pence = run.error = None
    run.state, run.finished_at = move_run(run.state, RunMove.SOLVE), clock.now()


def _fail(session: Session, run_id: uuid.UUID, fault: str) -> None:
    """Leave the round closed; its lead and the operator hear why, and the lead may try again."""
    run = _locked(session, run_id)
    if run is None or run.state not in RUNNING:
        return
    run.state, run.finished_at, run.error = move_run(run.state, RunMove.FAIL), clock.now(), fault[:500]
    run.value_pence = run.bound_pence = None
    round_ = session.get_one(Round, run.round_id)
    text = (
        f"The award of {round_.title} could not be worked out: {run.error}\n\nNothing is signed and nobody "
        "owes anything. The lead can try again on the page of the round, or cancel it."
    )
    subject = f"Look at {round_.reference}: its award could not be worked out"
    services.tell_trust(session, round_, round_.lead_id, f"fault-{run.tries}", subject, text)
    tell_operators(session, services.message_to(round_, run.id, f"fault-{run.tries}", subject, text))
