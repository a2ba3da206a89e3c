"""Describing, pricing and publishing listings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import describing, reviewing, states, versions
from marketplace.catalogue.events import ListingChanged, ListingEnded
from marketplace.catalogue.kinds import UNIT_WORDS, ListingState, Reach
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.catalogue.states import Move, Task
from marketplace.kernel import clock
from marketplace.kernel.errors import NotPermitted, Refused
from marketplace.kernel.events import announce
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, Role

SHOWN = (ListingState.PUBLISHED, ListingState.PAUSED)
"""Buyers have seen it: what it says is theirs to look up."""


class NotReady(Refused):
    """The listing lacks what buyers must see."""

    code = "not-ready"


def check_may_sell(actor: Actor) -> None:
    """NotPermitted unless the actor sells for a trust or a school."""
    if actor.kind not in BUYERS:
        raise NotPermitted(
            "Trusts and schools list services here. Suppliers offer theirs as price lists in pooled rounds."
        )
    access.require(actor, Role.SELLER, Role.ADMINISTRATOR)


def describe_listing(session: Session, actor: Actor, description: Mapping[str, Any]) -> Listing:
    """A new draft of the actor's organisation, with the columns of the schema DescribeListing.

    Where it is offered may be said with it, in the seller's own words; else it is still to be answered.
    """
    check_may_sell(actor)
    listing = Listing(seller_id=actor.organisation_id, **({"places_served": ""} | dict(description)))
    _check_kind(listing)
    session.add(listing)
    session.flush()
    access.record(session, actor, "describe", listing, after={"state": listing.state.value})
    return listing


def revise_listing(
    session: Session, actor: Actor, listing_id: uuid.UUID, changes: Mapping[str, Any]
) -> Listing:
    """Change the description; orders keep the terms they were made under.

    Refused when the unit changes although a price or capacity is counted in it, or buyers have seen it.
    """
    listing = own_to_change(session, actor, listing_id)
    changed = {name: value for name, value in changes.items() if getattr(listing, name) != value}
    _check_unit(session, listing, changed)
    if "places_served" in changed:  # free words stand for all of England, or for what is chosen later
        changed |= {"reach": Reach.ENGLAND, "authority_codes": [], "reach_miles": None}
    apply(session, actor, listing, "revise", changed)
    return listing


def apply(session: Session, actor: Actor, listing: Listing, action: str, changes: Mapping[str, Any]) -> None:
    """Change these columns of a listing and keep that its terms changed; nothing happens when none does."""
    changed = {name: value for name, value in changes.items() if getattr(listing, name) != value}
    for name, value in changed.items():
        setattr(listing, name, value)
    _check_kind(listing)
    if changed.keys() - {"answered"}:
        raise_version(session, actor, listing, action, {"columns": sorted(changed.keys() - {"answered"})})


def _check_kind(listing: Listing) -> None:
    found = describing.faults(listing.kind, listing.unit, listing.licence, listing.is_unlimited)
    for field, sentence in found.items():
        raise Refused(sentence, field=field)


def _check_unit(session: Session, listing: Listing, changed: Mapping[str, Any]) -> None:
    if {"unit", "kind"} & changed.keys() and _has(session, listing.id, CapacityPeriod.taken > 0):
        raise Refused("The unit cannot change while units of it are taken.", field="unit")
    if "kind" in changed and listing.published_at is not None:
        raise Refused("It was published as this kind. List another one.", field="kind")
    if "unit" in changed:
        _check_nothing_is_counted(session, listing)
    if changed.get("is_unlimited") and _has(session, listing.id, CapacityPeriod.taken > 0):
        raise Refused("It cannot be without a limit while units of it are taken.", field="is_unlimited")


def _check_nothing_is_counted(session: Session, listing: Listing) -> None:
    """Refused while a figure would silently mean something else: £50 an hour is not £50 a day."""
    one, several = UNIT_WORDS[listing.unit]
    if listing.published_at is not None:
        words = f"It was published, sold by the {one}. List another one, and withdraw this one."
        raise Refused(words, field="unit")
    ahead = (CapacityPeriod.ends_on >= clock.today(), CapacityPeriod.units > 0)
    remedies = {
        "remove its prices": _is_priced(session, listing.id),
        "set its capacity to 0": _has(session, listing.id, *ahead),
    }
    needed = [remedy for remedy, is_needed in remedies.items() if is_needed]
    if needed:
        first = "take it back from review, " if listing.state is ListingState.IN_REVIEW else ""
        words = f"Figures of this listing are counted in {several}. First {first}{' and '.join(needed)}."
        raise Refused(words, field="unit")


def _is_priced(session: Session, listing_id: uuid.UUID) -> bool:
    offered = sa.select(Plan.id).where(Plan.listing_id == listing_id, Plan.is_offered)
    return session.scalars(offered.limit(1)).first() is not None


def move_listing(session: Session, actor: Actor, listing_id: uuid.UUID, move: Move) -> Listing:
    """Publish, take back, pause, resume or withdraw; NotReady when buyers would miss something.

    What a new or unverified seller publishes is sent for review instead: the operator accepts it first.
    """
    check_may_sell(actor)
    if move not in SELLERS_MOVES:
        raise NotPermitted("The operator of Sharewell reviews listings.")
    listing = access.own(session, Listing, listing_id, Listing.seller_id, acting=actor, lock=True)
    states.moved(listing.state, move)
    if move is Move.PUBLISH and reviewing.is_asked(session, listing.seller_id):
        move = Move.SUBMIT
    before, after = listing.state, states.moved(listing.state, move)
    if move in {Move.PUBLISH, Move.SUBMIT, Move.RESUME}:
        check_ready(session, listing)
    _carry_out(session, actor, listing, move)
    access.record(session, actor, move.value, listing, {"state": before.value}, {"state": after.value})
    announce(session, ListingChanged(listing_id))
    if move is Move.WITHDRAW and before in SHOWN:
        announce(session, ListingEnded(listing_id))
    return listing


SELLERS_MOVES = frozenset({Move.PUBLISH, Move.RECALL, Move.PAUSE, Move.RESUME, Move.WITHDRAW})


def _carry_out(session: Session, actor: Actor, listing: Listing, move: Move) -> None:
    if listing.state is ListingState.IN_REVIEW:
        reviewing.recall(session, listing, actor.person_id)
    listing.state = states.moved(listing.state, move)
    if move is Move.SUBMIT:
        reviewing.ask(session, actor, listing)
    if listing.state is ListingState.PUBLISHED:
        show(session, listing, actor.person_id)
    session.flush()


def show(session: Session, listing: Listing, person_id: uuid.UUID) -> None:
    """Buyers see the listing from now on: note when that was first, and keep what they see."""
    listing.published_at = listing.published_at or clock.now()
    session.flush()
    versions.keep(session, listing, person_id)


def own_to_change(session: Session, actor: Actor, listing_id: uuid.UUID) -> Listing:
    """The listing, locked, when it is the actor's to change."""
    check_may_sell(actor)
    listing = access.own(session, Listing, listing_id, Listing.seller_id, acting=actor, lock=True)
    if listing.state is ListingState.WITHDRAWN:
        raise states.ListingWithdrawn
    return listing


