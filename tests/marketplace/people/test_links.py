"""What an e-mailed link proves: once, for a while, and only while what it is bound to stays as it was."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.session import Database
from marketplace.kernel.settings import read_settings
from marketplace.people import links, services
from marketplace.people.links import LinkEnded
from marketplace.people.models import Person, SingleUseLink

LASTS = timedelta(minutes=15)


@pytest.fixture
def sam(session: Session) -> Person:
    """Somebody with a password."""
    return services.add_person(session, "sam@trust.example", "Sam Pike", "seven green bicycles")


def a_link(session: Session, sam: Person, purpose: str = "sign-in", bound: str = "") -> str:
    return links.make(session, purpose, email=sam.email, lasts=LASTS, person_id=sam.id, bound=bound)


def test_a_link_works_once(session: Session, sam: Person) -> None:
    secret = a_link(session, sam)
    assert links.find(session, "sign-in", secret).person_id == sam.id
    assert links.use(session, "sign-in", secret).person_id == sam.id
    for again in (links.find, links.use):
        with pytest.raises(LinkEnded):
            again(session, "sign-in", secret)


def test_only_the_digest_of_a_link_is_kept(session: Session, sam: Person) -> None:
    secret = a_link(session, sam)
    stored = session.execute(sa.select(SingleUseLink.__table__)).one()
    assert secret not in str(stored)
    assert services.digest(secret) in stored


def test_a_link_ends_with_its_time(session: Session, sam: Person) -> None:
    secret = a_link(session, sam)
    with freeze_time(clock.now() + timedelta(minutes=14)):
        assert links.find(session, "sign-in", secret)
    with freeze_time(clock.now() + timedelta(minutes=16)), pytest.raises(LinkEnded):
        links.use(session, "sign-in", secret)


def test_a_newer_link_ends_the_one_before_it(session: Session, sam: Person) -> None:
    first, second = a_link(session, sam), a_link(session, sam)
    with pytest.raises(LinkEnded):
        links.use(session, "sign-in", first)
    assert links.use(session, "sign-in", second)


def test_links_of_other_purposes_and_people_stay(session: Session, sam: Person) -> None:
    kim = services.add_person(session, "kim@trust.example", "Kim", None)
    others = a_link(session, kim)
    reset = a_link(session, sam, "reset-password")
    a_link(session, sam)
    assert links.use(session, "sign-in", others).person_id == kim.id
    assert links.use(session, "reset-password", reset).person_id == sam.id


def test_a_link_does_nothing_but_what_it_was_made_for(session: Session, sam: Person) -> None:
    secret = a_link(session, sam)
    with pytest.raises(LinkEnded):
        links.use(session, "reset-password", secret)
    assert links.use(session, "sign-in", secret)


@pytest.mark.parametrize("change", ["password", "email"])
def test_a_change_of_password_or_address_ends_what_was_mailed_before(
    session: Session, sam: Person, change: str
) -> None:
    secret = a_link(session, sam, "reset-password")
    if change == "password":
        services.set_password(session, sam, "eight yellow tricycles")
    else:
        sam.email = "pike@trust.example"
    with pytest.raises(LinkEnded):
        links.use(session, "reset-password", secret)


def test_a_link_holds_to_what_it_was_bound_to(session: Session, sam: Person) -> None:
    secret = a_link(session, sam, bound="trust 1")
    for other in ("", "trust 2"):
        with pytest.raises(LinkEnded):
            links.use(session, "sign-in", secret, other)
    assert links.use(session, "sign-in", secret, "trust 1")


def test_a_link_can_be_for_an_address_without_an_account(session: Session) -> None:
    secret = links.make(session, "register", email=" New@Trust.example", lasts=LASTS)
    found = links.use(session, "register", secret)
    assert (found.person_id, found.email) == (None, "new@trust.example")


def test_an_address_is_forgotten_a_day_after_its_link_ended(session: Session) -> None:
    links.make(session, "register", email="new@trust.example", lasts=LASTS)
    for hours, left in ((23, 2), (25, 2)):
        with freeze_time(clock.now() + timedelta(hours=hours)):
            links.make(session, "register", email=f"{hours}@trust.example", lasts=LASTS)
            assert session.scalar(sa.select(sa.func.count()).select_from(SingleUseLink)) == left


def test_of_many_at_once_one_uses_a_link(environment: dict[str, str]) -> None:
    database = Database.at(read_settings(environment).database_url)
    with database.writing() as session:
        secret = links.make(session, "register", email="sam@trust.example", lasts=LASTS)
        session.commit()
    together = threading.Barrier(8)

    def use(_: int) -> bool:
        together.wait()
        try:
            database.run(lambda session: links.use(session, "register", secret).id)
        except LinkEnded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == [False] * 7 + [True]
    database.close()


@pytest.mark.parametrize("secret", ["", "x", "\x00", "é" * 500])
def test_what_is_no_secret_opens_nothing(session: Session, secret: str) -> None:
    with pytest.raises(LinkEnded):
        links.use(session, "sign-in", secret)
