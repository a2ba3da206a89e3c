"""Make the search anew in a process that can be killed: `python -m tests.proofs.reindexer`.

It takes one listing at a time, and prints how many are done.
"""

from __future__ import annotations

import os
import sys

from marketplace.finding import indexing
from marketplace.kernel.session import Database


def say(done: int, total: int) -> None:
    """How far it is."""
    sys.stdout.write(f"{done} of {total}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    indexing.BATCH = 1
    database = Database.at(os.environ["DATABASE_URL"])
    indexing.reindex(database.run, say)
