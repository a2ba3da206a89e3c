"""What ordering does each day."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from marketplace.catalogue import consequences
from marketplace.catalogue.events import ListingEnded
from marketplace.contracts.sources import found_by
from marketplace.contracts.states import ContractSource
from marketplace.kernel import events, jobs
from marketplace.kernel.outbox import Work
from marketplace.ordering import queries, services, standing_orders, using
from marketplace.scheduling import feeds

KIND = "move-due-orders"


def subscribe_all() -> None:
    """Move the orders whose day has come; say what contracts came from and what hangs on listings."""
    jobs.every_day(KIND, move_due_orders)
    found_by(ContractSource.ORDER, queries.origin)
    feeds.show_with(using.calendar_entries)
    consequences.said_by(standing_orders.affected)
    events.subscribe(ListingEnded, standing_orders.tell_buyers)


def move_due_orders(session: Session, work: Work) -> None:
    """The day is the job's, so that a job done late leaves nothing out and does nothing early."""
    services.move_due_orders(session, date.fromisoformat(work.payload["on"]))
