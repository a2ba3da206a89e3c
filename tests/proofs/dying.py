"""Processes that do a piece of work and kill themselves before one of its statements."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import sqlalchemy as sa

from marketplace.kernel.session import Database


def as_often_as_asked(work: Callable[[Database], object]) -> None:
    """For each line with a number: do the work in a process that dies before the statement of that number.

    The commit counts as one. It prints "killed", or "done" when there were fewer.
    """
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(_dying_before(int(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write("killed\n" if was_killed else f"done {status}\n")
        sys.stdout.flush()


def _dying_before(last: int) -> Database:
    database = Database.at(os.environ["DATABASE_URL"])
    numbers = count(1)

    def die(*_: Any) -> None:
        if next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "commit"):
        sa.event.listen(database.engine, moment, die)
    return database
