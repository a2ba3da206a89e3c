"""What the operator does about an account: a new password, an end to every sign-in, erasing the person.

Each act stands in the system's audit chain, by the person's identifier alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import audit, events, mail
from marketplace.kernel.idempotency import IdempotencyKey
from marketplace.people import factor_changes, factors, services
from marketplace.people.events import PersonErased
from marketplace.people.models import ApiToken, BrowserSession, Person, SingleUseLink

ERASED_NAME = "Erased person"


def reset_password(session: Session, email: str, password: str) -> None:
    """Set a password and sign every browser out; the tokens of programs stay.

    NotFound when nobody has the address, Refused when the password is not one that is taken.
    """
    person = services.find_person(session, email)
    services.set_password(session, person, password)
    ended = services.revoke_sessions(session, person.id)
    _record(session, "reset-password", person, {"sessions_ended": ended})


def set_operator(session: Session, email: str, is_operator: bool) -> None:
    """Let somebody run this Sharewell, or no longer. NotFound when nobody has the address."""
    person = services.find_person(session, email)
    person.is_operator = is_operator
    _record(session, "make-operator" if is_operator else "end-operator", person, {})


def sign_out_everywhere(session: Session, email: str) -> tuple[int, int]:
    """End every session and every token of a person; how many of each. NotFound for an unknown address."""
    person = services.find_person(session, email)
    sessions = services.revoke_sessions(session, person.id)
    tokens = services.revoke_tokens(session, person.id)
    _record(session, "sign-out", person, {"sessions_ended": sessions, "tokens_ended": tokens})
    return sessions, tokens


def remove_factors(session: Session, email: str) -> None:
    """Take every second proof away from somebody who lost them all, and sign every browser out.

    Their password stays. NotFound for an unknown address; the person is told.
    """
    person = services.find_person(session, email)
    factors.forget(session, person.id)
    services.revoke_sessions(session, person.id)
    what = "Your second proofs were removed by the operator of Sharewell"
    factor_changes.tell(session, person.id, "factors-removed", what, "Set one up again.")
    _record(session, "remove-factors", person, {})


def erase_person(session: Session, email: str) -> None:
    """Forget who somebody was: what they did stays, under an identifier and without a name.

    NotFound when nobody has the address. It can then be given to a new account.
    """
    person = services.find_person(session, email)
    addresses = _addresses(session, person)
    for address in addresses:
        mail.forget(session, address)
    session.execute(sa.delete(SingleUseLink).where(SingleUseLink.email.in_(addresses)))
    for secret in (BrowserSession, ApiToken, SingleUseLink):
        session.execute(sa.delete(secret).where(secret.person_id == person.id))
    factors.forget(session, person.id)
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.person_id == person.id))
    person.name, person.email = ERASED_NAME, f"{person.id}@erased.invalid"
    person.password_hash = person.demonstration_part = None
    person.is_operator = False
    session.flush()
    audit.erase(session, person.id)
    events.announce(session, PersonErased(person.id, addresses))
    _record(session, "erase", person, {})


def _addresses(session: Session, person: Person) -> tuple[str, ...]:
    """The address that somebody has and those that they had, without any that is another's by now."""
    changes = audit.personal_values(session, person.id, "change-email")
    had = {person.email, *(str(one["old"]) for one in changes)}
    others = sa.select(Person.email).where(Person.email.in_(had), Person.id != person.id)
    return tuple(sorted(had - set(session.scalars(others))))


def _record(session: Session, action: str, person: Person, after: Mapping[str, Any]) -> None:
    act = audit.Act(audit.SYSTEM, None, action, "people", person.id, after={**after, "by": "operator"})
    audit.record(session, act)
