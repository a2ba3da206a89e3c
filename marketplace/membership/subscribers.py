"""What belonging does by itself: each day, and when a file of everything is asked for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.kernel import events, jobs, outbox
from marketplace.kernel.outbox import Work
from marketplace.membership import claiming, departing, exporting
from marketplace.people.events import PersonErased


def subscribe_all() -> None:
    """End claims that nobody decided about, let organisations leave, make and forget their files."""
    jobs.every_day("lapse-claims", lapse_claims)
    jobs.every_day("carry-out-departures", carry_out_departures)
    jobs.every_day("remove-exports", remove_exports)
    outbox.handle(exporting.KIND, exporting.build)
    events.subscribe(PersonErased, forget_person)


def lapse_claims(session: Session, work: Work) -> None:
    """A claim waits for 30 days."""
    claiming.lapse(session)


def carry_out_departures(session: Session, work: Work) -> None:
    """An organisation that decided to leave does so after a week."""
    departing.carry_out_due(session)


def remove_exports(session: Session, work: Work) -> None:
    """A file of everything is kept for seven days."""
    exporting.remove_old(session)


def forget_person(session: Session, event: PersonErased) -> None:
    """What they claimed and were invited to held their name and address, as do files of everything."""
    departing.forget_person(session, event.person_id, event.addresses)
    exporting.remove_with(session, event.person_id, event.addresses)
