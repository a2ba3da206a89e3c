"""Describing, pricing and publishing listings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import states
from marketplace.catalogue.events import ListingChanged
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.catalogue.states import Move
from marketplace.kernel import clock
from marketplace.kernel.errors import NotPermitted, Refused
from marketplace.kernel.events import announce
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, Role


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
    """A new draft of the actor's organisation, with the columns of the schema DescribeListing."""
    check_may_sell(actor)
    listing = Listing(seller_id=actor.organisation_id, **description)
    session.add(listing)
    session.flush()
    access.record(session, actor, "describe", listing, after={"state": listing.state.value})
    return listing


def revise_listing(
    session: Session, actor: Actor, listing_id: uuid.UUID, changes: Mapping[str, Any]
) -> Listing:
    """Change the description; orders keep the terms they were made under.

    Refused when the unit changes although units are taken: what was sold by the day stays days.
    """
    listing = own_to_change(session, actor, listing_id)
    changed = {name: value for name, value in changes.items() if getattr(listing, name) != value}
    if "unit" in changed and _has(session, listing_id, CapacityPeriod.taken > 0):
        raise Refused("The unit cannot change while units of it are taken.", field="unit")
    for name, value in changed.items():
        setattr(listing, name, value)
    if changed:
        raise_version(session, actor, listing, "revise", {"columns": sorted(changed)})
    return listing


def move_listing(session: Session, actor: Actor, listing_id: uuid.UUID, move: Move) -> Listing:
    """Publish, pause, resume or withdraw; NotReady when buyers would miss a price or capacity."""
    check_may_sell(actor)
    listing = access.own(session, Listing, listing_id, Listing.seller_id, acting=actor, lock=True)
    before, after = listing.state, states.moved(listing.state, move)
    if after is ListingState.PUBLISHED:
        _check_ready(session, listing_id)
        listing.published_at = listing.published_at or clock.now()
    listing.state = after
    session.flush()
    access.record(session, actor, move.value, listing, {"state": before.value}, {"state": after.value})
    announce(session, ListingChanged(listing_id))
    return listing


def own_to_change(session: Session, actor: Actor, listing_id: uuid.UUID) -> Listing:
    """The listing, locked, when it is the actor's to change."""
    check_may_sell(actor)
    listing = access.own(session, Listing, listing_id, Listing.seller_id, acting=actor, lock=True)
    if listing.state is ListingState.WITHDRAWN:
        raise states.ListingWithdrawn
    return listing


def raise_version(
    session: Session, actor: Actor, listing: Listing, action: str, after: Mapping[str, Any]
) -> None:
    """Keep that the terms changed, in the record and for whoever hears of it."""
    listing.version += 1
    session.flush()
    access.record(session, actor, action, listing, after={"version": listing.version, **after})
    announce(session, ListingChanged(listing.id))


def _check_ready(session: Session, listing_id: uuid.UUID) -> None:
    has_price = session.scalars(
        sa.select(Plan.id).where(Plan.listing_id == listing_id, Plan.is_offered).limit(1)
    ).first()
    ahead = _has(session, listing_id, CapacityPeriod.ends_on >= clock.today(), CapacityPeriod.units > 0)
    lacking = states.lacking(has_price is not None, ahead)
    if lacking:
        raise NotReady(lacking)


def _has(session: Session, listing_id: uuid.UUID, *conditions: sa.ColumnElement[bool]) -> bool:
    """Whether the listing has a capacity period like that."""
    statement = sa.select(CapacityPeriod.id).where(CapacityPeriod.listing_id == listing_id, *conditions)
    return session.scalars(statement.limit(1)).first() is not None