def raise_version(
    session: Session,
    actor: Actor,
    listing: Listing,
    action: str,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> None:
    """Keep that the terms changed, in the record and for whoever hears of it; and what buyers see now."""
    listing.version += 1
    session.flush()
    access.record(session, actor, action, listing, before, {"version": listing.version, **after})
    if listing.state is ListingState.PUBLISHED:
        versions.keep(session, listing, actor.person_id)
    announce(session, ListingChanged(listing.id))


def tasks_done(session: Session, listing: Listing) -> set[Task]:
    """The tasks that are complete: what buyers need is there, and what is optional was answered."""
    done = {Task.DESCRIPTION, *(Task(one) for one in listing.answered)} - {Task.CAPACITY, Task.PRICE}
    if listing.places_served:
        done.add(Task.REACH)
    if _is_priced(session, listing.id):
        done.add(Task.PRICE)
    ahead = (CapacityPeriod.ends_on >= clock.today(), CapacityPeriod.units > 0)
    if listing.is_unlimited or _has(session, listing.id, *ahead):
        done.add(Task.CAPACITY)
    return done


def check_ready(session: Session, listing: Listing) -> None:
    """NotReady, saying what to add, unless buyers see everything that they need."""
    lacking = states.lacking(tasks_done(session, listing))
    if lacking:
        raise NotReady(lacking)


def _has(session: Session, listing_id: uuid.UUID, *conditions: sa.ColumnElement[bool]) -> bool:
    """Whether the listing has a capacity period like that."""
    statement = sa.select(CapacityPeriod.id).where(CapacityPeriod.listing_id == listing_id, *conditions)
    return session.scalars(statement.limit(1)).first() is not None
