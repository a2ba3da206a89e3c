"""The files of the schools register: which one it is, and what each row says. Pure.

A row is good as a whole or refused as a whole. Rows are numbered as a spreadsheet shows them: the column
names are row 1. Identifiers are checked by the rules of the register (URN, Group UID, Group ID, UKPRN) and of
Companies House.
"""

from __future__ import annotations

import csv
import enum
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.trusts.kinds import LinkKind, OrganisationKind, OrganisationState, RegisterFile

NONE_WORDS = {"", "..", "not recorded", "not-applicable", "not applicable", "not collected"}
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffd\ud800-\udfff]")
DATE = re.compile(r"([0-9]{1,2})([-/])([0-9]{1,2})\2([0-9]{4})")
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9O])([A-Z]{2})")
PUPILS_COLUMN = "Number of pupils on roll"
MOST_PUPILS = 100_000

GROUP_KINDS = {
    "federation": OrganisationKind.FEDERATION,
    "trust": OrganisationKind.AUTHORITY_TRUST,
    "school sponsor": OrganisationKind.SPONSOR,
    "multi-academy trust": OrganisationKind.MULTI_ACADEMY_TRUST,
    "single-academy trust": OrganisationKind.SINGLE_ACADEMY_TRUST,
    "secure single-academy trust": OrganisationKind.SINGLE_ACADEMY_TRUST,
    "umbrella trust": OrganisationKind.UMBRELLA_TRUST,
}
GROUP_CODES = {
    "1": OrganisationKind.FEDERATION,
    "2": OrganisationKind.AUTHORITY_TRUST,
    "5": OrganisationKind.SPONSOR,
    "6": OrganisationKind.MULTI_ACADEMY_TRUST,
    "10": OrganisationKind.SINGLE_ACADEMY_TRUST,
}
STATES = {
    "open": OrganisationState.OPEN,
    "open, but proposed to close": OrganisationState.OPEN,
    "closed": OrganisationState.CLOSED,
}
LINK_KINDS = {
    OrganisationKind.SPONSOR: LinkKind.SPONSORED,
    OrganisationKind.UMBRELLA_TRUST: LinkKind.UMBRELLA,
}


class Unreadable(Exception):
    """The file as a whole cannot be read; the message is a sentence for whoever runs the import."""


class _Wrong(Exception):
    """A cell breaks a rule; carries the column and the reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column, self.reason = column, reason


class Key(enum.Enum):
    """The column by which the register knows an organisation."""

    URN = "urn"
    GROUP_UID = "group_uid"
    AUTHORITY_CODE = "authority_code"


@dataclass(frozen=True)
class Described:
    """What a row says about one organisation: `facts` by column of `organisations`."""

    key: Key
    value: str
    facts: Mapping[str, Any]


_OF_SCHOOL_BY_LINKS = frozenset(
    {"kind", "name", "establishment_type", "phase", "authority_code", "authority_name"}
)
_OF_GROUP_BY_LINKS = frozenset({"kind", "name", "state", "company_number", "closed_on"})
_OF_PLACE = frozenset({"opened_on", "closed_on", "address", "town", "postcode"})
GIVES = {
    (RegisterFile.LINKS, Key.URN): _OF_SCHOOL_BY_LINKS,
    (RegisterFile.LINKS, Key.GROUP_UID): _OF_GROUP_BY_LINKS,
    (RegisterFile.SCHOOLS, Key.URN): _OF_SCHOOL_BY_LINKS | _OF_PLACE | {"state", "ukprn", "pupils"},
    (RegisterFile.GROUPS, Key.GROUP_UID): _OF_GROUP_BY_LINKS | _OF_PLACE | {"group_id", "ukprn"},
}
"""The columns that a file answers for: a lesser file leaves them as they are."""


@dataclass(frozen=True)
class Linked:
    """A school's place in a group."""

    urn: str
    group_uid: str
    kind: LinkKind
    joined_on: date | None


@dataclass(frozen=True)
class GoodRow:
    """A row that can be stored."""

    number: int
    organisations: Sequence[Described]
    link: Linked | None = None


@dataclass(frozen=True)
class Refusal:
    """A row that cannot be stored, and why."""

    row: int
    field: str
    reason: str


