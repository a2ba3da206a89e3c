"""A table as a CSV or Excel file that spreadsheets open as it is meant. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

Cell = str | int | Decimal | date | None
MADE = datetime(2000, 1, 1, tzinfo=UTC)
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, dates in ISO 8601; text like a formula is disarmed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headers)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def xlsx_file(title: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet with a heading row; text stays text, whatever it begins with, and dates are dates."""
    import xlsxwriter

    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "d mmm yyyy", **plain}) as book:
        book.set_properties({"created": MADE})  # the same rows are the same file, byte for byte
        sheet = book.add_worksheet(title[:31])
        sheet.write_row(0, 0, headers, book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


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
