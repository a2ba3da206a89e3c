"""Signing in and out, and the tokens of programs."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound, Refused
from marketplace.people.models import ApiToken, BrowserSession, Person

SESSION_LASTS = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
"""A browser that was not used for so long is signed out."""
NOTED_EVERY = {BrowserSession: timedelta(minutes=5), ApiToken: timedelta(hours=1)}
"""How exactly the last use of each is known; to note every one would be a write for every page."""
TOKEN_LASTS = timedelta(days=90)
SHORTEST_PASSWORD = 15
LONGEST_ADDRESS = 254
LONGEST_NAME = 200
LONGEST_TOKEN_NAME = 100
ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")
"""Printable ASCII around one @: whether anybody reads there only a message can tell."""
TOKEN_PREFIX = "sharewell_"  # noqa: S105  lets a leaked token be recognised

_hasher = PasswordHasher()
_nobodys_hash = _hasher.hash(secrets.token_urlsafe(32))
Secret = TypeVar("Secret", BrowserSession, ApiToken)


class WrongSignIn(DomainError):
    """The e-mail or the password is wrong; which of them is not said."""

    code = "wrong-sign-in"

    def __init__(self) -> None:
        super().__init__("The email address or the password is not right. Check both and try again.")


def add_person(
    session: Session, email: str, name: str, password: str | None, demonstration_part: str | None = None
) -> Person:
    """A new account.

    Refused when the address is none or has an account, the name is empty or too long, or the password is
    shorter than 15 characters.
    """
    address = email.strip().lower()
    if not ADDRESS.fullmatch(address) or len(address) > LONGEST_ADDRESS:
        raise Refused("Enter an email address in the correct format, like name@example.com.", field="email")
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise Refused(f"Enter a name of 1 to {LONGEST_NAME} printable characters.", field="name")
    if session.scalar(sa.select(Person.id).where(Person.email == address)) is not None:
        raise Refused("This email address already has an account.", field="email")
    person = Person(
        email=address,
        name=name.strip(),
        password_hash=None if password is None else hash_of(password),
        demonstration_part=demonstration_part,
    )
    session.add(person)
    session.flush()
    return person


def sign_in(session: Session, email: str, password: str, user_agent: str) -> str:
    """The secret of a new session; WrongSignIn after the same work for known and unknown addresses."""
    person = session.scalars(sa.select(Person).where(Person.email == email.strip().lower())).one_or_none()
    known_hash = person.password_hash if person is not None else None
    if not _matches(known_hash or _nobodys_hash, password) or person is None or known_hash is None:
        raise WrongSignIn
    if _hasher.check_needs_rehash(known_hash):
        person.password_hash = _hasher.hash(password)
    return open_session(session, person.id, user_agent)


def sign_in_demonstration(session: Session, person_id: uuid.UUID, user_agent: str) -> str:
    """The secret of a session for one of the demonstration's people; NotFound for anybody else."""
    person = session.get(Person, person_id)
    if person is None or person.demonstration_part is None:
        raise NotFound
    return open_session(session, person.id, user_agent)


def demonstration_people(session: Session) -> list[Person]:
    """The people whom the demonstration's sign-in page offers as buttons, in the order of their making."""
    return list(
        session.scalars(sa.select(Person).where(Person.demonstration_part.is_not(None)).order_by(Person.id))
    )


def open_session(
    session: Session,
    person_id: uuid.UUID,
    user_agent: str,
    address: str | None = None,
    awaits_factor: bool = False,
) -> str:
    """The secret of a new browser session, which lasts twelve hours, or two without use.

    The person has just proved who they are; with awaits_factor they still owe the second proof.
    """
    secret = secrets.token_urlsafe(32)
    session.add(
        BrowserSession(
            person_id=person_id,
            secret_digest=digest(secret),
            user_agent=user_agent[:200],
            expires_at=clock.now() + SESSION_LASTS,
            awaits_factor=awaits_factor,
            last_address=address,
        )
    )
    session.flush()
    return secret


def sign_out(session: Session, secret: str) -> None:
    """Revoke the session of a secret; an unknown one is nothing to do."""
    found = _live(session, BrowserSession, secret)
    if found is not None:
        found.revoked_at = clock.now()


def revoke_sessions(session: Session, person_id: uuid.UUID) -> int:
    """Sign a person out everywhere; how many sessions ended."""
    return _revoke(live_sessions(session, person_id))


def revoke_tokens(session: Session, person_id: uuid.UUID) -> int:
    """Shut a person's programs out; how many tokens ended."""
    return _revoke(live_tokens(session, person_id))


def live_sessions(session: Session, person_id: uuid.UUID) -> list[BrowserSession]:
    """The browsers in which a person is signed in, newest first."""
    return _live_of(session, BrowserSession, person_id)


def live_tokens(session: Session, person_id: uuid.UUID) -> list[ApiToken]:
    """The tokens with which a person's programs still act, newest first."""
    return _live_of(session, ApiToken, person_id)