@dataclass
class Cells:
    """One row by its column names, and the checks of single cells."""

    values: Mapping[str, str]

    def text(self, column: str, longest: int = 200) -> str | None:
        """The words of a cell, tidied; None for the register's ways to say nothing."""
        plain = self.values.get(column, "")
        if UNPRINTABLE.search(plain):
            raise _Wrong(column, "has a character that cannot be read")
        plain = " ".join(plain.split())
        if len(plain) > longest:
            raise _Wrong(column, f"has more than {longest} characters")
        return None if plain.lower() in NONE_WORDS else plain

    def needed(self, column: str, longest: int = 200) -> str:
        """The words of a cell that must have some."""
        found = self.text(column, longest)
        if found is None:
            raise _Wrong(column, "is missing")
        return found

    def identifier(self, column: str, pattern: str, rule: str, *, needed: bool = False) -> str | None:
        """An identifier in capitals without spaces, when it keeps its rule."""
        found = self.needed(column) if needed else self.text(column)
        if found is None:
            return None
        plain = found.replace(" ", "").upper()
        if not re.fullmatch(pattern, plain):
            raise _Wrong(column, f"{_short(found)} is not {rule}")
        return plain

    def urn(self) -> str:
        """Six digits; children's centres have five."""
        return str(self.identifier("URN", "[0-9]{5,6}", "a URN of 5 or 6 digits", needed=True))

    def group_uid(self, column: str) -> str:
        """Four or five digits."""
        return str(self.identifier(column, "[0-9]{4,5}", "a group UID of 4 or 5 digits", needed=True))

    def company_number(self) -> str | None:
        """Eight characters; exports lose leading zeros, which are put back."""
        rule = "a company number: 8 digits, or 2 letters and 6 digits"
        found = self.identifier("Companies House Number", "[0-9]{4,8}|[A-Z]{2}[0-9]{6}", rule)
        return None if found is None else found.zfill(8)

    def ukprn(self) -> str | None:
        """Eight digits that begin with 1."""
        return self.identifier("UKPRN", "1[0-9]{7}", "a UKPRN: 8 digits beginning with 1")

    def authority_code(self, column: str = "LA (code)", *, needed: bool = False) -> str | None:
        """Three digits."""
        return self.identifier(column, "[0-9]{3}", "a local authority code of 3 digits", needed=needed)

    def day(self, column: str) -> date | None:
        """dd-mm-yyyy or dd/mm/yyyy."""
        found = self.text(column)
        if found is None:
            return None
        match = DATE.fullmatch(found)
        try:
            if match is None:
                raise ValueError(found)
            return date(int(match[4]), int(match[3]), int(match[1]))
        except ValueError:
            raise _Wrong(
                column, f"{_short(found)} is not a real date like 01-09-2016 or 01/09/2016"
            ) from None

    def pupils(self, column: str) -> int | None:
        """A count of pupils; thousands may have commas."""
        found = self.text(column)
        if found is None:
            return None
        plain = found.replace(",", "")
        if not re.fullmatch("[0-9]{1,6}", plain) or int(plain) > MOST_PUPILS:
            raise _Wrong(column, f"{_short(found)} is not a number of pupils")
        return int(plain)

    def postcode(self, column: str) -> str | None:
        """A postcode with its space in the right place; a letter O typed for the nought is put right."""
        found = self.text(column)
        if found is None:
            return None
        match = POSTCODE.fullmatch(found.replace(" ", "").upper())
        if match is None:
            raise _Wrong(column, f"{_short(found)} is not a postcode")
        return f"{match[1]} {match[2].replace('O', '0')}{match[3]}"

    def lines(self, *columns: str) -> str | None:
        """Address lines as one."""
        found = [line for column in columns if (line := self.text(column)) is not None]
        return ", ".join(dict.fromkeys(found))[:500] or None

    def state(self, column: str) -> OrganisationState:
        """Open or closed; what is only proposed cannot act yet."""
        found = self.needed(column)
        if found.lower() not in STATES:
            raise _Wrong(column, f"{_short(found)} is neither open nor closed")
        return STATES[found.lower()]

    def group_kind(self) -> OrganisationKind:
        """By the name of the group's type; the code, when there is one, must agree ("06" is 6)."""
        name, code = self.text("Group Type"), (self.text("Group Type (code)") or "").lstrip("0")
        if name is not None and name.lower() not in GROUP_KINDS:
            raise _Wrong("Group Type", f"{_short(name)} is not a kind of group that buys or is linked to")
        by_code = GROUP_CODES.get(code)
        by_name = GROUP_KINDS[name.lower()] if name is not None else by_code
        if by_name is None:
            raise _Wrong("Group Type", "is missing")
        if by_code is not None and by_code is not by_name:
            raise _Wrong("Group Type (code)", f"{_short(code)} does not mean {name}")
        return by_name


def _short(found: str) -> str:
    """The cell as a reason quotes it."""
    return repr(found if len(found) <= 40 else f"{found[:40]}...")  # noqa: PLR2004  enough to find it


