"""What contracts do each day."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from marketplace.contracts import services
from marketplace.kernel import jobs
from marketplace.kernel.outbox import Work

KIND = "complete-contracts"


def subscribe_all() -> None:
    """Complete the contracts whose last day has passed."""
    jobs.every_day(KIND, complete_contracts)


def complete_contracts(session: Session, work: Work) -> None:
    """The day is the job's."""
    services.complete_contracts(session, date.fromisoformat(work.payload["on"]))
