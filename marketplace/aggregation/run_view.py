"""How far the award of a round is, and its proof, as one organisation may see it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import closing
from marketplace.aggregation.models import AwardRun
from marketplace.aggregation.states import RUNNING, RunState
from marketplace.kernel import clock
from marketplace.trusts.access import Actor

AT_FIRST = timedelta(seconds=5)
"""A small round is solved in less: its lead need not wait long for the next look."""
SOON_SECONDS, LATER_SECONDS = 1, 3


@dataclass(frozen=True)
class RunView:
    """The working out of an award: `lots_done` of `lots`, the `gap` to what is possible at most.

    The surplus and its bound (pence) are there while it is worked out, and only of many trusts. `error` is
    for the lead alone.
    """

    state: RunState
    closed_at: datetime
    lots: int
    lots_done: int
    gap: float | None
    value_pence: int | None
    bound_pence: int | None
    digest: str
    violations: int | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    is_stuck: bool
    """Whether every worker that took it up has died."""

    @property
    def is_running(self) -> bool:
        """Whether the page is worth looking at again by itself."""
        return self.state in RUNNING and not self.is_stuck

    @property
    def is_proven(self) -> bool:
        """Whether no award can be better by more than a millionth."""
        return self.gap is not None and self.gap <= PROVEN

    @property
    def look_again_seconds(self) -> int | None:
        """When the page should look again; None when nothing will change by itself."""
        if not self.is_running:
            return None
        return SOON_SECONDS if clock.now() < self.closed_at + AT_FIRST else LATER_SECONDS


PROVEN = 1e-6


def run_view(session: Session, actor: Actor, round_id: uuid.UUID) -> RunView | None:
    """The run of a round as the actor sees it; None before the round is closed."""
    run = session.scalars(sa.select(AwardRun).where(AwardRun.round_id == round_id)).one_or_none()
    if run is None:
        return None
    return RunView(
        state=run.state,
        closed_at=run.created_at,
        lots=run.lots,
        lots_done=run.lots_done,
        gap=run.gap,
        value_pence=run.value_pence,
        bound_pence=run.bound_pence,
        digest=run.digest,
        violations=run.violations,
        started_at=run.started_at,
        finished_at=run.finished_at,
        error=run.error if actor.organisation_id == run.lead_id else None,
        is_stuck=closing.is_stuck(session, run),
    )
