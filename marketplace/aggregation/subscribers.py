"""What aggregation does every day, and the job that works out an award."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.aggregation import awarding, closing, evaluating, queries
from marketplace.contracts.sources import found_by
from marketplace.contracts.states import ContractSource
from marketplace.kernel import jobs, outbox
from marketplace.kernel.outbox import Work


def subscribe_all() -> None:
    """Take up the day's job and the working out of awards; let contracts name the rounds they came from."""
    jobs.every_day("look-after-rounds", look_after_rounds)
    outbox.handle_in_units(closing.KIND, evaluating.carry_out)
    found_by(ContractSource.AWARD, queries.origin)


def look_after_rounds(session: Session, work: Work) -> None:
    """End rounds not awarded in time, remind leads of those that wait, complete those that are over."""
    awarding.end_late_rounds(session)
    awarding.remind_leads(session)
    awarding.complete_rounds(session)
