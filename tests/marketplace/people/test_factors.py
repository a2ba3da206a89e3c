"""Which second proofs a person has, and taking them all away."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.outbox import OutboxJob
from marketplace.people import authenticators, challenges, factors, operating, proving, services
from marketplace.people.factor_models import (
    Authenticator,
    Challenge,
    FactorTries,
    Identity,
    Passkey,
    Purpose,
    RecoveryCode,
)
from tests.factories.trusts import an_actor, signed_in

ADDRESS = "sam@trust.example"


def test_a_passkey_is_needed_from_then_on_and_others_are_not_counted(session: Session) -> None:
    sam = services.add_person(session, ADDRESS, "Sam Pike", None)
    kim = services.add_person(session, "kim@trust.example", "Kim Ray", None)
    session.add(Passkey(person_id=sam.id, name="Laptop", credential_id="a", public_key="b"))
    session.add(RecoveryCode(person_id=kim.id, code_digest="a"))
    session.flush()
    assert factors.methods(session, sam.id) == factors.Methods(False, 1, 0)
    assert factors.methods(session, kim.id) == factors.Methods(False, 0, 1)
    assert (factors.required(session, sam.id), factors.required(session, kim.id)) == (True, False)


def test_second_proofs_and_accounts_of_other_sites_go_too(session: Session) -> None:
    person = services.add_person(session, ADDRESS, "Sam Pike", None)
    everything_set_up(session, person.id)
    operating.erase_person(session, ADDRESS)
    assert rows_left(session) == 0


def test_who_lost_every_second_proof_signs_in_without(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    everything_set_up(session, actor.person_id)
    operating.remove_factors(session, actor.email)
    session.commit()
    assert rows_left(session) == 0
    assert browser.get("/account").location.startswith("/sign-in")
    told = session.scalars(sa.select(OutboxJob)).one().payload
    assert told["to"] == actor.email
    assert "removed by the operator" in told["subject"]


def everything_set_up(session: Session, person_id: uuid.UUID) -> None:
    authenticators.begin(session, person_id, "a key of the application")
    session.add(RecoveryCode(person_id=person_id, code_digest="a"))
    session.add(Passkey(person_id=person_id, name="Laptop", credential_id="a", public_key="b"))
    session.add(Identity(person_id=person_id, issuer="https://id.example", subject="sam"))
    challenges.ask(session, Purpose.REGISTER, "browser", person_id)
    proving.count_try(session, person_id)


def rows_left(session: Session) -> int:
    models = (Authenticator, RecoveryCode, Passkey, Identity, Challenge, FactorTries)
    return sum(session.scalar(sa.select(sa.func.count()).select_from(one)) or 0 for one in models)


def test_the_command_says_what_it_did(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    everything_set_up(session, actor.person_id)
    session.commit()
    result = app.test_cli_runner().invoke(args=["people", "remove-factors", actor.email])
    assert (result.exit_code, "by password alone" in result.stdout) == (0, True)
    assert rows_left(session) == 0
    unknown = app.test_cli_runner().invoke(args=["people", "remove-factors", "nobody@trust.example"])
    assert (unknown.exit_code, "Nobody has an account" in unknown.stderr) == (1, True)
