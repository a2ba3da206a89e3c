"""What scheduling does about events of the catalogue, and each day."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from marketplace.catalogue.events import CapacityFreed, ListingChanged
from marketplace.kernel import events, jobs
from marketplace.kernel.outbox import Work
from marketplace.scheduling import waiting

KIND = "move-due-places"


def subscribe_all() -> None:
    """Offer what comes free, follow what becomes of listings, and end what is due."""
    events.subscribe(CapacityFreed, waiting.hear_freed)
    events.subscribe(ListingChanged, waiting.hear_listing)
    jobs.every_day(KIND, move_due_places)


def move_due_places(session: Session, work: Work) -> None:
    """The day is the job's, so that a job done late leaves nothing out and does nothing early."""
    waiting.move_due_places(session, date.fromisoformat(work.payload["on"]))
