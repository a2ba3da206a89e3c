"""A buyer in a process of its own: `python -m tests.proofs.buyer PERSON_ID DRAFT_ID...`.

It prints "ready", waits for a line, submits its drafts, and prints how many units it bought and how often it
was refused.
"""

from __future__ import annotations

import os
import sys
import uuid

from sqlalchemy.orm import Session

from marketplace.catalogue.taking import CapacityExceeded
from marketplace.kernel.session import Database
from marketplace.ordering import services
from marketplace.people.models import Person
from marketplace.trusts.access import Actor, actor_of


def main(person_id: str, *drafts: str) -> None:
    """Get ready, wait, buy."""
    database = Database.at(os.environ["DATABASE_URL"])
    actor = _actor(database, uuid.UUID(person_id))
    _say("ready")
    sys.stdin.readline()
    outcomes = [_submit(database, actor, uuid.UUID(draft)) for draft in drafts]
    _say(f"{outcomes.count(True)} {outcomes.count(False)}")
    database.close()


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


if __name__ == "__main__":
    main(*sys.argv[1:])
