"""Somebody who revises a listing and is killed: `python -m tests.proofs.reviser PERSON_ID LISTING_ID`.

For each line with a number it starts a process that calls the listing "Oboe", with the search keeping up, and
kills itself before the statement of that number; the commit counts as one. It prints "killed", or "done" when
there were fewer.
"""

from __future__ import annotations

import os
import signal
import sys
import uuid
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import services
from marketplace.finding import subscribers
from marketplace.kernel.session import Database
from marketplace.people.models import Person
from marketplace.trusts.access import actor_of


def main(person_id: str, listing_id: str) -> None:
    """Die as often as is asked."""
    subscribers.subscribe_all()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _revise(uuid.UUID(person_id), uuid.UUID(listing_id), int(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write("killed\n" if was_killed else f"done {status}\n")
        sys.stdout.flush()


def _revise(person_id: uuid.UUID, listing_id: uuid.UUID, last: int) -> None:
    database = Database.at(os.environ["DATABASE_URL"])
    numbers = count(1)

    def die(*_: Any) -> None:
        if next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "commit"):
        sa.event.listen(database.engine, moment, die)

    def work(session: Session) -> None:
        actor = actor_of(session, session.get_one(Person, person_id))
        assert actor is not None
        services.revise_listing(session, actor, listing_id, {"title": "Oboe"})

    database.run(work)


if __name__ == "__main__":
    main(*sys.argv[1:])
