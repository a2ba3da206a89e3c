"""Waiting lists for tests."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.scheduling import waiting
from marketplace.scheduling.models import WaitingPlace
from marketplace.scheduling.waiting import Wish
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_listing, a_plan, some_capacity
from tests.factories.delegation import a_policy
from tests.factories.ordering import next_month
from tests.factories.trusts import an_actor, an_organisation


def a_buyer(session: Session, limit_pence: int = 10**9, **policy: Any) -> Actor:
    """A buyer of a trust that asks for no approval unless told otherwise."""
    trust = an_organisation(session)
    terms = {"approval_limit_pence": limit_pence, "requires_po_number": False} | policy
    a_policy(session, trust.id, **terms)
    return an_actor(session, trust, Role.BUYER)


def a_seller(session: Session, listing: Listing) -> Actor:
    """Somebody who sells for the listing's trust."""
    return an_actor(session, session.get_one(Organisation, listing.seller_id), Role.SELLER)


def a_scarce_listing(session: Session, units: int = 5, months: int = 6, taken: int = 0) -> Listing:
    """A published listing with few units in each of some months from next month."""
    listing = a_listing(session)
    a_plan(session, listing)
    some_capacity(session, listing, next_month(), add_months(next_month(), months - 1), units, taken)
    return listing


def a_wish(quantity: int = 2, periods: int = 2, starts_on: date | None = None) -> Wish:
    """Two units in two months from next month."""
    return Wish(quantity, starts_on or next_month(), periods)


def a_place(
    session: Session, listing: Listing, buyer: Actor | None = None, wish: Wish | None = None
) -> WaitingPlace:
    """Somebody at the end of the line."""
    return waiting.join_waiting(session, buyer or a_buyer(session), listing.id, wish or a_wish())


def place_now(session: Session, place_id: uuid.UUID) -> WaitingPlace:
    """A place as the database has it."""
    return session.get_one(WaitingPlace, place_id, populate_existing=True)
