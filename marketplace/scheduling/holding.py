"""Offering free units to whoever waits, in order, and holding them until an answer or a day.

Everything here happens under the lock of every period of the listing, taken before any place of its line is
locked: so nobody gets units that another waits for, no place is passed over, and none waits in a circle.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import taking
from marketplace.catalogue.availability import day_words
from marketplace.catalogue.kinds import CapacityUnit, ListingState, counted
from marketplace.catalogue.models import Listing
from marketplace.catalogue.taking import Taken
from marketplace.kernel import clock
from marketplace.kernel.database import new_id, on_behalf_of_all
from marketplace.kernel.errors import Refused
from marketplace.notifications.services import Message, tell
from marketplace.regulations import working_days
from marketplace.scheduling.agreeing import Agreed
from marketplace.scheduling.kinds import ANSWER_WORKING_DAYS, LIVE, WaitingState
from marketplace.scheduling.models import CapacityHold, WaitingPlace
from marketplace.scheduling.queueing import Waiter, served
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation

BUYERS = (Role.BUYER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Offered:
    """A listing in the words of a message."""

    title: str
    unit: CapacityUnit


def offer_free(session: Session, listing_id: uuid.UUID) -> None:
    """Hold what is free for the first in the line for whom it suffices, then for the next, and tell them."""
    with on_behalf_of_all(session, "what comes free is offered to whoever waits for it"):
        listing = session.execute(
            sa.select(Listing.title, Listing.unit)
            .join(Organisation, Organisation.id == Listing.seller_id)
            .where(Listing.id == listing_id, Listing.state == ListingState.PUBLISHED, access.is_active())
        ).one_or_none()
        if listing is None or not _line(session, listing_id, is_locked=False):
            return
        taking.lock_periods(session, [listing_id])
        places = _line(session, listing_id, is_locked=True)
        for place in _whom_it_suffices(session, listing_id, places):
            _hold(session, place, Offered(*listing))


def answer_by(today: date, starts_on: date) -> date:
    """Until when units are held: some working days, never past the first day on which they are wanted.

    Where bank holidays are not published yet it is a week.
    """
    try:
        last = working_days.after(today, ANSWER_WORKING_DAYS)
    except Refused:
        last = today + timedelta(weeks=1)
    return min(last, starts_on)


def is_held(
    session: Session, buyer_id: uuid.UUID, listing_id: uuid.UUID, quantity: int, days: tuple[date, date]
) -> bool:
    """Whether exactly these units are held for a buyer."""
    return _held_place(session, buyer_id, listing_id, quantity, days) is not None


def take_over(
    session: Session,
    actor: Actor,
    listing_id: uuid.UUID,
    quantity: int,
    starts_on: date,
    ends_on: date,
) -> list[Taken] | None:
    """What was held for the actor's organisation becomes the order's; None when exactly that is not held."""
    days = (starts_on, ends_on)
    if _held_place(session, actor.organisation_id, listing_id, quantity, days) is None:
        return None
    taking.lock_periods(session, [listing_id])
    place_id = _held_place(session, actor.organisation_id, listing_id, quantity, days)
    if place_id is None:  # it lapsed while this waited
        return None
    (place,) = lock_places(session, [place_id])
    return end(session, actor, place, WaitingState.ORDERED)


def end(session: Session, actor: Actor | None, place: WaitingPlace, state: WaitingState) -> list[Taken]:
    """Let a locked place end, or wait again; what was held for it, to be given back or passed on."""
    before, place.state, place.answer_by_on = place.state, state, None
    held = session.scalars(sa.select(CapacityHold).where(CapacityHold.place_id == place.id)).all()
    taken = [Taken(one.period_id, one.units) for one in held]
    for one in held:
        session.delete(one)
    session.flush()
    access.record(
        session,
        actor,
        f"waiting-{state.value}",
        place,
        {"state": before.value},
        {"state": state.value, "quantity": place.quantity},
        (place.buyer_id, place.seller_id),
    )
    return taken


def agree(session: Session, place: WaitingPlace, agreed: Agreed) -> None:
    """Let a locked place, for which nothing is held on other days, wait for what an order would be now."""
    before = _recorded(place)
    for name, value in vars(agreed).items():
        setattr(place, name, value)
    session.flush()
    parties = (place.buyer_id, place.seller_id)
    access.record(session, None, "waiting-changed", place, before, _recorded(place), parties)


def _recorded(place: WaitingPlace) -> dict[str, Any]:
    """What of a place follows its seller."""
    return {
        "cadence": place.cadence.value,
        "periods": place.periods,
        "ends_on": place.ends_on.isoformat(),
    }


def lock_places(session: Session, place_ids: Iterable[uuid.UUID]) -> Sequence[WaitingPlace]:
    """Those that still wait, locked, in the order of the line: after the periods of their listings."""
    statement = (
        sa.select(WaitingPlace)
        .where(WaitingPlace.id.in_(list(place_ids)), WaitingPlace.state.in_(LIVE))
        .order_by(WaitingPlace.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).all()


def tell_waiting(session: Session, place: WaitingPlace, subject: str, text: str, verb: str = "") -> None:
    """Write to the buyers of whoever waits; each happening is told once."""
    message = Message(f"waiting:{new_id()}", subject, text, f"/waiting-places/{place.id}{verb}")
    tell(session, place.buyer_id, BUYERS, message)


def named(place: WaitingPlace, offered: Offered) -> str:
    """2 days of Estates manager from 1 September 2027 to 31 August 2028."""
    days = f"from {day_words(place.starts_on)} to {day_words(place.ends_on)}"
    return f"{counted(place.quantity, offered.unit)} of {offered.title} {days}"


def may_order() -> sa.ColumnElement[bool]:
    """A condition on WaitingPlace and its Listing: it is for everybody, or for the buyer's partnership."""
    return access.visible_to(Listing.seller_id, Listing.partnership_id, WaitingPlace.buyer_id, clock.today())


