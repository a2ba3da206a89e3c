"""What scheduling does about events of the catalogue, and each day."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from marketplace.catalogue import consequences
from marketplace.catalogue.events import CapacityFreed, ListingChanged
from marketplace.kernel import events, jobs
from marketplace.kernel.outbox import Work
from marketplace.membership.events import OrganisationLeft
from marketplace.scheduling import following, pausing
from marketplace.trusts.events import OrganisationChanged, TermsChanged

KIND = "move-due-places"
FOLLOW = "follow-lines"


def subscribe_all() -> None:
    """Offer what comes free, follow what becomes of listings and of trusts, and end what is due."""
    events.subscribe(CapacityFreed, following.hear_freed)
    events.subscribe(ListingChanged, following.hear_listing)
    events.subscribe(OrganisationChanged, following.hear_organisation)
    events.subscribe(TermsChanged, following.hear_terms)
    events.subscribe(OrganisationLeft, following.hear_organisation)
    consequences.said_by(pausing.affected)
    jobs.every_day(FOLLOW, follow_lines)
    jobs.every_day(KIND, move_due_places)


def follow_lines(session: Session, work: Work) -> None:
    """Whoever is no member of a partnership any more waits for none of its listings."""
    following.follow_all(session)


def move_due_places(session: Session, work: Work) -> None:
    """The day is the job's, so that a job done late leaves nothing out and does nothing early."""
    following.move_due_places(session, date.fromisoformat(work.payload["on"]))
