"""Taking six months of capacity by the service, and the same statements through the driver alone, in one run.

A purchase is take_capacity and the rows that an order keeps of it, in a session that acts for a buyer.
Its statements are recorded as they are sent; replayed, with the same values, they are what the driver alone
needs for the same: BEGIN, row security, savepoint, reads, guarded updates, inserts, COMMIT.
"""

from __future__ import annotations

import gc
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.catalogue.models import CapacityPeriod
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.taking import take_capacity
from marketplace.kernel.database import act_for
from marketplace.kernel.session import Database
from marketplace.ordering import services
from marketplace.ordering.models import OrderCapacity
from marketplace.ordering.terms import OrderTerms
from tests.factories.catalogue import a_listing, a_plan, some_capacity
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_buyer
from tests.proofs.test_oversell import copies_of

MONTHS = 6
PURCHASES = 300
ROUNDS = 3
WANTED = {"postgresql": 0.6, "sqlite": 0.3}
"""SQLite answers within our own process, so that what Python does is most of a purchase there."""
Statement = tuple[str, Any, bool]


@dataclass
class Stall:
    """A database with one listing, a buyer, and orders to keep what is taken for."""

    database: Database
    owner: Database
    buyer_id: uuid.UUID
    listing_id: uuid.UUID
    orders: list[uuid.UUID]
    first: date
    last: date


@pytest.fixture
def stall(environment: dict[str, str]) -> Iterator[Stall]:
    database = Database.at(environment["DATABASE_URL"])
    owner = Database.at(environment.get("MIGRATIONS_DATABASE_URL", environment["DATABASE_URL"]))
    first = next_month()
    with database.writing() as session, session.begin():
        listing = a_listing(session)
        a_plan(session, listing)
        some_capacity(session, listing, first, add_months(first, MONTHS - 1), 100_000)
        buyer = a_buyer(session)
        terms = OrderTerms(quantity=1, starts_on=first, periods=MONTHS)
        order = services.start_order(session, buyer, listing.id, terms)
        orders = copies_of(session, order, PURCHASES)
        made = Stall(database, owner, buyer.organisation_id, listing.id, orders, first, order.ends_on)
    yield made
    for one in (database, owner):
        one.engine.dispose()


def purchase(stall: Stall, order_id: uuid.UUID) -> None:
    """As an order is placed: the capacity taken, and the rows that say what was."""

    def work(session: Session) -> None:
        act_for(session, stall.buyer_id)
        taken = take_capacity(session, stall.listing_id, 1, stall.first, stall.last)
        services.keep_taken(session, order_id, taken)

    stall.database.run(work)


def give_all_back(stall: Stall) -> None:
    with stall.owner.writing() as session, session.begin():
        session.execute(sa.delete(OrderCapacity))
        session.execute(sa.update(CapacityPeriod).values(taken=0))


@contextmanager
def recorded(engine: sa.Engine) -> Iterator[list[Statement]]:
    """What is sent to the driver, statement by statement."""
    said: list[Statement] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        said.append((statement, values, many))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def replay(driver: Any, scripts: list[list[Statement]]) -> float:
    """The purchases again through the driver alone; how many seconds they took."""
    gc.collect()
    began = time.perf_counter()
    for script in scripts:
        cursor = driver.cursor()
        for statement, values, many in script:
            (cursor.executemany if many else cursor.execute)(statement, values)
            if cursor.description:
                cursor.fetchall()
        cursor.close()
        driver.commit()
    return time.perf_counter() - began


def ours(stall: Stall) -> float:
    gc.collect()
    began = time.perf_counter()
    for order_id in stall.orders:
        purchase(stall, order_id)
    return time.perf_counter() - began


def test_taking_costs_little_more_than_its_statements(stall: Stall) -> None:
    purchase(stall, stall.orders[0])  # the statements are compiled
    give_all_back(stall)
    scripts = []
    for order_id in stall.orders:
        with recorded(stall.database.engine) as said:
            purchase(stall, order_id)
        scripts.append(said)
    ratios, rates = [], []
    for _ in range(ROUNDS):
        give_all_back(stall)
        mine = ours(stall)
        give_all_back(stall)
        with stall.database.engine.connect() as connection:
            alone = replay(connection.connection.driver_connection, scripts)
        ratios.append(alone / mine)
        rates.append((PURCHASES / mine, PURCHASES / alone))
    with stall.database.reading() as session:
        assert set(session.scalars(sa.select(CapacityPeriod.taken))) == {PURCHASES}
    service, driver = (median(rate) for rate in zip(*rates, strict=True))
    name = stall.database.engine.dialect.name
    say(
        f"{name}: {service:.0f} purchases of {MONTHS} months a second, {driver:.0f} by the driver alone "
        f"({len(scripts[0])} statements each): {median(ratios):.2f}"
    )
    assert median(ratios) >= WANTED[name]


def say(line: str) -> None:
    sys.stderr.write(f"\n{line}\n")
