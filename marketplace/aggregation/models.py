"""Price lists, purchase requests, rounds with their frozen tiers, commitments, awards and savings."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.aggregation.states import (
    CommitmentState,
    PriceListState,
    RequestState,
    RoundState,
    RunState,
)
from marketplace.catalogue.kinds import Category, VatTreatment
from marketplace.kernel.database import (
    Base,
    Identified,
    append_only,
    choice,
    owned_by,
    owned_through,
    sealed_when,
    shared,
)


class PriceList(Identified, Base):
    """What a supplier charges for one thing, falling with the volume; `source` says where it is published."""

    __tablename__ = "price_lists"
    supplier_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    unit: Mapped[str] = mapped_column(sa.String(60))
    unit_plural: Mapped[str] = mapped_column(sa.String(60))
    category: Mapped[Category] = mapped_column(choice(Category))
    vat_treatment: Mapped[VatTreatment] = mapped_column(choice(VatTreatment))
    source: Mapped[str] = mapped_column(sa.String(200))
    published_at: Mapped[datetime]
    state: Mapped[PriceListState] = mapped_column(choice(PriceListState), default=PriceListState.PUBLISHED)


class PriceTier(Identified, Base):
    """From so many units on, every unit costs this, net."""

    __tablename__ = "price_tiers"
    price_list_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("price_lists.id"))
    from_units: Mapped[int]
    unit_price_pence: Mapped[int]
    __table_args__ = (
        sa.UniqueConstraint("price_list_id", "from_units"),
        sa.CheckConstraint("from_units > 0 AND unit_price_pence > 0", name="above_zero"),
    )


append_only(PriceTier.__table__)  # type: ignore[arg-type]


class PurchaseRequest(Identified, Base):
    """A need of a trust: others see what and how much, never its ceiling or today's unit price."""

    __tablename__ = "purchase_requests"
    trust_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    category: Mapped[Category] = mapped_column(choice(Category))
    unit_plural: Mapped[str] = mapped_column(sa.String(60))
    quantity: Mapped[int]
    ceiling_pence: Mapped[int]
    baseline_pence: Mapped[int | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[RequestState] = mapped_column(choice(RequestState), default=RequestState.OPEN)
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity_above_zero"),
        sa.CheckConstraint("ceiling_pence > 0", name="ceiling_above_zero"),
        sa.CheckConstraint("baseline_pence >= 0", name="baseline_not_negative"),
        sa.Index("ix_purchase_requests_state", "state"),
    )


class Round(Identified, Base):
    """A pooled purchase that a lead trust runs on one supplier's price list, as it was at the start.

    `closes_at` is the end of the London day `closes_on`. The price of the award is pence a unit, net.
    """

    __tablename__ = "rounds"
    reference: Mapped[str] = mapped_column(sa.String(12), unique=True)
    lead_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    supplier_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    price_list_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("price_lists.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    specification: Mapped[str] = mapped_column(sa.Text)
    category: Mapped[Category] = mapped_column(choice(Category))
    unit: Mapped[str] = mapped_column(sa.String(60))
    unit_plural: Mapped[str] = mapped_column(sa.String(60))
    vat_treatment: Mapped[VatTreatment] = mapped_column(choice(VatTreatment))
    source: Mapped[str] = mapped_column(sa.String(200))
    closes_on: Mapped[date]
    closes_at: Mapped[datetime]
    starts_on: Mapped[date]
    months: Mapped[int]
    minimum_units: Mapped[int]
    state: Mapped[RoundState] = mapped_column(choice(RoundState), default=RoundState.GATHERING)
    award_price_pence: Mapped[int | None] = mapped_column(default=None)
    awarded_units: Mapped[int | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was awarded, found unsuccessful or cancelled."""
    reason: Mapped[str | None] = mapped_column(sa.String(500), default=None)
    """Why it closed early or was cancelled; everybody sees it."""
    __table_args__ = (
        sa.CheckConstraint("lead_id <> supplier_id", name="two_parties"),
        sa.CheckConstraint("minimum_units >= 1", name="minimum_above_zero"),
        sa.CheckConstraint("months >= 1", name="months_above_zero"),
        sa.CheckConstraint("starts_on > closes_on", name="starts_after_close"),
        sa.CheckConstraint(
            "state NOT IN ('awarded', 'contracted', 'complete') OR award_price_pence > 0",
            name="award_has_price",
        ),
        sa.Index("ix_rounds_state", "state", "closes_on"),
    )


class RoundTier(Identified, Base):
    """The supplier's tier as it was when the round started."""

    __tablename__ = "round_tiers"
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"))
    from_units: Mapped[int]
    unit_price_pence: Mapped[int]
    __table_args__ = (
        sa.UniqueConstraint("round_id", "from_units"),
        sa.CheckConstraint("from_units > 0 AND unit_price_pence > 0", name="above_zero"),
    )


append_only(RoundTier.__table__)  # type: ignore[arg-type]


class Commitment(Identified, Base):
    """What a trust binds itself to take in a round, at any price up to its ceiling (pence a unit, net).

    The ceiling and the baseline (today's unit price, frozen for the saving) are private to the trust. A
    decided commitment is sealed: what it was is what was awarded.
    """

    __tablename__ = "commitments"
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"))
    trust_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    purchase_request_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("purchase_requests.id"), index=True, default=None
    )
    quantity: Mapped[int]
    ceiling_pence: Mapped[int]
    baseline_pence: Mapped[int | None] = mapped_column(default=None)
    po_number: Mapped[str | None] = mapped_column(sa.String(50), default=None)
    cost_centre_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("cost_centres.id"), default=None)
    state: Mapped[CommitmentState] = mapped_column(choice(CommitmentState))
    requested_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    approved_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    contract_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("contracts.id"), unique=True, default=None
    )
    reason: Mapped[str | None] = mapped_column(sa.String(500), default=None)
    """Why it was served, not served or withdrawn; it may name the ceiling: only the trust itself sees it."""
    __table_args__ = (
        sa.UniqueConstraint("round_id", "trust_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_above_zero"),
        sa.CheckConstraint("ceiling_pence > 0", name="ceiling_above_zero"),
        sa.CheckConstraint("baseline_pence >= 0", name="baseline_not_negative"),
        sa.CheckConstraint("approved_by_id <> requested_by_id", name="approved_by_another"),
        sa.CheckConstraint("(state = 'served') = (contract_id IS NOT NULL)", name="served_has_contract"),
    )


