"""The contract register: what billing charges for and what savings are measured against."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.kinds import Cadence, Delivery, ListingKind, VatTreatment
from marketplace.contracts.states import ContractSource, ContractState
from marketplace.kernel.database import Base, Identified, choice, owned_by


class Contract(Identified, Base):
    """One buyer, one supplier, and the terms as they were when it was signed.

    `quantity` units at `unit_price_pence` net each, charged by `cadence` for `periods` months, terms or years
    (or once). Where a charge is made of several lines, `price_lines` has them ({"words", "quantity", "unit",
    "unit_price_pence"}), and `unit_price_pence` is their sum. A buyer may end it early `notice_days` after
    saying so, once it has lasted `minimum_periods`; without them never. `term_starts` are the first
    days of the supplier's own terms. `source` and `source_id` say which order or award it came from. What was
    ordered is described in the listing's words of then, from `summary` to `places_served`; an award leaves
    them empty. The supplier signed last, at `created_at`; who signed is empty where nobody said so.
    """

    __tablename__ = "contracts"
    reference: Mapped[str] = mapped_column(sa.String(12), unique=True)
    buyer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    supplier_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    source: Mapped[ContractSource] = mapped_column(choice(ContractSource))
    source_id: Mapped[uuid.UUID]
    title: Mapped[str] = mapped_column(sa.String(200))
    unit: Mapped[str] = mapped_column(sa.String(60))
    quantity: Mapped[int]
    unit_price_pence: Mapped[int]
    cadence: Mapped[Cadence] = mapped_column(choice(Cadence))
    periods: Mapped[int]
    vat_treatment: Mapped[VatTreatment] = mapped_column(choice(VatTreatment))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    net_pence: Mapped[int]
    summary: Mapped[str | None] = mapped_column(sa.String(300), default=None)
    description: Mapped[str | None] = mapped_column(sa.Text, default=None)
    delivery: Mapped[Delivery | None] = mapped_column(choice(Delivery), default=None)
    places_served: Mapped[str | None] = mapped_column(sa.String(200), default=None)
    kind: Mapped[ListingKind | None] = mapped_column(choice(ListingKind), default=None)
    licence: Mapped[str | None] = mapped_column(sa.Text, default=None)
    trial_months: Mapped[int | None] = mapped_column(default=None)
    trial_percent: Mapped[int] = mapped_column(default=0)
    trial_terms: Mapped[str | None] = mapped_column(sa.Text, default=None)
    po_number: Mapped[str | None] = mapped_column(sa.String(50), default=None)
    buyer_signed_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    buyer_signed_at: Mapped[datetime | None] = mapped_column(default=None)
    supplier_signed_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    price_lines: Mapped[list[Any]] = mapped_column(sa.JSON, default_factory=list)
    term_starts: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True), default=None)
    minimum_periods: Mapped[int] = mapped_column(default=1)
    notice_days: Mapped[int | None] = mapped_column(default=None)
    is_split_in_april: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ContractState] = mapped_column(choice(ContractState), default=ContractState.ACTIVE)
    __table_args__ = (
        sa.UniqueConstraint("source", "source_id"),
        sa.CheckConstraint("buyer_id <> supplier_id", name="two_parties"),
        sa.CheckConstraint("quantity > 0", name="quantity_above_zero"),
        sa.CheckConstraint("net_pence >= 0", name="net_not_negative"),
        sa.CheckConstraint("NOT is_split_in_april OR cadence = 'annual'", name="only_years_are_split"),
        sa.Index("ix_contracts_bought", "buyer_id", "id"),
        sa.Index("ix_contracts_supplied", "supplier_id", "id"),
    )


owned_by(Contract.__table__, "buyer_id", "supplier_id")
