"""Somebody who makes the day's mails of saved searches and is killed: `python -m tests.proofs.teller`."""

from __future__ import annotations

from marketplace.finding import telling
from marketplace.kernel import clock
from tests.proofs.dying import as_often_as_asked

if __name__ == "__main__":
    as_often_as_asked(lambda database: telling.tell_daily(database.run, clock.today()))
