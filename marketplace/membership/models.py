"""Claims, invitations, departures and exports of organisations."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.database import Base, Identified, choice, owned_by, owned_through
from marketplace.membership.states import ClaimState, Decider, DepartureState, ExportState, InvitationState

LONGEST_REASON = 500
LONGEST_EVIDENCE = 1_000
LONGEST_PART = 100


class Claim(Identified, Base):
    """Somebody says that they act for an organisation; who they are there is for another to verify."""

    __tablename__ = "claims"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    identifier: Mapped[str] = mapped_column(sa.String(200))
    """What they looked it up by."""
    part: Mapped[str] = mapped_column(sa.String(LONGEST_PART))
    """What they do there, in their own words."""
    roles: Mapped[str] = mapped_column(sa.String(100))
    """The roles that they ask for, as states.written writes them."""
    evidence: Mapped[str] = mapped_column(sa.String(LONGEST_EVIDENCE))
    decider: Mapped[Decider] = mapped_column(choice(Decider))
    state: Mapped[ClaimState] = mapped_column(choice(ClaimState), default=ClaimState.WAITING)
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(sa.String(LONGEST_REASON), default=None)
    __table_args__ = (
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_at_a_time"),
        sa.CheckConstraint(
            "(state IN ('admitted', 'refused')) = (decided_by_id IS NOT NULL)", name="decided_by_somebody"
        ),
        sa.CheckConstraint("decided_by_id <> person_id", name="decided_by_another"),
        sa.CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name="refused_with_a_reason"),
        sa.Index(
            "uq_claims_waiting",
            "organisation_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )


class Invitation(Identified, Base):
    """An address that an administrator invited with some roles; only the digest of its secret is kept."""

    __tablename__ = "invitations"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    roles: Mapped[str] = mapped_column(sa.String(100))
    secret_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of the newest letter: sending it again ends the older one."""
    invited_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    expires_at: Mapped[datetime]
    state: Mapped[InvitationState] = mapped_column(choice(InvitationState), default=InvitationState.OPEN)
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    """Who accepted it."""
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_at_a_time"),
        sa.CheckConstraint("(state = 'accepted') = (person_id IS NOT NULL)", name="accepted_by_somebody"),
        sa.Index(
            "uq_invitations_open",
            "organisation_id",
            "email",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )


class Departure(Identified, Base):
    """An organisation's decision to leave Sharewell, and the London day on which that is carried out."""

    __tablename__ = "departures"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    asked_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    leaves_on: Mapped[date] = mapped_column(index=True)
    state: Mapped[DepartureState] = mapped_column(choice(DepartureState), default=DepartureState.WAITING)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_at_a_time"),
        sa.Index(
            "uq_departures_waiting",
            "organisation_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )


class OrganisationExport(Identified, Base):
    """Everything that an organisation has here, as one zip file; built by jobs, kept for some days."""

    __tablename__ = "organisation_exports"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    asked_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    parts: Mapped[int]
    """How many parts it will have."""
    done: Mapped[int] = mapped_column(default=0)
    state: Mapped[ExportState] = mapped_column(choice(ExportState), default=ExportState.BUILDING)
    content: Mapped[bytes | None] = mapped_column(sa.LargeBinary, default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("done BETWEEN 0 AND parts", name="done_within_parts"),
        sa.CheckConstraint("(state = 'ready') = (content IS NOT NULL)", name="content_when_ready"),
        sa.CheckConstraint("(state = 'ready') = (expires_at IS NOT NULL)", name="expires_when_ready"),
    )


class OrganisationExportPart(Identified, Base):
    """The rows of one floor, as JSON text, until the zip file is made."""

    __tablename__ = "organisation_export_parts"
    export_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation_exports.id"))
    place: Mapped[int]
    content: Mapped[str] = mapped_column(sa.Text)
    __table_args__ = (sa.UniqueConstraint("export_id", "place"),)


for _model in (Claim, Invitation, Departure, OrganisationExport):
    owned_by(_model.__table__, "organisation_id")
owned_through(OrganisationExportPart.__table__, "export_id", "organisation_exports")
