"""Which proofs beside the password a person has, and whether they need one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.people.factor_models import (
    Authenticator,
    Challenge,
    FactorTries,
    Identity,
    Passkey,
    RecoveryCode,
)


@dataclass(frozen=True)
class Methods:
    """What a person has set up."""

    authenticator: bool
    passkeys: int
    recovery_codes: int
    """How many are left."""

    @property
    def any(self) -> bool:
        """Whether there is a second factor; recovery codes alone are none."""
        return self.authenticator or self.passkeys > 0


def required(session: Session, person_id: uuid.UUID) -> bool:
    """Whether a password or a link does not suffice: the person has an authenticator app or a passkey."""
    return methods(session, person_id).any


def methods(session: Session, person_id: uuid.UUID) -> Methods:
    """What a person can prove themselves with, beside password and link."""
    statement = sa.select(
        _count(Authenticator, person_id, Authenticator.confirmed_at.is_not(None)),
        _count(Passkey, person_id),
        _count(RecoveryCode, person_id, RecoveryCode.used_at.is_(None)),
    )
    authenticators, passkeys, codes = session.execute(statement).one()
    return Methods(authenticators > 0, passkeys, codes)


def forget(session: Session, person_id: uuid.UUID) -> None:
    """Take away everything that a person has set up, accounts of other sites too."""
    for model in (Authenticator, RecoveryCode, Passkey, Identity, Challenge, FactorTries):
        session.execute(sa.delete(model).where(model.person_id == person_id))


def _count(
    model: type[Authenticator | Passkey | RecoveryCode], person_id: uuid.UUID, *more: sa.ColumnElement[bool]
) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).select_from(model).where(model.person_id == person_id, *more)
    return counted.scalar_subquery()
