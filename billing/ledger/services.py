"""The one door into the ledger."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Book, Journal, Posting
from billing.ledger.postings import ACCOUNT_TYPES, AccountName, JournalEntry, is_balanced
from marketplace.kernel import clock
from marketplace.kernel.database import insert_into, new_id
from marketplace.kernel.errors import Conflict


def post(session: Session, organisation_id: uuid.UUID, entry: JournalEntry) -> Journal:
    """Write a journal and its postings into an organisation's book.

    ValueError when it does not balance (a fault of the program); Conflict when its cause was posted before.
    The book stays locked until the unit of work ends, so that journals of one book follow each other.
    """
    if not is_balanced(entry.legs):
        raise ValueError(f"the journal {entry.source_key} does not balance")
    book_id = _lock_book(session, organisation_id)
    if session.scalar(sa.select(Journal.id).where(Journal.source_key == entry.source_key)):
        raise Conflict("This was entered in the ledger before.")
    journal = Journal(
        book_id=book_id,
        posted_on=entry.posted_on,
        kind=entry.kind,
        source_key=entry.source_key,
        memo=entry.memo,
    )
    accounts = [_account(session, book_id, leg.account) for leg in entry.legs]
    session.add(journal)
    session.flush()
    session.add_all(
        Posting(journal_id=journal.id, no=no, account_id=account_id, amount_pence=leg.amount_pence)
        for no, (account_id, leg) in enumerate(zip(accounts, entry.legs, strict=True), start=1)
    )
    session.flush()
    return journal


def _lock_book(session: Session, organisation_id: uuid.UUID) -> uuid.UUID:
    """The book, made on first use; INSERT .. ON CONFLICT DO NOTHING lets two first users meet."""
    values = {"id": new_id(), "created_at": clock.now(), "organisation_id": organisation_id}
    session.execute(insert_into(session, Book).values(values).on_conflict_do_nothing())
    statement = sa.select(Book.id).where(Book.organisation_id == organisation_id).with_for_update()
    return session.scalars(statement).one()


def _account(session: Session, book_id: uuid.UUID, name: AccountName) -> uuid.UUID:
    """An account of a locked book, made on first use."""
    known = session.scalar(sa.select(Account.id).where(Account.book_id == book_id, Account.code == name.code))
    if known is not None:
        return known
    account = Account(
        book_id=book_id,
        code=name.code,
        kind=name.kind,
        type=ACCOUNT_TYPES[name.kind],
        counterparty_id=name.counterparty_id,
    )
    session.add(account)
    session.flush()
    return account.id
