"""Joining a waiting list, leaving it, and what becomes of it when a day or its listing ends."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import charging, pricing, taking
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.calculating import check_length, term_starts
from marketplace.catalogue.events import CapacityFreed, ListingChanged
from marketplace.catalogue.kinds import Basis, ListingState, counted
from marketplace.catalogue.models import Listing
from marketplace.catalogue.queries import Offer, OfferedPlan
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import Conflict, InvalidState, NotPermitted, Refused
from marketplace.notifications.services import Message, tell
from marketplace.scheduling import holding
from marketplace.scheduling.holding import BUYERS, Offered, lock_places, named, tell_waiting
from marketplace.scheduling.kinds import LIVE, WaitingState
from marketplace.scheduling.models import WaitingPlace
from marketplace.scheduling.queueing import suffices
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS as BUYING_KINDS
from marketplace.trusts.kinds import Role

WHY = "whoever waits for a listing is told what becomes of it"
SELLERS = (Role.SELLER, Role.ADMINISTRATOR)


class EnoughIsFree(Conflict):
    """Nobody needs to wait for what can be ordered."""

    code = "enough-is-free"


class AlreadyWaiting(Conflict):
    """An organisation has one place in a line."""

    code = "already-waiting"


@dataclass(frozen=True)
class Wish:
    """What a buyer waits for: units in each month, from when, for how many periods of which plan."""

    quantity: int
    starts_on: date
    periods: int
    plan_id: uuid.UUID | None = None


def check_may_wait(actor: Actor) -> None:
    """NotPermitted unless the actor buys for a trust or a school."""
    access.require(actor, *BUYERS)
    if actor.kind not in BUYING_KINDS:
        raise NotPermitted("Only a trust or a school can order a service.")


def join_waiting(session: Session, actor: Actor, listing_id: uuid.UUID, wish: Wish) -> WaitingPlace:
    """Take the last place of the line; EnoughIsFree when it could be ordered at once.

    The listing and its periods are locked, so that nothing comes free between the look and the place.
    """
    check_may_wait(actor)
    offer = catalogue.offer(session, actor.organisation_id, listing_id, lock=True)
    plan = _plan(offer, wish)
    _check(actor, offer, wish, plan)
    ends_on = _last_day(session, offer, wish, plan)
    taking.lock_periods(session, [listing_id])
    if suffices(catalogue.capacity_of(session, listing_id), wish.quantity, wish.starts_on, ends_on):
        raise EnoughIsFree("There is enough for this now: order it instead of waiting.")
    _check_waits_once(session, actor, listing_id)
    place = WaitingPlace(
        listing_id=listing_id,
        seller_id=offer.seller_id,
        buyer_id=actor.organisation_id,
        joined_by_id=actor.person_id,
        quantity=wish.quantity,
        plan_id=plan.plan_id,
        cadence=plan.cadence,
        starts_on=wish.starts_on,
        periods=wish.periods,
        ends_on=ends_on,
    )
    session.add(place)
    session.flush()
    joined = {"state": place.state.value, "quantity": place.quantity}
    access.record(session, actor, "join-waiting", place, after=joined, parties=(place.seller_id,))
    text = f"{actor.organisation_name} waits for {named(place, Offered(offer.title, offer.unit))}."
    path = f"/listings/{listing_id}/waiting/line"
    message = Message(f"waiting-joined:{place.id}", f"Waiting for you: {offer.title}", text, path)
    tell(session, offer.seller_id, SELLERS, message)
    return place


def leave_waiting(session: Session, actor: Actor, place_id: uuid.UUID) -> WaitingPlace:
    """Give up a place; what was held for it is offered to the next in line at once."""
    access.require(actor, *BUYERS)
    found = access.own(session, WaitingPlace, place_id, WaitingPlace.buyer_id, acting=actor)
    taking.lock_periods(session, [found.listing_id])
    places = lock_places(session, [place_id])
    if not places:
        raise InvalidState("You do not wait here any more.")
    place = places[0]
    was_offered = place.state is WaitingState.OFFERED
    held = holding.end(session, actor, place, WaitingState.DECLINED if was_offered else WaitingState.LEFT)
    taking.give_back(session, held)
    return place


def hear_freed(session: Session, event: CapacityFreed) -> None:
    """Units came free: whoever waits for them is first."""
    holding.offer_free(session, event.listing_id)


def hear_listing(session: Session, event: ListingChanged) -> None:
    """A listing is paused, withdrawn or offered again: so is its line, and whoever waits is told.

    Nobody waits for what is now for the members of a partnership to which they do not belong.
    """
    with on_behalf_of_all(session, WHY):
        statement = sa.select(Listing.state, Listing.title, Listing.unit)
        state, title, unit = session.execute(statement.where(Listing.id == event.listing_id)).one()
        offered = Offered(title, unit)
        if state is not ListingState.WITHDRAWN:
            _close_to_others(session, event.listing_id, offered)
        if state is ListingState.PUBLISHED:
            _wait_again(session, event.listing_id)
        elif state is ListingState.WITHDRAWN:
            _close(session, event.listing_id, offered)
        else:
            _pause(session, event.listing_id, offered)


def move_due_places(session: Session, on: date) -> None:
    """End the offers whose day has passed, and the places whose first day has, on this London date."""
    late = sa.and_(WaitingPlace.state == WaitingState.OFFERED, WaitingPlace.answer_by_on < on)
    over = sa.and_(WaitingPlace.state.in_(LIVE), WaitingPlace.starts_on < on)
    due = sa.or_(late, over)
    listings = session.scalars(sa.select(WaitingPlace.listing_id).where(due).distinct()).all()
    taking.lock_periods(session, listings)
    places = lock_places(session, session.scalars(sa.select(WaitingPlace.id).where(due)).all())
    offered = _in_words(session, listings)
    held = []
    for place in places:
        was_offered = place.state is WaitingState.OFFERED
        held += holding.end(session, None, place, WaitingState.LAPSED)
        what = named(place, offered[place.listing_id])
        words = (
            f"{what} was held for you, and the day to order it has passed. The next in line has it now."
            if was_offered
            else f"You waited for {what}. Its first day has come and nothing came free."
        )
        tell_waiting(session, place, f"Not waiting any more: {offered[place.listing_id].title}", words)
    taking.give_back(session, held)


def _plan(offer: Offer, wish: Wish) -> OfferedPlan:
    if wish.plan_id is None and len(offer.plans) == 1:
        return offer.plans[0]
    for plan in offer.plans:
        if plan.plan_id == wish.plan_id:
            return plan
    raise Refused("Select how you want to be charged", field="plan_id")


def _check(actor: Actor, offer: Offer, wish: Wish, plan: OfferedPlan) -> None:
    if offer.seller_id == actor.organisation_id:
        raise Refused("This is a listing of your own trust, so you cannot wait for it.")
    if wish.starts_on < clock.today():
        raise Refused("Start date must be today or in the future", field="starts_on")
    if offer.is_unlimited:
        raise EnoughIsFree("This is unlimited: order it, nobody needs to wait.")
    check_length(plan, wish.periods)
    _check_takes(plan, wish)


def _check_takes(plan: OfferedPlan, wish: Wish) -> None:
    """What is held must be what an order at that price can take: whole bundles, schools, or the whole."""
    one = charging.units_of_one(plan, wish.periods)
    is_whole = plan.basis is Basis.FLAT
    if one and (wish.quantity != one if is_whole else wish.quantity % one):
        takes = f"At this price an order takes {counted(one, plan.unit)} in each month"
        enter = (
            f". Enter {one:,}." if is_whole else f", or several times that. Enter {one:,}, {2 * one:,} or so."
        )
        raise Refused(takes + enter, field="quantity")


def _last_day(session: Session, offer: Offer, wish: Wish, plan: OfferedPlan) -> date:
    """The last day of an order of so many charge periods."""
    starts = term_starts(session, offer.seller_id, plan.cadence, wish.starts_on, wish.periods)
    return pricing.charges(plan.cadence, 0, 1, wish.starts_on, wish.periods, starts)[-1].ends_on


def _check_waits_once(session: Session, actor: Actor, listing_id: uuid.UUID) -> None:
    mine = sa.select(WaitingPlace.id).where(
        WaitingPlace.listing_id == listing_id,
        WaitingPlace.buyer_id == actor.organisation_id,
        WaitingPlace.state.in_(LIVE),
    )
    if session.scalars(mine).first() is not None:
        raise AlreadyWaiting("Your trust waits for this service already. Leave that place to wait anew.")


def _close_to_others(session: Session, listing_id: uuid.UUID, offered: Offered) -> None:
    shut_out = (
        sa.select(WaitingPlace.id)
        .join(Listing, Listing.id == WaitingPlace.listing_id)
        .where(Listing.id == listing_id, WaitingPlace.state.in_(LIVE), sa.not_(holding.may_order()))
    )
    wanted = session.scalars(shut_out).all()
    if not wanted:
        return
    taking.lock_periods(session, [listing_id])
    held = []
    for place in lock_places(session, wanted):
        held += holding.end(session, None, place, WaitingState.CLOSED)
        words = "It is only for members of a partnership to which you do not belong. You wait for it no more."
        tell_waiting(session, place, f"Not offered to you any more: {offered.title}", words)
    taking.give_back(session, held)


def _of_listing(session: Session, listing_id: uuid.UUID, *states: WaitingState) -> Sequence[WaitingPlace]:
    """The places in some states, locked after the periods of their listing; none cost no lock."""
    wanted = sa.select(WaitingPlace.id).where(
        WaitingPlace.listing_id == listing_id, WaitingPlace.state.in_(states)
    )
    if session.scalars(wanted.limit(1)).first() is None:
        return []
    taking.lock_periods(session, [listing_id])
    return lock_places(session, session.scalars(wanted).all())


def _wait_again(session: Session, listing_id: uuid.UUID) -> None:
    paused = _of_listing(session, listing_id, WaitingState.PAUSED)
    for place in paused:
        holding.end(session, None, place, WaitingState.WAITING)
    if paused:
        holding.offer_free(session, listing_id)


def _pause(session: Session, listing_id: uuid.UUID, offered: Offered) -> None:
    held = []
    for place in _of_listing(session, listing_id, WaitingState.WAITING, WaitingState.OFFERED):
        held += holding.end(session, None, place, WaitingState.PAUSED)
        words = f"The seller has paused {offered.title}. You keep your place in the line until it resumes."
        tell_waiting(session, place, f"Paused: {offered.title}", words)
    taking.give_back(session, held)


def _close(session: Session, listing_id: uuid.UUID, offered: Offered) -> None:
    held = []
    for place in _of_listing(session, listing_id, *LIVE):
        held += holding.end(session, None, place, WaitingState.CLOSED)
        words = f"The seller has withdrawn {offered.title}. Nobody waits for it any more. Look for another."
        tell_waiting(session, place, f"Withdrawn: {offered.title}", words)
    taking.give_back(session, held)


def _in_words(session: Session, listing_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Offered]:
    statement = sa.select(Listing.id, Listing.title, Listing.unit).where(Listing.id.in_(listing_ids))
    return {row.id: Offered(row.title, row.unit) for row in session.execute(statement)}