sealed_when(
    Commitment.__table__,  # type: ignore[arg-type]
    "OLD.state IN ('served', 'unserved')",
    "commitments_decided",
    "a decided commitment is sealed",
    ("UPDATE", "DELETE"),
)


class CommitmentHand(Identified, Base):
    """Somebody who wrote figures of a commitment since it was last committed anew: they cannot approve it."""

    __tablename__ = "commitment_hands"
    commitment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("commitments.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    __table_args__ = (sa.UniqueConstraint("commitment_id", "person_id"),)


class AwardRun(Identified, Base):
    """The working out of a closed round's award, as everybody may see it; made when the lead closes.

    `value_pence` is the surplus under the ceilings so far and `bound_pence` what no award exceeds: they stand
    here only while they are worked out, and only of so many trusts that they tell of no ceiling. `gap` is
    (bound - value) / value. A solved one is sealed: it is the proof of its award.
    """

    __tablename__ = "award_runs"
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), unique=True)
    lead_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    closed_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    digest: Mapped[str] = mapped_column(sa.String(64))
    firm: Mapped[int]
    """How many trusts were firm at the close."""
    lots: Mapped[int] = mapped_column(default=1)
    lots_done: Mapped[int] = mapped_column(default=0)
    state: Mapped[RunState] = mapped_column(choice(RunState), default=RunState.WAITING)
    tries: Mapped[int] = mapped_column(default=1)
    """How often the lead has asked for it."""
    gap: Mapped[float | None] = mapped_column(sa.Float, default=None)
    value_pence: Mapped[int | None] = mapped_column(default=None)
    bound_pence: Mapped[int | None] = mapped_column(default=None)
    violations: Mapped[int | None] = mapped_column(default=None)
    """How much the verifier found wrong; None before it has looked."""
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(sa.String(500), default=None)
    """What went wrong, for the lead and the operator."""
    __table_args__ = (
        sa.CheckConstraint("lots_done BETWEEN 0 AND lots", name="lots_counted"),
        sa.CheckConstraint("bound_pence >= value_pence", name="within_its_bound"),
        sa.CheckConstraint(
            "state <> 'solved' OR (violations = 0 AND gap >= 0 AND finished_at IS NOT NULL "
            "AND value_pence IS NULL AND bound_pence IS NULL)",
            name="solved_is_checked",
        ),
    )


sealed_when(
    AwardRun.__table__,  # type: ignore[arg-type]
    "OLD.state = 'solved'",
    "award_runs_solved",
    "a solved award is sealed",
    ("UPDATE", "DELETE"),
)


class AwardCase(Identified, Base):
    """What an award is worked out from, ceilings and all: no organisation reads it, only the job.

    `salt` keeps the published digest from being guessed. `lines` are the engine's own answer.
    """

    __tablename__ = "award_cases"
    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("award_runs.id"), unique=True)
    salt: Mapped[str] = mapped_column(sa.String(32))
    document: Mapped[dict[str, Any]]
    lines: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True), default=None)


sealed_when(
    AwardCase.__table__,  # type: ignore[arg-type]
    "OLD.lines IS NOT NULL",
    "award_cases_solved",
    "a solved award is sealed",
    ("UPDATE", "DELETE"),
)


class Saving(Identified, Base):
    """What a contract of an award saves against the baseline that was frozen with the commitment.

    `potential_pence` is (baseline - price) * quantity and may be negative; `realised_pence` is its part by
    what was invoiced so far.
    """

    __tablename__ = "savings"
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), unique=True)
    trust_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    baseline_pence: Mapped[int]
    potential_pence: Mapped[int]
    invoiced_pence: Mapped[int] = mapped_column(default=0)
    realised_pence: Mapped[int] = mapped_column(default=0)


shared(PriceList.__table__, "trusts start rounds with them", writers=("supplier_id",))
owned_through(PriceTier.__table__, "price_list_id", "price_lists")
owned_by(PurchaseRequest.__table__, "trust_id")
shared(Round.__table__, "every trust may join", writers=("lead_id", "supplier_id"))
owned_through(RoundTier.__table__, "round_id", "rounds")
owned_by(Commitment.__table__, "trust_id")
owned_through(CommitmentHand.__table__, "commitment_id", "commitments")
owned_by(Saving.__table__, "trust_id")
shared(AwardRun.__table__, "trusts follow the award of a round", writers=("lead_id",))
owned_by(AwardCase.__table__)
