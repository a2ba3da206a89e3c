"""Passkeys: what a device makes and says is believed only when all of it is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from marketplace.kernel.errors import DomainError, NotFound, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.people import challenges, factors, passkeys, services
from marketplace.people.factor_models import Passkey, Purpose
from marketplace.people.models import Person
from marketplace.people.sites import Site, WrongPasskey
from tests.factories.devices import PRESENT, VERIFIED, Device

SITE = Site.at("https://sharewell.example")
BROWSER = "the secret of one browser"


@pytest.fixture
def sam(session: Session) -> Person:
    return services.add_person(session, "sam@trust.example", "Sam Pike", None)


def challenge(session: Session, sam: Person | None, purpose: Purpose) -> str:
    return challenges.ask(session, purpose, BROWSER, sam.id if sam else None)


def registered(session: Session, sam: Person, device: Device, name: str = "Laptop") -> Passkey:
    asked = challenge(session, sam, Purpose.REGISTER)
    made = device.makes(passkeys.registration_options(session, sam.id, SITE, asked))
    return passkeys.register(session, sam.id, SITE, asked, made, name)


def answered(session: Session, device: Device, sam: Person | None = None) -> tuple[str, str]:
    """A challenge and the device's answer to it."""
    asked = challenge(session, sam, Purpose.SIGN_IN)
    return asked, device.answers(passkeys.answer_options(session, sam.id if sam else None, SITE, asked))


def test_a_passkey_signs_its_owner_in_and_nobody_need_say_who_they_are(session: Session, sam: Person) -> None:
    device = Device()
    registered(session, sam, device)
    asked, answer = answered(session, device)
    assert passkeys.check(session, None, SITE, asked, answer) == sam.id
    assert factors.methods(session, sam.id).passkeys == 1
    kept = passkeys.of_person(session, sam.id)[0]
    assert (kept.name, kept.sign_count, kept.last_used_at is None) == ("Laptop", 1, False)


def test_what_a_browser_is_asked_for_needs_finger_face_or_pin(session: Session, sam: Person) -> None:
    registered(session, sam, Device())
    asked = json.loads(passkeys.registration_options(session, sam.id, SITE, "AAAA"))
    assert asked["rp"] == {"id": "sharewell.example", "name": "Sharewell"}
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["attestation"] == "none"
    assert len(asked["excludeCredentials"]) == 1
    anybody = json.loads(passkeys.answer_options(session, None, SITE, "AAAA"))
    assert anybody["userVerification"] == "required"
    assert anybody.get("allowCredentials", []) == []
    assert len(json.loads(passkeys.answer_options(session, sam.id, SITE, "AAAA"))["allowCredentials"]) == 1


