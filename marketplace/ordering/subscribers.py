"""What ordering does each day."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from marketplace.contracts.sources import found_by
from marketplace.contracts.states import ContractSource
from marketplace.kernel import jobs
from marketplace.kernel.outbox import Work
from marketplace.ordering import queries, services, using
from marketplace.scheduling import feeds

KIND = "move-due-orders"


def subscribe_all() -> None:
    """Move the orders whose day has come; let contracts name them as their source, calendars show them."""
    jobs.every_day(KIND, move_due_orders)
    found_by(ContractSource.ORDER, queries.origin)
    feeds.show_with(using.calendar_entries)


def move_due_orders(session: Session, work: Work) -> None:
    """The day is the job's, so that a job done late leaves nothing out and does nothing early."""
    services.move_due_orders(session, date.fromisoformat(work.payload["on"]))
