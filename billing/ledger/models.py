"""Books, accounts, journals and postings; what was posted stays, and each journal is balanced."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import date

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.orm import Mapped, mapped_column

from billing.ledger.postings import AccountKind, AccountType, JournalKind
from marketplace.kernel.database import Base, Identified, append_only, choice, owned_by, owned_through


class Book(Identified, Base):
    """The ledger of one organisation; each journal balances within one book."""

    __tablename__ = "books"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), unique=True)


class Account(Identified, Base):
    """One account of a book; `counterparty_id` is the customer of a receivable or of a credit."""

    __tablename__ = "accounts"
    book_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("books.id"))
    code: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[AccountKind] = mapped_column(choice(AccountKind))
    type: Mapped[AccountType] = mapped_column(choice(AccountType))
    counterparty_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organisations.id"), default=None)
    __table_args__ = (sa.UniqueConstraint("book_id", "code"),)


class Journal(Identified, Base):
    """One thing that happened; its postings add up to nothing."""

    __tablename__ = "journals"
    book_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("books.id"))
    posted_on: Mapped[date]
    kind: Mapped[JournalKind] = mapped_column(choice(JournalKind))
    source_key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    memo: Mapped[str] = mapped_column(sa.String(300))
    __table_args__ = (sa.Index("ix_journals_newest", "book_id", "posted_on", "id"),)


class Posting(Identified, Base):
    """One leg of a journal in pence: a debit above zero, a credit below."""

    __tablename__ = "postings"
    journal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("journals.id"))
    no: Mapped[int]
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    amount_pence: Mapped[int]
    __table_args__ = (
        sa.UniqueConstraint("journal_id", "no"),
        sa.CheckConstraint("amount_pence <> 0", name="amount_not_zero"),
    )


append_only(Journal.__table__)  # type: ignore[arg-type]
append_only(Posting.__table__)  # type: ignore[arg-type]

BALANCE_FUNCTION = (
    "CREATE FUNCTION postings_balanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF (SELECT sum(amount_pence) FROM postings WHERE journal_id = NEW.journal_id) <> 0 THEN "
    "RAISE EXCEPTION 'a journal must balance' USING ERRCODE = 'integrity_constraint_violation'; "
    "END IF; RETURN NULL; END $$"
)
BALANCE_TRIGGER = (
    "CREATE CONSTRAINT TRIGGER postings_balanced AFTER INSERT ON postings "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION postings_balanced()"
)
BALANCE = (BALANCE_FUNCTION, BALANCE_TRIGGER)
UNBALANCE = ("DROP TRIGGER postings_balanced ON postings", "DROP FUNCTION postings_balanced()")
"""PostgreSQL asks at the commit; SQLite has no such trigger, so there the flush is asked instead."""

_postings: sa.Table = Posting.__table__  # type: ignore[assignment]
_postings.info["statements"] = [("postgresql", BALANCE, UNBALANCE)]
for _statement in BALANCE:
    _made = sa.DDL(_statement)  # type: ignore[no-untyped-call]
    event.listen(_postings, "after_create", _made.execute_if(dialect="postgresql"))


@event.listens_for(orm.Session, "before_flush")
def _refuse_unbalanced(session: orm.Session, context: object, instances: object) -> None:
    """A journal's postings are written together, so each flush balances on its own."""
    sums: dict[uuid.UUID, int] = defaultdict(int)
    for row in session.new:
        if isinstance(row, Posting):
            sums[row.journal_id] += row.amount_pence
    if any(sums.values()):
        raise ValueError("a journal must balance")


owned_by(Book.__table__, "organisation_id")
owned_through(Account.__table__, "book_id", "books")
owned_through(Journal.__table__, "book_id", "books")
owned_through(Posting.__table__, "journal_id", "journals")
