"""What people type about payments received."""

from __future__ import annotations

import marshmallow as ma

from marketplace.kernel.database import PENCE_LIMIT
from marketplace.kernel.fields import Command, Day, Pence, Text, named


class RecordReceipt(Command):
    """A payment as it stands on the bank statement; whole pence in JSON, pounds in the form."""

    amount_pence = Pence(
        required=True,
        least=1,
        most=2 * PENCE_LIMIT,
        **named(
            "Amount received", hint="As it is on your bank statement", missing="Enter the amount received"
        ),
    )
    received_on = Day(
        required=True,
        **named("Date received", hint="For example, 1 4 2027", missing="Enter the date received"),
    )
    bank_reference = Text(
        required=True,
        longest=100,
        **named(
            "Reference on the bank statement",
            hint="It helps to find the payment again, and stops it being recorded twice",
            missing="Enter the reference on the bank statement",
        ),
    )


class RecordReturn(Command):
    """What was paid back, as it stands on the bank statement; whole pence in JSON, pounds in the form."""

    amount_pence = Pence(
        required=True,
        least=1,
        most=2 * PENCE_LIMIT,
        **named(
            "Amount paid back", hint="As it is on your bank statement", missing="Enter the amount paid back"
        ),
    )
    paid_on = Day(
        required=True, **named("Date paid", hint="For example, 1 4 2027", missing="Enter the date paid")
    )
    bank_reference = Text(
        required=True,
        longest=100,
        **named(
            "Reference on the bank statement",
            hint="It helps to find the payment again, and stops it being recorded twice",
            missing="Enter the reference on the bank statement",
        ),
    )


class Returned(ma.Schema):
    """What is kept for the buyer after it."""

    invoice_id = ma.fields.UUID()
    over_pence = ma.fields.Integer(metadata={"description": "Whole pence still kept as the buyer's credit"})


class ReceiptShown(ma.Schema):
    """A payment as it was recorded."""

    id = ma.fields.UUID()
    invoice_id = ma.fields.UUID()
    amount_pence = ma.fields.Integer(metadata={"description": "Whole pence"})
    received_on = ma.fields.Date()
    bank_reference = ma.fields.String()
    is_returned = ma.fields.Boolean(
        metadata={"description": "Whether it is credit that was paid back to the buyer"}
    )
    reversed_on = ma.fields.Date(
        allow_none=True, metadata={"description": "When it was marked as recorded by mistake; else null"}
    )


class ReceiptList(ma.Schema):
    """A page of payments, newest first."""

    items = ma.fields.List(ma.fields.Nested(ReceiptShown))
    next_after = ma.fields.UUID(allow_none=True, metadata={"description": "Give it as ?after= for more"})


class ListQuery(ma.Schema):
    """Which payments are listed."""

    after = ma.fields.UUID(metadata={"description": "next_after of the page before"})


class Recorded(ma.Schema):
    """What became of the payment."""

    invoice_id = ma.fields.UUID()
    over_pence = ma.fields.Integer(
        metadata={"description": "Whole pence paid over, kept as the buyer's credit"}
    )
    owed_pence = ma.fields.Integer(metadata={"description": "Whole pence left to pay"})
    state = ma.fields.String(metadata={"description": "to-pay, part-paid, overdue or paid"})
