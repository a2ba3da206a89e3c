"""Spreadsheets for tests, plain and hostile."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

from marketplace.kernel.spreadsheets import Cell, csv_file, xlsx_file

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
CELL = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'


def an_archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip file with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def an_xlsx(sheet: str, **more: str | bytes) -> bytes:
    """An Excel file whose one sheet has this XML between its rows' tags."""
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    related = f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target='
    return an_archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="xml" '
            'ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'{related}"worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}'
            "</sheetData></worksheet>",
            **more,
        }
    )


def an_ods(rows: str) -> bytes:
    """An OpenDocument sheet with this XML as its rows."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f"{DOCUMENT}:manifest:1.0"
    return an_archive(
        {
            "mimetype": kind,
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{manifest}"><m:file-entry m:full-path="/" '
            f'm:media-type="{kind}"/></m:manifest>',
            "content.xml": f'<office:document-content xmlns:office="{DOCUMENT}:office:1.0" '
            f'xmlns:table="{DOCUMENT}:table:1.0" xmlns:text="{DOCUMENT}:text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="A">{rows}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>",
        }
    )


def ods_of(rows: Sequence[Sequence[str]]) -> bytes:
    """The same table as OpenDocument."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    return an_ods(
        "".join(f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in rows)
    )


def as_file(kind: str, rows: Sequence[Sequence[Cell]]) -> bytes:
    """One table, its first row the headings, as a file of any kind that people upload."""
    headings = [str(cell) for cell in rows[0]]
    if kind == "xlsx":
        return xlsx_file("Table", headings, rows[1:])
    if kind == "ods":
        return ods_of([[str(cell or "") for cell in row] for row in rows])
    written = csv_file(headings, rows[1:])
    return written if kind == "csv" else written.decode("utf-8-sig").encode("cp1252")
