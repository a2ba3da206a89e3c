"""Organisations, the register's links between them, memberships and the limits of spending."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.database import Base, Identified, append_only, choice, shared
from marketplace.trusts.kinds import (
    LINKED_TO,
    LinkKind,
    OrganisationKind,
    OrganisationState,
    RegisterFile,
    Role,
    Standing,
)
from marketplace.trusts.terms import TermName


class Organisation(Identified, Base):
    """A trust, school, authority or supplier, under the identifiers that it has (product.md section 7)."""

    __tablename__ = "organisations"
    kind: Mapped[OrganisationKind] = mapped_column(choice(OrganisationKind))
    name: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[OrganisationState] = mapped_column(
        choice(OrganisationState), default=OrganisationState.OPEN
    )
    urn: Mapped[str | None] = mapped_column(sa.String(6), unique=True, default=None)
    group_uid: Mapped[str | None] = mapped_column(sa.String(5), unique=True, default=None)
    group_id: Mapped[str | None] = mapped_column(sa.String(10), unique=True, default=None)
    ukprn: Mapped[str | None] = mapped_column(sa.String(8), unique=True, default=None)
    company_number: Mapped[str | None] = mapped_column(sa.String(8), index=True, default=None)
    establishment_type: Mapped[str | None] = mapped_column(sa.String(100), default=None)
    phase: Mapped[str | None] = mapped_column(sa.String(40), default=None)
    authority_code: Mapped[str | None] = mapped_column(sa.String(3), index=True, default=None)
    authority_name: Mapped[str | None] = mapped_column(sa.String(100), default=None)
    pupils: Mapped[int | None] = mapped_column(default=None)
    opened_on: Mapped[date | None] = mapped_column(default=None)
    closed_on: Mapped[date | None] = mapped_column(default=None)
    address: Mapped[str | None] = mapped_column(sa.String(500), default=None)
    town: Mapped[str | None] = mapped_column(sa.String(100), default=None)
    postcode: Mapped[str | None] = mapped_column(sa.String(8), default=None)
    easting: Mapped[int | None] = mapped_column(default=None)
    northing: Mapped[int | None] = mapped_column(default=None)
    """Metres on the British National Grid."""
    described_by: Mapped[RegisterFile | None] = mapped_column(choice(RegisterFile), default=None)
    """The best file of the register that described it; None when a person added it."""
    standing: Mapped[Standing] = mapped_column(choice(Standing), default=Standing.UNVERIFIED)
    left_on: Mapped[date | None] = mapped_column(default=None)
    year_ends_in: Mapped[int | None] = mapped_column(sa.SmallInteger, default=None)
    """The month with which its financial year ends, where it may choose one; see years.py."""
    __table_args__ = (
        sa.CheckConstraint("pupils >= 0", name="pupils_not_negative"),
        sa.CheckConstraint("(standing = 'left') = (left_on IS NOT NULL)", name="left_on_a_day"),
        sa.CheckConstraint("year_ends_in BETWEEN 1 AND 12", name="year_ends_in_a_month"),
        sa.CheckConstraint("(easting IS NULL) = (northing IS NULL)", name="place_has_two_numbers"),
        sa.CheckConstraint("easting >= 0 AND northing >= 0", name="place_on_the_grid"),
        sa.Index("ix_organisations_name", "name"),
        sa.Index("ix_organisations_town", "town"),
        sa.Index("ix_organisations_postcode", "postcode"),
        sa.Index("ix_organisations_authority_name", "authority_name"),
    )

    @property
    def is_claimable(self) -> bool:
        """Whether people may act for it: a sponsor or an umbrella trust is only linked to."""
        usable = self.standing not in (Standing.SUSPENDED, Standing.LEFT)
        return usable and self.kind not in LINKED_TO and self.state is OrganisationState.OPEN


class OrganisationLink(Identified, Base):
    """A school's place in a group, as the register's link files have it."""

    __tablename__ = "organisation_links"
    school_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    group_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    kind: Mapped[LinkKind] = mapped_column(choice(LinkKind))
    joined_on: Mapped[date | None] = mapped_column(default=None)
    __table_args__ = (sa.UniqueConstraint("school_id", "group_id", "kind"),)


class Succession(Identified, Base):
    """A school that took another's place: a school that converts, merges or splits has a new URN."""

    __tablename__ = "organisation_successions"
    predecessor_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    successor_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    succeeded_on: Mapped[date | None] = mapped_column(default=None)
    __table_args__ = (
        sa.UniqueConstraint("predecessor_id", "successor_id"),
        sa.CheckConstraint("predecessor_id <> successor_id", name="not_its_own"),
    )


class PupilCount(Identified, Base):
    """A school's pupils on a day as its own people counted them; the register's figure stays beside it."""

    __tablename__ = "pupil_counts"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    """Who counted: the school, or the trust that it belongs to."""
    school_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    pupils: Mapped[int]
    counted_on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(200))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    __table_args__ = (sa.CheckConstraint("pupils >= 0", name="pupils_not_negative"),)


append_only(PupilCount.__table__)  # type: ignore[arg-type]
shared(Succession.__table__, "the schools register is public", by_jobs=True)
shared(PupilCount.__table__, "how many pupils a school has is public", writers=("organisation_id",))


class TermDates(Identified, Base):
    """One term of a school year as a trust keeps it, both days included; else the national ones hold."""

    __tablename__ = "term_dates"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    year: Mapped[int]
    """The calendar year in which the school year begins."""
    name: Mapped[TermName] = mapped_column(choice(TermName))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "year", "name"),
        sa.CheckConstraint("starts_on < ends_on", name="ends_after_start"),
    )


shared(TermDates.__table__, "buyers see the terms by which a seller charges", writers=("organisation_id",))


class Membership(Identified, Base):
    """One role of one person at one organisation."""

    __tablename__ = "memberships"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    __table_args__ = (sa.UniqueConstraint("person_id", "organisation_id", "role"),)


shared(Organisation.__table__, "the register of schools and trusts is public", writers=("id",))
shared(OrganisationLink.__table__, "the register of schools and trusts is public", by_jobs=True)
shared(
    Membership.__table__,
    "for whom somebody acts is asked before any organisation acts",
    writers=("organisation_id",),
)
