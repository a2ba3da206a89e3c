"""What aggregation does every day."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.aggregation import awarding, queries
from marketplace.contracts.sources import found_by
from marketplace.contracts.states import ContractSource
from marketplace.kernel import jobs
from marketplace.kernel.outbox import Work


def subscribe_all() -> None:
    """Take up the day's job, and let contracts name the rounds they came from."""
    jobs.every_day("look-after-rounds", look_after_rounds)
    found_by(ContractSource.AWARD, queries.origin)


def look_after_rounds(session: Session, work: Work) -> None:
    """End rounds not awarded in time, remind leads of those that wait, complete those that are over."""
    awarding.end_late_rounds(session)
    awarding.remind_leads(session)
    awarding.complete_rounds(session)
