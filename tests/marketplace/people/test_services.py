"""Accounts, sessions and tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound, Refused
from marketplace.people import services
from marketplace.people.models import ApiToken, BrowserSession, Person
from marketplace.people.services import WrongSignIn

PASSWORD = "seven green bicycles"


def sam(session: Session, password: str | None = PASSWORD) -> Person:
    return services.add_person(session, "sam@trust.example", "Sam Pike", password)


def test_a_password_is_kept_as_argon2id(session: Session) -> None:
    kept = sam(session).password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert PasswordHasher().verify(kept, PASSWORD)


def test_an_address_has_one_account_whatever_its_capitals(session: Session) -> None:
    sam(session)
    with pytest.raises(Refused, match="already has an account"):
        services.add_person(session, " Sam@Trust.Example", "Another Sam", PASSWORD)


@pytest.mark.parametrize(
    "email", ["", "sam", "sam@trust", "a b@trust.example", "a\x00@t.example", "x" * 250 + "@t.example"]
)
def test_what_is_no_address_is_refused(session: Session, email: str) -> None:
    with pytest.raises(Refused, match="email address"):
        services.add_person(session, email, "Sam Pike", None)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Sam\x07"])
def test_a_name_is_needed_and_printable(session: Session, name: str) -> None:
    with pytest.raises(Refused, match="name of 1 to 200"):
        services.add_person(session, "sam@trust.example", name, None)


@pytest.mark.parametrize("password", ["", "a b c short one", "Sam Pike at trust.example", "Password2026!!!!"])
def test_a_password_that_is_not_taken_makes_no_account(session: Session, password: str) -> None:
    with pytest.raises(Refused) as caught:
        sam(session, password[:14] if password.startswith("a b") else password)
    assert caught.value.field == "password"


def test_a_password_is_the_same_whatever_the_keyboard_makes_of_an_accent(session: Session) -> None:
    sam(session, "s\u00e9same tr\u00e8s ouvert")
    assert services.prove_by_password(session, "sam@trust.example", "se\u0301same tre\u0300s ouvert")


def test_spaces_around_a_password_belong_to_it(session: Session) -> None:
    sam(session, f" {PASSWORD} ")
    assert services.prove_by_password(session, "sam@trust.example", f" {PASSWORD} ")
    with pytest.raises(WrongSignIn):
        services.prove_by_password(session, "sam@trust.example", PASSWORD)


def test_only_digests_of_secrets_are_stored(session: Session) -> None:
    person = sam(session)
    secret = services.open_session(session, person.id, "test")
    token = services.make_token(session, person.email, "test")
    stored = [
        *session.scalars(sa.select(BrowserSession.secret_digest)),
        *session.scalars(sa.select(ApiToken.secret_digest)),
    ]
    assert stored == [services.digest(secret), services.digest(token)]


def test_an_unknown_address_costs_the_same_work_as_a_known_one(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam(session)
    tried: list[str] = []
    check = services._matches

    def count(known_hash: str, password: str) -> bool:
        tried.append(known_hash)
        return check(known_hash, password)

    monkeypatch.setattr(services, "_matches", count)
    sentences = set()
    for email in ("sam@trust.example", "nobody@trust.example"):
        with pytest.raises(WrongSignIn) as caught:
            services.prove_by_password(session, email, "wrong horse battery")
        sentences.add(caught.value.sentence)
    assert len(sentences) == 1
    assert len(tried) == 2
    assert {found.split("$")[3] for found in tried} == {"m=65536,t=3,p=4"}


def test_somebody_without_a_password_cannot_sign_in_with_one(session: Session) -> None:
    sam(session, None)
    with pytest.raises(WrongSignIn):
        services.prove_by_password(session, "sam@trust.example", "")


def test_a_hash_of_weaker_settings_is_made_anew_at_sign_in(session: Session) -> None:
    person = sam(session)
    weak = PasswordHasher(time_cost=1, memory_cost=32).hash(PASSWORD)
    person.password_hash = weak
    services.prove_by_password(session, person.email, PASSWORD)
    assert person.password_hash != weak


def test_a_session_lasts_twelve_hours_while_it_is_used(session: Session) -> None:
    person = sam(session)
    secret = services.open_session(session, person.id, "test")
    browser = services.session_of(session, secret)
    assert browser is not None
    start = clock.now()
    for hours in range(1, 12):
        with freeze_time(start + timedelta(hours=hours)):
            assert services.person_of_session(session, secret) is person
            services.note_use(session, BrowserSession, browser.id, "192.0.2.7")
    with freeze_time(start + timedelta(hours=11, minutes=59)):
        assert services.person_of_session(session, secret) is person
    with freeze_time(start + timedelta(hours=12, minutes=1)):
        assert services.person_of_session(session, secret) is None


def test_a_session_ends_after_two_hours_without_use(session: Session) -> None:
    person = sam(session)
    secret = services.open_session(session, person.id, "test")
    with freeze_time(clock.now() + timedelta(hours=1, minutes=59)):
        assert services.person_of_session(session, secret) is person
    with freeze_time(clock.now() + timedelta(hours=2, minutes=1)):
        assert services.person_of_session(session, secret) is None
        assert services.live_sessions(session, person.id) == []


def test_where_somebody_was_signed_in_is_forgotten_a_month_after_it_ended(session: Session) -> None:
    person, start = sam(session), clock.now()
    kept = sa.select(sa.func.count()).select_from(BrowserSession)
    counts = []
    for days in (0, 30, 31):
        with freeze_time(start + timedelta(days=days)):
            services.open_session(session, person.id, "test")
            counts.append(session.scalar(kept))
    assert counts == [1, 2, 2]


def test_a_token_lasts_ninety_days(session: Session) -> None:
    person = sam(session)
    token = services.make_token(session, person.email, "test")
    with freeze_time(clock.now() + timedelta(days=89)):
        assert services.person_of_token(session, token) is person
    with freeze_time(clock.now() + timedelta(days=91)):
        assert services.person_of_token(session, token) is None


def test_a_session_is_no_token_and_a_token_no_session(session: Session) -> None:
    person = sam(session)
    assert services.person_of_token(session, services.open_session(session, person.id, "test")) is None
    assert services.person_of_session(session, services.make_token(session, person.email, "test")) is None


def test_signing_out_ends_one_session(session: Session) -> None:
    person = sam(session)
    one, other = (services.open_session(session, person.id, "test") for _ in range(2))
    services.sign_out(session, one)
    services.sign_out(session, "unknown")
    assert services.person_of_session(session, one) is None
    assert services.person_of_session(session, other) is person


def test_signing_out_everywhere_spares_other_people(session: Session) -> None:
    person = sam(session)
    other = services.add_person(session, "kim@trust.example", "Kim", None)
    secrets = [services.open_session(session, person.id, "test") for _ in range(2)]
    others = services.open_session(session, other.id, "test")
    assert services.revoke_sessions(session, person.id) == 2
    assert [services.person_of_session(session, secret) for secret in secrets] == [None, None]
    assert services.person_of_session(session, others) is other


def test_the_list_of_sessions_leaves_out_what_has_ended(session: Session) -> None:
    person = sam(session)
    ended, expired, live = (services.open_session(session, person.id, name) for name in "abc")
    services.sign_out(session, ended)
    session.scalars(sa.select(BrowserSession).filter_by(user_agent="b")).one().expires_at = clock.now()
    assert expired
    assert [one.secret_digest for one in services.live_sessions(session, person.id)] == [
        services.digest(live)
    ]


def test_a_session_of_another_is_not_found(session: Session) -> None:
    person = sam(session)
    services.open_session(session, person.id, "test")
    other = services.add_person(session, "kim@trust.example", "Kim", None)
    with pytest.raises(NotFound):
        services.revoke_session(session, other.id, services.live_sessions(session, person.id)[0].id)


def test_a_long_name_of_a_browser_is_cut(session: Session) -> None:
    services.open_session(session, sam(session).id, "x" * 10_000)
    assert session.scalars(sa.select(BrowserSession.user_agent)).one() == "x" * 200


def test_a_token_needs_an_account(session: Session) -> None:
    with pytest.raises(NotFound):
        services.make_token(session, "nobody@trust.example", "test")
