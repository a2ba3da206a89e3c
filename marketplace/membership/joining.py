"""An account for a newcomer: a letter proves the address, its link opens the page that makes the account."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import mail
from marketplace.people import links
from marketplace.people import services as people
from marketplace.people.models import Person

PURPOSE = "join"
LINK_LASTS = timedelta(hours=24)


def ask(session: Session, email: str) -> None:
    """Send a letter to an address: with the link for a new account, or saying that there is one already.

    The page's answer and the work are the same for both, so that nobody learns who has an account.
    """
    address = email.strip().lower()
    is_known = session.scalar(sa.select(Person.id).where(Person.email == address)) is not None
    secret = links.make(session, PURPOSE, email=address, lasts=LINK_LASTS)
    letter = _to_known(address) if is_known else _to_newcomer(address, secret)
    mail.owe_email(session, f"join:{people.digest(secret)}", letter)


def address_of(session: Session, secret: str) -> str:
    """The address that a link proves; LinkEnded when it does not work any more."""
    return links.find(session, PURPOSE, secret).email


def make_account(session: Session, secret: str, name: str, password: str) -> Person:
    """A new account for the address that the link proves; Refused for a password that is not taken."""
    return people.add_person(session, links.use(session, PURPOSE, secret).email, name, password)


def _to_newcomer(address: str, secret: str) -> mail.Email:
    text = (
        "Somebody, probably you, asked for an account on Sharewell with this email address.\n\n"
        "The link works once, for 24 hours. If you did not ask, leave it: nothing happens."
    )
    return mail.Email(address, "Make your account on Sharewell", text, f"/join/{secret}")


def _to_known(address: str) -> mail.Email:
    text = (
        "Somebody, probably you, asked for an account on Sharewell with this email address. "
        "It has one already: sign in, and claim your trust or school from there.\n\n"
        "If you did not ask, leave it: nothing happens."
    )
    return mail.Email(address, "Sign in to Sharewell: you have an account", text, "/sign-in?next=/claims")
