"""Listings for tests."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue import availability
from marketplace.catalogue.kinds import Cadence, CapacityUnit, Category, Delivery, ListingState, VatTreatment
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.catalogue.pricing import add_months
from marketplace.finding import indexing
from marketplace.kernel import clock
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation
from tests.factories.trusts import an_organisation

_numbers = itertools.count(1)


def a_listing(session: Session, seller: Organisation | None = None, **more: Any) -> Listing:
    """A published listing without price or capacity, of a new trust unless one is given."""
    number = next(_numbers)
    columns: dict[str, Any] = {
        "state": ListingState.PUBLISHED,
        "category": Category.ESTATES,
        "title": f"Estates manager {number}",
        "summary": "A qualified estates manager for your schools",
        "description": "Condition surveys, contractors and compliance.",
        "delivery": Delivery.ON_SITE,
        "places_served": "Devon",
        "unit": CapacityUnit.DAY,
    }
    columns["published_at"] = (
        clock.now() if more.get("state", columns["state"]) != ListingState.DRAFT else None
    )
    seller_id = (seller or an_organisation(session)).id
    listing = Listing(seller_id=seller_id, **(columns | more))
    session.add(listing)
    session.flush()
    return listing


def a_plan(
    session: Session,
    listing: Listing,
    cadence: Cadence = Cadence.MONTHLY,
    unit_price_pence: int = 26_500,
    vat_treatment: VatTreatment = VatTreatment.STANDARD,
) -> Plan:
    """How the listing is charged: £265.00 a unit each month unless told otherwise."""
    plan = Plan(
        listing_id=listing.id,
        cadence=cadence,
        unit_price_pence=unit_price_pence,
        vat_treatment=vat_treatment,
    )
    session.add(plan)
    session.flush()
    return plan


def some_capacity(
    session: Session, listing: Listing, first: date, last: date, units: int = 10, taken: int = 0
) -> list[CapacityPeriod]:
    """So many units in each month from that of `first` to that of `last`."""
    periods = [
        CapacityPeriod(listing_id=listing.id, starts_on=starts_on, ends_on=ends_on, units=units, taken=taken)
        for starts_on, ends_on in availability.months(first, last)
    ]
    session.add_all(periods)
    session.flush()
    return periods


def a_known_seller(session: Session, **more: Any) -> Organisation:
    """A verified trust that had a listing accepted before: what it publishes is seen at once."""
    seller = an_organisation(session, **({"standing": Standing.VERIFIED} | more))
    a_listing(session, seller, state=ListingState.WITHDRAWN)
    return seller


def an_offer(session: Session, seller: Organisation | None = None, units: int = 10, **more: Any) -> Listing:
    """A published listing with a monthly price and capacity in the next 24 months, which buyers find."""
    listing = a_listing(session, seller, **more)
    a_plan(session, listing)
    today = clock.today()
    some_capacity(session, listing, today, add_months(today, 23), units)
    indexing.index_listing(session, listing.id)
    return listing
