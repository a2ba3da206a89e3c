"""People and what proves who they are: a session in a browser, a token in a program, a link in an e-mail."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.database import Base, Identified, shared
from marketplace.people.scopes import ALL_SCOPES, Scope, parsed, written


class Person(Identified, Base):
    """Somebody who can sign in; what they may do follows from their memberships of organisations."""

    __tablename__ = "people"
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), default=None)
    demonstration_part: Mapped[str | None] = mapped_column(sa.String(200), default=None)
    """Who this is in the demonstration town ("Business manager, Harbour View"); None for real people."""
    is_operator: Mapped[bool] = mapped_column(default=False)
    """Runs this Sharewell: verifies organisations, belongs to none of them by that."""


class BrowserSession(Identified, Base):
    """A signed-in browser; only the digest of its secret is kept."""

    __tablename__ = "browser_sessions"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    secret_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_agent: Mapped[str] = mapped_column(sa.String(200))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    confirmed_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    """When its person last proved who they are."""
    awaits_factor: Mapped[bool] = mapped_column(default=False)
    """The first proof was right, the second is still owed: until then it opens nothing."""
    last_used_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    """To the five minutes."""
    last_address: Mapped[str | None] = mapped_column(sa.String(45), default=None)
    """The network address it was last used from."""


class ApiToken(Identified, Base):
    """A personal bearer token for the JSON API; only its digest is kept."""

    __tablename__ = "api_tokens"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    secret_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    scopes: Mapped[str] = mapped_column(sa.String(100), default=written(ALL_SCOPES))
    """What it may do, in words with spaces between."""
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    """The organisation it acts for, which a higher floor knows; None: the first its person belongs to."""
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    """To the hour."""

    @property
    def may(self) -> frozenset[Scope]:
        """What it may do."""
        return parsed(self.scopes)


class SingleUseLink(Identified, Base):
    """What an e-mailed link proves, once: only the digest of its secret is kept."""

    __tablename__ = "single_use_links"
    purpose: Mapped[str] = mapped_column(sa.String(40))
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), default=None, index=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    """The address that the link was sent to."""
    secret_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    bound_digest: Mapped[str] = mapped_column(sa.String(64))
    """Of what must still be as it was when the link was made."""
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """Used, or followed by a newer one."""


for _table in (Person, BrowserSession, ApiToken, SingleUseLink):
    shared(_table.__table__, "who asks is found before any organisation acts")
