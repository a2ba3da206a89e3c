"""An uploaded table as rows of text: CSV, Excel (xlsx) or OpenDocument (ods), known by its content. Pure.

Nothing in a file is carried out: a formula is the text or the value that the file holds. What would take
more memory than such a table can need is refused before it is unpacked or read.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from xml.parsers import expat

from marketplace.kernel.errors import Refused

MOST_ROWS = 2_000
MOST_COLUMNS = 100
MOST_CELLS = 60_000
LONGEST_CELL = 2_000
MOST_UNPACKED = 10_000_000
MOST_PARTS = 500
KINDS = "Choose a CSV file, or an Excel (.xlsx) or OpenDocument (.ods) spreadsheet"
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
NO_TEXT = (b"%PDF", b"\xd0\xcf\x11\xe0", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"Rar!")
Row = list[str]


def read_rows(content: bytes) -> list[Row]:
    """The rows of the first sheet as text, dates as YYYY-MM-DD; Refused at `file` when it is no table."""
    if not content.strip():
        raise _refused("The file is empty")
    rows = _of_spreadsheet(content) if content.startswith(b"PK") else _of_text(content)
    if len(rows) > MOST_ROWS + 1:
        raise _refused(f"Use a file of at most {MOST_ROWS:,} rows")
    _check_cells(rows)
    return rows


def _check_cells(rows: Sequence[Row]) -> None:
    if max((len(row) for row in rows), default=0) > MOST_COLUMNS:
        raise _refused(f"Use a file of at most {MOST_COLUMNS} columns")
    for number, row in enumerate(rows, start=1):
        if any(len(cell) > LONGEST_CELL for cell in row):
            raise _refused(f"Row {number} has a cell of more than {LONGEST_CELL:,} characters")


def _of_text(content: bytes) -> list[Row]:
    """CSV as UTF-8, else as Windows writes it; with commas, semicolons or tabs between."""
    if content.startswith(NO_TEXT) or b"\x00" in content:
        raise _refused(KINDS)
    text = _decoded(content)
    if text.lstrip().startswith("<"):  # a web page or a picture that is called a table
        raise _refused(KINDS)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _refused("The file is no CSV that can be read: check its quotation marks") from error


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _refused(KINDS) from error


def _of_spreadsheet(content: bytes) -> list[Row]:
    from python_calamine import CalamineError, load_workbook

    checked = _checked_archive(content)
    try:
        with load_workbook(io.BytesIO(checked)) as book:
            rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise _refused("The spreadsheet cannot be read: open it, save it again and upload that") from error
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: str | float | bool | date | time | timedelta) -> str:
    """A cell as a person would type it."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _checked_archive(content: bytes) -> bytes:
    """The file, of Excel with its first sheet alone; Refused unless it has no macros and stays small."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = _unpacked(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise _refused(KINDS) from error
    if any(name.endswith("vbaProject.bin") for name in parts):
        raise _refused("The spreadsheet has macros: save it as .xlsx without them")
    if "xl/workbook.xml" in parts:
        parts = _without_other_sheets(parts)
        content = _archive_of(parts)
        sheets = [part for name, part in parts.items() if name.startswith("xl/") and name.endswith(".xml")]
    elif parts.get("mimetype", b"").strip() == OPEN_DOCUMENT:
        sheets = [parts.get("content.xml", b"")]
    else:
        raise _refused(KINDS)
    for sheet in sheets:
        _check_extent(sheet)
    return content


def _without_other_sheets(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts but for the sheets behind the first, which nobody reads; all where that cannot be told."""
    first = _first_sheet(parts)
    return {name: part for name, part in parts.items() if not first or name in first or not _is_sheet(name)}


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/worksheets/") and name.endswith(".xml")


