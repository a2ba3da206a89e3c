"""Orders, the moves they made, and the capacity that they hold."""

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
    Delivery,
    ListingKind,
    VatTreatment,
)
from marketplace.kernel.database import Base, Identified, append_only, choice, owned_by, owned_through
from marketplace.ordering.states import Move, OrderState


class Order(Identified, Base):
    """What a buyer orders of one listing, on the terms that it had when the order was written.

    `quantity` units, schools or bundles (as `basis` counts) at `unit_price_pence` net each, charged by
    `cadence` over `periods` months, terms or years (or once); `net_pence` is the whole of it. What the
    listing and its plan said then is copied, from `title` to `notice_days`: a listing may change, an order
    does not. `schools` are those it is for, with the pupils that are charged
    ({"school_id", "name", "phase", "pupils", "counted_on"}); `term_starts` the first days of the seller's own
    terms. Nobody decides about what they asked
    for, wrote (the last writer is `written_by_id`, the others are in the moves) or sent. `version` counts the
    writings, so that nobody is bound by one that they have not seen.
    """

    __tablename__ = "orders"
    reference: Mapped[str] = mapped_column(sa.String(12), unique=True)
    buyer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"), index=True)
    listing_version: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.String(300))
    description: Mapped[str] = mapped_column(sa.Text)
    delivery: Mapped[Delivery] = mapped_column(choice(Delivery))
    places_served: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[ListingKind] = mapped_column(choice(ListingKind), default=ListingKind.SERVICE)
    licence: Mapped[str | None] = mapped_column(sa.Text, default=None)
    trial_months: Mapped[int | None] = mapped_column(default=None)
    trial_percent: Mapped[int] = mapped_column(default=0)
    trial_terms: Mapped[str | None] = mapped_column(sa.Text, default=None)
    unit: Mapped[CapacityUnit] = mapped_column(choice(CapacityUnit))
    unit_price_pence: Mapped[int]
    cadence: Mapped[Cadence] = mapped_column(choice(Cadence))
    vat_treatment: Mapped[VatTreatment] = mapped_column(choice(VatTreatment))
    plan_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("plans.id"), default=None)
    basis: Mapped[Basis] = mapped_column(choice(Basis), default=Basis.UNIT)
    fixed_pence: Mapped[int] = mapped_column(default=0)
    phase_prices: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    units_each: Mapped[int] = mapped_column(default=1)
    bundle_units: Mapped[int | None] = mapped_column(default=None)
    carried_over: Mapped[int] = mapped_column(default=0)
    minimum_periods: Mapped[int] = mapped_column(default=1)
    notice_days: Mapped[int | None] = mapped_column(default=None)
    is_split_in_april: Mapped[bool] = mapped_column(default=False)
    schools: Mapped[list[Any]] = mapped_column(sa.JSON, default_factory=list)
    term_starts: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True), default=None)
    quantity: Mapped[int]
    starts_on: Mapped[date]
    periods: Mapped[int]
    ends_on: Mapped[date]
    net_pence: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    po_number: Mapped[str | None] = mapped_column(sa.String(50), default=None)
    note: Mapped[str | None] = mapped_column(sa.Text, default=None)
    cost_centre_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("cost_centres.id"), default=None)
    state: Mapped[OrderState] = mapped_column(choice(OrderState), default=OrderState.DRAFT)
    requested_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    written_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    submitted_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    approval_limit_pence: Mapped[int | None] = mapped_column(default=None)
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    placed_at: Mapped[datetime | None] = mapped_column(default=None)
    answer_by_on: Mapped[date | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("buyer_id <> seller_id", name="two_parties"),
        sa.CheckConstraint("quantity > 0 AND periods > 0", name="something_ordered"),
        sa.CheckConstraint("net_pence > 0", name="net_above_zero"),
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
        sa.CheckConstraint("NOT is_split_in_april OR cadence = 'annual'", name="only_years_are_split"),
        sa.CheckConstraint("answer_by_on <= ends_on", name="answered_before_its_end"),
        sa.CheckConstraint("submitted_at IS NULL OR approval_limit_pence IS NOT NULL", name="limit_kept"),
        sa.CheckConstraint(
            "decided_by_id NOT IN (requested_by_id, written_by_id, submitted_by_id)",
            name="decided_by_another",
        ),
        sa.Index("ix_orders_due", "state", "answer_by_on"),
        sa.Index("ix_orders_bought", "buyer_id", "id"),
        sa.Index("ix_orders_sold", "seller_id", "id"),
    )


class OrderMove(Identified, Base):
    """One move of an order, who made it (nobody when its day had come) and why: its history."""

    __tablename__ = "order_moves"
    order_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    move: Mapped[Move] = mapped_column(choice(Move))
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    reason: Mapped[str | None] = mapped_column(sa.String(500), default=None)


append_only(OrderMove.__table__)  # type: ignore[arg-type]


class OrderCapacity(Base):
    """The units that a placed order took of one capacity period: exactly these are given back."""

    __tablename__ = "order_capacity"
    order_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True)
    period_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("capacity_periods.id"), primary_key=True, index=True
    )
    units: Mapped[int]
    __table_args__ = (sa.CheckConstraint("units > 0", name="units_above_zero"),)


owned_by(Order.__table__, "buyer_id", "seller_id")
owned_through(OrderCapacity.__table__, "order_id", "orders")
owned_through(OrderMove.__table__, "order_id", "orders")
