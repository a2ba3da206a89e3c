"""An invoice as a tagged PDF, set by typst from its stored content: the same content, the same bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from typing import Any, Literal

from babel.dates import format_date

from billing.documents.content import Content, Line, Party
from marketplace.kernel import money
from marketplace.kernel.settings import ROOT

TEMPLATE = ROOT / "templates" / "documents" / "invoice.typ"
STANDARD: Literal["ua-1"] = "ua-1"
"""PDF/UA-1: a screen reader finds headings, tables and their headers."""


def render(content: Content) -> bytes:
    """The PDF; whatever stands in the content is set as text, never run as markup."""
    import typst  # half a second: only who asks for a PDF waits for it

    try:
        return _compile(content, STANDARD)
    except typst.TypstError:
        # PDF/UA-1 refuses a character that no font has, like an emoji: then the file is tagged, but not UA-1.
        return _compile(content, None)


def _compile(content: Content, standard: Literal["ua-1"] | None) -> bytes:
    import typst

    return typst.compile(
        TEMPLATE,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"invoice": json.dumps(_shown(content))},
        pdf_standards=standard,
        timestamp=datetime.combine(content.issued_on, time(12), UTC),
    )


def _shown(content: Content) -> dict[str, Any]:
    """Everything as words, so that the template only sets it."""
    return {
        "title": content.title,
        "number": content.number,
        "facts": _facts(content),
        "seller": _party(content.seller),
        "buyer": _party(content.buyer),
        "lines": [_line(line) for line in content.lines],
        "sums": _sums(content),
        "gross": money.pounds(content.gross_pence),
        "due_on": _day(content.due_on),
        "payment": [
            ["Account name", content.payee.name],
            ["Sort code", content.payee.sort_code_words],
            ["Account number", content.payee.account_number],
            ["Payment reference", content.payment_reference],
        ],
    }


def _facts(content: Content) -> list[list[str]]:
    facts = [
        ["Invoice number", content.number],
        ["Date of issue", _day(content.issued_on)],
        ["Tax point", _day(content.tax_point_on)],
        ["Contract", content.contract_reference],
    ]
    return [*facts, ["Your PO number", content.po_number]] if content.po_number else facts


def _party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "address": list(party.address), "vat_number": party.vat_number}


def _line(line: Line) -> list[str]:
    return [
        f"{line.description}\n{_day(line.period_starts_on)} to {_day(line.period_ends_on)}",
        f"{line.quantity:,}",
        line.unit,
        money.pounds(line.unit_price_pence),
        money.pounds(line.net_pence),
    ]


def _sums(content: Content) -> list[list[str]]:
    rates = [
        [f"{row.words}, on {money.pounds(row.net_pence)}", money.pounds(row.vat_pence)] for row in content.vat
    ]
    return [["Net, excluding VAT", money.pounds(content.net_pence)], *rates]


def _day(on: Any) -> str:
    return format_date(on, "d MMMM y", locale="en_GB")
