"""Rows of an uploaded table that people correct before it is stored: what they say, and what is wrong. Pure.

A floor names its columns and reads them; here is what is the same for every such table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.kernel.errors import Refused
from marketplace.kernel.spreadsheets import csv_file

TYPED = re.compile(r"r([0-9]{1,6})-([a-z_]{2,20})")
LEFT_OUT = "left_out"
HOURS = 12
"""So long an upload waits for its corrections."""
MOST_SHOWN = 100
"""Of many wrong rows these come first; the others follow when they are corrected."""
MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
BRITISH = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2}|[A-Za-z]{3,9})[/.\- ]([0-9]{4})")
Values = Mapping[str, str]
Kept = Mapping[str, Any]
"""A row as it is kept: {"number": 3, "values": {column: text}}."""


@dataclass(frozen=True)
class Line:
    """One row: what was typed, what it was read as, and a sentence for each column at fault."""

    number: int
    values: Values
    read: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def told_by(self, headings: Mapping[str, str]) -> list[str]:
        """Each fault as "Row 3, Company number: Enter ..."."""
        return [
            f"Row {self.number}, {headings[column]}: {sentence}" for column, sentence in self.faults.items()
        ]


@dataclass(frozen=True)
class Corrections:
    """What was typed into rows, by number and column, and which rows are to be left out."""

    typed: Mapping[int, Values]
    left_out: Collection[int]


def read_corrections(form: Iterable[tuple[str, str]], columns: Collection[str]) -> Corrections:
    """The fields r3-column and r3-left_out of a form; whatever else it has is nothing to us."""
    typed: dict[int, dict[str, str]] = defaultdict(dict)
    left_out: set[int] = set()
    for name, text in form:
        match = TYPED.fullmatch(name)
        if match and match[2] == LEFT_OUT:
            left_out.add(int(match[1]))
        elif match and match[2] in columns:
            typed[int(match[1])][match[2]] = text.strip()
    return Corrections(typed, left_out)


def corrected(rows: Iterable[Kept], corrections: Corrections) -> list[Kept]:
    """The rows with what was typed, without those that are left out."""
    return [
        {"number": row["number"], "values": {**row["values"], **corrections.typed.get(row["number"], {})}}
        for row in rows
        if row["number"] not in corrections.left_out
    ]


def faults_file(lines: Iterable[Line], headings: Mapping[str, str]) -> bytes:
    """Every fault by row and column, with what stands there, as CSV."""
    rows = [
        (line.number, headings[column], line.values.get(column, ""), sentence)
        for line in lines
        for column, sentence in line.faults.items()
    ]
    return csv_file(("Row", "Column", "What it says", "What is wrong"), rows)


def rows_under(table: Sequence[Sequence[str]], places: Mapping[int, str]) -> list[dict[str, Any]]:
    """The rows below the headings that are not empty, as they are kept; Refused when there are none."""
    if not table:
        raise Refused("The file is empty", field="file")
    found = []
    for number, row in enumerate(table[1:], start=2):
        values = {column: row[place].strip() for place, column in places.items() if place < len(row)}
        if any(values.values()):
            found.append({"number": number, "values": {key: text for key, text in values.items() if text}})
    if not found:
        raise Refused("The file has headings and no rows", field="file")
    return found


def places_of(headings: Sequence[str], known: Mapping[str, str]) -> dict[int, str]:
    """Which place of a row holds which column, by the plain words of its heading; the first of two counts."""
    found: dict[int, str] = {}
    for place, heading in enumerate(headings):
        column = known.get(plain(heading), "")
        if column and column not in found.values():
            found[place] = column
    return found


def plain(heading: str) -> str:
    """A heading without capitals and punctuation, as it is compared."""
    return " ".join(re.sub(r"[^\w\s]", " ", heading.casefold()).split())


def day_of(text: str, earliest: int, latest: int) -> date:
    """2024-09-01, 1/9/2024, 01.09.2024, 1 September 2024: the day comes before the month."""
    iso, british = ISO.fullmatch(text), BRITISH.fullmatch(text)
    if iso:
        year, month, day = iso.groups()
    elif british:
        day, month, year = british.groups()
    else:
        raise ValueError("Enter a date like 1/9/2024")
    try:
        found = date(int(year), month_number(month), int(day))
    except ValueError as error:
        raise ValueError("Enter a real date, like 1/9/2024") from error
    if not earliest <= found.year <= latest:
        raise ValueError(f"Enter a year from {earliest} to {latest}")
    return found


def month_number(text: str) -> int:
    """9 for 09, Sep and September; 0 for what is no month."""
    return int(text) if text.isdigit() else MONTHS.get(text[:3].lower(), 0)
