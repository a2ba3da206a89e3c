"""The day's job of pooled rounds."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.aggregation.states import RoundState
from marketplace.aggregation.subscribers import look_after_rounds
from marketplace.kernel.outbox import OutboxJob, Work
from tests.factories.aggregation import a_buyer, a_round


def test_the_daily_job_reminds_a_lead_once_however_often_it_runs(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    with freeze_time(round_.closes_at + timedelta(days=2)):
        for number in range(2):
            look_after_rounds(session, Work(f"look-after-rounds:{number}", {"on": "2090-01-01"}))
            session.flush()
    subjects = [job.payload["subject"] for job in session.scalars(sa.select(OutboxJob))]
    assert subjects == [f"Close and award: {round_.reference}"]


def test_the_daily_job_ends_a_round_that_was_not_awarded_in_time(session: Session) -> None:
    round_ = a_round(session)
    with freeze_time(round_.closes_at + timedelta(days=90)):
        look_after_rounds(session, Work("look-after-rounds:0", {"on": "2090-01-01"}))
    assert round_.state is RoundState.UNSUCCESSFUL
