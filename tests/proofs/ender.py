"""Somebody who ends orders early, again and again in a new process, until that is killed.

`python -m tests.proofs.ender PERSON_ID` reads lines "POINT STOP_AT ORDER_ID..." and forks for each. The child
says its process id, ends the orders one after another, each after its first charge period, and says so. In
the middle of the order with that number (from 1) it stops at the point, says "here", and waits to be killed;
at the point "nowhere" it never does. Then its parent says how it ended: 0, or -9.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from app import SUBSCRIBERS, import_models
from marketplace.kernel.session import Database
from marketplace.ordering import ending
from marketplace.ordering.models import Order
from marketplace.people.models import Person
from marketplace.trusts.access import actor_of

POINTS = {"capacity": "give_back_after", "contract": "shorten_contract", "told": "_tell"}
"""What was the last that is done when it stops; after "told" only the commit is missing."""
LONG = 60


def main(person_id: str) -> None:
    """Get ready, and do what each line says."""
    import_models()
    for name in SUBSCRIBERS:
        import_module(name).subscribe_all()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            end_all(person_id, *line.split())
            os._exit(0)
        say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def end_all(person_id: str, point: str, stop_at: str, *orders: str) -> None:
    """In a child of its own, with connections of its own."""
    say(os.getpid())
    database = Database.at(os.environ["DATABASE_URL"])
    for number, order_id in enumerate(orders, start=1):
        if point in POINTS and number == int(stop_at):
            name = POINTS[point]
            setattr(ending, name, stopping(getattr(ending, name)))
        database.run(partial(end, person_id=person_id, order_id=order_id))
        say("ended")
    database.close()


def end(session: Session, person_id: str, order_id: str) -> None:
    """One order, after its first charge period."""
    actor = actor_of(session, session.get_one(Person, uuid.UUID(person_id)))
    assert actor is not None
    order = session.get_one(Order, uuid.UUID(order_id))
    ending.end_early(session, actor, order.id, 1, order.version)


def stopping(step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, and then nothing more."""

    def do_and_stop(*given: Any) -> Any:
        step(*given)
        say("here")
        time.sleep(LONG)
        raise AssertionError("nobody killed it")

    return do_and_stop


def say(words: object) -> None:
    """At once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
