"""Listings, their plans and their dated capacity."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.kinds import Cadence, CapacityUnit, Category, Delivery, ListingState, VatTreatment
from marketplace.kernel.database import Base, Identified, choice, owned_through, shared


class Listing(Identified, Base):
    """A service that a trust has to spare; its seller describes it once."""

    __tablename__ = "listings"
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    state: Mapped[ListingState] = mapped_column(choice(ListingState), default=ListingState.DRAFT)
    category: Mapped[Category] = mapped_column(choice(Category))
    title: Mapped[str] = mapped_column(sa.String(120))
    summary: Mapped[str] = mapped_column(sa.String(300))
    description: Mapped[str] = mapped_column(sa.Text)
    delivery: Mapped[Delivery] = mapped_column(choice(Delivery))
    places_served: Mapped[str] = mapped_column(sa.String(200))
    unit: Mapped[CapacityUnit] = mapped_column(choice(CapacityUnit))
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (sa.Index("ix_listings_found", "state", "category"),)


class Plan(Identified, Base):
    """How a listing is charged: the net price of one unit, each month, term or year, or once."""

    __tablename__ = "plans"
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"))
    cadence: Mapped[Cadence] = mapped_column(choice(Cadence))
    unit_price_pence: Mapped[int]
    vat_treatment: Mapped[VatTreatment] = mapped_column(choice(VatTreatment))
    __table_args__ = (
        sa.UniqueConstraint("listing_id", "cadence"),
        sa.CheckConstraint("unit_price_pence >= 0", name="price_not_negative"),
    )


class CapacityPeriod(Identified, Base):
    """So many units that a listing has from one day to another, both included, and how many are taken."""

    __tablename__ = "capacity_periods"
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    units: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        sa.UniqueConstraint("listing_id", "starts_on"),
        sa.CheckConstraint("taken >= 0 AND taken <= units", name="never_oversold"),
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
    )


shared(Listing.__table__, "people look for services", when="state <> 'draft'", writers=("seller_id",))
owned_through(Plan.__table__, "listing_id", "listings")
owned_through(CapacityPeriod.__table__, "listing_id", "listings")
