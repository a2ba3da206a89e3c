"""What orders took before its rows were named by order and period is theirs after an upgrade, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT, read_settings
from marketplace.ordering.models import OrderCapacity
from tests.factories.ordering import a_market, a_sent_order

BEFORE = "a93e5f07c1d8"
TOOK = sa.text("SELECT order_id, period_id, units FROM order_capacity ORDER BY order_id, period_id")


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


def took(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(TOOK)]


def test_what_orders_took_stays_theirs(database: Database, environment: dict[str, str]) -> None:
    settings = Config(toml_file=str(ROOT / "pyproject.toml"))
    settings.attributes["settings"] = read_settings(environment)
    with database.writing() as session, session.begin():
        for quantity in (1, 2):
            a_sent_order(session, a_market(session), quantity=quantity)
    known = took(database)
    assert {units for _, _, units in known} == {1, 2}
    command.downgrade(settings, BEFORE)
    assert took(database) == known
    with database.reading() as session:
        ids = session.scalars(sa.text("SELECT id FROM order_capacity")).all()
    assert len(set(ids)) == len(known)
    command.upgrade(settings, "head")
    assert took(database) == known
    with database.reading() as session:
        assert len(session.scalars(sa.select(OrderCapacity)).all()) == len(known)
