"""Tables as CSV and Excel files."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import load_workbook

from marketplace.kernel.spreadsheets import Cell, csv_file, in_pounds, xlsx_file


def read(*rows: list[Cell]) -> list[list[str]]:
    """As a spreadsheet reads the file."""
    return list(csv.reader(io.StringIO(csv_file(["A", "B"], rows).decode("utf-8-sig"), newline="")))


def test_a_file_begins_with_a_byte_order_mark_and_its_headers() -> None:
    assert csv_file(["A", "£"], []) == b"\xef\xbb\xbfA,\xc2\xa3\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_calculate_gets_an_apostrophe(text: str) -> None:
    assert read([text, "1=1"])[1] == [f"'{text}", "1=1"]


def test_sums_dates_and_gaps_are_written_as_they_are() -> None:
    assert read([in_pounds(-123_450), date(2027, 4, 1)], [None, 7])[1:] == [
        ["-1234.50", "2027-04-01"],
        ["", "7"],
    ]


@pytest.mark.parametrize(
    ("pence", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (10**13, "100000000000.00")]
)
def test_pence_are_written_as_pounds_with_two_decimals(pence: int, text: str) -> None:
    assert read([in_pounds(pence)])[1] == [text]


def test_names_with_commas_quotes_and_lines_stay_one_cell() -> None:
    assert read(['Ash, "The" Trust\nLeeds', ""])[1] == ['Ash, "The" Trust\nLeeds', ""]


def test_an_excel_file_keeps_text_as_text_and_dates_as_dates() -> None:
    rows: list[list[Cell]] = [["=HYPERLINK(1)", date(2026, 1, 2)], [None, Decimal("12.50")], ["007", 3]]
    made = xlsx_file("Interests", ["Text", "Value"], rows)
    assert made == xlsx_file("Interests", ["Text", "Value"], rows)
    read = load_workbook(io.BytesIO(made))
    assert read.sheet_names == ["Interests"]
    assert read.get_sheet_by_index(0).to_python() == [
        ["Text", "Value"],
        ["=HYPERLINK(1)", date(2026, 1, 2)],
        ["", 12.5],
        ["007", 3.0],
    ]
