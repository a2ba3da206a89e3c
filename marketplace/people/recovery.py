"""Recovery codes: ten, shown once, each good for one use in place of a code of the app."""

from __future__ import annotations

import hashlib
import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.people import factor_changes, factors
from marketplace.people.factor_models import RecoveryCode

MANY = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike on paper."""
GROUPS = 4
GROUP = 4
"""Sixteen of 31 letters are 79 bits: such a secret needs no slow hash."""


class WrongRecoveryCode(DomainError):
    """No code of this person, or one that was used already."""

    code = "wrong-recovery-code"

    def __init__(self) -> None:
        super().__init__(
            "This is none of your recovery codes, or was used before. Check it, or try another one.",
            field="recovery_code",
        )


def make(session: Session, person_id: uuid.UUID) -> list[str]:
    """Ten new codes, for this one time in plain; all earlier ones end."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = ["-".join(_group() for _ in range(GROUPS)) for _ in range(MANY)]
    session.add_all(RecoveryCode(person_id=person_id, code_digest=_digest(code)) for code in codes)
    session.flush()
    factor_changes.tell(
        session,
        person_id,
        "recovery-codes-made",
        "You have new recovery codes",
        "Earlier ones no longer work.",
    )
    return codes


def use(session: Session, person_id: uuid.UUID, code: str) -> int:
    """Use a code up; how many are left. WrongRecoveryCode also for the second of two at once."""
    mine = sa.update(RecoveryCode).where(
        RecoveryCode.person_id == person_id,
        RecoveryCode.code_digest == _digest(code),
        RecoveryCode.used_at.is_(None),
    )
    used = session.execute(mine.values(used_at=clock.now()).returning(RecoveryCode.id)).one_or_none()
    if used is None:
        raise WrongRecoveryCode
    left = factors.methods(session, person_id).recovery_codes
    factor_changes.tell(
        session, person_id, "recovery-code-used", "A recovery code was used", words_left(left)
    )
    return left


def words_left(left: int) -> str:
    """How many are left, in words."""
    if left == 0:
        return "None is left: make new ones."
    return f"{left} {'is' if left == 1 else 'are'} left."


def forget(session: Session, person_id: uuid.UUID) -> None:
    """Codes without a factor that they stand in for are of no use."""
    if not factors.required(session, person_id):
        session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


def _group() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(GROUP))


def _digest(code: str) -> str:
    """Capitals, spaces and hyphens do not matter."""
    plain = "".join(letter for letter in code.lower() if letter in LETTERS)
    return hashlib.sha256(plain.encode()).hexdigest()
