"""What the search hears: it knows every change of a listing, of its capacity and of its seller at once."""

from __future__ import annotations

import uuid
from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from marketplace.catalogue.events import CapacityChanged, ListingChanged
from marketplace.finding import indexing, leftovers, saving, telling
from marketplace.kernel import clock, events, jobs, outbox, units
from marketplace.kernel.outbox import Work
from marketplace.membership.events import OrganisationLeft
from marketplace.people.events import PersonErased
from marketplace.trusts.events import OrganisationChanged, RegisterImported

RENEW = "renew-search"
REINDEX = "reindex-search"
"""Owed by a migration that the search must be made anew after."""
TELL_DAILY = "tell-of-saved-searches"
TELL_AT_ONCE = "tell-of-a-listing"


def subscribe_all() -> None:
    """Keep the search as the listings are."""
    events.subscribe(ListingChanged, listing_changed)
    events.subscribe(CapacityChanged, capacity_changed)
    events.subscribe(OrganisationChanged, seller_changed)
    events.subscribe(OrganisationLeft, seller_changed)
    events.subscribe(RegisterImported, register_imported)
    jobs.every_day_in_units(RENEW, renew)
    outbox.handle_in_units(REINDEX, reindex)
    jobs.every_day_in_units(TELL_DAILY, tell_daily)
    outbox.handle_in_units(TELL_AT_ONCE, tell_at_once)
    events.subscribe(PersonErased, forget_person)


def listing_changed(session: Session, event: ListingChanged) -> None:
    """Its words, plans, state or visibility are others; whoever looks for such a thing hears of it once."""
    if indexing.index_listing(session, event.listing_id):
        work = {"listing_id": str(event.listing_id)}
        outbox.owe(session, TELL_AT_ONCE, f"{TELL_AT_ONCE}:{event.listing_id}", work)


def capacity_changed(session: Session, event: CapacityChanged) -> None:
    """It has more or less left."""
    leftovers.renew(session, event.listing_id, event.ahead)


def seller_changed(session: Session, event: OrganisationChanged | OrganisationLeft) -> None:
    """A seller that is suspended or left is not found; one that is verified is shown so."""
    indexing.index_seller(session, event.organisation_id)


def register_imported(session: Session, event: RegisterImported) -> None:
    """Sellers may have another name, or another place."""
    indexing.index_moved_sellers(session)


def renew(unit: units.Unit, work: Work) -> None:
    """A month that is over is free no more; what an older version left out is found."""
    due = unit(lambda session: indexing.overdue(session, clock.today()))
    for some in indexing.batches(due):
        unit(partial(indexing.index_again, listing_ids=some))


def reindex(unit: units.Unit, work: Work) -> None:
    """What an older version kept is made as this one keeps it."""
    indexing.reindex(unit)


def tell_daily(unit: units.Unit, work: Work) -> None:
    """What is new in the searches that people keep."""
    telling.tell_daily(unit, date.fromisoformat(work.payload["on"]))


def tell_at_once(unit: units.Unit, work: Work) -> None:
    """Somebody waits for such a listing."""
    telling.tell_at_once(unit, uuid.UUID(work.payload["listing_id"]))


def forget_person(session: Session, event: PersonErased) -> None:
    """What somebody looked for goes with them."""
    saving.forget_person(session, event.person_id)
