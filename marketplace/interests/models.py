"""The people of a trust's register of interests, what they declared, and uploads that wait to be stored."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.interests.kinds import InterestKind, Post
from marketplace.kernel.database import Base, Identified, choice, owned_by


class DeclaredPerson(Identified, Base):
    """A member, trustee, governor or senior employee of a trust, and from when to when.

    `person_id` is their account, when they have one. `name_key` and the month of birth, when it is given,
    tell who is the same person in another trust's register.
    """

    __tablename__ = "declared_people"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), index=True, default=None)
    name: Mapped[str] = mapped_column(sa.String(200))
    name_key: Mapped[str] = mapped_column(sa.String(200), index=True)
    post: Mapped[Post] = mapped_column(choice(Post))
    birth_year: Mapped[int | None] = mapped_column(default=None)
    birth_month: Mapped[int | None] = mapped_column(default=None)
    starts_on: Mapped[date | None] = mapped_column(default=None)
    ends_on: Mapped[date | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
        sa.CheckConstraint("(birth_year IS NULL) = (birth_month IS NULL)", name="whole_month_of_birth"),
        sa.CheckConstraint("birth_month BETWEEN 1 AND 12", name="month_of_the_year"),
    )


class Interest(Identified, Base):
    """What ties a declared person to another organisation, from one day to another; both days count.

    `body_id` is that organisation when it is in the schools register. What somebody declared themselves
    counts at once for their own trust; others hear of it once an administrator has confirmed it.
    """

    __tablename__ = "interests"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    """Whose register it stands in."""
    declared_person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("declared_people.id"), index=True)
    kind: Mapped[InterestKind] = mapped_column(choice(InterestKind))
    body_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("organisations.id"), index=True, default=None
    )
    body_name: Mapped[str] = mapped_column(sa.String(200))
    body_key: Mapped[str] = mapped_column(sa.String(200), index=True)
    company_number: Mapped[str | None] = mapped_column(sa.String(8), index=True, default=None)
    nature: Mapped[str | None] = mapped_column(sa.String(300), default=None)
    starts_on: Mapped[date | None] = mapped_column(default=None)
    ends_on: Mapped[date | None] = mapped_column(default=None)
    declared_on: Mapped[date]
    declared_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_somebody"
        ),
    )


class InterestRegister(Identified, Base):
    """Whether the published part of a trust's register can be read by everybody."""

    __tablename__ = "interest_registers"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), unique=True)
    is_published: Mapped[bool] = mapped_column(default=False)


class InterestUpload(Identified, Base):
    """The rows of an uploaded file as they were typed, until they are stored together or forgotten."""

    __tablename__ = "interest_uploads"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    file_name: Mapped[str] = mapped_column(sa.String(200))
    content: Mapped[dict[str, Any]]
    """{"rows": [{"number": 3, "values": {column: text}}, ...]}"""
    expires_at: Mapped[datetime] = mapped_column(index=True)


for model in (DeclaredPerson, Interest, InterestRegister, InterestUpload):
    owned_by(model.__table__, "organisation_id")
