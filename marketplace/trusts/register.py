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

from marketplace.trusts.cells import Cells, WrongCell
from marketplace.trusts.kinds import LinkKind, OrganisationKind, RegisterFile

PUPILS_COLUMN = "Number of pupils on roll"
LINK_KINDS = {
    OrganisationKind.SPONSOR: LinkKind.SPONSORED,
    OrganisationKind.UMBRELLA_TRUST: LinkKind.UMBRELLA,
}


class Unreadable(Exception):
    """The file as a whole cannot be read; the message is a sentence for whoever runs the import."""


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
    (RegisterFile.SCHOOLS, Key.URN): _OF_SCHOOL_BY_LINKS
    | _OF_PLACE
    | {"state", "ukprn", "pupils", "easting", "northing"},
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
class Succeeded:
    """One school took another's place."""

    predecessor_urn: str
    successor_urn: str
    on: date | None


@dataclass(frozen=True)
class GoodRow:
    """A row that can be stored."""

    number: int
    organisations: Sequence[Described]
    link: Linked | Succeeded | None = None


@dataclass(frozen=True)
class Refusal:
    """A row that cannot be stored, and why."""

    row: int
    field: str
    reason: str


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
        **cells.grid_place(),
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


def _succession(cells: Cells) -> tuple[list[Described], Succeeded | None]:
    """Each succession is told twice, from both sides; other kinds of link say nothing about it."""
    urn, other = cells.urn(), cells.urn("LinkURN")
    words, on = cells.needed("LinkType").lower(), cells.day("LinkEstablishedDate")
    if urn == other:
        raise WrongCell("LinkURN", "is the school itself")
    if words.startswith("predecessor"):
        return [], Succeeded(other, urn, on)
    return [], Succeeded(urn, other, on) if words.startswith("successor") else None


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


Reader = Callable[[Cells], tuple[list[Described], Linked | Succeeded | None]]


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
        RegisterFile.SUCCESSIONS,
        frozenset({"URN", "LinkURN", "LinkType", "LinkEstablishedDate"}),
        _succession,
    ),
    Form(
        RegisterFile.AUTHORITIES,
        frozenset({"Local Authority GIAS ID", "Local Authority Name"}),
        _authority,
    ),
)


@dataclass(frozen=True)
class Broken:
    """A line that cannot be taken apart into cells, and why."""

    reason: str


@dataclass(frozen=True)
class File:
    """A recognised file: its column names and the rows below them."""

    form: Form
    columns: Sequence[str]
    records: Sequence[Sequence[str] | Broken]

    def rows(self) -> Iterator[GoodRow | Refusal]:
        """Each row that is not blank, good or refused."""
        for number, record in enumerate(self.records, start=2):
            if record != []:
                yield self._row(number, record)

    def _row(self, number: int, record: Sequence[str] | Broken) -> GoodRow | Refusal:
        if isinstance(record, Broken):
            return Refusal(number, "", record.reason)
        last = max(self.columns.index(name) for name in self.form.columns if name in self.columns)
        if not last < len(record) <= len(self.columns):
            return Refusal(number, "", f"has {len(record)} columns where {len(self.columns)} are named")
        cells = Cells(dict(zip(self.columns, record, strict=False)))
        try:
            return GoodRow(number, *self.form.read(cells))
        except WrongCell as wrong:
            return Refusal(number, wrong.column, wrong.reason)


def read(data: bytes) -> File:
    """The file in these bytes; Unreadable when it is empty, no table, or not one of the register's."""
    records = list(_records(_decoded(data)))
    heading = records[0] if records else []
    if isinstance(heading, Broken):
        raise Unreadable(f"The column names cannot be read: {heading.reason}.")
    if not heading:
        raise Unreadable("The file is empty." if not data.strip() else "The first row has no column names.")
    columns = [_column(name) for name in heading]
    for form in FORMS:
        if form.told_by <= set(columns):
            _refuse_doubles(form, columns)
            return File(form, columns, records[1:])
    raise Unreadable(
        "This is none of the register's files that can be read: group links, groups (allgroupsdata), schools "
        "(edubasealldata), links between schools (links_edubasealldata), pupils on roll, local authorities. "
        "Its first row must have the column names."
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


def _records(text: str) -> Iterator[list[str] | Broken]:
    """Each line as a list of cells, taken apart by itself.

    The register has one row a line; a quotation mark that is not closed would swallow those below it.
    """
    for line in io.StringIO(text, newline=""):
        try:
            yield next(csv.reader([line], strict=True))
        except csv.Error as error:
            yield Broken(_fault(str(error)))


def _fault(said: str) -> str:
    if "unexpected end" in said:
        return "a quotation mark is not closed"
    if "field limit" in said:
        return "a field is too long to be one"
    return "a quotation mark stands in the middle of a field"