def _school_of_link(cells: Cells) -> Described:
    facts = {
        "kind": OrganisationKind.SCHOOL,
        "name": cells.needed("EstablishmentName"),
        "establishment_type": cells.text("TypeOfEstablishment (name)", 100),
        "phase": cells.text("PhaseOfEducation (name)", 40),
        "authority_code": cells.authority_code(),
        "authority_name": cells.text("LA (name)", 100),
    }
    return Described(Key.URN, cells.urn(), facts)


def _read_link(cells: Cells, uid_column: str, more: Mapping[str, Any]) -> tuple[list[Described], Linked]:
    kind = cells.group_kind()
    group_facts = {
        "kind": kind,
        "name": cells.needed("Group Name"),
        "state": cells.state("Group Status"),
        "company_number": cells.company_number(),
        "closed_on": cells.day("Closed Date"),
        **more,
    }
    school = _school_of_link(cells)
    group = Described(Key.GROUP_UID, cells.group_uid(uid_column), group_facts)
    link_kind = LINK_KINDS.get(kind, LinkKind.MEMBER)
    return [school, group], Linked(school.value, group.value, link_kind, cells.day("Joined date"))


def _group_id(cells: Cells) -> str | None:
    return cells.identifier("Group ID", "TR[0-9]{5,8}", "a group ID: TR and 5 to 8 digits")


def _link_2017(cells: Cells) -> tuple[list[Described], Linked | None]:
    return _read_link(cells, "Linked UID", {})


def _link(cells: Cells) -> tuple[list[Described], Linked | None]:
    more = {"group_id": _group_id(cells), "opened_on": _opened(cells)}
    return _read_link(cells, "Group UID", more)


def _opened(cells: Cells) -> date | None:
    return cells.day("Incorporated on (open date)") or cells.day("Open date")


def _group(cells: Cells) -> tuple[list[Described], Linked | None]:
    facts = {
        "kind": cells.group_kind(),
        "name": cells.needed("Group Name"),
        "state": cells.state("Group Status"),
        "group_id": _group_id(cells),
        "ukprn": cells.ukprn(),
        "company_number": cells.company_number(),
        "opened_on": _opened(cells),
        "closed_on": cells.day("Closed Date"),
        "address": cells.lines("Group Street", "Group Locality", "Group Address 3", "Group County"),
        "town": cells.text("Group Town", 100),
        "postcode": cells.postcode("Group Postcode"),
    }
    return [Described(Key.GROUP_UID, cells.group_uid("Group UID"), facts)], None


def _school(cells: Cells) -> tuple[list[Described], Linked | None]:
    facts = {
        "kind": OrganisationKind.SCHOOL,
        "name": cells.needed("EstablishmentName"),
        "state": cells.state("EstablishmentStatus (name)"),
        "ukprn": cells.ukprn(),
        "establishment_type": cells.text("TypeOfEstablishment (name)", 100),
        "phase": cells.text("PhaseOfEducation (name)", 40),
        "authority_code": cells.authority_code(),
        "authority_name": cells.text("LA (name)", 100),
        "pupils": cells.pupils("NumberOfPupils"),
        "opened_on": cells.day("OpenDate"),
        "closed_on": cells.day("CloseDate"),
        "address": cells.lines("Street", "Locality", "Address3", "County (name)"),
        "town": cells.text("Town", 100),
        "postcode": cells.postcode("Postcode"),
    }
    return [Described(Key.URN, cells.urn(), facts)], None


def _school_with_pupils(cells: Cells) -> tuple[list[Described], Linked | None]:
    facts = {
        "kind": OrganisationKind.SCHOOL,
        "name": cells.needed("School Name"),
        "establishment_type": cells.text("School Type", 100),
        "authority_code": cells.authority_code("LA"),
        "authority_name": cells.text("Local Authority", 100),
        "pupils": cells.pupils(PUPILS_COLUMN),
    }
    return [Described(Key.URN, cells.urn(), facts)], None


def _authority(cells: Cells) -> tuple[list[Described], Linked | None]:
    code = str(cells.authority_code("Local Authority GIAS ID", needed=True))
    name = cells.needed("Local Authority Name", 100)
    facts = {
        "kind": OrganisationKind.LOCAL_AUTHORITY,
        "name": name,
        "authority_name": name,
        "address": cells.lines("Address Line 1", "Address Line 2", "Address Line 3"),
        "town": cells.text("Town/City", 100),
        "postcode": cells.postcode("Postcode"),
    }
    return [Described(Key.AUTHORITY_CODE, code, facts)], None


Reader = Callable[[Cells], tuple[list[Described], Linked | None]]


