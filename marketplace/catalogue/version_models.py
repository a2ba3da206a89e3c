"""What a listing said whenever buyers could see it, and how the operator reviewed it before."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.states import ReviewState
from marketplace.kernel.database import Base, Identified, append_only, choice, owned_through


class ListingVersion(Identified, Base):
    """The terms of a listing from a change on, with its plans, until the next one; nobody changes them.

    `number` is the listing's version at that time: an order keeps the last one up to its `listing_version`.
    Without a person it was there before versions were kept.
    """

    __tablename__ = "listing_versions"
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"))
    number: Mapped[int]
    terms: Mapped[dict[str, Any]]
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    __table_args__ = (sa.UniqueConstraint("listing_id", "number"),)


class ListingReview(Identified, Base):
    """A listing of a new seller that waits for the operator, and what was decided about which version."""

    __tablename__ = "listing_reviews"
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"), index=True)
    asked_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    state: Mapped[ReviewState] = mapped_column(choice(ReviewState), default=ReviewState.WAITING)
    version: Mapped[int | None] = mapped_column(default=None)
    """That which the operator saw and decided about."""
    reason: Mapped[str | None] = mapped_column(sa.Text, default=None)
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("(state = 'sent-back') = (reason IS NOT NULL)", name="sent_back_for_a_reason"),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="waits_until_decided"),
        sa.Index("ix_listing_reviews_waiting", "state", "id"),
        sa.Index(
            "uq_listing_reviews_waiting",
            "listing_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )


append_only(ListingVersion.__table__)  # type: ignore[arg-type]
owned_through(ListingVersion.__table__, "listing_id", "listings")
owned_through(ListingReview.__table__, "listing_id", "listings")
