"""A table as a CSV file that spreadsheets open as it is meant. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

Cell = str | int | Decimal | date | None
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, dates in ISO 8601; text like a formula is disarmed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headers)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def in_pounds(pence: int) -> Decimal:
    """Pence as pounds with two decimals, as a spreadsheet adds them up: 123450 as 1234.50."""
    return Decimal(pence).scaleb(-2)


def _plain(cell: Cell) -> str:
    """An apostrophe keeps what people typed from being carried out; sums below zero stay sums."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(STARTS_FORMULA) else cell
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
