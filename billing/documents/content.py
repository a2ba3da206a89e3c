"""What stands in an invoice: the particulars of regulation 14 of the VAT Regulations 1995. Pure.

The same content makes the page, the PDF, the JSON and the digest that shows it was never changed.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import Enum
from typing import Any

from billing.documents.kinds import VAT_CODE_WORDS, VatCode


@dataclass(frozen=True)
class Party:
    """A seller or a buyer as it was on the day of issue."""

    name: str
    address: Sequence[str]
    vat_number: str | None = None


@dataclass(frozen=True)
class Payee:
    """The seller's bank account: six and eight digits."""

    name: str
    sort_code: str
    account_number: str

    @property
    def sort_code_words(self) -> str:
        """12-34-56."""
        return "-".join(self.sort_code[at : at + 2] for at in (0, 2, 4))


@dataclass(frozen=True)
class Line:
    """What was supplied over which days; the unit price and the net are in pence, without VAT."""

    description: str
    quantity: int
    unit: str
    unit_price_pence: int
    net_pence: int
    period_starts_on: date
    period_ends_on: date
    vat_code: VatCode
    charge_period_id: uuid.UUID


@dataclass(frozen=True)
class VatSum:
    """The VAT of one rate on the sum of its lines."""

    code: VatCode
    rate_bp: int
    net_pence: int
    vat_pence: int

    @property
    def words(self) -> str:
        """VAT at 20%."""
        return VAT_CODE_WORDS[self.code]


@dataclass(frozen=True)
class Content:
    """A whole invoice."""

    number: str
    issued_on: date
    tax_point_on: date
    due_on: date
    po_number: str | None
    contract_reference: str
    payment_reference: str
    seller: Party
    buyer: Party
    payee: Payee
    lines: Sequence[Line]
    vat: Sequence[VatSum]
    net_pence: int
    vat_pence: int
    gross_pence: int

    @property
    def title(self) -> str:
        """Who is not registered for VAT must not issue a VAT invoice."""
        return "VAT invoice" if self.seller.vat_number else "Invoice"


def canonical(content: Content) -> bytes:
    """The content as bytes: the same content is always the same bytes."""
    return json.dumps(
        asdict(content), default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode()


def digest(content: Content) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def parties_json(content: Content) -> dict[str, Any]:
    """The parties and the payee as they are stored beside the invoice's columns."""
    return {key: asdict(getattr(content, key)) for key in ("seller", "buyer", "payee")}


def parties(stored: Mapping[str, Any]) -> tuple[Party, Party, Payee]:
    """The parties and the payee as they were stored."""
    return Party(**stored["seller"]), Party(**stored["buyer"]), Payee(**stored["payee"])


def _plain(value: object) -> str:
    return value.value if isinstance(value, Enum) else str(value)