def _line(session: Session, listing_id: uuid.UUID, *, is_locked: bool) -> Sequence[WaitingPlace]:
    """Who waits, may still begin and may order it, in order."""
    waits = sa.and_(
        WaitingPlace.listing_id == listing_id,
        WaitingPlace.state == WaitingState.WAITING,
        WaitingPlace.starts_on >= clock.today(),
        may_order(),
    )
    statement: sa.Select[Any] = sa.select(WaitingPlace).join(Listing, Listing.id == WaitingPlace.listing_id)
    statement = statement.where(waits).order_by(WaitingPlace.id)
    if is_locked:
        statement = statement.with_for_update(of=WaitingPlace).execution_options(populate_existing=True)
    return session.scalars(statement).all()


def _whom_it_suffices(
    session: Session, listing_id: uuid.UUID, places: Sequence[WaitingPlace]
) -> list[WaitingPlace]:
    if not places:
        return []
    first, last = min(one.starts_on for one in places), max(one.ends_on for one in places)
    periods = taking.periods_of(session, listing_id, first, last)
    line = [Waiter(one.id, one.quantity, one.starts_on, one.ends_on) for one in places]
    found = set(served(periods, line))
    return [place for place in places if place.id in found]


def _hold(session: Session, place: WaitingPlace, offered: Offered) -> None:
    taken = taking.take_capacity(session, place.listing_id, place.quantity, place.starts_on, place.ends_on)
    session.add_all(
        CapacityHold(place_id=place.id, period_id=one.period_id, units=one.units) for one in taken
    )
    place.state = WaitingState.OFFERED
    place.answer_by_on = answer_by(clock.today(), place.starts_on)
    session.flush()
    until = day_words(place.answer_by_on)
    access.record(
        session,
        None,
        "waiting-offered",
        place,
        {"state": WaitingState.WAITING.value},
        {"state": WaitingState.OFFERED.value, "answer_by_on": place.answer_by_on.isoformat()},
        (place.buyer_id, place.seller_id),
    )
    tell_waiting(
        session,
        place,
        f"Order by {until}: {offered.title} has room for you",
        f"You waited for {named(place, offered)}. It is free now and held for you until the end of {until}. "
        "Order it on this page, or give it up, so that the next in line has it.",
        "/order",
    )


def _held_place(
    session: Session, buyer_id: uuid.UUID, listing_id: uuid.UUID, quantity: int, days: tuple[date, date]
) -> uuid.UUID | None:
    """The deadline is kept here, whatever the daily job has done."""
    return session.scalar(
        sa.select(WaitingPlace.id).where(
            WaitingPlace.buyer_id == buyer_id,
            WaitingPlace.listing_id == listing_id,
            WaitingPlace.state == WaitingState.OFFERED,
            WaitingPlace.quantity == quantity,
            WaitingPlace.starts_on == days[0],
            WaitingPlace.ends_on == days[1],
            WaitingPlace.answer_by_on >= clock.today(),
        )
    )
