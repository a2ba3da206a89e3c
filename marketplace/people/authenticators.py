"""Authenticator apps: codes of six digits that change every 30 seconds (RFC 6238), each good for one use."""

from __future__ import annotations

import base64
import hmac
import uuid
from dataclasses import dataclass

import pyotp
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, InvalidState, Refused
from marketplace.people import factor_changes
from marketplace.people.factor_models import Authenticator
from marketplace.people.models import Person

ISSUER = "Sharewell"
STEP_SECONDS = 30
DRIFT = (0, -1, 1)
"""A phone's clock may be one step off."""
DIGITS = 6


class WrongCode(DomainError):
    """Not a code of now, or one that was used already; which of them is not said."""

    code = "wrong-code"

    def __init__(self) -> None:
        super().__init__(
            "This code is not right, or was used before. Wait for the next one and enter that.", field="code"
        )


class Unreadable(DomainError):
    """The kept secret was sealed with another key: the SECRET_KEY of Sharewell was changed since."""

    code = "authenticator-unreadable"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Sharewell can no longer check the codes of your authenticator app, because its own key was "
            "changed. Use a recovery code or a passkey, then set the app up again.",
            field="code",
        )


@dataclass(frozen=True)
class Enrolment:
    """What an app is told: the secret in base32 and the address that its QR code holds."""

    secret: str
    address: str


def begin(session: Session, person_id: uuid.UUID, secret_key: str) -> None:
    """Make a secret that counts once a code of it is given; an app in use stays in use until then."""
    _forget(session, person_id, confirmed=False)
    sealed = _box(secret_key).encrypt(pyotp.random_base32().encode()).decode()
    session.add(Authenticator(person_id=person_id, sealed_secret=sealed))
    session.flush()


def enrolment(session: Session, person_id: uuid.UUID, secret_key: str) -> Enrolment:
    """What the app is to be told; InvalidState when none was begun."""
    waiting = _waiting(session, person_id)
    person = session.get_one(Person, person_id)
    secret = _open(waiting, secret_key)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER))


def confirm(session: Session, person_id: uuid.UUID, secret_key: str, code: str) -> None:
    """Let the begun app count, in place of an earlier one; WrongCode or InvalidState."""
    waiting = _waiting(session, person_id)
    _accept(session, waiting, secret_key, code)
    _forget(session, person_id, confirmed=True)
    waiting.confirmed_at = clock.now()
    session.flush()
    factor_changes.tell(session, person_id, "authenticator-added", "An authenticator app was set up")


def check(session: Session, person_id: uuid.UUID, secret_key: str, code: str) -> None:
    """Accept a code of the person's app, once; WrongCode, or Unreadable after a change of the key."""
    found = session.scalars(_of(person_id, confirmed=True)).one_or_none()
    if found is None:
        raise WrongCode
    _accept(session, found, secret_key, code)


def remove(session: Session, person_id: uuid.UUID) -> None:
    """Take the app away; Refused when there is none."""
    if session.scalars(_of(person_id, confirmed=True)).one_or_none() is None:
        raise Refused("You have no authenticator app.")
    _forget(session, person_id, confirmed=True)
    _forget(session, person_id, confirmed=False)
    factor_changes.tell(session, person_id, "authenticator-removed", "Your authenticator app was removed")


def is_readable(session: Session, person_id: uuid.UUID, secret_key: str) -> bool:
    """Whether the secret of the app in use, if there is one, can be opened with the key."""
    found = session.scalars(_of(person_id, confirmed=True)).one_or_none()
    try:
        return found is None or bool(_open(found, secret_key))
    except Unreadable:
        return False


def _accept(session: Session, found: Authenticator, secret_key: str, code: str) -> None:
    """Remember the step in one guarded statement: of two at once with one code, one is refused."""
    step = _step_of(_open(found, secret_key), code)
    if step is None:
        raise WrongCode
    newer = sa.update(Authenticator).where(Authenticator.id == found.id, Authenticator.last_step < step)
    if session.execute(newer.values(last_step=step).returning(Authenticator.id)).one_or_none() is None:
        raise WrongCode


def _step_of(secret: str, code: str) -> int | None:
    """The 30-second step to which a code belongs; spaces do not matter, other digits than 0-9 do."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not typed.isascii() or not typed.isdigit():
        return None
    now = int(clock.now().timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    matching = [now + off for off in DRIFT if hmac.compare_digest(app.generate_otp(now + off), typed)]
    return max(matching, default=None)


def _waiting(session: Session, person_id: uuid.UUID) -> Authenticator:
    found = session.scalars(_of(person_id, confirmed=False)).one_or_none()
    if found is None:
        raise InvalidState("This app is set up already, or the page is too old. Begin again.")
    return found


def _of(person_id: uuid.UUID, *, confirmed: bool) -> sa.Select[Authenticator]:
    return sa.select(Authenticator).where(*_which(person_id, confirmed))


def _which(person_id: uuid.UUID, confirmed: bool) -> tuple[sa.ColumnElement[bool], ...]:
    counts = Authenticator.confirmed_at.is_not(None)
    return Authenticator.person_id == person_id, counts if confirmed else ~counts


def _forget(session: Session, person_id: uuid.UUID, *, confirmed: bool) -> None:
    session.execute(sa.delete(Authenticator).where(*_which(person_id, confirmed)))


def _open(found: Authenticator, secret_key: str) -> str:
    try:
        return _box(secret_key).decrypt(found.sealed_secret.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _box(secret_key: str) -> Fernet:
    """A key of its own, drawn from the application's: cookies are signed with that one."""
    drawn = HKDF(SHA256(), 32, salt=None, info=b"authenticator secrets").derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(drawn))
