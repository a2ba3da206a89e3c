"""The control: a buyer in a process of its own that reads, decides and writes, as nobody should.

Started and answering like tests.proofs.buyer; it is never refused.
"""

from __future__ import annotations

import os
import sys
import time

import sqlalchemy as sa

from marketplace.kernel.session import Database

UNITS = 100


def main() -> None:
    """Get ready, wait, buy until nothing seems left."""
    database = Database.at(os.environ["DATABASE_URL"])
    _say("ready")
    sys.stdin.readline()
    _say(f"{_buy(database)} 0")
    database.close()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _buy(database: Database) -> int:
    """Read, decide, write: what nobody should do. How many units it believes to have bought."""
    bought = 0
    while True:
        with database.reading() as session:
            taken = session.scalar(sa.text("SELECT taken FROM careless")) or 0
        if taken >= UNITS:
            return bought
        time.sleep(0.001)  # the time it takes to decide
        with database.writing() as session, session.begin():
            session.execute(sa.text("UPDATE careless SET taken = :taken"), {"taken": taken + 1})
        bought += 1


if __name__ == "__main__":
    main()
