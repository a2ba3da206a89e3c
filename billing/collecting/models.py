"""Asking for payment, and facts about money received."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.collecting.states import LIVE, AttemptState
from billing.gateways.port import FactKind
from marketplace.kernel.database import Base, Identified, append_only, choice, owned_through

_LIVE = f"state IN ({', '.join(repr(state.value) for state in sorted(LIVE, key=lambda state: state.value))})"


class PaymentAttempt(Identified, Base):
    """One asking for the payment of an invoice through one gateway; the amount in pence, gross."""

    __tablename__ = "payment_attempts"
    invoice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invoices.id"))
    no: Mapped[int]
    gateway: Mapped[str] = mapped_column(sa.String(20))
    amount_pence: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[AttemptState] = mapped_column(choice(AttemptState), default=AttemptState.PLANNED)
    external_ref: Mapped[str | None] = mapped_column(sa.String(80), default=None)
    __table_args__ = (
        sa.UniqueConstraint("invoice_id", "no"),
        sa.Index(
            "ix_payment_attempts_live",
            "invoice_id",
            unique=True,
            sqlite_where=sa.text(_LIVE),
            postgresql_where=sa.text(_LIVE),
        ),
        sa.Index(
            "ix_payment_attempts_external_ref",
            "gateway",
            "external_ref",
            unique=True,
            sqlite_where=sa.text(_LIVE),
            postgresql_where=sa.text(_LIVE),
        ),
        sa.CheckConstraint("amount_pence > 0", name="amount_above_zero"),
    )


class Fact(Identified, Base):
    """Money that moved, in pence; a fact of a gateway is stored once and never changed.

    A receipt recorded by mistake is not taken away: a reversal with its `external_id` stands beside it.
    """

    __tablename__ = "facts"
    gateway: Mapped[str] = mapped_column(sa.String(20))
    kind: Mapped[FactKind] = mapped_column(choice(FactKind))
    external_id: Mapped[str] = mapped_column(sa.String(80))
    object_ref: Mapped[str] = mapped_column(sa.String(100))
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    invoice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invoices.id"), index=True)
    amount_pence: Mapped[int]
    value_on: Mapped[date]
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    __table_args__ = (
        sa.UniqueConstraint("gateway", "kind", "external_id"),
        sa.CheckConstraint("amount_pence > 0", name="amount_above_zero"),
    )


append_only(Fact.__table__)  # type: ignore[arg-type]

owned_through(PaymentAttempt.__table__, "invoice_id", "invoices")
owned_through(Fact.__table__, "invoice_id", "invoices")
