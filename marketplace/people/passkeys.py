"""Passkeys (WebAuthn): registered with us, then proof of possession and of finger, face or PIN at once."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound, Refused
from marketplace.people import factor_changes
from marketplace.people.factor_models import Passkey
from marketplace.people.models import Person
from marketplace.people.sites import Site, WrongPasskey

MOST = 20
"""Passkeys of one person."""


def registration_options(session: Session, person_id: uuid.UUID, site: Site, challenge: str) -> str:
    """What the browser gives a device to make a passkey, as JSON; devices that have one make no second."""
    from marketplace.people import devices

    person = session.get_one(Person, person_id)
    known = [one.credential_id for one in of_person(session, person_id)]
    return devices.making_options(site, challenge, person_id.bytes, (person.email, person.name), known)


def answer_options(session: Session, person_id: uuid.UUID | None, site: Site, challenge: str) -> str:
    """What the browser asks a device, as JSON: for one person's passkeys, or for whichever it has."""
    from marketplace.people import devices

    known = [one.credential_id for one in of_person(session, person_id)] if person_id else []
    return devices.asking_options(site, challenge, known)


def challenge_in(answer: str) -> str:
    """The challenge that a device's answer says it answers; WrongPasskey when it says none."""
    from marketplace.people import devices

    return devices.challenge_in(answer)


def register(
    session: Session, person_id: uuid.UUID, site: Site, challenge: str, answer: str, name: str
) -> Passkey:
    """Keep the passkey that a device made for a challenge of ours; WrongPasskey or Refused."""
    from marketplace.people import devices

    made = devices.made(site, challenge, answer)
    _refuse_too_many(session, person_id, made.credential_id)
    passkey = Passkey(
        person_id=person_id,
        name=name,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
    )
    session.add(passkey)
    session.flush()
    factor_changes.tell(session, person_id, "passkey-added", "A passkey was added", f"Its name is {name}.")
    return passkey


def check(
    session: Session, person_id: uuid.UUID | None, site: Site, challenge: str, answer: str
) -> uuid.UUID:
    """Who answered the challenge with a passkey; WrongPasskey unless it is `person_id`, if one is given."""
    from marketplace.people import devices

    said = devices.said(answer)
    passkey = _lock(session, said.credential_id)
    if person_id not in {None, passkey.person_id} or said.owner not in {None, passkey.person_id.bytes}:
        raise WrongPasskey
    passkey.sign_count = devices.count_after(site, challenge, answer, passkey.public_key, passkey.sign_count)
    passkey.last_used_at = clock.now()
    return passkey.person_id


def of_person(session: Session, person_id: uuid.UUID) -> list[Passkey]:
    """The passkeys of a person, in the order in which they were made."""
    return list(
        session.scalars(sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id))
    )


def own(session: Session, person_id: uuid.UUID, passkey_id: uuid.UUID) -> Passkey:
    """A passkey of the person's own; NotFound when it is another's."""
    found = session.get(Passkey, passkey_id)
    if found is None or found.person_id != person_id:
        raise NotFound
    return found


def remove(session: Session, person_id: uuid.UUID, passkey_id: uuid.UUID) -> None:
    """Take a passkey away; NotFound when it is another's."""
    found = own(session, person_id, passkey_id)
    session.delete(found)
    session.flush()
    what = f"Its name was {found.name}."
    factor_changes.tell(session, person_id, "passkey-removed", "A passkey was removed", what)


def _lock(session: Session, credential_id: str) -> Passkey:
    statement = sa.select(Passkey).where(Passkey.credential_id == credential_id).with_for_update()
    found = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise WrongPasskey
    return found


def _refuse_too_many(session: Session, person_id: uuid.UUID, credential_id: str) -> None:
    if session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None:
        raise Refused("This device has a passkey for Sharewell already.")
    if len(of_person(session, person_id)) >= MOST:
        raise Refused(f"You have {MOST} passkeys. Remove one that you do not use, then add this one.")
