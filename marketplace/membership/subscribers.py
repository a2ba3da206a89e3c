"""What belonging does by itself each day."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.kernel import jobs
from marketplace.kernel.outbox import Work
from marketplace.membership import claiming


def subscribe_all() -> None:
    """End claims that nobody decided about."""
    jobs.every_day("lapse-claims", lapse_claims)


def lapse_claims(session: Session, work: Work) -> None:
    """A claim waits for 30 days."""
    claiming.lapse(session)
