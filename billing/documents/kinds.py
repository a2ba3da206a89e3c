"""The words of an invoice, and its state, which is derived and never stored. Pure."""

from __future__ import annotations

import enum
from datetime import date


class DocumentKind(enum.Enum):
    """Each kind has a series of numbers of its own."""

    INVOICE = "invoice"


class VatCode(enum.Enum):
    """How one line is treated for VAT."""

    STANDARD = "standard"
    ZERO = "zero"
    EXEMPT = "exempt"
    OUTSIDE = "outside"
    NOT_REGISTERED = "not-registered"


VAT_CODE_WORDS = {
    VatCode.STANDARD: "VAT at 20%",
    VatCode.ZERO: "VAT at 0% (zero rate)",
    VatCode.EXEMPT: "Exempt from VAT",
    VatCode.OUTSIDE: "Outside the scope of VAT",
    VatCode.NOT_REGISTERED: "No VAT: the seller is not registered",
}


class Side(enum.Enum):
    """Which end of an invoice the own organisation is at."""

    RECEIVED = "received"
    ISSUED = "issued"


_SUMS = ("Net (£)", "VAT (£)", "With VAT (£)", "Paid (£)", "Left to pay (£)")
INVOICE_COLUMNS = {
    side: ("Number", other, "Contract", "Issued on", "Due on", *_SUMS, "Status")
    for side, other in ((Side.RECEIVED, "From"), (Side.ISSUED, "To"))
}
"""Of the list as a file for spreadsheets."""


class InvoiceState(enum.Enum):
    """What is to be done about an invoice."""

    TO_PAY = "to-pay"
    PART_PAID = "part-paid"
    OVERDUE = "overdue"
    PAID = "paid"


INVOICE_STATE_WORDS = {
    InvoiceState.TO_PAY: "To pay",
    InvoiceState.PART_PAID: "Part paid",
    InvoiceState.OVERDUE: "Overdue",
    InvoiceState.PAID: "Paid",
}
INVOICE_STATE_COLOURS = {
    InvoiceState.TO_PAY: "yellow",
    InvoiceState.PART_PAID: "yellow",
    InvoiceState.OVERDUE: "red",
    InvoiceState.PAID: "green",
}


def state_of(gross_pence: int, paid_pence: int, due_on: date, today: date) -> InvoiceState:
    """What is left decides: an invoice is overdue from the day after the one it is due on."""
    if paid_pence >= gross_pence:
        return InvoiceState.PAID
    if due_on < today:
        return InvoiceState.OVERDUE
    return InvoiceState.PART_PAID if paid_pence else InvoiceState.TO_PAY


OVERDUE_WORDS = {
    Side.RECEIVED: "Pay invoice {number} from {other}",
    Side.ISSUED: "Ask {other} to pay invoice {number}",
}


class HeldFor(enum.Enum):
    """Why a charge that is due has no invoice yet."""

    PO_NUMBER = "po-number"
    SELLER_DETAILS = "seller-details"


HELD_WORDS = {
    (Side.RECEIVED, HeldFor.PO_NUMBER): "You have not given a PO number",
    (Side.RECEIVED, HeldFor.SELLER_DETAILS): "The seller has not said how it is paid",
    (Side.ISSUED, HeldFor.PO_NUMBER): "The buyer has not given a PO number",
    (Side.ISSUED, HeldFor.SELLER_DETAILS): "You have not said how you are paid",
}
