"""What people type about how they are paid, and what programs read about invoices."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma

from billing.documents.kinds import VatCode
from billing.documents.vat import vat_number
from marketplace.kernel.fields import Command, Day, Text, named

SORT_CODE_DIGITS = 6
ACCOUNT_DIGITS = 8
PAYEE_LENGTH = 18
"""Bacs carries no more of a name."""


class SortCode(Text):
    """Six digits, however they are grouped."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        digits = _digits(super()._deserialize(value, attr, data, **kwargs))
        if len(digits) != SORT_CODE_DIGITS:
            raise ma.ValidationError("Sort code must be 6 digits, like 12-34-56")
        return digits


class AccountNumber(Text):
    """Eight digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        digits = _digits(super()._deserialize(value, attr, data, **kwargs))
        if len(digits) != ACCOUNT_DIGITS:
            raise ma.ValidationError("Account number must be 8 digits; put zeros before a shorter one")
        return digits


class VatNumber(Text):
    """GB and nine digits whose check holds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        number = vat_number(super()._deserialize(value, attr, data, **kwargs))
        if number is None:
            raise ma.ValidationError("Enter a real VAT registration number, like GB123456782")
        return number


class Address(Text):
    """Lines of a postal address, without empty ones."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return "\n".join(line.strip() for line in text.splitlines() if line.strip())


class GettingPaid(Command):
    """Name and address in law, bank account, and VAT registration if there is one."""

    legal_name = Text(
        required=True,
        **named("Legal name", hint="As it must stand on your invoices", missing="Enter the legal name"),
    )
    address = Address(
        required=True,
        longest=500,
        lines=True,
        **named(
            "Address", hint="Each part on a line of its own, with the postcode", missing="Enter the address"
        ),
    )
    payee_name = Text(
        required=True,
        longest=PAYEE_LENGTH,
        **named(
            "Name on the account",
            hint="Up to 18 characters, as payments by Bacs carry it",
            missing="Enter the name on the account",
        ),
    )
    sort_code = SortCode(
        required=True, **named("Sort code", hint="6 digits, like 12-34-56", missing="Enter the sort code")
    )
    account_number = AccountNumber(
        required=True, **named("Account number", hint="8 digits", missing="Enter the account number")
    )
    vat_number = VatNumber(
        allow_none=True,
        load_default=None,
        **named(
            "VAT registration number",
            hint=(
                "Leave it empty if you are not registered: then you charge no VAT. "
                "If you take a number away, you charge no VAT from tomorrow"
            ),
            missing="Enter the VAT registration number",
        ),
    )
    vat_registered_on = Day(
        allow_none=True,
        load_default=None,
        **named(
            "Registered for VAT since",
            hint="For example, 1 4 2027",
            missing="Enter the date from which you are registered for VAT",
        ),
    )

    @ma.validates_schema
    def check_registration(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A number and its date go together."""
        number, since = data.get("vat_number"), data.get("vat_registered_on")
        if number is not None and since is None:
            raise ma.ValidationError(
                "Enter the date from which you are registered for VAT", "vat_registered_on"
            )
        if since is not None and number is None:
            raise ma.ValidationError("Enter the VAT registration number", "vat_number")


def _digits(text: str) -> str:
    """Without blanks and hyphens; anything else that is no digit makes it empty."""
    plain = re.sub(r"[\s-]", "", text)
    return plain if re.fullmatch(r"[0-9]*", plain) else ""


PENCE = {"description": "Whole pence"}


class GettingPaidKept(ma.Schema):
    """How your organisation is paid, as it is kept; every field is null before it was given."""

    legal_name = ma.fields.String(allow_none=True)
    address = ma.fields.String(allow_none=True, metadata={"description": "Lines separated by a newline"})
    payee_name = ma.fields.String(allow_none=True)
    sort_code = ma.fields.String(allow_none=True, metadata={"description": "6 digits"})
    account_number = ma.fields.String(allow_none=True, metadata={"description": "8 digits"})
    vat_number = ma.fields.String(allow_none=True, metadata={"description": "GB and 9 digits"})
    vat_registered_on = ma.fields.Date(allow_none=True)


class InvoiceSummary(ma.Schema):
    """One invoice in a list."""

    id = ma.fields.UUID()
    number = ma.fields.String(metadata={"description": "Unique for each seller, without gaps"})
    other = ma.fields.String(metadata={"description": "The name of the other side"})
    contract_id = ma.fields.UUID()
    contract_reference = ma.fields.String()
    issued_on = ma.fields.Date()
    due_on = ma.fields.Date()
    net_pence = ma.fields.Integer(metadata=PENCE)
    vat_pence = ma.fields.Integer(metadata=PENCE)
    gross_pence = ma.fields.Integer(metadata=PENCE)
    paid_pence = ma.fields.Integer(metadata=PENCE)
    owed_pence = ma.fields.Integer(metadata=PENCE)
    state = ma.fields.Function(
        lambda row: row.state.value,
        metadata={"description": "to-pay, part-paid, overdue or paid", "type": "string"},
    )


