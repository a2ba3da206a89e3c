"""VAT on invoices: who may charge it, at which rate, and the check of a registration number. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from billing.documents.kinds import VatCode
from marketplace.catalogue.kinds import VAT_RATES_BP, VatTreatment
from marketplace.kernel import money

NUMBER = re.compile(r"(?:GB)?([0-9]{9})")
WEIGHTS = (8, 7, 6, 5, 4, 3, 2)
MODULUS = 97
NEWER_OFFSET = 55
"""Numbers given since 2009 add 55 to the weighted sum: the "9755" scheme."""


def vat_number(text: str) -> str | None:
    """A VAT registration number as GB and 9 digits; None when it is not one (modulus 97 or 9755)."""
    match = NUMBER.fullmatch(re.sub(r"[\s.-]", "", text.upper()))
    if match is None:
        return None
    digits = [int(digit) for digit in match[1]]
    weighted = sum(weight * digit for weight, digit in zip(WEIGHTS, digits, strict=False))
    whole = weighted + digits[7] * 10 + digits[8]
    passes = whole % MODULUS == 0 or (whole + NEWER_OFFSET) % MODULUS == 0
    return f"GB{match[1]}" if passes and any(digits) else None


def code_for(treatment: VatTreatment, is_registered: bool) -> VatCode:
    """The seller's own treatment; who is not registered charges no VAT, whatever the listing says."""
    return VatCode(treatment.value) if is_registered else VatCode.NOT_REGISTERED


def rate_bp(code: VatCode) -> int:
    """The rate in basis points."""
    return 0 if code is VatCode.NOT_REGISTERED else VAT_RATES_BP[VatTreatment(code.value)]


def by_rate(lines: Iterable[tuple[VatCode, int]]) -> list[tuple[VatCode, int, int, int]]:
    """(code, rate in basis points, net, VAT) for each code: VAT on the sum of its nets, half-up."""
    sums: dict[VatCode, int] = {}
    for code, net_pence in lines:
        sums[code] = sums.get(code, 0) + net_pence
    return [(code, rate_bp(code), net, money.vat(net, rate_bp(code))) for code, net in sums.items()]
