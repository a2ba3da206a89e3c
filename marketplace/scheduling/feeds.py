"""What a calendar program reads: the capacity of one's listings, and whatever higher floors add.

The address is signed with the application's secret, so that nobody can make one up; who has it sees what the
organisation of its owner sees, as long as its owner is there.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.availability import first_of_month
from marketplace.catalogue.kinds import UNIT_WORDS, ListingState
from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.kernel import clock
from marketplace.kernel.database import act_for, on_behalf_of_all
from marketplace.kernel.errors import NotFound
from marketplace.people.models import Person
from marketplace.scheduling.models import CalendarLink
from marketplace.trusts import access
from marketplace.trusts.access import Actor

ONE_DAY = timedelta(days=1)
PURPOSE = "calendar"
MOST_ENTRIES = 2_000


@dataclass(frozen=True)
class Entry:
    """Something that lasts from one London day to another, both included."""

    key: str
    starts_on: date
    ends_on: date
    title: str
    text: str
    path: str
    made_at: datetime


Shown = Callable[[Session, Actor, date], Iterable[Entry]]
_shown: list[Shown] = []


def show_with(shown: Shown) -> None:
    """Let calendars show what this gives for an actor, from a day on; twice is once."""
    if shown not in _shown:
        _shown.append(shown)


def own_link(session: Session, actor: Actor) -> CalendarLink | None:
    """The link of the person for the organisation they act for."""
    return session.scalars(
        sa.select(CalendarLink).where(
            CalendarLink.organisation_id == actor.organisation_id, CalendarLink.person_id == actor.person_id
        )
    ).one_or_none()


def renew_link(session: Session, actor: Actor) -> CalendarLink:
    """A new address; the one before it finds nothing from now on."""
    end_link(session, actor)
    link = CalendarLink(organisation_id=actor.organisation_id, person_id=actor.person_id)
    session.add(link)
    session.flush()
    return link


def end_link(session: Session, actor: Actor) -> None:
    """Revoke the address, if there is one."""
    link = own_link(session, actor)
    if link is not None:
        session.delete(link)
        session.flush()


def signature(secret_key: str, link_id: uuid.UUID) -> str:
    """What proves that an address was made here."""
    return hmac.new(secret_key.encode(), f"{PURPOSE}:{link_id}".encode(), hashlib.sha256).hexdigest()[:40]


def open_link(session: Session, secret_key: str, link_id: uuid.UUID, signed: str) -> Actor:
    """Whose calendar an address names, acting for their organisation from here on.

    NotFound for a wrong signature, a revoked address, and for somebody who is not there any more.
    """
    if not hmac.compare_digest(signature(secret_key, link_id).encode(), signed.encode()):
        raise NotFound
    with on_behalf_of_all(session, "whoever has the address of a calendar reads it"):
        link = session.get(CalendarLink, link_id)
        person = session.get(Person, link.person_id) if link else None
        actor = access.actor_of(session, person, link.organisation_id) if link and person else None
    if link is None or actor is None or actor.organisation_id != link.organisation_id:
        raise NotFound
    act_for(session, actor.organisation_id)
    return actor


def entries(session: Session, actor: Actor) -> list[Entry]:
    """Everything from this month on that the actor's organisation may see, by date."""
    since = first_of_month(clock.today())
    found = [
        *_capacity(session, actor, since),
        *(one for shown in _shown for one in shown(session, actor, since)),
    ]
    return sorted(found, key=lambda one: (one.starts_on, one.key))[:MOST_ENTRIES]


def written(found: Sequence[Entry], name: str, public_url: str) -> bytes:
    """The entries as iCalendar: the same entries are the same bytes."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Sharewell//Capacity and orders//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("method", "PUBLISH")
    for one in found:
        event = Event()
        event.add("uid", f"{one.key}@sharewell")
        event.add("dtstamp", one.made_at)
        event.add("dtstart", one.starts_on)
        event.add("dtend", one.ends_on + ONE_DAY)
        event.add("summary", one.title)
        event.add("description", one.text)
        event.add("url", f"{public_url}{one.path}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _capacity(session: Session, actor: Actor, since: date) -> Iterable[Entry]:
    """Each period of one's own listings: what is taken of what is offered."""
    statement = (
        sa.select(
            CapacityPeriod.id,
            CapacityPeriod.starts_on,
            CapacityPeriod.ends_on,
            CapacityPeriod.units,
            CapacityPeriod.taken,
            CapacityPeriod.created_at,
            CapacityPeriod.listing_id,
            Listing.title,
            Listing.unit,
        )
        .join(Listing, Listing.id == CapacityPeriod.listing_id)
        .where(
            Listing.seller_id == actor.organisation_id,
            Listing.state != ListingState.WITHDRAWN,
            CapacityPeriod.ends_on >= since,
            CapacityPeriod.units > 0,
        )
        .order_by(CapacityPeriod.starts_on, CapacityPeriod.id)
        .limit(MOST_ENTRIES)
    )
    for row in session.execute(statement):
        units = UNIT_WORDS[row.unit][1]
        yield Entry(
            key=f"capacity-{row.id}",
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            title=f"{row.title}: {row.taken:,} of {row.units:,} {units} taken",
            text=f"{row.units - row.taken:,} {units} are free.",
            path=f"/listings/{row.listing_id}/capacity",
            made_at=row.created_at,
        )
