"""One of several processes that take capacity at once: `python -m tests.bench.taker FILE service|driver`.

FILE is a pickle of what bench_capacity.py prepared for it. It prints "ready", waits for a line, and says when
it is done.
"""

from __future__ import annotations

import os
import pickle
import sqlite3
import sys
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue.taking import take_capacity
from marketplace.kernel.database import act_for
from marketplace.kernel.session import Database
from marketplace.ordering import services

Statement = tuple[str, Any, bool]
Script = list[Statement]


@dataclass(frozen=True)
class Errand:
    """What one process buys: the orders, and the statements that each of them is."""

    buyer_id: uuid.UUID
    listing_id: uuid.UUID
    first: date
    last: date
    orders: list[uuid.UUID]
    scripts: list[Script]


def purchase(database: Database, errand: Errand, order_id: uuid.UUID) -> None:
    """As an order is placed: the capacity taken, and the rows that say what was."""

    def work(session: Session) -> None:
        act_for(session, errand.buyer_id)
        taken = take_capacity(session, errand.listing_id, 1, errand.first, errand.last)
        services.keep_taken(session, order_id, taken)

    database.run(work)


def replay(driver: Any, script: Script) -> None:
    """A purchase again through the driver alone."""
    cursor = driver.cursor()
    if isinstance(driver, sqlite3.Connection):
        cursor.execute("BEGIN IMMEDIATE")  # psycopg begins by itself
    for statement, values, many in script:
        (cursor.executemany if many else cursor.execute)(statement, values)
        if cursor.description:
            cursor.fetchall()
    cursor.close()
    driver.commit()


def main(path: str, how: str) -> None:
    """Get ready, wait, buy."""
    errand: Errand = pickle.loads(Path(path).read_bytes())  # noqa: S301  our own parent wrote it
    database = Database.at(os.environ["DATABASE_URL"])
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        connection.rollback()
        _say("ready")
        sys.stdin.readline()
        for order_id, script in zip(errand.orders, errand.scripts, strict=True):
            if how == "driver":
                replay(driver, script)
            else:
                purchase(database, errand, order_id)
        _say("done")
    database.close()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
