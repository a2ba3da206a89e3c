"""Uploaded tables, as text; and what is no table."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.kernel.errors import Refused
from marketplace.kernel.sheets import MOST_COLUMNS, MOST_ROWS, read_rows
from marketplace.kernel.spreadsheets import xlsx_file
from tests.factories.sheets import CELL, MAIN, OFFICE, PACKAGE, an_archive, an_ods, an_xlsx, as_file

TABLE = [["Name", "Post"], ["Zoë Hall", "Trustee"], ["=1+1", ""]]
TEXT = '<c r="{}" t="inlineStr"><is><t>x</t></is></c>'


@pytest.mark.parametrize("kind", ["csv", "cp1252", "xlsx", "ods"])
def test_every_kind_of_file_gives_the_same_rows(kind: str) -> None:
    rows = read_rows(as_file(kind, TABLE))
    disarmed = "'=1+1" if kind in {"csv", "cp1252"} else "=1+1"
    assert rows == [["Name", "Post"], ["Zoë Hall", "Trustee"], [disarmed, ""]]


def test_numbers_and_dates_are_as_people_type_them() -> None:
    rows = read_rows(xlsx_file("A", ["A", "B"], [[7318714, date(2024, 9, 1)]]))
    assert rows[1] == ["7318714", "2024-09-01"]


def test_a_formula_is_what_the_file_says_it_came_to() -> None:
    assert read_rows(an_xlsx('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>')) == [["2"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_may_have_other_delimiters(delimiter: str) -> None:
    assert read_rows(f'a{delimiter}b\r\n"1\n2"{delimiter}3'.encode()) == [["a", "b"], ["1\n2", "3"]]


def test_empty_rows_to_the_end_of_the_sheet_cost_nothing() -> None:
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    rest = f'<table:table-row table:number-rows-repeated="1048575">{empty}</table:table-row>'
    assert read_rows(an_ods(f"<table:table-row>{CELL}</table:table-row>{rest}")) == [["x"]]


def test_every_sheet_of_an_opendocument_file_is_counted_from_its_own_first_row() -> None:
    rest = '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row>'
    row = f"<table:table-row>{CELL}</table:table-row>"
    assert read_rows(an_ods(f'{row}{rest}</table:table><table:table table:name="B">{row}{rest}')) == [["x"]]


def test_further_sheets_of_an_excel_file_may_be_of_any_size() -> None:
    def a_book(first: str) -> bytes:
        return an_xlsx(
            f'<row r="1">{TEXT.format("A1")}</row>',
            **{
                "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row r="1048576">'
                f"{TEXT.format('XFD1048576')}</row></sheetData></worksheet>",
                "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
                f'<sheet name="B" sheetId="1" r:id="{first}"/><sheet name="A" sheetId="2" r:id="r2"/>'
                "</sheets></workbook>",
                "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
                f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
                f'<Relationship Id="r2" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>'
                "</Relationships>",
            },
        )

    assert read_rows(a_book("r1")) == [["x"]]
    for first in ("r2", "unknown"):
        with pytest.raises(Refused, match="at most 2,000 rows"):
            read_rows(a_book(first))


def test_the_choices_of_drop_down_lists_are_no_text_of_a_cell() -> None:
    choices = "<dataValidation><formula1>{}</formula1></dataValidation>".format("x" * 3_000)
    row = f'<row r="1">{TEXT.format("A1")}</row></sheetData><dataValidations>{choices * 3}</dataValidations>'
    assert read_rows(an_xlsx(f"{row}<sheetData>")) == [["x"]]


REPEATED = CELL.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="16384"')
NO_TABLES = {
    "nothing": b"",
    "blanks": b"  \r\n",
    "html": b"<!doctype html><table><tr><td>Name</td></tr></table>",
    "svg": b'  <svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "pdf": b"%PDF-1.7 ...",
    "an old Excel file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100,
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    "a program": b"MZ\x90\x00\x03\x00",
    "no text": b"Name\x81,Post\xff\n",
    "half a quotation": b'Name,Post\n"Jane',
    "a zip file": an_archive({"readme.txt": "Name"}),
    "half a zip file": an_archive({"readme.txt": "Name" * 100})[:60],
    "macros": an_xlsx(f'<row r="1">{TEXT.format("A1")}</row>', **{"xl/vbaProject.bin": b"macro"}),
    "a zip bomb": an_xlsx("<row/>", **{"xl/worksheets/sheet2.xml": b" " * 11_000_000}),
    "a far cell": an_xlsx(
        f'<row r="1">{TEXT.format("A1")}</row><row r="1048576">{TEXT.format("XFD1048576")}</row>'
    ),
    "a far column": an_xlsx(f'<row r="1">{TEXT.format("ZZ1")}</row>'),
    "repeated rows": an_ods(
        f'<table:table-row table:number-rows-repeated="1048575">{CELL}</table:table-row>'
    ),
    "repeated cells": an_ods(f"<table:table-row>{REPEATED}</table:table-row>"),
    "a gap": an_ods(
        '<table:table-row table:number-rows-repeated="999999"><table:table-cell/></table:table-row>'
        f"<table:table-row>{CELL}</table:table-row>"
    ),
    "entities": an_archive(
        {
            "xl/workbook.xml": "<workbook/>",
            "xl/worksheets/sheet1.xml": '<!DOCTYPE a [<!ENTITY x "xxxxxxxx">]><a>&x;</a>',
        }
    ),
    "broken XML": an_xlsx("<row"),
    "a long shared text": an_xlsx(
        "<row/>", **{"xl/sharedStrings.xml": f"<sst><si><t>{'x' * 9_000}</t></si></sst>"}
    ),
    "many rows": b"a\n" * (MOST_ROWS + 2),
    "many columns": b"," * MOST_COLUMNS,
    "a long cell": b"Name\n" + b"x" * 2_001,
}


@pytest.mark.parametrize("name", sorted(NO_TABLES))
def test_what_is_no_table_is_refused_at_the_file(name: str) -> None:
    with pytest.raises(Refused) as refused:
        read_rows(NO_TABLES[name])
    assert refused.value.field == "file"


def test_many_short_shared_texts_are_no_long_one() -> None:
    texts = "".join(f"<si><t>{'x' * 100}</t></si>" for _ in range(200))
    shared = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{texts}</sst>'
    sheet = an_xlsx(f'<row r="1">{TEXT.format("A1")}</row>', **{"xl/sharedStrings.xml": shared})
    assert read_rows(sheet) == [["x"]]


def test_the_most_rows_are_read() -> None:
    assert len(read_rows(b"a\n" * (MOST_ROWS + 1))) == MOST_ROWS + 1
