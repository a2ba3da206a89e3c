"""Recovery codes: ten, each used once, told when one is."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.outbox import OutboxJob
from marketplace.people import factors, recovery, services
from marketplace.people.factor_models import Passkey, RecoveryCode
from marketplace.people.models import Person
from marketplace.people.recovery import WrongRecoveryCode


@pytest.fixture
def sam(session: Session) -> Person:
    return services.add_person(session, "sam@trust.example", "Sam Pike", None)


def test_ten_codes_are_made_and_only_digests_kept(session: Session, sam: Person) -> None:
    codes = recovery.make(session, sam.id)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", code) for code in codes)
    kept = " ".join(session.scalars(sa.select(RecoveryCode.code_digest)))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_code_works_once_however_it_is_typed(session: Session, sam: Person) -> None:
    code = recovery.make(session, sam.id)[3]
    assert recovery.use(session, sam.id, f"  {code.upper().replace('-', ' ')} ") == 9
    for again in (code, code.replace("-", ""), code.upper()):
        with pytest.raises(WrongRecoveryCode):
            recovery.use(session, sam.id, again)
    assert factors.methods(session, sam.id).recovery_codes == 9


def test_using_one_is_told_with_how_many_are_left(session: Session, sam: Person) -> None:
    codes = recovery.make(session, sam.id)
    for code in codes:
        recovery.use(session, sam.id, code)
    texts = [
        job.payload["text"]
        for job in session.scalars(sa.select(OutboxJob).order_by(OutboxJob.id))
        if job.payload["subject"] == "A recovery code was used"
    ]
    assert "9 are left." in texts[0]
    assert "1 is left." in texts[8]
    assert "None is left: make new ones." in texts[9]
    assert not any(code in text for code in codes for text in texts)


def test_new_codes_end_the_earlier_ones(session: Session, sam: Person) -> None:
    old = recovery.make(session, sam.id)
    new = recovery.make(session, sam.id)
    with pytest.raises(WrongRecoveryCode):
        recovery.use(session, sam.id, old[0])
    assert recovery.use(session, sam.id, new[0]) == 9


def test_anothers_code_is_refused(session: Session, sam: Person) -> None:
    other = services.add_person(session, "kim@trust.example", "Kim Ray", None)
    theirs = recovery.make(session, other.id)
    with pytest.raises(WrongRecoveryCode):
        recovery.use(session, sam.id, theirs[0])
    assert factors.methods(session, other.id).recovery_codes == 10


@pytest.mark.parametrize("code", ["", "-", "\x00", "aaaa-aaaa-aaaa-aaaa", "x" * 500])
def test_what_is_no_code_is_refused(session: Session, sam: Person, code: str) -> None:
    recovery.make(session, sam.id)
    with pytest.raises(WrongRecoveryCode):
        recovery.use(session, sam.id, code)


def test_codes_alone_are_no_second_factor(session: Session, sam: Person) -> None:
    recovery.make(session, sam.id)
    assert not factors.required(session, sam.id)


def test_codes_go_with_the_last_factor(session: Session, sam: Person) -> None:
    recovery.make(session, sam.id)
    session.add(Passkey(person_id=sam.id, name="Laptop", credential_id="a", public_key="b"))
    session.flush()
    recovery.forget(session, sam.id)
    assert factors.methods(session, sam.id).recovery_codes == 10
    session.execute(sa.delete(Passkey))
    recovery.forget(session, sam.id)
    assert factors.methods(session, sam.id).recovery_codes == 0
