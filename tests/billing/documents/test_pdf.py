"""The PDF says what the invoice says, whatever is written in it."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from billing.documents.content import Content, Line, Party, Payee, VatSum
from billing.documents.kinds import VatCode
from billing.documents.pdf import render

LINE = Line(
    description="Payroll help",
    quantity=1_200,
    unit="hour",
    unit_price_pence=2_550,
    net_pence=3_060_000,
    period_starts_on=date(2027, 4, 1),
    period_ends_on=date(2027, 4, 30),
    vat_code=VatCode.STANDARD,
    charge_period_id=uuid.UUID(int=7),
)
CONTENT = Content(
    number="INV-00042",
    issued_on=date(2027, 4, 1),
    tax_point_on=date(2027, 4, 1),
    due_on=date(2027, 5, 1),
    po_number="PO-77",
    contract_reference="CON-7K3M9QX",
    payment_reference="SW0123456789AB",
    seller=Party("Ash Trust", ["1 Ash Lane", "Leeds LS1 1AA"], "GB123456782"),
    buyer=Party("Beech Trust", ["2 Beech Road", "York YO1 7HH"]),
    payee=Payee("Ash Trust", "123456", "12345678"),
    lines=[LINE],
    vat=[VatSum(VatCode.STANDARD, 2_000, 3_060_000, 612_000)],
    net_pence=3_060_000,
    vat_pence=612_000,
    gross_pence=3_672_000,
)


def reader_of(content: Content) -> PdfReader:
    return PdfReader(io.BytesIO(render(content)))


def text_of(content: Content) -> str:
    text = " ".join(page.extract_text() for page in reader_of(content).pages)
    return " ".join(text.split())


@pytest.mark.parametrize(
    "words",
    [
        "VAT invoice",
        "INV-00042",
        "Date of issue 1 April 2027",
        "Tax point 1 April 2027",
        "Ash Trust 1 Ash Lane Leeds LS1 1AA",
        "VAT registration number GB123456782",
        "Beech Trust 2 Beech Road York YO1 7HH",
        "Payroll help 1 April 2027 to 30 April 2027",
        "1,200 hour £25.50 £30,600.00",
        "VAT at 20%, on £30,600.00 £6,120.00",
        "Total to pay £36,720.00",
        "Pay £36,720.00 by 1 May 2027",
        "Your PO number PO-77",
        "Sort code 12-34-56",
        "Account number 12345678",
        "Payment reference SW0123456789AB",
        "Contract CON-7K3M9QX",
    ],
)
def test_every_particular_stands_in_it(words: str) -> None:
    assert words in text_of(CONTENT)


@pytest.mark.parametrize(
    "written",
    [
        '#raw("x")',
        "<b>bold</b>",
        "*strong* _emph_ `code` $x^2$",
        "= heading // comment",
        "\\ #sys.inputs @ref [content]",
        "Ysgol Gyfun Gŵyr",
        "Zoë Łukasz Ñandú",
        "100% “quoted” – it’s",
    ],
)
def test_what_is_written_is_set_as_it_is(written: str) -> None:
    line = replace(LINE, description=written)
    text = text_of(replace(CONTENT, lines=[line], buyer=Party(written, [written]), po_number=written))
    assert text.count(written) == 4


def test_a_seller_without_vat_registration_issues_no_vat_invoice() -> None:
    text = text_of(replace(CONTENT, seller=replace(CONTENT.seller, vat_number=None)))
    assert "VAT invoice" not in text
    assert "VAT registration" not in text


def test_the_same_content_is_the_same_file() -> None:
    assert render(CONTENT) == render(CONTENT)


def test_the_file_is_tagged_and_names_its_language_and_title() -> None:
    reader = reader_of(CONTENT)
    root = reader.root_object
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).startswith("en")
    assert reader.metadata is not None
    assert reader.metadata.title == "VAT invoice INV-00042"
    assert b"pdfuaid:part" in render(CONTENT)


def test_many_lines_go_on_to_further_pages() -> None:
    reader = reader_of(replace(CONTENT, lines=[LINE] * 60))
    assert len(reader.pages) > 1
    assert "Page 2 of" in reader.pages[1].extract_text()


def test_a_character_that_no_font_has_still_makes_a_file() -> None:
    text = text_of(replace(CONTENT, lines=[replace(LINE, description="School 🎒 日本語")]))
    assert "INV-00042" in text
    assert "School" in text
