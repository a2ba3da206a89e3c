"""Checking an award again, long after: for an auditor whom somebody asks whether it was right."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import solving
from marketplace.aggregation.models import AwardCase, AwardRun, Commitment, Round
from marketplace.aggregation.solving import Case, Decision
from marketplace.aggregation.states import CommitmentState, RunState
from marketplace.kernel.errors import NotFound


@dataclass(frozen=True)
class Checked:
    """The published digest of an award, and what is wrong with it in sentences; none when it holds."""

    digest: str
    faults: tuple[str, ...]


def check_award(session: Session, reference: str) -> Checked:
    """Solve a round that was awarded again, from what was frozen at its close; NotFound before its award.

    Whether the figures are those of the published digest, the engine answers the same, the verifier finds
    nothing, and those who were served are those whom it names.
    """
    statement = (
        sa.select(AwardRun, AwardCase)
        .join(Round, Round.id == AwardRun.round_id)
        .join(AwardCase, AwardCase.run_id == AwardRun.id)
        .where(Round.reference == reference, AwardRun.state == RunState.SOLVED)
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        raise NotFound(f"No round {reference} has been awarded.")
    run, kept = found
    case = Case.of(kept.document)
    if not solving.is_sealed(case, kept.salt, run.digest):
        return Checked(run.digest, ("The frozen figures are not those of the published digest.",))
    decision = solving.solve(case)
    return Checked(run.digest, tuple(_faults(session, run, kept, decision)))


def _faults(session: Session, run: AwardRun, kept: AwardCase, decision: Decision) -> list[str]:
    faults = list(decision.violations)
    sums = {"value_pence": decision.value_pence, "bound_pence": decision.bound_pence}
    if {**decision.lines, **sums} != kept.lines:
        faults.append("The engine does not answer as it did then.")
    served = sa.select(Commitment.id).where(
        Commitment.round_id == run.round_id, Commitment.state == CommitmentState.SERVED
    )
    if set(session.scalars(served)) != decision.served:
        faults.append("Those who were served are not those whom the award names.")
    return faults
