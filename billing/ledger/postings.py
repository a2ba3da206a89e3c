"""The journals of the ledger as amounts: a debit is above zero, a credit below. Pure."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from datetime import date


class AccountKind(enum.Enum):
    """What an account of a seller's book holds."""

    BANK = "bank"
    RECEIVABLE = "receivable"
    CUSTOMER_CREDIT = "customer-credit"
    VAT_OUTPUT = "vat-output"
    SALES = "sales"


class AccountType(enum.Enum):
    """Where an account stands in the statements."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"


ACCOUNT_TYPES = {
    AccountKind.BANK: AccountType.ASSET,
    AccountKind.RECEIVABLE: AccountType.ASSET,
    AccountKind.CUSTOMER_CREDIT: AccountType.LIABILITY,
    AccountKind.VAT_OUTPUT: AccountType.LIABILITY,
    AccountKind.SALES: AccountType.INCOME,
}
ACCOUNT_WORDS = {
    AccountKind.BANK: "Bank",
    AccountKind.RECEIVABLE: "Owed by",
    AccountKind.CUSTOMER_CREDIT: "Credit of",
    AccountKind.VAT_OUTPUT: "VAT charged",
    AccountKind.SALES: "Sales",
}


class JournalKind(enum.Enum):
    """What happened."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    REVERSAL = "reversal"
    RETURN = "return"


JOURNAL_WORDS = {
    JournalKind.INVOICE: "Invoice issued",
    JournalKind.RECEIPT: "Payment received",
    JournalKind.REVERSAL: "Payment recorded by mistake",
    JournalKind.RETURN: "Credit paid back",
}


POSTING_COLUMNS = ("Date", "What", "For", "Account", "Debit (£)", "Credit (£)")
"""Of the journals as a file for spreadsheets."""


@dataclass(frozen=True)
class AccountName:
    """One account of a book; what customers owe, and what is kept for them, has an account for each."""

    kind: AccountKind
    counterparty_id: uuid.UUID | None = None

    @property
    def code(self) -> str:
        """Unique in the book: "bank", "receivable:<organisation>"."""
        return (
            self.kind.value if self.counterparty_id is None else f"{self.kind.value}:{self.counterparty_id}"
        )


@dataclass(frozen=True)
class Leg:
    """One posting in pence: a debit above zero, a credit below, never zero."""

    account: AccountName
    amount_pence: int


@dataclass(frozen=True)
class JournalEntry:
    """What is to be posted; `source_key` names its cause, so that one cause is posted once."""

    kind: JournalKind
    posted_on: date
    source_key: str
    memo: str
    legs: tuple[Leg, ...]


def is_balanced(legs: tuple[Leg, ...]) -> bool:
    """Whether there are legs, none is zero and together they are nothing."""
    amounts = [leg.amount_pence for leg in legs]
    return bool(amounts) and 0 not in amounts and sum(amounts) == 0


def invoice_issued(buyer_id: uuid.UUID, net_pence: int, vat_pence: int) -> tuple[Leg, ...]:
    """The buyer owes the gross: the net is a sale, the VAT is owed on."""
    return _without_zeros(
        Leg(AccountName(AccountKind.RECEIVABLE, buyer_id), net_pence + vat_pence),
        Leg(AccountName(AccountKind.SALES), -net_pence),
        Leg(AccountName(AccountKind.VAT_OUTPUT), -vat_pence),
    )


def payment_received(buyer_id: uuid.UUID, allocated_pence: int, over_pence: int) -> tuple[Leg, ...]:
    """Money came in: so much for the invoice, and what was paid over is the customer's credit."""
    return _without_zeros(
        Leg(AccountName(AccountKind.BANK), allocated_pence + over_pence),
        Leg(AccountName(AccountKind.RECEIVABLE, buyer_id), -allocated_pence),
        Leg(AccountName(AccountKind.CUSTOMER_CREDIT, buyer_id), -over_pence),
    )


def payment_reversed(buyer_id: uuid.UUID, owed_again_pence: int, credit_pence: int) -> tuple[Leg, ...]:
    """A payment was recorded by mistake: so much is owed again, and so much was never credit."""
    return payment_received(buyer_id, -owed_again_pence, -credit_pence)


def credit_returned(buyer_id: uuid.UUID, amount_pence: int) -> tuple[Leg, ...]:
    """What was kept for the customer went back to it."""
    return payment_received(buyer_id, 0, -amount_pence)


def _without_zeros(*legs: Leg) -> tuple[Leg, ...]:
    return tuple(leg for leg in legs if leg.amount_pence != 0)
