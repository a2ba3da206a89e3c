"""Subscriptions and their charge periods."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.subscriptions.states import SubscriptionState
from marketplace.kernel.database import Base, Identified, choice, owned_by, owned_through


class Subscription(Identified, Base):
    """What one contract charges."""

    __tablename__ = "subscriptions"
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), unique=True)
    buyer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    state: Mapped[SubscriptionState] = mapped_column(
        choice(SubscriptionState), default=SubscriptionState.ACTIVE
    )
    __table_args__ = (sa.CheckConstraint("buyer_id <> seller_id", name="two_parties"),)


class ChargePeriod(Identified, Base):
    """One period, both days included, and its net in pence; it is invoiced from `due_on`."""

    __tablename__ = "charge_periods"
    subscription_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("subscriptions.id"))
    idx: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    net_pence: Mapped[int]
    __table_args__ = (
        sa.UniqueConstraint("subscription_id", "idx"),
        sa.UniqueConstraint("subscription_id", "starts_on"),
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
        sa.CheckConstraint("net_pence >= 0", name="net_not_negative"),
    )


owned_by(Subscription.__table__, "buyer_id", "seller_id")
owned_through(ChargePeriod.__table__, "subscription_id", "subscriptions")
