"""A challenge is answered once, by the browser and for the purpose that it was made for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy.orm import Session

from marketplace.kernel.session import Database
from marketplace.kernel.settings import read_settings
from marketplace.people import challenges, services
from marketplace.people.challenges import TooLate
from marketplace.people.factor_models import Challenge, Purpose


def test_a_challenge_names_whom_it_was_made_for_and_ends(session: Session) -> None:
    sam = services.add_person(session, "sam@trust.example", "Sam Pike", None)
    value = challenges.ask(session, Purpose.SECOND, "browser", sam.id)
    assert challenges.spend(session, Purpose.SECOND, "browser", value) == sam.id
    with pytest.raises(TooLate):
        challenges.spend(session, Purpose.SECOND, "browser", value)


@pytest.mark.parametrize(
    ("purpose", "browser", "value"),
    [
        (Purpose.CONFIRM, "browser", None),
        (Purpose.SECOND, "another browser", None),
        (Purpose.SECOND, "", None),
        (Purpose.SECOND, "browser", ""),
        (Purpose.SECOND, "browser", "made up"),
        (Purpose.SECOND, "browser", "nul\x00"),
    ],
)
def test_another_browser_purpose_or_value_is_refused(
    session: Session, purpose: Purpose, browser: str, value: str | None
) -> None:
    made = challenges.ask(session, Purpose.SECOND, "browser")
    with pytest.raises(TooLate):
        challenges.spend(session, purpose, browser, made if value is None else value)
    assert challenges.spend(session, Purpose.SECOND, "browser", made) is None


def test_a_challenge_lasts_ten_minutes_and_old_ones_are_swept(session: Session) -> None:
    with freeze_time("2027-03-01 12:00:00") as told:
        assert isinstance(told, FrozenDateTimeFactory)
        value = challenges.ask(session, Purpose.SIGN_IN, "browser")
        told.tick(timedelta(minutes=10))
        with pytest.raises(TooLate):
            challenges.spend(session, Purpose.SIGN_IN, "browser", value)
        challenges.ask(session, Purpose.SIGN_IN, "browser")
        assert session.scalar(sa.select(sa.func.count()).select_from(Challenge)) == 1


def test_the_secret_of_the_browser_is_not_kept(session: Session) -> None:
    challenges.ask(session, Purpose.SIGN_IN, "the secret of a browser")
    assert "secret" not in session.scalars(sa.select(Challenge.browser_digest)).one()


def test_of_many_answers_at_once_one_is_taken(environment: dict[str, str]) -> None:
    database = Database.at(read_settings(environment).database_url)
    value = database.run(lambda s: challenges.ask(s, Purpose.SIGN_IN, "browser"))
    start = Barrier(6)

    def answer(_: int) -> bool:
        start.wait()
        try:
            database.run(lambda s: challenges.spend(s, Purpose.SIGN_IN, "browser", value))
        except TooLate:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(answer, range(6))) == [False] * 5 + [True]
    database.close()
