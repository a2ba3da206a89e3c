"""What stands in a book."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Book, Journal, Posting
from billing.ledger.postings import ACCOUNT_WORDS, AccountKind, AccountType, JournalKind
from marketplace.kernel.paging import Page, page_by
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation


@dataclass(frozen=True)
class Balance:
    """One account and its sum in pence: a debit balance above zero, a credit balance below."""

    code: str
    kind: AccountKind
    type: AccountType
    counterparty: str | None
    amount_pence: int

    @property
    def words(self) -> str:
        """The account as people call it."""
        return f"{ACCOUNT_WORDS[self.kind]} {self.counterparty or ''}".strip()

    @property
    def debit_pence(self) -> int:
        """What stands in the left column."""
        return max(self.amount_pence, 0)

    @property
    def credit_pence(self) -> int:
        """What stands in the right column."""
        return max(-self.amount_pence, 0)


@dataclass(frozen=True)
class TrialBalance:
    """Every account of a book; the two columns are equal, or a penny is lost."""

    rows: Sequence[Balance]

    @property
    def debit_pence(self) -> int:
        """The left column's sum."""
        return sum(row.debit_pence for row in self.rows)

    @property
    def credit_pence(self) -> int:
        """The right column's sum."""
        return sum(row.credit_pence for row in self.rows)


def trial_balance(session: Session, organisation_id: uuid.UUID) -> TrialBalance:
    """The accounts of an organisation's book, by code; none when nothing was posted yet."""
    statement = (
        sa.select(
            Account.code, Account.kind, Account.type, Organisation.name, sa.func.sum(Posting.amount_pence)
        )
        .join(Book, Book.id == Account.book_id)
        .join(Posting, Posting.account_id == Account.id)
        .outerjoin(Organisation, Organisation.id == Account.counterparty_id)
        .where(Book.organisation_id == organisation_id)
        .group_by(Account.code, Account.kind, Account.type, Organisation.name)
        .order_by(Account.code)
    )
    rows = session.execute(statement).all()
    return TrialBalance([Balance(code, kind, type_, who, int(sum_)) for code, kind, type_, who, sum_ in rows])


def own_trial_balance(session: Session, actor: Actor) -> TrialBalance:
    """The trial balance of the actor's organisation; NotPermitted without the role finance."""
    access.require(actor, Role.FINANCE)
    return trial_balance(session, actor.organisation_id)


def own_journals(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[sa.Row[tuple[object, ...]]]:
    """The journals of the actor's organisation, by date, newest first, each with the sum of its debits."""
    access.require(actor, Role.FINANCE)
    debits = (
        sa.select(sa.cast(sa.func.sum(Posting.amount_pence), sa.BigInteger))
        .where(Posting.journal_id == Journal.id, Posting.amount_pence > 0)
        .scalar_subquery()
    )
    statement = (
        sa.select(Journal.id, Journal.posted_on, Journal.kind, Journal.memo, debits.label("amount_pence"))
        .join(Book, Book.id == Journal.book_id)
        .where(Book.organisation_id == actor.organisation_id)
    )
    return page_by(session, statement, (Journal.posted_on, Journal.id), after)


@dataclass(frozen=True)
class Entry:
    """One leg of one journal, for a file: what happened, and what it did to one account."""

    posted_on: date
    kind: JournalKind
    memo: str
    balance: Balance


def own_postings(session: Session, actor: Actor) -> list[Entry]:
    """Every posting of the actor's organisation, the newest journal first, its legs in their order."""
    access.require(actor, Role.FINANCE)
    account = (Account.code, Account.kind, Account.type, Organisation.name, Posting.amount_pence)
    statement = (
        _postings(Journal.posted_on, Journal.kind, Journal.memo, *account)
        .join(Posting, Posting.journal_id == Journal.id)
        .join(Account, Account.id == Posting.account_id)
        .join(Book, Book.id == Journal.book_id)
        .outerjoin(Organisation, Organisation.id == Account.counterparty_id)
        .where(Book.organisation_id == actor.organisation_id)
        .order_by(Journal.posted_on.desc(), Journal.id.desc(), Posting.no)
    )
    return [Entry(on, kind, memo, Balance(*rest)) for on, kind, memo, *rest in session.execute(statement)]


def _postings(*columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """More columns than SQLAlchemy's types count."""
    return sa.select(*columns).select_from(Journal)
