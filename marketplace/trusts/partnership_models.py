"""Partnerships and who belongs to them from when to when: access.py decides by these what members see."""

from __future__ import annotations

import enum
import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.database import Base, Identified, choice, shared
from marketplace.kernel.row_security import ACTING

ACTING_BELONGS = (
    f"member.state = 'accepted' AND member.organisation_id = {ACTING} "
    "AND coalesce(member.ends_on >= (now() AT TIME ZONE 'Europe/London')::date, true)"
)
"""For policies: the acting organisation has this row, `member`, of partnership_memberships, and it holds."""


class Theme(enum.Enum):
    """What brings the members of a partnership together."""

    PLACE = "place"
    CHALLENGE = "challenge"


class MembershipState(enum.Enum):
    """An invitation waits, and is accepted, declined or withdrawn once."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Partnership(Identified, Base):
    """A named group of trusts, by a place or a challenge; one of them runs it."""

    __tablename__ = "partnerships"
    name: Mapped[str] = mapped_column(sa.String(200), unique=True)
    theme: Mapped[Theme] = mapped_column(choice(Theme))
    about: Mapped[str] = mapped_column(sa.String(200))
    """The place or the challenge in a few words."""
    description: Mapped[str] = mapped_column(sa.Text)
    founder_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    """Who runs it: the trust that founded it, or the member to which it was handed over."""


class PartnershipMembership(Identified, Base):
    """One organisation's invitation to a partnership, and its membership from one day to another.

    Both days count. An accepted invitation without `ends_on` has no end yet; who comes back has a new row.
    """

    __tablename__ = "partnership_memberships"
    partnership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partnerships.id"), index=True)
    founder_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    """Whose administrators invite and remove: who runs the partnership."""
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    state: Mapped[MembershipState] = mapped_column(choice(MembershipState), default=MembershipState.INVITED)
    starts_on: Mapped[date | None] = mapped_column(default=None)
    ends_on: Mapped[date | None] = mapped_column(default=None)
    __table_args__ = (
        sa.CheckConstraint("(state = 'accepted') = (starts_on IS NOT NULL)", name="accepted_from_a_day"),
        sa.CheckConstraint("ends_on IS NULL OR starts_on IS NOT NULL", name="ends_what_began"),
        sa.Index(
            "uq_partnership_memberships_live",
            "partnership_id",
            "organisation_id",
            unique=True,
            sqlite_where=sa.text("state = 'invited' OR (state = 'accepted' AND ends_on IS NULL)"),
            postgresql_where=sa.text("state = 'invited' OR (state = 'accepted' AND ends_on IS NULL)"),
        ),
    )


shared(Partnership.__table__, "whoever is signed in may read about partnerships", writers=("founder_id",))
shared(
    PartnershipMembership.__table__,
    "whoever is signed in may see the members of partnerships; invitations are the two sides' own",
    when="starts_on IS NOT NULL",
    writers=("organisation_id", "founder_id"),
)