@dataclass(frozen=True)
class Form:
    """One form of file: the columns that tell it, the columns it is read by, and how a row is read."""

    kind: RegisterFile
    told_by: frozenset[str]
    read: Reader
    also: frozenset[str] = field(default=frozenset())

    @property
    def columns(self) -> frozenset[str]:
        """The columns that every row must reach."""
        return self.told_by | self.also


_SCHOOL_OF_LINK = frozenset(
    {
        "EstablishmentName",
        "TypeOfEstablishment (name)",
        "PhaseOfEducation (name)",
        "LA (code)",
        "LA (name)",
    }
)
FORMS = (
    Form(
        RegisterFile.LINKS,
        frozenset({"URN", "Linked UID", "Group Name", "Group Type", "Group Status", "EstablishmentName"}),
        _link_2017,
        _SCHOOL_OF_LINK | {"Companies House Number", "Joined date"},
    ),
    Form(
        RegisterFile.LINKS,
        frozenset({"URN", "Group UID", "Group Name", "Group Type", "Group Status", "EstablishmentName"}),
        _link,
        _SCHOOL_OF_LINK | {"Companies House Number", "Joined date"},
    ),
    Form(
        RegisterFile.GROUPS,
        frozenset({"Group UID", "Group Name", "Group Type", "Group Status"}),
        _group,
        frozenset({"Companies House Number", "UKPRN"}),
    ),
    Form(
        RegisterFile.SCHOOLS,
        frozenset({"URN", "EstablishmentName", "EstablishmentStatus (name)"}),
        _school,
        frozenset({"LA (code)", "UKPRN", "Postcode"}),
    ),
    Form(
        RegisterFile.PUPILS,
        frozenset({"URN", "School Name", "Local Authority", PUPILS_COLUMN}),
        _school_with_pupils,
        frozenset({"LA", "School Type"}),
    ),
    Form(
        RegisterFile.AUTHORITIES,
        frozenset({"Local Authority GIAS ID", "Local Authority Name"}),
        _authority,
    ),
)


@dataclass(frozen=True)
class File:
    """A recognised file: its column names and the rows below them."""

    form: Form
    columns: Sequence[str]
    records: Sequence[Sequence[str] | None]
    """None where the reader could not make out a row."""

    def rows(self) -> Iterator[GoodRow | Refusal]:
        """Each row that is not blank, good or refused."""
        for number, record in enumerate(self.records, start=2):
            if record != []:
                yield self._row(number, record)

    def _row(self, number: int, record: Sequence[str] | None) -> GoodRow | Refusal:
        if record is None:
            return Refusal(number, "", "a field is too long to be one; is a quotation mark missing?")
        last = max(self.columns.index(name) for name in self.form.columns if name in self.columns)
        if not last < len(record) <= len(self.columns):
            return Refusal(number, "", f"has {len(record)} columns where {len(self.columns)} are named")
        cells = Cells(dict(zip(self.columns, record, strict=False)))
        try:
            return GoodRow(number, *self.form.read(cells))
        except _Wrong as wrong:
            return Refusal(number, wrong.column, wrong.reason)


def read(data: bytes) -> File:
    """The file in these bytes; Unreadable when it is empty, no table, or not one of the register's."""
    records = list(_records(_decoded(data)))
    heading = records[0] if records else []
    if not heading:
        raise Unreadable("The file is empty." if not data.strip() else "The first row has no column names.")
    columns = [_column(name) for name in heading]
    for form in FORMS:
        if form.told_by <= set(columns):
            _refuse_doubles(form, columns)
            return File(form, columns, records[1:])
    raise Unreadable(
        "This is none of the register's files that can be read: group links, groups (allgroupsdata), schools "
        "(edubasealldata), pupils on roll, local authorities. Its first row must have the column names."
    )


def _column(name: str) -> str:
    """A column's name; the notes in the name of the pupils' column change from year to year."""
    plain = " ".join(name.replace('"', "").split())
    return PUPILS_COLUMN if re.fullmatch(rf"{PUPILS_COLUMN}( \([0-9]+\))?", plain) else plain


def _refuse_doubles(form: Form, columns: Sequence[str]) -> None:
    doubled = sorted(name for name in form.columns if columns.count(name) > 1)
    if doubled:
        raise Unreadable(f"The column {doubled[0]} is named twice, so it is not clear which one counts.")


def _decoded(data: bytes) -> str:
    """UTF-8, with or without a mark of order, else cp1252: the register has published both."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _records(text: str) -> Iterator[list[str] | None]:
    """Rows as lists of cells; None for one in which the reader lost its way."""
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
