"""Who waits for capacity and what is held for them; rules and files that set it; calendar addresses."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.kinds import Cadence
from marketplace.kernel.database import Base, Identified, choice, owned_by, owned_through
from marketplace.scheduling.kinds import LIVE, RuleKind, WaitingState

STILL_WAITS = f"state IN ({', '.join(repr(state.value) for state in LIVE)})"


class WaitingPlace(Identified, Base):
    """A buyer that waits for units of a listing; the line is in the order of the identifiers.

    `plan_id` and `cadence` say how it would be charged over `periods` until `ends_on`, as agreeing.py finds
    them: `asked_periods` were asked, and the shortest order may be longer. While offered the units are held
    for the buyer until `answer_by_on`, a London day, has passed.
    """

    __tablename__ = "waiting_places"
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"))
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    joined_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    quantity: Mapped[int]
    plan_id: Mapped[uuid.UUID]
    cadence: Mapped[Cadence] = mapped_column(choice(Cadence))
    starts_on: Mapped[date]
    periods: Mapped[int]
    asked_periods: Mapped[int]
    ends_on: Mapped[date]
    state: Mapped[WaitingState] = mapped_column(choice(WaitingState), default=WaitingState.WAITING)
    answer_by_on: Mapped[date | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("quantity > 0 AND periods > 0 AND asked_periods > 0", name="something_wanted"),
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
        sa.CheckConstraint("(state = 'offered') = (answer_by_on IS NOT NULL)", name="offered_until_a_day"),
        sa.CheckConstraint("buyer_id <> seller_id", name="two_parties"),
        sa.Index("ix_waiting_places_line", "listing_id", "state"),
        sa.Index(
            "uq_waiting_places_once",
            "listing_id",
            "buyer_id",
            unique=True,
            sqlite_where=sa.text(STILL_WAITS),
            postgresql_where=sa.text(STILL_WAITS),
        ),
    )


class CapacityHold(Identified, Base):
    """The units of one capacity period that are taken for somebody who waited, until they order."""

    __tablename__ = "capacity_holds"
    place_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("waiting_places.id"))
    period_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("capacity_periods.id"), index=True)
    units: Mapped[int]
    __table_args__ = (
        sa.UniqueConstraint("place_id", "period_id"),
        sa.CheckConstraint("units > 0", name="units_above_zero"),
    )


class CapacityRule(Identified, Base):
    """A rule by which a seller set the capacity of a listing; it can be looked at and applied again."""

    __tablename__ = "capacity_rules"
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"), index=True)
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    kind: Mapped[RuleKind] = mapped_column(choice(RuleKind))
    first_month: Mapped[date]
    last_month: Mapped[date]
    units: Mapped[int]
    weekdays: Mapped[list[Any]] = mapped_column(sa.JSON)
    except_months: Mapped[list[Any]] = mapped_column(sa.JSON)
    leaves_out_bank_holidays: Mapped[bool]
    leaves_out_school_holidays: Mapped[bool]
    left_out: Mapped[str | None] = mapped_column(sa.Text, default=None)
    applied_at: Mapped[datetime]
    __table_args__ = (
        sa.CheckConstraint("units >= 0", name="not_negative"),
        sa.CheckConstraint("first_month <= last_month", name="ends_after_start"),
    )


class CapacityUpload(Identified, Base):
    """The rows of an uploaded file as they were typed, until they are stored together or forgotten.

    `listing_id` is the listing of every row where the file names none. `content` has "table" (the file as
    rows of text), "matched" ({place of a heading: column, or nothing}) and, once matched, "rows".
    """

    __tablename__ = "capacity_uploads"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    listing_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("listings.id"), default=None)
    file_name: Mapped[str] = mapped_column(sa.String(200))
    content: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class CalendarLink(Identified, Base):
    """The address at which a person's calendar program reads what their organisation has; one at a time."""

    __tablename__ = "calendar_links"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    __table_args__ = (sa.UniqueConstraint("organisation_id", "person_id"),)


owned_by(WaitingPlace.__table__, "buyer_id", "seller_id")
owned_through(CapacityHold.__table__, "place_id", "waiting_places")
owned_by(CapacityRule.__table__, "seller_id")
for model in (CapacityUpload, CalendarLink):
    owned_by(model.__table__, "organisation_id")
