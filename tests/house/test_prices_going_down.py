"""An older schema takes what was ordered by the newer prices, and offers nothing that no seller offers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Basis, Cadence
from marketplace.catalogue.models import Listing, Plan
from marketplace.kernel.database import make_engine
from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT, Settings, read_settings
from marketplace.ordering import ending
from marketplace.ordering.models import Order
from tests.factories.catalogue import a_plan
from tests.factories.ordering import a_contract, a_market

BEFORE = "a671b9e5c9d1"


def config(settings: Settings) -> Config:
    made = Config(toml_file=str(ROOT / "pyproject.toml"))
    made.attributes["settings"] = settings
    return made


def an_order_that_ends_early(session: Session) -> None:
    """At a price that is still offered, beside a removed one, one of the whole and one with a fixed fee."""
    market = a_market(session)
    listing = session.get_one(Listing, market.listing_id)
    session.scalars(sa.select(Plan)).one().notice_days = 0
    session.flush()
    a_contract(session, market)
    order = session.scalars(sa.select(Order)).one()
    ending.end_early(session, market.buyer, order.id, 1, order.version)
    a_plan(session, listing, Cadence.TERMLY).is_offered = False
    a_plan(session, listing, Cadence.ANNUAL).fixed_pence = 100
    a_plan(session, listing, Cadence.ONCE).basis = Basis.FLAT


def test_orders_stay_and_only_what_the_older_schema_can_say_is_offered(environment: dict[str, str]) -> None:
    settings = read_settings(environment)
    database = Database.at(environment["DATABASE_URL"])
    database.run(an_order_that_ends_early)
    database.close()
    command.downgrade(config(settings), BEFORE)
    engine = make_engine(settings.migrations_database_url)
    with engine.connect() as connection:
        moves = connection.scalars(sa.text("SELECT move FROM order_moves ORDER BY id")).all()
        plans = connection.execute(sa.text("SELECT cadence, unit_price_pence FROM plans")).all()
        owed = connection.scalar(sa.text("SELECT net_pence FROM orders"))
    engine.dispose()
    assert list(moves) == ["place", "accept", "change"]
    assert [tuple(plan) for plan in plans] == [("monthly", 26_500)]
    assert owed == 53_000
    command.upgrade(config(settings), "head")