def _first_sheet(parts: Mapping[str, bytes]) -> set[str]:
    """The name of the first sheet's part; empty when the workbook does not say it plainly."""
    sheets = _elements(parts["xl/workbook.xml"], "sheet")
    related = _elements(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"), "Relationship")
    targets = {one.get("Id"): one.get("Target", "") for one in related}
    target = targets.get(sheets[0].get("id"), "") if sheets else ""
    name = target.removeprefix("/") if target.startswith(("/xl/", "xl/")) else f"xl/{target}"
    return {name} & parts.keys()


def _elements(content: bytes, kind: str) -> list[dict[str, str]]:
    """The attributes of every element of one kind, in order."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == kind:
            found.append({_local(key): value for key, value in attributes.items()})

    _parse(content, StartElementHandler=start)
    return found


def _archive_of(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Every part, unpacked no further than allowed, whatever size it claims to have."""
    entries = archive.infolist()
    if len(entries) > MOST_PARTS:
        raise _refused(KINDS)
    parts, left = {}, MOST_UNPACKED
    for entry in entries:
        with archive.open(entry) as part:
            parts[entry.filename] = part.read(left + 1)
        left -= len(parts[entry.filename])
        if left < 0:
            raise _refused("The spreadsheet is too large: keep only the columns and rows that are needed")
    return parts


@dataclass
class _Extent:
    """How far the cells of a sheet reach that hold something, counted while its XML is read."""

    row: int = 0
    column: int = 0
    last_row: int = 0
    last_column: int = 0
    cells: int = 0
    text: int = 0
    is_in_text: bool = False
    repeats: list[int] = field(default_factory=lambda: [1, 1])

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = _local(name)
        given = {_local(key): value for key, value in attributes.items()}
        step = STEPS.get(kind)
        if step is not None:
            step(self, given)

    def end(self, name: str) -> None:
        if _local(name) in TEXTS:
            self.is_in_text = False

    def characters(self, data: str) -> None:
        """Of cells alone: the choices of drop-down lists and the words of drawings are not read."""
        if not self.is_in_text:
            return
        self.text += len(data)
        if self.text > LONGEST_CELL * 2:  # a cell that many others may share
            raise _refused(f"A cell has more than {LONGEST_CELL:,} characters")

    def begin_table(self, given: dict[str, str]) -> None:
        self.row, self.repeats = 0, [1, 1]

    def begin_row(self, given: dict[str, str]) -> None:
        self.row += self.repeats[0]
        self.repeats[0] = _number(given.get("number-rows-repeated", "1"))
        self.row = _number(given["r"]) if given.get("r", "").isdigit() else self.row or 1
        self.column, self.repeats[1] = 0, 1

    def begin_cell(self, given: dict[str, str]) -> None:
        self.column += self.repeats[1]
        self.repeats[1] = _number(given.get("number-columns-repeated", "1"))
        self.begin_text(given)
        letters = given.get("r", "").rstrip("0123456789")
        if letters.isalpha() and letters.isascii():
            self.column = _column(letters)
            self.row = _number(given["r"][len(letters) :] or "1")

    def begin_text(self, given: dict[str, str]) -> None:
        self.text, self.is_in_text = 0, True

    def hold_value(self, given: dict[str, str]) -> None:
        self.last_row = max(self.last_row, self.row + self.repeats[0] - 1)
        self.last_column = max(self.last_column, self.column + self.repeats[1] - 1)
        self.cells += self.repeats[0] * self.repeats[1]
        if self.last_row > MOST_ROWS + 1 or self.last_column > MOST_COLUMNS or self.cells > MOST_CELLS:
            raise _refused(f"Use a sheet of at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns")


STEPS: Mapping[str, Callable[[_Extent, dict[str, str]], None]] = {
    "table": _Extent.begin_table,
    "row": _Extent.begin_row,
    "table-row": _Extent.begin_row,
    "c": _Extent.begin_cell,
    "table-cell": _Extent.begin_cell,
    "covered-table-cell": _Extent.begin_cell,
    "v": _Extent.hold_value,
    "is": _Extent.hold_value,
    "p": _Extent.hold_value,
    "si": _Extent.begin_text,
    "comment": _Extent.begin_text,
}
"""What Excel and OpenDocument call a row, a cell and what a cell holds."""
TEXTS = frozenset(name for name, step in STEPS.items() if step in {_Extent.begin_cell, _Extent.begin_text})


def _check_extent(sheet: bytes) -> None:
    extent = _Extent()
    _parse(
        sheet,
        StartElementHandler=extent.start,
        EndElementHandler=extent.end,
        CharacterDataHandler=extent.characters,
    )


def _parse(content: bytes, **handlers: Callable[..., None]) -> None:
    """Read XML without a document type; Refused when it is broken."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _no_doctype
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError) as error:
        raise _refused("The spreadsheet cannot be read: open it, save it again and upload that") from error


def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


def _no_doctype(*declared: object) -> None:
    raise _refused(KINDS)


def _number(given: str) -> int:
    return min(int(given), 10**7)


def _column(letters: str) -> int:
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _refused(sentence: str) -> Refused:
    return Refused(sentence, field="file")
