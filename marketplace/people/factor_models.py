"""What else proves who somebody is: an authenticator app, recovery codes, passkeys, another site's word."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.database import Base, Identified, choice, shared


class Purpose(enum.Enum):
    """What a challenge was made for; the answer to one purpose is no answer to another."""

    REGISTER = "register"
    SIGN_IN = "sign-in"
    SECOND = "second"
    CONFIRM = "confirm"
    SINGLE_SIGN_ON = "single-sign-on"
    LINK = "link"


class Authenticator(Identified, Base):
    """An authenticator app (RFC 6238); it counts once a code of it was given.

    `last_step` is the newest 30-second step of which a code was accepted: no step is accepted twice.
    """

    __tablename__ = "authenticators"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    sealed_secret: Mapped[str] = mapped_column(sa.String(300))
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    last_step: Mapped[int] = mapped_column(default=0)


sa.Index(
    "uq_authenticators_confirmed",
    Authenticator.person_id,
    unique=True,
    sqlite_where=Authenticator.confirmed_at.is_not(None),
    postgresql_where=Authenticator.confirmed_at.is_not(None),
)


class RecoveryCode(Identified, Base):
    """One of a person's codes for the day on which the phone is lost; only its digest is kept."""

    __tablename__ = "recovery_codes"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    code_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class Passkey(Identified, Base):
    """A public key whose other half never leaves its owner's device; identifiers as base64url."""

    __tablename__ = "passkeys"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    credential_id: Mapped[str] = mapped_column(sa.String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(sa.String(4000))
    sign_count: Mapped[int] = mapped_column(default=0)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)


class Challenge(Identified, Base):
    """A number asked of one browser for one purpose, to be answered once."""

    __tablename__ = "challenges"
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose))
    browser_digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    value: Mapped[str] = mapped_column(sa.String(200), unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("people.id"), index=True, default=None)


class Identity(Identified, Base):
    """Somebody as another site knows them: the issuer's own name for them, never the e-mail address."""

    __tablename__ = "identities"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(300))
    subject: Mapped[str] = mapped_column(sa.String(255))
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)


class FactorTries(Base):
    """How many codes were tried for a person since an instant."""

    __tablename__ = "factor_tries"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), primary_key=True)
    tries: Mapped[int]
    since_at: Mapped[datetime]
    __table_args__ = (sa.CheckConstraint("tries >= 0", name="tries"),)


for _table in (Authenticator, RecoveryCode, Passkey, Challenge, Identity, FactorTries):
    shared(_table.__table__, "who signs in is found before any organisation acts")