def revoke_session(session: Session, person_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """Sign one browser of a person out; NotFound when it is another's."""
    _revoke([_own(session, BrowserSession, person_id, session_id)])


def revoke_token(session: Session, person_id: uuid.UUID, token_id: uuid.UUID) -> None:
    """Shut one program of a person out; NotFound when it is another's."""
    _revoke([_own(session, ApiToken, person_id, token_id)])


def change_password(
    session: Session, person_id: uuid.UUID, password: str, new_password: str, kept_secret: str
) -> None:
    """Set a new password and sign every other browser out than the one with `kept_secret`.

    Refused when the password is not the present one or the new one is shorter than 15 characters.
    """
    person = session.get_one(Person, person_id, with_for_update=True)
    if not _matches(person.password_hash or _nobodys_hash, password) or person.password_hash is None:
        raise Refused("This is not your password.", field="password")
    if len(new_password) < SHORTEST_PASSWORD:
        raise Refused(f"A password needs {SHORTEST_PASSWORD} characters or more.", field="new_password")
    person.password_hash = _hasher.hash(new_password)
    for one in live_sessions(session, person_id):
        if one.secret_digest != digest(kept_secret):
            one.revoked_at = clock.now()


def make_token(session: Session, email: str, name: str) -> str:
    """A new bearer token of a person, shown once; NotFound when nobody has the address."""
    person_id = find_person(session, email).id
    if not 1 <= len(name.strip()) <= LONGEST_TOKEN_NAME or not name.isprintable():
        raise Refused(f"Say in 1 to {LONGEST_TOKEN_NAME} printable characters what the token is for.")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires_at = clock.now() + TOKEN_LASTS
    session.add(
        ApiToken(person_id=person_id, secret_digest=digest(secret), name=name.strip(), expires_at=expires_at)
    )
    return secret


def find_person(session: Session, email: str) -> Person:
    """Who has this address; NotFound when nobody has."""
    found = session.scalars(sa.select(Person).where(Person.email == email.strip().lower())).one_or_none()
    if found is None:
        raise NotFound("Nobody has an account with this email address.")
    return found


def session_of(session: Session, secret: str) -> BrowserSession | None:
    """The browser session of a secret, while it lives; its person may still owe the second proof."""
    return _live(session, BrowserSession, secret)


def token_of(session: Session, secret: str) -> ApiToken | None:
    """The token of a secret, while it lives."""
    return _live(session, ApiToken, secret)


def person_of_session(session: Session, secret: str) -> Person | None:
    """Whose browser this is, while its session lives and owes no second proof."""
    found = session_of(session, secret)
    return None if found is None or found.awaits_factor else session.get_one(Person, found.person_id)


def person_of_token(session: Session, secret: str) -> Person | None:
    """Whose program this is, while its token lives."""
    found = token_of(session, secret)
    return None if found is None else session.get_one(Person, found.person_id)


def is_use_to_note(secret: BrowserSession | ApiToken) -> bool:
    """Whether so much time passed since the last use that is known of."""
    before = clock.now() - NOTED_EVERY[type(secret)]
    return secret.last_used_at is None or secret.last_used_at < before


def note_use(
    session: Session, secret: type[BrowserSession | ApiToken], row_id: uuid.UUID, address: str | None
) -> None:
    """Keep that a browser or a token is used now; of a browser also from which network address."""
    values: dict[str, Any] = {"last_used_at": clock.now()}
    if secret is BrowserSession:
        values["last_address"] = address
    session.execute(sa.update(secret).where(secret.id == row_id).values(values))


def digest(secret: str) -> str:
    """What is stored of a secret of 256 random bits: such a secret needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def hash_of(password: str) -> str:
    """What is stored of a password; Refused when it is shorter than 15 characters."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"A password needs {SHORTEST_PASSWORD} characters or more.", field="password")
    return _hasher.hash(password)


def _matches(known_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(known_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _live(session: Session, kind: type[Secret], secret: str) -> Secret | None:
    return session.scalars(
        sa.select(kind).where(kind.secret_digest == digest(secret), *_lives(kind))
    ).one_or_none()


def _live_of(session: Session, kind: type[Secret], person_id: uuid.UUID) -> list[Secret]:
    live = sa.select(kind).where(kind.person_id == person_id, *_lives(kind))
    return list(session.scalars(live.order_by(kind.id.desc())))


def _lives(kind: type[BrowserSession | ApiToken]) -> list[sa.ColumnElement[bool]]:
    """Neither revoked nor past its time; a browser also used within the last two hours."""
    now = clock.now()
    lives = [kind.revoked_at.is_(None), kind.expires_at > now]
    return [*lives, kind.last_used_at > now - SESSION_IDLE] if kind is BrowserSession else lives


def _own(session: Session, kind: type[Secret], person_id: uuid.UUID, secret_id: uuid.UUID) -> Secret:
    found = session.get(kind, secret_id)
    if found is None or found.person_id != person_id:
        raise NotFound
    return found


def _revoke(found: Sequence[BrowserSession | ApiToken]) -> int:
    for one in found:
        one.revoked_at = one.revoked_at or clock.now()
    return len(found)
