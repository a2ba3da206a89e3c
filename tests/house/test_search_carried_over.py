"""What was listed before the search had its tables, or has them otherwise, is found after an upgrade."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from marketplace.finding import news, saving, subscribers, telling, understanding
from marketplace.finding.kinds import Frequency
from marketplace.finding.models import SavedSearch, SearchRow
from marketplace.kernel import clock, outbox, units
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT, read_settings
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.finding import lies, titles
from tests.factories.partnerships import a_partnership
from tests.factories.trusts import an_actor

BEFORE_THE_SEARCH, BEFORE_NEWS = "b7e41c09d2a6", "9d2f6c1e75ab"


@pytest.fixture
def settings_of(environment: dict[str, str]) -> Config:
    """What migrations of the test's own database are run with."""
    made = Config(toml_file=str(ROOT / "pyproject.toml"))
    made.attributes["settings"] = read_settings(environment)
    return made


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """That database, whose jobs the search carries out."""
    subscribers.subscribe_all()
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


def fill(database: Database) -> None:
    """Two offers for everybody, one for the members of a partnership, and a search saved between them."""
    with database.writing() as session, session.begin():
        trust = a_known_seller(session)
        partnership_id = a_partnership(session, an_actor(session, trust)).id
        an_offer(session, trust, title="Zither lessons")
        saving.save_search(session, an_actor(session), "words=zither", "Zithers", Frequency.DAILY)
        an_offer(session, trust, title="Zither repairs")
        an_offer(session, trust, title="Zither secrets", partnership_id=partnership_id)


def owed(database: Database) -> list[OutboxJob]:
    with database.reading() as session:
        jobs = sa.select(OutboxJob).where(OutboxJob.kind == subscribers.REINDEX)
        return list(session.scalars(jobs))


def found(database: Database) -> list[str]:
    with database.reading() as session:
        return titles(session, words="zither")


@pytest.mark.parametrize("before", [BEFORE_THE_SEARCH, BEFORE_NEWS])
def test_what_was_listed_before_is_found_as_soon_as_a_worker_runs(
    database: Database, settings_of: Config, before: str
) -> None:
    fill(database)
    command.downgrade(settings_of, before)
    command.upgrade(settings_of, "head")
    if before == BEFORE_NEWS:
        assert found(database) == ["Zither repairs", "Zither lessons"], "what was found is found all the time"
        assert_open_until(database)
    (job,) = owed(database)
    assert outbox.carry_out(database.writing, job.id)
    assert found(database) == ["Zither repairs", "Zither lessons"]
    with database.writing() as session:
        assert understanding.understand(session, "zihter", exactly=False).corrected == "zither"
        assert news.last(session) == 4  # with the one that was withdrawn
        assert lies(session) == []


def assert_open_until(database: Database) -> None:
    """What is free next ends on the day that is kept beside it."""
    with database.reading() as session:
        rows = session.execute(sa.select(SearchRow.next_open, SearchRow.open_until)).all()
    assert len(rows) == 3
    assert all(json.loads(row.next_open)["ends_on"] == row.open_until.isoformat() for row in rows)


def test_saved_searches_go_on_from_where_they_were(database: Database, settings_of: Config) -> None:
    fill(database)
    command.downgrade(settings_of, BEFORE_NEWS)
    command.upgrade(settings_of, "head")
    with database.writing() as session:
        assert session.scalars(sa.select(SavedSearch.told_number)).all() == [2]
        assert telling.tell_daily(units.within(session), clock.today()) == 1
        mails = session.scalars(sa.select(OutboxJob.payload).where(OutboxJob.kind == "send-email")).all()
        assert [words.split("\n")[0] for words, _ in mails[0]["links"]][:1] == ["Zither repairs"]
        assert mails[0]["subject"].startswith("See 1 new service:")


def test_an_empty_database_owes_nothing(database: Database) -> None:
    assert owed(database) == []
