"""What somebody does to their own account by e-mail: signing in, a new password, another address.

The answer, and the work that it takes, is the same for an address with an account and for one without: a link
is made and a message is owed either way, and only what stands in the message differs.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts import messages
from marketplace.kernel import audit, mail
from marketplace.kernel.errors import Refused
from marketplace.kernel.mail import Email
from marketplace.people import links, services
from marketplace.people.links import LinkEnded
from marketplace.people.models import Person, SingleUseLink

SIGN_IN, RESET, ADDRESS, CONFIRM = "sign-in", "reset-password", "change-email", "confirm"
LASTS = {
    SIGN_IN: timedelta(minutes=15),
    RESET: timedelta(hours=1),
    ADDRESS: timedelta(hours=24),
    CONFIRM: timedelta(minutes=15),
}

PROGRAMS_STAY = "Programs that have a token of yours still act for you."
PROGRAMS_END = "Programs that had a token of yours are shut out too: they need new ones."


def mail_sign_in_link(session: Session, email: str, address: str) -> None:
    """Send a link to sign in, which leads on to a page; to an address without an account, a word about it."""
    person = services.by_address(session, email)
    secret = _make(session, SIGN_IN, email, person)
    path = f"/sign-in/link/{secret}" + (f"?next={quote(address)}" if address != "/" else "")
    _owe(session, secret, messages.sign_in(email, path) if person else messages.no_account(email))


def person_of_sign_in_link(session: Session, secret: str) -> uuid.UUID:
    """Use a link to sign in; whose it is. LinkEnded when it works no more."""
    return _whose(links.use(session, SIGN_IN, secret))


def mail_reset_link(session: Session, email: str) -> None:
    """Send a link to choose a new password; to an address without an account, a word about it."""
    person = services.by_address(session, email)
    secret = _make(session, RESET, email, person)
    path = f"/reset-password/{secret}"
    _owe(session, secret, messages.reset(email, path) if person else messages.no_account(email))


def reset_password(session: Session, secret: str, password: str) -> uuid.UUID:
    """Set a forgotten password by link, sign every browser out and end every token; whose it is.

    LinkEnded when the link works no more; Refused, and the link still works, when the password is not taken.
    """
    person = session.get_one(Person, _whose(links.find(session, RESET, secret)), with_for_update=True)
    links.use(session, RESET, secret)
    services.set_password(session, person, password, field="new_password")
    services.revoke_sessions(session, person.id)
    services.revoke_tokens(session, person.id)
    _password_changed(session, person, PROGRAMS_END)
    return person.id


def set_password(
    session: Session, person_id: uuid.UUID, password: str | None, new_password: str, kept_secret: str
) -> None:
    """Change a password, or set the first one, and sign every other browser out.

    Refused, at its field, when `password` is not the present one or the new one is not taken.
    """
    person = session.get_one(Person, person_id, with_for_update=True)
    if person.password_hash is not None and not services.is_password_of(person, password or ""):
        raise Refused("This is not your password.", field="password")
    services.set_password(session, person, new_password, field="new_password")
    services.end_other_sessions(session, person_id, kept_secret)
    _password_changed(session, person, PROGRAMS_STAY)


def mail_confirming_link(session: Session, person_id: uuid.UUID, browser: uuid.UUID, address: str) -> None:
    """Send a person a link that proves who they are, in the one browser session that asks for it."""
    person = session.get_one(Person, person_id)
    lasts = LASTS[CONFIRM]
    secret = links.make(
        session, CONFIRM, email=person.email, person_id=person_id, bound=str(browser), lasts=lasts
    )
    _owe(session, secret, messages.confirm(person.email, f"/confirm/link/{secret}?next={quote(address)}"))


def confirm_by_link(session: Session, secret: str, person_id: uuid.UUID, browser: uuid.UUID) -> None:
    """Use a link that proves who somebody is; LinkEnded when it is another's or another browser session's."""
    if links.use(session, CONFIRM, secret, str(browser)).person_id != person_id:
        raise LinkEnded


def mail_address_link(session: Session, person_id: uuid.UUID, email: str) -> None:
    """Send a link to a new address, and word of it to the one that is; nothing is changed yet.

    Whether the new address has an account already is said to its owner alone.
    """
    person = session.get_one(Person, person_id)
    is_taken = services.by_address(session, email) is not None
    secret = links.make(session, ADDRESS, email=email, person_id=person_id, lasts=LASTS[ADDRESS])
    path = f"/account/email/{secret}"
    _owe(session, secret, messages.address_taken(email) if is_taken else messages.new_address(email, path))
    _owe(session, f"{secret}old", messages.address_asked(person.email, email))


def address_in_link(session: Session, person_id: uuid.UUID, secret: str) -> str:
    """The new address that a link stands for; LinkEnded when it is another person's."""
    found = links.find(session, ADDRESS, secret)
    if found.person_id != person_id:
        raise LinkEnded
    return found.email


def change_address(session: Session, person_id: uuid.UUID, secret: str, kept_secret: str) -> str:
    """Use such a link: the person has the new address, other browsers end, the old address is told.

    The new address. LinkEnded also when somebody else has it by now.
    """
    address_in_link(session, person_id, secret)
    person = session.get_one(Person, person_id, with_for_update=True)
    new, old = links.use(session, ADDRESS, secret).email, person.email
    _take_address(session, person, new)
    services.end_other_sessions(session, person_id, kept_secret)
    links.end_all(session, person_id)
    _record(session, person_id, "change-email", {"old": old, "new": new})
    _owe(session, f"{secret}done", messages.address_changed(old, new))
    return new


def _take_address(session: Session, person: Person, email: str) -> None:
    try:
        with session.begin_nested():
            person.email = email
    except sa.exc.IntegrityError as error:  # another account was made with it in the meantime
        raise LinkEnded from error


def _password_changed(session: Session, person: Person, programs: str) -> None:
    """What was mailed before works no more; the person hears of it, and it stands on record."""
    links.end_all(session, person.id)
    _record(session, person.id, "change-password", {})
    _owe(
        session, services.digest(str(person.password_hash)), messages.password_changed(person.email, programs)
    )


def _make(session: Session, purpose: str, email: str, person: Person | None) -> str:
    person_id = None if person is None else person.id
    return links.make(session, purpose, email=email, person_id=person_id, lasts=LASTS[purpose])


def _whose(link: SingleUseLink) -> uuid.UUID:
    """The person of a link; one for an address without an account was never sent to anybody."""
    if link.person_id is None:
        raise LinkEnded
    return link.person_id


def _owe(session: Session, secret: str, email: Email) -> None:
    mail.owe_email(session, f"account:{services.digest(secret)}", email)


def _record(session: Session, person_id: uuid.UUID, action: str, personal: dict[str, str]) -> None:
    act = audit.Act(audit.SYSTEM, person_id, action, "people", person_id, personal=personal)
    audit.record(session, act)
