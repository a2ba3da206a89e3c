"""Schemes of delegation, cost centres, budgets, and what an organisation undertakes to spend."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.delegation.kinds import SchemeState, UndertakingSource, UndertakingState
from marketplace.kernel.database import Base, Identified, append_only, choice, owned_by, owned_through
from marketplace.trusts.kinds import Role

ORGANISATION = "organisations.id"
PERSON = "people.id"


class CostCentre(Identified, Base):
    """Part of an organisation whose spending is planned apart; a closed one takes no new orders."""

    __tablename__ = "cost_centres"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(ORGANISATION))
    code: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(100))
    is_closed: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (sa.UniqueConstraint("organisation_id", "code"),)


class StoredScheme(Identified, Base):
    """One writing of an organisation's scheme: in force, waiting for a second person, or over.

    Sums are net pence over the whole life of what is bought. An organisation without one has none of its own.
    """

    __tablename__ = "schemes"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(ORGANISATION), index=True)
    second_above_pence: Mapped[int | None] = mapped_column(default=None)
    requires_po_number: Mapped[bool] = mapped_column(default=True)
    stops_over_budget: Mapped[bool] = mapped_column(default=False)
    state: Mapped[SchemeState] = mapped_column(choice(SchemeState))
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(PERSON), default=None)
    """Nobody where it was written before people wrote schemes."""
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(PERSON), default=None)
    """Who confirmed a looser one, or ended one that waited."""
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("second_above_pence >= 0", name="second_not_negative"),
        sa.CheckConstraint("state <> 'waiting' OR decided_by_id IS NULL", name="waiting_is_undecided"),
        sa.CheckConstraint(
            "state = 'withdrawn' OR decided_by_id <> proposed_by_id", name="confirmed_by_another"
        ),
        sa.Index(
            "uq_schemes_in_force",
            "organisation_id",
            unique=True,
            sqlite_where=sa.text("state = 'in-force'"),
            postgresql_where=sa.text("state = 'in-force'"),
        ),
        sa.Index(
            "uq_schemes_waiting",
            "organisation_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )


class StoredRow(Identified, Base):
    """A row of a scheme in its place: a role or a person (neither: nobody needs to), a limit (none: any)."""

    __tablename__ = "scheme_rows"
    scheme_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("schemes.id"))
    place: Mapped[int]
    up_to_pence: Mapped[int | None]
    role: Mapped[Role | None] = mapped_column(choice(Role), default=None)
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(PERSON), default=None)
    cost_centre_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("cost_centres.id"), default=None)
    quotes: Mapped[int] = mapped_column(default=0)
    body: Mapped[str] = mapped_column(sa.String(100), default="")
    __table_args__ = (
        sa.UniqueConstraint("scheme_id", "place"),
        sa.CheckConstraint("up_to_pence >= 0", name="limit_not_negative"),
        sa.CheckConstraint("quotes >= 0", name="quotes_not_negative"),
        sa.CheckConstraint("role IS NULL OR person_id IS NULL", name="a_role_or_a_person"),
        sa.CheckConstraint(
            "up_to_pence IS NOT NULL OR role IS NOT NULL OR person_id IS NOT NULL",
            name="somebody_above_a_limit",
        ),
    )


append_only(StoredRow.__table__)  # type: ignore[arg-type]


class Budget(Identified, Base):
    """What a cost centre may spend in the financial year that begins on a day, net pence."""

    __tablename__ = "budgets"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(ORGANISATION), index=True)
    cost_centre_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("cost_centres.id"))
    year_starts_on: Mapped[date]
    net_pence: Mapped[int]
    __table_args__ = (
        sa.UniqueConstraint("cost_centre_id", "year_starts_on"),
        sa.CheckConstraint("net_pence >= 0", name="net_not_negative"),
    )


class Undertaking(Identified, Base):
    """What an organisation asks to spend, or is bound to: one order, or one commitment to a round.

    `net_pence` is its whole life; `counted_pence` what the limits were compared with when it was asked for
    the `ask`-th time. `category` is in words: what goes to one supplier in one category is added up.
    """

    __tablename__ = "undertakings"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(ORGANISATION))
    source: Mapped[UndertakingSource] = mapped_column(choice(UndertakingSource))
    source_id: Mapped[uuid.UUID]
    path: Mapped[str] = mapped_column(sa.String(200))
    supplier_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(ORGANISATION))
    category: Mapped[str] = mapped_column(sa.String(100))
    title: Mapped[str] = mapped_column(sa.String(250))
    cost_centre_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("cost_centres.id"))
    net_pence: Mapped[int]
    counted_pence: Mapped[int]
    state: Mapped[UndertakingState] = mapped_column(choice(UndertakingState), default=UndertakingState.ASKED)
    ask: Mapped[int] = mapped_column(default=1)
    asked_on: Mapped[date]
    __table_args__ = (
        sa.UniqueConstraint("source", "source_id"),
        sa.CheckConstraint("net_pence >= 0 AND counted_pence >= 0", name="sums_not_negative"),
        sa.Index("ix_undertakings_alike", "organisation_id", "supplier_id", "asked_on"),
        sa.Index("ix_undertakings_cost_centre", "cost_centre_id"),
    )


class UndertakingYear(Identified, Base):
    """The part of an undertaking that falls into one financial year, and what of it was invoiced."""

    __tablename__ = "undertaking_years"
    undertaking_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("undertakings.id"))
    year_starts_on: Mapped[date]
    net_pence: Mapped[int]
    invoiced_pence: Mapped[int] = mapped_column(default=0)
    __table_args__ = (sa.UniqueConstraint("undertaking_id", "year_starts_on"),)


class Approval(Identified, Base):
    """One person's approval of one asking; for somebody away when `absent_id` is given.

    `quotes_note` says which quotes were seen, `over_budget_reason` why it may be spent all the same.
    """

    __tablename__ = "approvals"
    undertaking_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("undertakings.id"))
    ask: Mapped[int]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(PERSON))
    absent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(PERSON), default=None)
    quotes_note: Mapped[str] = mapped_column(sa.String(500), default="")
    over_budget_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    __table_args__ = (
        sa.UniqueConstraint("undertaking_id", "ask", "person_id"),
        sa.CheckConstraint("absent_id <> person_id", name="for_another"),
    )


append_only(Approval.__table__)  # type: ignore[arg-type]


class StandIn(Identified, Base):
    """Somebody approves with another's limit from one London date to another, both included."""

    __tablename__ = "stand_ins"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(ORGANISATION), index=True)
    absent_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(PERSON))
    stand_in_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(PERSON))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """Ended before its last day."""
    __table_args__ = (
        sa.CheckConstraint("absent_id <> stand_in_id", name="two_people"),
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
    )


for _table in (CostCentre, StoredScheme, Budget, Undertaking, StandIn):
    owned_by(_table.__table__, "organisation_id")
owned_through(StoredRow.__table__, "scheme_id", "schemes")
owned_through(UndertakingYear.__table__, "undertaking_id", "undertakings")
owned_through(Approval.__table__, "undertaking_id", "undertakings")
