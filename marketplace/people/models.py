"""People and the two things that prove who they are: a session in a browser, a token in a program."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.database import Base, Identified


class Person(Identified, Base):
    """Somebody who can sign in; what they may do follows from their memberships of organisations."""

    __tablename__ = "people"
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), default=None)
    demonstration_part: Mapped[str | None] = mapped_column(sa.String(200), default=None)
    """Who this is in the demonstration town ("Business manager, Harbour View"); None for real people."""


class BrowserSession(Identified, Base):
    """A signed-in browser; only the digest of its secret is kept."""

    __tablename__ = "browser_sessions"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    secret_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_agent: Mapped[str] = mapped_column(sa.String(200))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class ApiToken(Identified, Base):
    """A personal bearer token for the JSON API; only its digest is kept."""

    __tablename__ = "api_tokens"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    secret_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
