"""Listings, their plans and their dated capacity."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.kinds import (
    Basis,
    Cadence,
    CapacityUnit,
    Category,
    Delivery,
    ListingKind,
    ListingState,
    Reach,
    VatTreatment,
)
from marketplace.kernel.database import Base, Identified, choice, owned_through, shared
from marketplace.trusts.partnership_models import ACTING_BELONGS


class Listing(Identified, Base):
    """A service or a piece of knowledge that a trust has to spare; its seller describes it once.

    `phases` and `authority_codes` hold values of Phase and codes of the schools register; no phase means
    every phase. A trial costs `trial_percent` of the price for `trial_months`; without months there is none.
    With a partnership only its members find the listing. What is unlimited has no capacity periods.
    `posts`, `insurances` and `evidence` are as assurance.py stores them; `answered` names the tasks that the
    seller has saved, so that "no trial" is known from "not said".
    """

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
    kind: Mapped[ListingKind] = mapped_column(choice(ListingKind), default=ListingKind.SERVICE)
    licence: Mapped[str | None] = mapped_column(sa.Text, default=None)
    is_unlimited: Mapped[bool] = mapped_column(default=False)
    phases: Mapped[list[Any]] = mapped_column(sa.JSON, default_factory=list)
    reach: Mapped[Reach] = mapped_column(choice(Reach), default=Reach.ENGLAND)
    authority_codes: Mapped[list[Any]] = mapped_column(sa.JSON, default_factory=list)
    reach_miles: Mapped[int | None] = mapped_column(default=None)
    trial_months: Mapped[int | None] = mapped_column(default=None)
    trial_percent: Mapped[int] = mapped_column(default=0)
    trial_terms: Mapped[str | None] = mapped_column(sa.Text, default=None)
    partnership_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("partnerships.id"), index=True, default=None
    )
    posts: Mapped[list[Any]] = mapped_column(sa.JSON, default_factory=list)
    insurances: Mapped[list[Any]] = mapped_column(sa.JSON, default_factory=list)
    evidence: Mapped[list[Any]] = mapped_column(sa.JSON, default_factory=list)
    answered: Mapped[list[Any]] = mapped_column(sa.JSON, default_factory=list)
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.CheckConstraint("(reach = 'distance') = (reach_miles IS NOT NULL)", name="distance_in_miles"),
        sa.CheckConstraint("reach_miles > 0", name="distance_above_zero"),
        sa.CheckConstraint("trial_months BETWEEN 1 AND 18", name="trial_of_18_months_at_most"),
        sa.CheckConstraint("trial_percent BETWEEN 0 AND 99", name="trial_is_cheaper"),
        sa.CheckConstraint("NOT is_unlimited OR kind <> 'service'", name="only_knowledge_is_unlimited"),
        sa.Index("ix_listings_found", "state", "category"),
    )


class Plan(Identified, Base):
    """One way in which a listing is charged: each month, term or year, or once.

    `unit_price_pence` is the net price of what the basis names (one unit, school or pupil, the whole, or a
    bundle of `bundle_units`); schools and pupils may have another price by phase in `phase_prices`
    ({phase: pence}). `fixed_pence` comes on top in every charge. An order takes `units_each` units of
    capacity for each school, or for the whole. Of an unused bundle up to `carried_over` units go into the
    next charge period. An order lasts `minimum_periods` charge periods at least, and can end early
    `notice_days` after notice; without them it cannot. A year may be charged in two parts, split in April.
    """

    __tablename__ = "plans"
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"))
    cadence: Mapped[Cadence] = mapped_column(choice(Cadence))
    unit_price_pence: Mapped[int]
    vat_treatment: Mapped[VatTreatment] = mapped_column(choice(VatTreatment))
    basis: Mapped[Basis] = mapped_column(choice(Basis), default=Basis.UNIT)
    fixed_pence: Mapped[int] = mapped_column(default=0)
    phase_prices: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    units_each: Mapped[int] = mapped_column(default=1)
    bundle_units: Mapped[int | None] = mapped_column(default=None)
    carried_over: Mapped[int] = mapped_column(default=0)
    minimum_periods: Mapped[int] = mapped_column(default=1)
    notice_days: Mapped[int | None] = mapped_column(default=None)
    is_split_in_april: Mapped[bool] = mapped_column(default=False)
    is_offered: Mapped[bool] = mapped_column(default=True)
    """Orders name the plan that they were made by, so that one which is taken away stays."""
    __table_args__ = (
        sa.UniqueConstraint("listing_id", "cadence", "basis"),
        sa.CheckConstraint("unit_price_pence >= 0 AND fixed_pence >= 0", name="price_not_negative"),
        sa.CheckConstraint("units_each > 0 AND minimum_periods > 0", name="at_least_one"),
        sa.CheckConstraint("(basis = 'bundle') = (bundle_units IS NOT NULL)", name="bundle_has_units"),
        sa.CheckConstraint("bundle_units > 0", name="bundle_above_zero"),
        sa.CheckConstraint("carried_over >= 0 AND notice_days >= 0", name="not_negative"),
        sa.CheckConstraint("NOT is_split_in_april OR cadence = 'annual'", name="only_years_are_split"),
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


MEMBERS_ONLY = (
    "partnership_id IS NULL OR EXISTS (SELECT 1 FROM partnership_memberships AS member "  # noqa: S608  our own words
    f"WHERE member.partnership_id = listings.partnership_id AND {ACTING_BELONGS})"
)
shared(
    Listing.__table__,
    "people look for services; those of a partnership are its members' own",
    when=f"state NOT IN ('draft', 'in-review') AND ({MEMBERS_ONLY})",
    named=("partnership_id",),
    writers=("seller_id",),
)
owned_through(Plan.__table__, "listing_id", "listings")
owned_through(CapacityPeriod.__table__, "listing_id", "listings")
