"""Signing in and out, and the tokens of programs."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound, Refused
from marketplace.people import passwords
from marketplace.people.models import ApiToken, BrowserSession, Person
from marketplace.people.scopes import ALL_SCOPES, Scope, written

SESSION_LASTS = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
"""A browser that was not used for so long is signed out."""
NOTED_EVERY = {BrowserSession: timedelta(minutes=5), ApiToken: timedelta(hours=1)}
"""How exactly the last use of each is known; to note every one would be a write for every page."""
SESSION_KEPT = timedelta(days=30)
TOKEN_LASTS = timedelta(days=90)
TOKEN_LASTS_AT_MOST = timedelta(days=365)
LONGEST_ADDRESS = 254
LONGEST_NAME = 200
LONGEST_TOKEN_NAME = 100
ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")
"""Printable ASCII around one @: whether anybody reads there only a message can tell."""
TAKEN = "This email address already has an account."
TOKEN_PREFIX = "sharewell_"  # noqa: S105  lets a leaked token be recognised

_hasher = PasswordHasher()
_nobodys_hash = _hasher.hash(secrets.token_urlsafe(32))
Secret = TypeVar("Secret", BrowserSession, ApiToken)
Words = Callable[[Session, uuid.UUID], list[str]]
_words: list[Words] = []


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
    not one that is taken.
    """
    address = email.strip().lower()
    if not ADDRESS.fullmatch(address) or len(address) > LONGEST_ADDRESS:
        raise Refused("Enter an email address in the correct format, like name@example.com.", field="email")
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise Refused(f"Enter a name of 1 to {LONGEST_NAME} printable characters.", field="name")
    if session.scalar(sa.select(Person.id).where(Person.email == address)) is not None:
        raise Refused(TAKEN, field="email")
    person = Person(
        email=address,
        name=name.strip(),
        demonstration_part=demonstration_part,
    )
    try:
        with session.begin_nested():
            session.add(person)
    except sa.exc.IntegrityError as error:  # somebody took the address since it was looked up
        raise Refused(TAKEN, field="email") from error
    if password is not None:
        set_password(session, person, password)
    return person


def prove_by_password(session: Session, email: str, password: str) -> Person:
    """Who has this address and password; WrongSignIn after the same work for known and unknown addresses."""
    person = by_address(session, email)
    known_hash = person.password_hash if person is not None else None
    if not _matches(known_hash or _nobodys_hash, password) or person is None or known_hash is None:
        raise WrongSignIn
    if _hasher.check_needs_rehash(known_hash):
        person.password_hash = _hasher.hash(passwords.prepared(password))
    return person


def demonstration_person(session: Session, person_id: uuid.UUID) -> Person:
    """One of the demonstration's people, who need no password; NotFound for anybody else."""
    person = session.get(Person, person_id)
    if person is None or person.demonstration_part is None:
        raise NotFound
    return person


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

    The person has just proved who they are; with awaits_factor they still owe the second proof. Where and
    when they were signed in is forgotten a month after it ended.
    """
    old = BrowserSession.expires_at < clock.now() - SESSION_KEPT
    session.execute(sa.delete(BrowserSession).where(BrowserSession.person_id == person_id, old))
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


def confirm(session: Session, browser: BrowserSession) -> str:
    """Note that its person has proved again who they are; the new secret, the old one opens nothing more."""
    secret = secrets.token_urlsafe(32)
    browser.secret_digest, browser.confirmed_at = digest(secret), clock.now()
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


def set_password(session: Session, person: Person, password: str, field: str = "password") -> None:
    """Keep a password; Refused, at the field, when it is too short, common, or about the person.

    Links that were mailed before end by it: they are bound to the old one.
    """
    if (sentence := passwords.check(password, words_about(session, person))) is not None:
        raise Refused(sentence, field=field)
    person.password_hash = _hasher.hash(passwords.prepared(password))


def words_about(session: Session, person: Person) -> list[str]:
    """What a password of this person must not be made of: their names, and what higher floors know."""
    return [person.name, person.email, *(word for known in _words for word in known(session, person.id))]


def tell_words(words: Words) -> None:
    """Let a higher floor say by which other words a person is known, such as their organisations' names."""
    if words not in _words:
        _words.append(words)