FAULTS: dict[str, Callable[[Device], None]] = {
    "another site": lambda one: setattr(one, "origin", "https://sharewell.evil.example"),
    "no TLS": lambda one: setattr(one, "origin", "http://sharewell.example"),
    "another domain": lambda one: setattr(one, "domain", "evil.example"),
    "nobody verified": lambda one: setattr(one, "flags", PRESENT),
    "nobody present": lambda one: setattr(one, "flags", VERIFIED),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_registration_is_refused(session: Session, sam: Person, fault: str) -> None:
    device = Device()
    FAULTS[fault](device)
    with pytest.raises(WrongPasskey):
        registered(session, sam, device)
    assert not factors.required(session, sam.id)


USED_WRONGLY: dict[str, Callable[[Device], None]] = FAULTS | {
    "another key": lambda one: setattr(one, "key", ec.generate_private_key(ec.SECP256R1())),
    "an unknown passkey": lambda one: setattr(one, "credential_id", b"x" * 32),
    "another owner": lambda one: setattr(one, "owner", b"y" * 16),
    "a counter that stands still": lambda one: setattr(one, "sign_count", 6),
    "a counter that goes back": lambda one: setattr(one, "sign_count", 2),
}


@pytest.mark.parametrize("fault", USED_WRONGLY)
def test_a_wrong_answer_is_refused(session: Session, sam: Person, fault: str) -> None:
    device = Device(sign_count=7)
    registered(session, sam, device)
    USED_WRONGLY[fault](device)
    asked, answer = answered(session, device)
    with pytest.raises(WrongPasskey):
        passkeys.check(session, None, SITE, asked, answer)


def test_an_answer_to_another_question_is_refused(session: Session, sam: Person) -> None:
    device = Device()
    registered(session, sam, device)
    _, answer = answered(session, device)
    other = challenge(session, None, Purpose.SIGN_IN)
    with pytest.raises(WrongPasskey):
        passkeys.check(session, None, SITE, other, answer)


def test_the_same_answer_twice_is_refused_by_the_counter_too(session: Session, sam: Person) -> None:
    device = Device()
    registered(session, sam, device)
    asked, answer = answered(session, device)
    passkeys.check(session, None, SITE, asked, answer)
    with pytest.raises(WrongPasskey):
        passkeys.check(session, None, SITE, asked, answer)


def test_a_passkey_without_a_counter_works_again(session: Session, sam: Person) -> None:
    device = Device()
    registered(session, sam, device)
    for _ in range(3):
        device.sign_count = -1
        asked, answer = answered(session, device)
        assert passkeys.check(session, sam.id, SITE, asked, answer) == sam.id


def test_anothers_passkey_is_no_second_proof(session: Session, sam: Person) -> None:
    kim = services.add_person(session, "kim@trust.example", "Kim Ray", None)
    device = Device()
    registered(session, kim, device)
    asked, answer = answered(session, device)
    with pytest.raises(WrongPasskey):
        passkeys.check(session, sam.id, SITE, asked, answer)


def test_an_answer_without_an_owner_is_believed_by_its_key(session: Session, sam: Person) -> None:
    device = Device()
    registered(session, sam, device)
    device.owner = b""
    asked, answer = answered(session, device)
    assert passkeys.check(session, sam.id, SITE, asked, answer) == sam.id


def spoilt(answer: str, **changes: Any) -> str:
    told = json.loads(answer)
    told["response"] |= changes
    return json.dumps(told)


@pytest.mark.parametrize(
    "changes",
    [
        {"clientDataJSON": ""},
        {"clientDataJSON": "e30"},
        {"clientDataJSON": 5},
        {"authenticatorData": "AAAA"},
        {"signature": ""},
        {"signature": "AAAA"},
        {"userHandle": 7},
        {"userHandle": "eHh4"},
    ],
)
def test_a_spoilt_answer_is_refused(session: Session, sam: Person, changes: dict[str, Any]) -> None:
    device = Device()
    registered(session, sam, device)
    asked, answer = answered(session, device)
    with pytest.raises(WrongPasskey):
        passkeys.check(session, None, SITE, asked, spoilt(answer, **changes))


JUNK = ["", "{", "[]", "null", "7", "{}", '{"response": 3}', "[" * 15_000, '{"id": "\\ud800"}', "x" * 30_000]


@pytest.mark.parametrize("answer", JUNK, ids=range(len(JUNK)))
def test_what_is_no_answer_is_refused(session: Session, sam: Person, answer: str) -> None:
    with pytest.raises(WrongPasskey):
        passkeys.challenge_in(answer)
    with pytest.raises(WrongPasskey):
        passkeys.check(session, None, SITE, "AAAA", answer)
    with pytest.raises(WrongPasskey):
        passkeys.register(session, sam.id, SITE, "AAAA", answer, "Laptop")


@pytest.mark.parametrize("attestation", ["", "AAAA", "oA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA"])
def test_a_spoilt_registration_is_refused(session: Session, sam: Person, attestation: str) -> None:
    asked = challenge(session, sam, Purpose.REGISTER)
    made = Device().makes(passkeys.registration_options(session, sam.id, SITE, asked))
    with pytest.raises(WrongPasskey):
        passkeys.register(session, sam.id, SITE, asked, spoilt(made, attestationObject=attestation), "Laptop")


def test_a_device_registers_once(session: Session, sam: Person) -> None:
    device = Device()
    registered(session, sam, device)
    with pytest.raises(Refused, match="already"):
        registered(session, sam, device)


def test_a_person_has_twenty_passkeys_at_most(session: Session, sam: Person) -> None:
    for number in range(20):
        registered(session, sam, Device(), f"Key {number}")
    with pytest.raises(Refused, match="Remove one"):
        registered(session, sam, Device())


def test_a_removed_passkey_opens_nothing(session: Session, sam: Person) -> None:
    device = Device()
    kept = registered(session, sam, device)
    asked, answer = answered(session, device)
    passkeys.remove(session, sam.id, kept.id)
    with pytest.raises(WrongPasskey):
        passkeys.check(session, None, SITE, asked, answer)
    subjects = [job.payload["subject"] for job in session.scalars(sa.select(OutboxJob))]
    assert sorted(subjects) == ["A passkey was added", "A passkey was removed"]


def test_anothers_passkey_is_not_there(session: Session, sam: Person) -> None:
    kept = registered(session, sam, Device())
    kim = services.add_person(session, "kim@trust.example", "Kim Ray", None)
    for act in (passkeys.own, passkeys.remove):
        with pytest.raises(NotFound):
            act(session, kim.id, kept.id)


@pytest.mark.parametrize(
    ("address", "domain", "origin"),
    [
        ("https://sharewell.example", "sharewell.example", "https://sharewell.example"),
        ("https://sharewell.example:8443", "sharewell.example", "https://sharewell.example:8443"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_the_site_comes_from_the_address_that_people_use(address: str, domain: str, origin: str) -> None:
    assert Site.at(address) == Site(domain, origin)


def test_every_refusal_is_one_in_words() -> None:
    assert issubclass(WrongPasskey, DomainError)
    assert WrongPasskey().sentence.endswith("another way.")
