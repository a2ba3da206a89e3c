"""The port to every way of paying: nothing answers "paid"; money is true only when it arrives as a fact."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


class Cap(enum.Enum):
    """What a gateway is able to do."""

    PUSH_BANK = "push-bank"


class Outcome(enum.Enum):
    """What became of asking; whether money moved is said by facts alone."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNKNOWN = "unknown"


class FactKind(enum.Enum):
    """What a fact says about money."""

    RECEIVED = "received"
    REVERSED = "reversed"
    RETURNED = "returned"


@dataclass(frozen=True)
class Command:
    """One outbound command: its key and fingerprint are fixed before the call, so that a repeat is known."""

    id: uuid.UUID
    key: str
    fingerprint: str
    issued_at: datetime


@dataclass(frozen=True)
class BankInstruction:
    """How the buyer pays the seller's own account by bank transfer; the amount in pence."""

    payee_name: str
    sort_code: str
    account_number: str
    reference: str
    amount_pence: int
    due_on: date


@dataclass(frozen=True)
class Submission:
    """What a gateway answered to a command."""

    outcome: Outcome
    ref: str | None = None
    instruction: BankInstruction | None = None
    code: str | None = None
    is_retryable: bool = False


@dataclass(frozen=True)
class PaymentRequest:
    """What is to be paid, by whom to whom; the amount in pence, gross."""

    attempt_id: uuid.UUID
    invoice_id: uuid.UUID
    amount_pence: int
    buyer_id: uuid.UUID
    seller_id: uuid.UUID
    payee_name: str
    sort_code: str
    account_number: str
    reference: str
    due_on: date


@dataclass(frozen=True)
class Received:
    """A fact about money: `external_id` is its name at the source, so that one fact is stored once."""

    kind: FactKind
    external_id: str
    object_ref: str
    amount_pence: int
    value_on: date


class Gateway(Protocol):
    """One way of paying."""

    name: str
    caps: frozenset[Cap]

    def request_payment(self, command: Command, request: PaymentRequest) -> Submission:
        """Ask for a payment."""

    def cancel_payment(self, command: Command, ref: str) -> Submission:
        """Ask no longer."""
