"""Eight processes take six months of capacity of one listing: by the service, and by the driver alone.

A purchase is take_capacity, with whatever hears of it, and the rows that an order keeps of it, in a session
that acts for a buyer. Its statements are recorded as they are sent; replayed, with the same values, between
BEGIN and COMMIT, they are what the driver alone needs for the same: row security, reads, guarded updates,
inserts.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from marketplace.catalogue.models import CapacityPeriod
from marketplace.catalogue.pricing import add_months
from marketplace.finding import indexing
from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT
from marketplace.ordering import services
from marketplace.ordering.models import OrderCapacity
from marketplace.ordering.terms import OrderTerms
from tests.bench.taker import Errand, Script, purchase
from tests.factories.catalogue import a_listing, a_plan, some_capacity
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_buyer
from tests.proofs.test_oversell import copies_of

MONTHS = 6
PROCESSES = 8
PURCHASES = 2_000
ROUNDS = 7
WANTED = 0.6


@dataclass
class Stall:
    """A database with one listing, and what each process is to buy of it."""

    environment: dict[str, str]
    database: Database
    owner: Database
    files: list[Path]


@pytest.fixture
def stall(environment: dict[str, str], tmp_path: Path) -> Iterator[Stall]:
    database = Database.at(environment["DATABASE_URL"])
    owner = Database.at(environment.get("MIGRATIONS_DATABASE_URL", environment["DATABASE_URL"]))
    files = [tmp_path / f"{number}.pickle" for number in range(PROCESSES)]
    for file, errand in zip(files, errands(database), strict=True):
        record(database, errand)
        file.write_bytes(pickle.dumps(errand))
    yield Stall(environment, database, owner, files)
    for one in (database, owner):
        one.close()


def errands(database: Database) -> list[Errand]:
    """One listing with enough for all, and a buyer for each process."""
    first, share = next_month(), PURCHASES // PROCESSES
    with database.writing() as session, session.begin():
        listing = a_listing(session)
        a_plan(session, listing)
        some_capacity(session, listing, first, add_months(first, MONTHS - 1), PURCHASES)
        found = []
        for _ in range(PROCESSES):
            buyer = a_buyer(session)
            terms = OrderTerms(quantity=1, starts_on=first, periods=MONTHS)
            order = services.start_order(session, buyer, listing.id, terms)
            orders = copies_of(session, order, share)
            found.append(Errand(buyer.organisation_id, listing.id, first, order.ends_on, orders, []))
        indexing.index_listing(session, listing.id)
    return found


def record(database: Database, errand: Errand) -> None:
    """Buy once, noting what is sent to the driver for each order."""
    for order_id in errand.orders:
        with recorded(database.engine) as script:
            purchase(database, errand, order_id)
        errand.scripts.append(script)


@contextmanager
def recorded(engine: sa.Engine) -> Iterator[Script]:
    """What is sent to the driver, statement by statement."""
    said: Script = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        said.append((statement, values, many))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def give_all_back(stall: Stall) -> None:
    with stall.owner.writing() as session, session.begin():
        session.execute(sa.delete(OrderCapacity))
        session.execute(sa.update(CapacityPeriod).values(taken=0))


def rate(stall: Stall, how: str) -> float:
    """Purchases a second by eight processes that begin together; all of them must be there afterwards."""
    give_all_back(stall)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.taker", str(file), how],
            cwd=ROOT,
            env=os.environ | stall.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for file in stall.files
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
    seconds = time.perf_counter() - began
    for process in started:
        process.communicate(timeout=60)
    assert [process.returncode for process in started] == [0] * PROCESSES
    with stall.database.reading() as session:
        assert set(session.scalars(sa.select(CapacityPeriod.taken))) == {PURCHASES}
        held = sa.select(sa.func.sum(OrderCapacity.units)).group_by(OrderCapacity.period_id)
        assert set(session.scalars(held)) == {PURCHASES}
    return PURCHASES / seconds


def test_eight_processes_take_capacity_nearly_as_fast_as_by_the_driver_alone(stall: Stall) -> None:
    rates = [(rate(stall, "service"), rate(stall, "driver")) for _ in range(ROUNDS)]
    ratio = median(service / driver for service, driver in rates)
    service, driver = (median(one) for one in zip(*rates, strict=True))
    name = stall.database.engine.dialect.name
    missed = "" if ratio >= WANTED else ": missed"
    say(
        f"{name}: {service:.0f} purchases of {MONTHS} months a second by {PROCESSES} processes, "
        f"{driver:.0f} by the driver alone: {ratio:.2f} ({WANTED} or more wanted{missed})"
    )


def say(line: str) -> None:
    sys.stderr.write(f"\n{line}\n")
