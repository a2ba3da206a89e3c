"""A buyer in a process of its own: submits drafts, or buys without care, when it is told to go.

    python -m tests.proofs.buyer careful PERSON_ID DRAFT_ID...
    python -m tests.proofs.buyer careless

It prints "ready", waits for a line, works, and prints how many units it bought and how often it was refused.
"""

from __future__ import annotations

import os
import sys
import time
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.services import CapacityExceeded
from marketplace.kernel.session import Database
from marketplace.ordering import services
from marketplace.people.models import Person
from marketplace.trusts.access import Actor, actor_of

CARELESS_UNITS = 100


def main(kind: str, *arguments: str) -> None:
    """Get ready, wait, buy."""
    database = Database.at(os.environ["DATABASE_URL"])
    actor = _actor(database, uuid.UUID(arguments[0])) if kind == "careful" else None
    _say("ready")
    sys.stdin.readline()
    if actor is not None:
        outcomes = [_submit(database, actor, uuid.UUID(draft)) for draft in arguments[1:]]
        _say(f"{outcomes.count(True)} {outcomes.count(False)}")
    else:
        _say(f"{_buy_carelessly(database)} 0")
    database.engine.dispose()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _actor(database: Database, person_id: uuid.UUID) -> Actor:
    with database.reading() as session:
        actor = actor_of(session, session.get_one(Person, person_id))
    assert actor is not None
    return actor


def _submit(database: Database, actor: Actor, order_id: uuid.UUID) -> bool:
    """Whether the order was placed; a whole unit of work, as a request is."""

    def work(session: Session) -> None:
        services.submit_order(session, actor, order_id)

    try:
        database.run(work)
    except CapacityExceeded:
        return False
    return True


def _buy_carelessly(database: Database) -> int:
    """Read, decide, write: what nobody should do. How many units it believes to have bought."""
    bought = 0
    while True:
        with database.reading() as session:
            taken = session.scalar(sa.text("SELECT taken FROM careless")) or 0
        if taken >= CARELESS_UNITS:
            return bought
        time.sleep(0.001)  # the time it takes to decide
        with database.writing() as session, session.begin():
            session.execute(sa.text("UPDATE careless SET taken = :taken"), {"taken": taken + 1})
        bought += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
