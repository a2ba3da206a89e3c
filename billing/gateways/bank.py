"""Bank transfer from the buyer straight to the seller's account: no money passes through Sharewell."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from datetime import date

from billing.documents.payment_references import payment_reference
from billing.gateways.port import (
    BankInstruction,
    Cap,
    Command,
    FactKind,
    Outcome,
    PaymentRequest,
    Received,
    Submission,
)


class BankGateway:
    """Asking is an instruction on the invoice; what came is recorded by the seller's finance staff."""

    name = "bank"
    caps = frozenset({Cap.PUSH_BANK})

    def request_payment(self, command: Command, request: PaymentRequest) -> Submission:
        """The instruction to pay; declined when the reference could not be told from another."""
        if payment_reference(request.reference) != request.reference:
            return Submission(Outcome.DECLINED, code="reference-not-valid")
        instruction = BankInstruction(
            payee_name=request.payee_name,
            sort_code=request.sort_code,
            account_number=request.account_number,
            reference=request.reference,
            amount_pence=request.amount_pence,
            due_on=request.due_on,
        )
        return Submission(Outcome.ACCEPTED, ref=request.reference, instruction=instruction)

    def cancel_payment(self, command: Command, ref: str) -> Submission:
        """Nothing is pulled, so nothing has to be stopped: what still arrives is recorded as received."""
        return Submission(Outcome.ACCEPTED, ref=ref)

    def received(
        self, seller_id: uuid.UUID, amount_pence: int, received_on: date, bank_reference: str
    ) -> Received:
        """A payment as the bank statement has it; the same line of the same seller is the same fact."""
        external_id = _line(seller_id, amount_pence, received_on, bank_reference)
        return Received(FactKind.RECEIVED, external_id, bank_reference, amount_pence, received_on)

    def returned(
        self, seller_id: uuid.UUID, amount_pence: int, paid_on: date, bank_reference: str
    ) -> Received:
        """What a seller paid back, below zero on its bank statement, so never the same as a line received."""
        external_id = _line(seller_id, -amount_pence, paid_on, bank_reference)
        return Received(FactKind.RETURNED, external_id, bank_reference, amount_pence, paid_on)


def _line(seller_id: uuid.UUID, amount_pence: int, on: date, bank_reference: str) -> str:
    line = f"{seller_id}|{on.isoformat()}|{amount_pence}|{plain(bank_reference)}"
    return hashlib.sha256(line.encode()).hexdigest()


def plain(text: str) -> str:
    """The letters and digits alone: statements differ in capitals, blanks, signs and widths of characters."""
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", text).upper())
