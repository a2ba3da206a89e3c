"""Somebody who makes the day's mails and is killed: `python -m tests.proofs.teller`.

For each line with a number it starts a process that tells of what is new in saved searches, and kills itself
before the statement of that number; the commit counts as one. It prints "killed", or "done" when there were
fewer.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from typing import Any

import sqlalchemy as sa

from marketplace.finding import telling
from marketplace.kernel import clock
from marketplace.kernel.session import Database


def main() -> None:
    """Die as often as is asked."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _tell(int(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write("killed\n" if was_killed else f"done {status}\n")
        sys.stdout.flush()


def _tell(last: int) -> None:
    database = Database.at(os.environ["DATABASE_URL"])
    numbers = count(1)

    def die(*_: Any) -> None:
        if next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "commit"):
        sa.event.listen(database.engine, moment, die)
    telling.tell_daily(database.run, clock.today())


if __name__ == "__main__":
    main()
