"""Codes of an authenticator app: set up, accepted once, refused otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy.orm import Session

from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import InvalidState, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.people import authenticators, factors, services
from marketplace.people.authenticators import Unreadable, WrongCode
from marketplace.people.factor_models import Authenticator
from marketplace.people.models import Person
from tests.factories.devices import app_code

KEY = "the application's own key, long enough"
NOON = "2027-03-01 12:00:00"
STEP = 1_803_902_400 // 30
"""The 30-second step of that noon."""


@pytest.fixture
def sam(session: Session) -> Person:
    return services.add_person(session, "sam@trust.example", "Sam Pike", None)


def begun(session: Session, sam: Person) -> str:
    authenticators.begin(session, sam.id, KEY)
    return authenticators.enrolment(session, sam.id, KEY).secret


def set_up(session: Session, sam: Person, step: int = STEP - 1) -> str:
    secret = begun(session, sam)
    authenticators.confirm(session, sam.id, KEY, app_code(secret, step))
    return secret


@freeze_time(NOON)
def test_an_app_counts_once_a_code_of_it_was_given(session: Session, sam: Person) -> None:
    secret = begun(session, sam)
    assert not factors.required(session, sam.id)
    with pytest.raises(WrongCode):
        authenticators.check(session, sam.id, KEY, app_code(secret, STEP))
    authenticators.confirm(session, sam.id, KEY, app_code(secret, STEP))
    assert factors.required(session, sam.id)
    assert factors.methods(session, sam.id).authenticator


@freeze_time(NOON)
def test_what_an_app_reads_names_sharewell_and_the_address(session: Session, sam: Person) -> None:
    authenticators.begin(session, sam.id, KEY)
    told = authenticators.enrolment(session, sam.id, KEY)
    assert told.address == (
        f"otpauth://totp/Sharewell:sam%40trust.example?secret={told.secret}&issuer=Sharewell"
    )
    assert len(told.secret) == 32


@freeze_time(NOON)
def test_a_code_works_once_even_with_spaces_in_it(session: Session, sam: Person) -> None:
    secret = set_up(session, sam)
    code = app_code(secret, STEP)
    authenticators.check(session, sam.id, KEY, f" {code[:3]} {code[3:]}\t")
    for again in (code, f"{code[:3]} {code[3:]}", f"{code}\n", f"\u2003{code}"):
        with pytest.raises(WrongCode):
            authenticators.check(session, sam.id, KEY, again)


@freeze_time(NOON)
def test_the_code_that_set_the_app_up_signs_nobody_in(session: Session, sam: Person) -> None:
    secret = set_up(session, sam, STEP)
    with pytest.raises(WrongCode):
        authenticators.check(session, sam.id, KEY, app_code(secret, STEP))


@pytest.mark.parametrize(("off", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
@freeze_time(NOON)
def test_a_clock_may_be_one_step_off(session: Session, sam: Person, off: int, is_taken: bool) -> None:
    secret = set_up(session, sam, STEP - 1)
    session.execute(sa.update(Authenticator).values(last_step=0))
    code = app_code(secret, STEP + off)
    if is_taken:
        authenticators.check(session, sam.id, KEY, code)
    else:
        with pytest.raises(WrongCode):
            authenticators.check(session, sam.id, KEY, code)


@freeze_time(NOON)
def test_an_older_code_does_not_follow_a_newer_one(session: Session, sam: Person) -> None:
    secret = set_up(session, sam)
    authenticators.check(session, sam.id, KEY, app_code(secret, STEP + 1))
    with pytest.raises(WrongCode):
        authenticators.check(session, sam.id, KEY, app_code(secret, STEP))


def test_the_next_step_brings_the_next_code(session: Session, sam: Person) -> None:
    with freeze_time(NOON) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        secret = set_up(session, sam, STEP)
        clock.tick(timedelta(seconds=30))
        authenticators.check(session, sam.id, KEY, app_code(secret, STEP + 1))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "1234 5\x00"])
@freeze_time(NOON)
def test_what_is_no_code_is_refused(session: Session, sam: Person, code: str) -> None:
    set_up(session, sam)
    with pytest.raises(WrongCode):
        authenticators.check(session, sam.id, KEY, code)


@freeze_time(NOON)
def test_another_persons_code_is_refused(session: Session, sam: Person) -> None:
    set_up(session, sam)
    other = services.add_person(session, "kim@trust.example", "Kim Ray", None)
    theirs = set_up(session, other)
    with pytest.raises(WrongCode):
        authenticators.check(session, sam.id, KEY, app_code(theirs, STEP))


@freeze_time(NOON)
def test_a_new_phone_replaces_the_old_one_only_when_it_gave_a_code(session: Session, sam: Person) -> None:
    old = set_up(session, sam)
    new = begun(session, sam)
    authenticators.check(session, sam.id, KEY, app_code(old, STEP))
    authenticators.confirm(session, sam.id, KEY, app_code(new, STEP))
    with pytest.raises(WrongCode):
        authenticators.check(session, sam.id, KEY, app_code(old, STEP + 1))
    authenticators.check(session, sam.id, KEY, app_code(new, STEP + 1))


@freeze_time(NOON)
def test_the_secret_is_sealed_where_it_is_kept(session: Session, sam: Person) -> None:
    secret = set_up(session, sam)
    kept = session.scalars(sa.select(Authenticator.sealed_secret)).one()
    assert secret not in kept


@freeze_time(NOON)
def test_a_changed_key_is_said_in_words(session: Session, sam: Person) -> None:
    secret = set_up(session, sam)
    assert authenticators.is_readable(session, sam.id, KEY)
    assert not authenticators.is_readable(session, sam.id, "another key of the application")
    with pytest.raises(Unreadable, match="Use a recovery code or a passkey"):
        authenticators.check(session, sam.id, "another key of the application", app_code(secret, STEP))


@freeze_time(NOON)
def test_an_app_can_be_removed(session: Session, sam: Person) -> None:
    secret = set_up(session, sam)
    authenticators.remove(session, sam.id)
    assert not factors.required(session, sam.id)
    with pytest.raises(WrongCode):
        authenticators.check(session, sam.id, KEY, app_code(secret, STEP))
    with pytest.raises(Refused, match="no authenticator app"):
        authenticators.remove(session, sam.id)


def test_nothing_is_confirmed_that_was_not_begun(session: Session, sam: Person) -> None:
    with pytest.raises(InvalidState, match="Begin again"):
        authenticators.confirm(session, sam.id, KEY, "123456")


@freeze_time(NOON)
def test_setting_up_and_removing_are_told_and_recorded(session: Session, sam: Person) -> None:
    set_up(session, sam)
    authenticators.remove(session, sam.id)
    session.commit()
    mails = [job.payload for job in session.scalars(sa.select(OutboxJob).order_by(OutboxJob.id))]
    assert [mail["subject"] for mail in mails] == [
        "An authenticator app was set up",
        "Your authenticator app was removed",
    ]
    assert {mail["to"] for mail in mails} == {sam.email}
    actions = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_id == sam.id))
    assert set(actions) == {"authenticator-added", "authenticator-removed"}
