"""A change of how somebody proves who they are: recorded, and told them by e-mail."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from marketplace.kernel import audit, mail
from marketplace.kernel.database import new_id
from marketplace.people.models import Person

PAGE = "/account/security"
ALARM = "If this was not you, change your password at once and look at this page:"
TOKENS_PAGE = "/account/tokens"
TOKENS_ALARM = "If this was not you, change your password at once, then revoke the token on this page:"


def tell(session: Session, person_id: uuid.UUID, action: str, what: str, more: str = "") -> None:
    """Record an act about a person's own account and send them `what` as a subject, with `more` below it."""
    person = session.get_one(Person, person_id)
    audit.record(session, audit.Act(audit.SYSTEM, person_id, action, "people", person_id))
    text = f"{what}. {more}\n\n{ALARM}" if more else f"{what}.\n\n{ALARM}"
    mail.owe_email(session, f"{action}:{new_id()}", mail.Email(person.email, what, text, PAGE))


def tell_of_token(session: Session, person_id: uuid.UUID, name: str) -> None:
    """Record that a token was made and say so; it outlasts a new password, so the e-mail says how it ends."""
    person, action = session.get_one(Person, person_id), "make-token"
    audit.record(session, audit.Act(audit.SYSTEM, person_id, action, "people", person_id))
    what = f"A token for programs was made: {name}"
    email = mail.Email(person.email, what, f"{what}.\n\n{TOKENS_ALARM}", TOKENS_PAGE)
    mail.owe_email(session, f"{action}:{new_id()}", email)
