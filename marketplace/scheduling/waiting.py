"""Joining a waiting list and leaving it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import charging, taking
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.calculating import check_length, last_day, length_of
from marketplace.catalogue.kinds import Basis, Cadence, counted
from marketplace.catalogue.queries import Offer, OfferedPlan
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, InvalidState, NotPermitted, Refused
from marketplace.notifications.services import Message, tell
from marketplace.scheduling import holding
from marketplace.scheduling.agreeing import can_take
from marketplace.scheduling.holding import BUYERS, Offered, lock_places, named
from marketplace.scheduling.kinds import LIVE, WaitingState
from marketplace.scheduling.models import WaitingPlace
from marketplace.scheduling.queueing import suffices
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.describing import hold_terms
from marketplace.trusts.kinds import BUYERS as BUYING_KINDS
from marketplace.trusts.kinds import Role

SELLERS = (Role.SELLER, Role.ADMINISTRATOR)


class EnoughIsFree(Conflict):
    """Nobody needs to wait for what can be ordered."""

    code = "enough-is-free"


class AlreadyWaiting(Conflict):
    """An organisation has one place in a line."""

    code = "already-waiting"


@dataclass(frozen=True)
class Wish:
    """What a buyer waits for: units in each month, from when, for how many periods of which plan.

    Knowledge that is charged once has no length to tell, as in an order, whatever `periods` says.
    """

    quantity: int
    starts_on: date
    periods: int | None
    plan_id: uuid.UUID | None = None


def check_may_wait(actor: Actor) -> None:
    """NotPermitted unless the actor buys for a trust or a school."""
    access.require(actor, *BUYERS)
    if actor.kind not in BUYING_KINDS:
        raise NotPermitted("Only a trust or a school can order a service.")


def join_waiting(session: Session, actor: Actor, listing_id: uuid.UUID, wish: Wish) -> WaitingPlace:
    """Take the last place of the line; EnoughIsFree when it could be ordered at once.

    The listing, its seller's terms and its periods are locked, so that between the look and the place nothing
    comes free and nothing lasts longer.
    """
    check_may_wait(actor)
    offer = catalogue.offer(session, actor.organisation_id, listing_id, lock=True)
    plan = _plan(offer, wish)
    periods = length_of(offer, plan, wish.periods)
    _check(actor, offer, wish, plan, periods)
    if plan.cadence is Cadence.TERMLY:
        hold_terms(session, offer.seller_id)
    ends_on = last_day(session, offer.seller_id, plan.cadence, wish.starts_on, periods)
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
        periods=periods,
        asked_periods=periods,
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


def _plan(offer: Offer, wish: Wish) -> OfferedPlan:
    if wish.plan_id is None and len(offer.plans) == 1:
        return offer.plans[0]
    for plan in offer.plans:
        if plan.plan_id == wish.plan_id:
            return plan
    raise Refused("Select how you want to be charged", field="plan_id")


def _check(actor: Actor, offer: Offer, wish: Wish, plan: OfferedPlan, periods: int) -> None:
    if offer.seller_id == actor.organisation_id:
        raise Refused("This is a listing of your own trust, so you cannot wait for it.")
    if wish.starts_on < clock.today():
        raise Refused("Start date must be today or in the future", field="starts_on")
    if offer.is_unlimited:
        raise EnoughIsFree("This is unlimited: order it, nobody needs to wait.")
    check_length(plan, periods)
    _check_takes(plan, wish, periods)


def _check_takes(plan: OfferedPlan, wish: Wish, periods: int) -> None:
    """What is held must be what an order at that price can take."""
    if can_take(plan, wish.quantity, periods):
        return
    one = charging.units_of_one(plan, periods)
    takes = f"At this price an order takes {counted(one, plan.unit)} in each month"
    enter = f", or several times that. Enter {one:,}, {2 * one:,} or so."
    raise Refused(takes + (f". Enter {one:,}." if plan.basis is Basis.FLAT else enter), field="quantity")


def _check_waits_once(session: Session, actor: Actor, listing_id: uuid.UUID) -> None:
    mine = sa.select(WaitingPlace.id).where(
        WaitingPlace.listing_id == listing_id,
        WaitingPlace.buyer_id == actor.organisation_id,
        WaitingPlace.state.in_(LIVE),
    )
    if session.scalars(mine).first() is not None:
        raise AlreadyWaiting("Your trust waits for this service already. Leave that place to wait anew.")