class InvoiceList(ma.Schema):
    """A page of invoices, newest first."""

    items = ma.fields.List(ma.fields.Nested(InvoiceSummary))
    next_after = ma.fields.UUID(allow_none=True, metadata={"description": "Give it as ?after= for more"})


class PartyShown(ma.Schema):
    """The seller or the buyer as it was on the day of issue."""

    name = ma.fields.String()
    address = ma.fields.List(ma.fields.String())
    vat_number = ma.fields.String(allow_none=True)


class PayeeShown(ma.Schema):
    """Where to pay."""

    name = ma.fields.String()
    sort_code = ma.fields.String()
    account_number = ma.fields.String()


def _code(row: Any) -> str:
    code: VatCode = getattr(row, "vat_code", None) or row.code
    return code.value


class LineShown(ma.Schema):
    """One line."""

    description = ma.fields.String()
    quantity = ma.fields.Integer()
    unit = ma.fields.String()
    unit_price_pence = ma.fields.Integer(metadata=PENCE)
    net_pence = ma.fields.Integer(metadata=PENCE)
    period_starts_on = ma.fields.Date()
    period_ends_on = ma.fields.Date()
    vat_code = ma.fields.Function(_code, metadata={"type": "string"})


class VatShown(ma.Schema):
    """The VAT of one rate."""

    code = ma.fields.Function(_code, metadata={"type": "string"})
    rate_bp = ma.fields.Integer(metadata={"description": "Basis points: 2000 is 20%"})
    net_pence = ma.fields.Integer(metadata=PENCE)
    vat_pence = ma.fields.Integer(metadata=PENCE)


class SettledShown(ma.Schema):
    """A payment of the invoice; below zero it takes one back."""

    received_pence = ma.fields.Integer(metadata={"description": "Whole pence, as on the bank statement"})
    amount_pence = ma.fields.Integer(metadata={"description": "Whole pence set against this invoice"})
    settled_on = ma.fields.Date()
    words = ma.fields.String()


class InvoiceWhole(ma.Schema):
    """One invoice with everything that stands in it."""

    id = ma.fields.UUID()
    contract_id = ma.fields.UUID()
    side = ma.fields.Function(lambda view: view.side.value, metadata={"type": "string"})
    state = ma.fields.Function(lambda view: view.state.value, metadata={"type": "string"})
    paid_pence = ma.fields.Integer(metadata=PENCE)
    owed_pence = ma.fields.Integer(metadata=PENCE)
    over_pence = ma.fields.Integer(metadata={"description": "Whole pence paid over: the buyer's credit"})
    sha256 = ma.fields.String(metadata={"description": "Of the content, so that a change would show"})
    title = ma.fields.String(attribute="content.title")
    number = ma.fields.String(attribute="content.number")
    issued_on = ma.fields.Date(attribute="content.issued_on")
    tax_point_on = ma.fields.Date(attribute="content.tax_point_on")
    due_on = ma.fields.Date(attribute="content.due_on")
    po_number = ma.fields.String(attribute="content.po_number", allow_none=True)
    contract_reference = ma.fields.String(attribute="content.contract_reference")
    payment_reference = ma.fields.String(attribute="content.payment_reference")
    seller = ma.fields.Nested(PartyShown, attribute="content.seller")
    buyer = ma.fields.Nested(PartyShown, attribute="content.buyer")
    payee = ma.fields.Nested(PayeeShown, attribute="content.payee")
    lines = ma.fields.List(ma.fields.Nested(LineShown), attribute="content.lines")
    vat = ma.fields.List(ma.fields.Nested(VatShown), attribute="content.vat")
    net_pence = ma.fields.Integer(attribute="content.net_pence", metadata=PENCE)
    vat_pence = ma.fields.Integer(attribute="content.vat_pence", metadata=PENCE)
    gross_pence = ma.fields.Integer(attribute="content.gross_pence", metadata=PENCE)
    settled = ma.fields.List(ma.fields.Nested(SettledShown))


class RunDone(ma.Schema):
    """What became of the charges that are due."""

    issued = ma.fields.Integer(metadata={"description": "Invoices issued now"})
    held = ma.fields.Integer(
        metadata={"description": "Charges that are due and wait for a PO number or for how you are paid"}
    )


class ListQuery(ma.Schema):
    """Which invoices are listed."""

    side = ma.fields.String(
        validate=ma.validate.OneOf(["received", "issued"]), metadata={"description": "received unless given"}
    )
    contract = ma.fields.UUID(metadata={"description": "Only those of one contract"})
    after = ma.fields.UUID(metadata={"description": "next_after of the page before"})
