"""What buyers find, and what a seller has listed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.availability import Period
from marketplace.catalogue.kinds import Cadence, CapacityUnit, Category, Delivery, ListingState, VatTreatment
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.kernel.errors import NotFound
from marketplace.trusts.models import Organisation


@dataclass(frozen=True)
class OfferedPlan:
    """The net price of one unit in pence, and how often it is charged."""

    plan_id: uuid.UUID
    cadence: Cadence
    unit_price_pence: int
    vat_treatment: VatTreatment


@dataclass(frozen=True)
class Offer:
    """Everything that a listing's page and an order of it need; `capacity` is by date."""

    id: uuid.UUID
    seller_id: uuid.UUID
    seller_name: str
    state: ListingState
    category: Category
    title: str
    summary: str
    description: str
    delivery: Delivery
    places_served: str
    unit: CapacityUnit
    published_at: datetime | None
    version: int
    plans: tuple[OfferedPlan, ...]
    capacity: tuple[Period, ...]


def offer(session: Session, listing_id: uuid.UUID) -> Offer:
    """A published listing; NotFound for every other."""
    return _offer(session, listing_id, Listing.state == ListingState.PUBLISHED)


def own_listing(session: Session, organisation_id: uuid.UUID, listing_id: uuid.UUID) -> Offer:
    """A listing of the organisation's own, in any state; NotFound for another's."""
    return _offer(session, listing_id, Listing.seller_id == organisation_id)


def visible(session: Session, organisation_id: uuid.UUID | None, listing_id: uuid.UUID) -> Offer:
    """A published listing, or one of the organisation's own (None: nobody is signed in); else NotFound."""
    published = Listing.state == ListingState.PUBLISHED
    mine = sa.false() if organisation_id is None else Listing.seller_id == organisation_id
    return _offer(session, listing_id, sa.or_(published, mine))


def capacity_of(session: Session, listing_id: uuid.UUID) -> list[Period]:
    """The listing's periods by date."""
    statement = sa.select(*_PERIOD).where(CapacityPeriod.listing_id == listing_id)
    return [Period(*row) for row in session.execute(statement.order_by(CapacityPeriod.starts_on))]


_PERIOD = (
    CapacityPeriod.id,
    CapacityPeriod.starts_on,
    CapacityPeriod.ends_on,
    CapacityPeriod.units,
    CapacityPeriod.taken,
)
_LISTING = (
    Listing.id,
    Listing.seller_id,
    Organisation.name.label("seller_name"),
    Listing.state,
    Listing.category,
    Listing.title,
    Listing.summary,
    Listing.description,
    Listing.delivery,
    Listing.places_served,
    Listing.unit,
    Listing.published_at,
    Listing.version,
)


def _offer(session: Session, listing_id: uuid.UUID, condition: sa.ColumnElement[bool]) -> Offer:
    statement = (
        sa.select(*_LISTING)
        .join(Organisation, Organisation.id == Listing.seller_id)
        .where(Listing.id == listing_id, condition)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    plans = _plans(session, [listing_id])
    return Offer(
        *row, plans=tuple(plans.get(listing_id, ())), capacity=tuple(capacity_of(session, listing_id))
    )


def _plans(session: Session, listing_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[OfferedPlan]]:
    """The plans of several listings at once."""
    statement = (
        sa.select(Plan.listing_id, Plan.id, Plan.cadence, Plan.unit_price_pence, Plan.vat_treatment)
        .where(Plan.listing_id.in_(listing_ids))
        .order_by(Plan.id)
    )
    found: dict[uuid.UUID, list[OfferedPlan]] = {}
    for listing_id, *columns in session.execute(statement):
        found.setdefault(listing_id, []).append(OfferedPlan(*columns))
    return found