def is_password_of(person: Person, password: str) -> bool:
    """Whether it is; the same work for somebody without one."""
    return _matches(person.password_hash or _nobodys_hash, password) and person.password_hash is not None


def end_other_sessions(session: Session, person_id: uuid.UUID, kept_secret: str) -> int:
    """Sign a person out of every other browser than the one with this secret; how many."""
    kept = digest(kept_secret)
    return _revoke([one for one in live_sessions(session, person_id) if one.secret_digest != kept])


def make_token(session: Session, email: str, name: str) -> str:
    """A new bearer token with every scope for 90 days, shown once; NotFound when nobody has the address."""
    return issue_token(session, find_person(session, email).id, NewToken(name))


@dataclass(frozen=True)
class NewToken:
    """What a token is for and what it may do."""

    name: str
    scopes: frozenset[Scope] = ALL_SCOPES
    lasts: timedelta = TOKEN_LASTS
    organisation_id: uuid.UUID | None = None
    """The organisation that it acts for; None: the first that its person belongs to."""


def issue_token(session: Session, person_id: uuid.UUID, new: NewToken) -> str:
    """The secret of a new bearer token, shown once; Refused for a name that cannot be or too long a life."""
    if not 1 <= len(new.name.strip()) <= LONGEST_TOKEN_NAME or not new.name.isprintable():
        words = f"Say in 1 to {LONGEST_TOKEN_NAME} printable characters what the token is for."
        raise Refused(words, field="name")
    if not timedelta() < new.lasts <= TOKEN_LASTS_AT_MOST:
        raise Refused(f"A token lasts from 1 to {TOKEN_LASTS_AT_MOST.days} days.", field="days")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        person_id=person_id,
        secret_digest=digest(secret),
        name=new.name.strip(),
        expires_at=clock.now() + new.lasts,
        scopes=written(new.scopes | {Scope.READ}),
        organisation_id=new.organisation_id,
    )
    session.add(token)
    session.flush()
    return secret


def find_person(session: Session, email: str) -> Person:
    """Who has this address; NotFound when nobody has."""
    found = by_address(session, email)
    if found is None:
        raise NotFound("Nobody has an account with this email address.")
    return found


def by_address(session: Session, email: str) -> Person | None:
    """Who has this address, if anybody has."""
    return session.scalars(sa.select(Person).where(Person.email == email.strip().lower())).one_or_none()


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


def _matches(known_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(known_hash, passwords.prepared(password))
    except (VerificationError, InvalidHashError):
        return False


def _live(session: Session, kind: type[Secret], secret: str) -> Secret | None:
    return session.scalars(_of_digest(kind), {"digest": digest(secret)} | _now()).one_or_none()


def _live_of(session: Session, kind: type[Secret], person_id: uuid.UUID) -> list[Secret]:
    live = sa.select(kind).where(kind.person_id == person_id, *_lives(kind))
    return list(session.scalars(live.order_by(kind.id.desc()), _now()))


@cache
def _of_digest(kind: type[Secret]) -> sa.Select[Secret]:
    """Made once: every request asks it."""
    return sa.select(kind).where(kind.secret_digest == sa.bindparam("digest"), *_lives(kind))


def _lives(kind: type[BrowserSession | ApiToken]) -> list[sa.ColumnElement[bool]]:
    """Neither revoked nor past its time; a browser also used within the last two hours. Asked with `_now`."""
    lives = [kind.revoked_at.is_(None), kind.expires_at > sa.bindparam("now")]
    return [*lives, kind.last_used_at > sa.bindparam("not_idle")] if kind is BrowserSession else lives


def _now() -> dict[str, Any]:
    return {"now": clock.now(), "not_idle": clock.now() - SESSION_IDLE}


def _own(session: Session, kind: type[Secret], person_id: uuid.UUID, secret_id: uuid.UUID) -> Secret:
    found = session.get(kind, secret_id)
    if found is None or found.person_id != person_id:
        raise NotFound
    return found


def _revoke(found: Sequence[BrowserSession | ApiToken]) -> int:
    for one in found:
        one.revoked_at = one.revoked_at or clock.now()
    return len(found)
