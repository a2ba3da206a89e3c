"""Both kinds of session of an application on one transaction, which is undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from marketplace.kernel.database import LOCK_SECONDS, TOLD, works_for_everybody
from marketplace.kernel.session import Database


@contextmanager
def undone(database: Database) -> Iterator[sa.Connection]:
    """Every session joins one transaction on this connection, rolled back in the end."""
    with database.engine.connect() as connection:
        outer = connection.begin()
        for maker in (database.writing, database.reading):
            maker.configure(bind=connection, join_transaction_mode="create_savepoint")
        try:
            with _seeing_everything_between(connection):
                yield connection
        finally:
            database.writing.configure(bind=database.engine, join_transaction_mode="conditional_savepoint")
            database.reading.configure(
                bind=database.reading_engine, join_transaction_mode="conditional_savepoint"
            )
            outer.rollback()


@contextmanager
def _seeing_everything_between(connection: sa.Connection) -> Iterator[None]:
    """A request tells PostgreSQL for whom it acts, on the transaction that is shared: take that back."""

    def take_back(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None and not works_for_everybody(session):
            connection.execute(TOLD, {"acting": "", "everybody": "on", "lock": f"{LOCK_SECONDS}s"})

    if connection.dialect.name == "sqlite":
        yield
        return
    event.listen(Session, "after_transaction_end", take_back)
    try:
        yield
    finally:
        event.remove(Session, "after_transaction_end", take_back)
