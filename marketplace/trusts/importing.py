"""Storing what the schools register's files say: the second run of a file changes nothing.

Each file is one unit of work. What its rows say about one organisation is gathered first; a row that
contradicts an earlier one is refused, so that no row undoes another.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import audit, clock
from marketplace.kernel.database import new_id
from marketplace.kernel.events import announce
from marketplace.trusts import register, succeeding
from marketplace.trusts.events import RegisterImported
from marketplace.trusts.kinds import RANKS, OrganisationKind, OrganisationState, RegisterFile
from marketplace.trusts.models import Organisation, OrganisationLink
from marketplace.trusts.register import Described, GoodRow, Key, Linked, Refusal

BATCH = 500
ORGANISATIONS: sa.Table = Organisation.__table__  # type: ignore[assignment]
LINKS: sa.Table = OrganisationLink.__table__  # type: ignore[assignment]
UNIQUE = ("group_id", "ukprn")
"""Identifiers of which each belongs to one organisation, beside the one it is known by."""

COUNTS = (
    "read",
    "stored",
    "added",
    "changed",
    "unchanged",
    "refused",
    "organisations_added",
    "links_added",
    "open_multi_academy_trusts",
)

Known = tuple[Key, str]
Stored = dict[Known, sa.RowMapping]
LinkKey = tuple[uuid.UUID, uuid.UUID, str]
Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass
class Report:
    """What became of a file's rows: read = stored + refused, stored = added + changed + unchanged."""

    kind: RegisterFile
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    organisations_added: int = 0
    links_added: int = 0
    open_multi_academy_trusts: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def stored(self) -> int:
        """Rows whose content the database now has."""
        return self.added + self.changed + self.unchanged

    @property
    def refused(self) -> int:
        """Rows that were not stored."""
        return len(self.refusals)

    @property
    def counts(self) -> dict[str, int]:
        """Every figure by its name."""
        return {name: getattr(self, name) for name in COUNTS}


def import_file(session: Session, name: str, data: bytes, progress: Progress) -> Report:
    """Store the good rows of one file and name the others; Unreadable when it is none of the register's.

    `progress(done, total)` is called after each row that was checked.
    """
    file = register.read(data)
    report = _store(session, file, progress)
    digest = hashlib.sha256(data).hexdigest()
    act = audit.Act(
        organisation_id=audit.SYSTEM,
        person_id=None,
        action="import-register",
        subject_kind="register-file",
        subject_id=uuid.UUID(digest[:32]),
        after={"name": name, "sha256": digest, "kind": report.kind.value, **report.counts},
    )
    audit.record(session, act)
    announce(session, RegisterImported())
    return report


def _store(session: Session, file: register.File, progress: Progress) -> Report:
    if file.form.kind is RegisterFile.SUCCESSIONS:
        return _store_successions(session, file, progress)
    return _Store(session, file.form.kind, _gather(file, progress)).store()


def _store_successions(session: Session, file: register.File, progress: Progress) -> Report:
    """Links between schools describe no school: they are stored by themselves."""
    total = sum(record != [] for record in file.records)
    rows: list[GoodRow | Refusal] = []
    for row in file.rows():
        rows.append(row)
        progress(len(rows), total)
    outcome = succeeding.store(session, (row for row in rows if isinstance(row, GoodRow)))
    refusals = [row for row in rows if isinstance(row, Refusal)] + outcome.refusals
    return Report(
        file.form.kind,
        read=len(rows),
        added=outcome.added,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        links_added=outcome.added,
        refusals=sorted(refusals, key=lambda refusal: refusal.row),
    )


@dataclass
class _Gathered:
    """The rows of a file, and what they say together about each organisation and link."""

    read: int = 0
    rows: list[GoodRow] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    organisations: dict[Known, Mapping[str, Any]] = field(default_factory=dict)
    told_by: dict[Known, int] = field(default_factory=dict)
    links: dict[tuple[str, str], tuple[Linked, int]] = field(default_factory=dict)

    def add(self, row: GoodRow) -> None:
        """Take a row in, unless it contradicts an earlier one."""
        refusal = self._contradiction(row)
        if refusal is not None:
            self.refusals.append(refusal)
            return
        self.rows.append(row)
        for one in row.organisations:
            self.organisations.setdefault((one.key, one.value), one.facts)
            self.told_by.setdefault((one.key, one.value), row.number)
        if isinstance(row.link, Linked):
            self.links.setdefault((row.link.urn, row.link.group_uid), (row.link, row.number))

    def without(self, refused: Mapping[Known, tuple[str, str]]) -> _Gathered:
        """The same without the rows about some organisations, each refused for a field and a reason."""
        kept = _Gathered(self.read, refusals=self.refusals)
        for row in self.rows:
            bad = next(
                (refused[k] for one in row.organisations if (k := (one.key, one.value)) in refused), None
            )
            if bad is None:
                kept.add(row)
            else:
                kept.refusals.append(Refusal(row.number, *bad))
        return kept

    def _contradiction(self, row: GoodRow) -> Refusal | None:
        for one in row.organisations:
            known = self.organisations.get((one.key, one.value), one.facts)
            differing = next((column for column in one.facts if known[column] != one.facts[column]), None)
            if differing is not None:
                earlier = self.told_by[one.key, one.value]
                return Refusal(row.number, differing, f"is not what row {earlier} says of {_named(one)}")
        if isinstance(row.link, Linked):
            link, number = self.links.get((row.link.urn, row.link.group_uid), (row.link, 0))
            if link != row.link:
                return Refusal(row.number, "Joined date", f"is not what row {number} says of the same link")
        return None


def _named(one: Described) -> str:
    words = {Key.URN: "URN", Key.GROUP_UID: "group UID", Key.AUTHORITY_CODE: "local authority"}
    return f"{words[one.key]} {one.value}"


def _gather(file: register.File, progress: Progress) -> _Gathered:
    gathered, total = _Gathered(), sum(record != [] for record in file.records)
    for row in file.rows():
        gathered.read += 1
        if isinstance(row, Refusal):
            gathered.refusals.append(row)
        else:
            gathered.add(row)
        progress(gathered.read, total)
    return gathered


@dataclass
class _Store:
    """One run of storing: what is there, what is new, what differs."""

    session: Session
    kind: RegisterFile
    gathered: _Gathered
    ids: dict[Known, uuid.UUID] = field(default_factory=dict)
    changed: set[Known] = field(default_factory=set)
    added: set[Known] = field(default_factory=set)

    def store(self) -> Report:
        """Write organisations, then links, and say row by row what that was."""
        stored = self._stored_organisations()
        self._refuse_taken_identifiers()
        self._write_organisations(stored)
        links_added, links_changed = self._write_links()
        report = Report(self.kind, self.gathered.read)
        report.organisations_added, report.links_added = len(self.added), len(links_added)
        for row in self.gathered.rows:
            self._count(row, report, links_added, links_changed)
        report.refusals = sorted(self.gathered.refusals, key=lambda refusal: refusal.row)
        report.open_multi_academy_trusts = self._open_multi_academy_trusts()
        return report

    def _stored_organisations(self) -> Stored:
        found: Stored = {}
        for key in Key:
            values = [value for kind, value in self.gathered.organisations if kind is key]
            column = ORGANISATIONS.c[key.value]
            statement = sa.select(ORGANISATIONS)
            if key is Key.AUTHORITY_CODE:
                statement = statement.where(ORGANISATIONS.c.kind == OrganisationKind.LOCAL_AUTHORITY)
            for some in _batches(values):
                for row in self.session.execute(statement.where(column.in_(some))).mappings():
                    found[key, row[key.value]] = row
        self.ids = {known: row["id"] for known, row in found.items()}
        return found

    def _refuse_taken_identifiers(self) -> None:
        """An identifier that another organisation has refuses the row: one of the two is wrong."""
        ids = defaultdict(new_id, self.ids)
        refused: dict[Known, tuple[str, str]] = {}
        for column in UNIQUE:
            facts = self.gathered.organisations.items()
            wanted = {known: fact[column] for known, fact in facts if fact.get(column) is not None}
            holders = self._holders(column, set(wanted.values()))
            for known, value in wanted.items():
                if holders.setdefault(value, ids[known]) != ids[known]:
                    refused[known] = (column, f"{value} already belongs to another organisation")
        if refused:
            self.gathered = self.gathered.without(refused)

    def _holders(self, column: str, values: set[str]) -> dict[str, uuid.UUID]:
        found: dict[str, uuid.UUID] = {}
        for some in _batches(sorted(values)):
            identifier = ORGANISATIONS.c[column]
            rows = self.session.execute(sa.select(identifier, ORGANISATIONS.c.id).where(identifier.in_(some)))
            found |= {row[0]: row[1] for row in rows}
        return found

    def _write_organisations(self, stored: Stored) -> None:
        new, differing = [], []
        for known, facts in self.gathered.organisations.items():
            if known not in stored:
                self.ids[known] = new_id()
                self.added.add(known)
                new.append(self._new_organisation(known, facts))
                continue
            wanted = self._allowed(known, facts, stored[known])
            if any(stored[known][column] != value for column, value in wanted.items()):
                self.changed.add(known)
                differing.append((stored[known], wanted))
        _insert(self.session, ORGANISATIONS, new)
        _update(self.session, ORGANISATIONS, differing)

    def _new_organisation(self, known: Known, facts: Mapping[str, Any]) -> dict[str, Any]:
        key, value = known
        start = {"id": self.ids[known], "created_at": clock.now(), "state": OrganisationState.OPEN}
        return start | dict(facts) | {key.value: value, "described_by": self.kind}

    def _allowed(self, known: Known, facts: Mapping[str, Any], row: sa.RowMapping) -> dict[str, Any]:
        """What this file may set: all of it, or what the better file that described it leaves open."""
        describer = row["described_by"]
        if describer is None or RANKS[self.kind] >= RANKS[describer]:
            return {**facts, "described_by": self.kind}
        answered_for = register.GIVES.get((describer, known[0]), frozenset())
        return {column: value for column, value in facts.items() if column not in answered_for}

    def _write_links(self) -> tuple[set[LinkKey], set[LinkKey]]:
        wanted = {self._link_key(link): link for link, _ in self.gathered.links.values()}
        stored = self._stored_links({school for school, _, _ in wanted})
        new, differing = [], []
        for key, link in wanted.items():
            if key not in stored:
                new.append(_new_link(key, link))
            elif stored[key]["joined_on"] != link.joined_on:
                differing.append((stored[key], {"joined_on": link.joined_on}))
        _insert(self.session, LINKS, new)
        _update(self.session, LINKS, differing)
        return wanted.keys() - stored.keys(), {_stored_key(row) for row, _ in differing}

    def _stored_links(self, schools: set[uuid.UUID]) -> dict[LinkKey, sa.RowMapping]:
        found: dict[LinkKey, sa.RowMapping] = {}
        for some in _batches(sorted(schools)):
            rows = self.session.execute(sa.select(LINKS).where(LINKS.c.school_id.in_(some))).mappings()
            found.update({_stored_key(row): row for row in rows})
        return found

    def _link_key(self, link: Linked) -> LinkKey:
        return self.ids[Key.URN, link.urn], self.ids[Key.GROUP_UID, link.group_uid], link.kind.value

    def _count(self, row: GoodRow, report: Report, added: set[LinkKey], changed: set[LinkKey]) -> None:
        """Add a row to the count; one that repeats an earlier row changes nothing."""
        knowns = {(one.key, one.value) for one in row.organisations}
        if isinstance(row.link, Linked):
            first = self.gathered.links[row.link.urn, row.link.group_uid][1] == row.number
            is_new = self._link_key(row.link) in added
            is_changed = self._link_key(row.link) in changed or not knowns.isdisjoint(self.changed)
        else:
            first = all(self.gathered.told_by[known] == row.number for known in knowns)
            is_new, is_changed = not knowns.isdisjoint(self.added), not knowns.isdisjoint(self.changed)
        report.added += first and is_new
        report.changed += first and is_changed and not is_new
        report.unchanged += not first or not (is_new or is_changed)

    def _open_multi_academy_trusts(self) -> int:
        """Among the groups that the file's stored rows are about."""
        wanted = (OrganisationKind.MULTI_ACADEMY_TRUST, OrganisationState.OPEN)
        facts = self.gathered.organisations.values()
        return sum((one["kind"], one.get("state")) == wanted for one in facts)


def _stored_key(row: sa.RowMapping) -> LinkKey:
    return row["school_id"], row["group_id"], row["kind"].value


def _new_link(key: LinkKey, link: Linked) -> dict[str, Any]:
    return {
        "id": new_id(),
        "created_at": clock.now(),
        "school_id": key[0],
        "group_id": key[1],
        "kind": link.kind,
        "joined_on": link.joined_on,
    }


def _insert(session: Session, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows with different columns go in separate statements, each with the columns it has."""
    by_columns: dict[frozenset[str], list[Mapping[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(frozenset(row), []).append(row)
    for alike in by_columns.values():
        for some in _batches(alike):
            session.execute(sa.insert(table), some)


def _update(
    session: Session, table: sa.Table, rows: Iterable[tuple[sa.RowMapping, Mapping[str, Any]]]
) -> None:
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row, values in rows:
        by_columns.setdefault(tuple(values), []).append({**values, "row_id": row["id"]})
    for columns, alike in by_columns.items():
        statement = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
        statement = statement.values({column: sa.bindparam(column) for column in columns})
        for some in _batches(alike):
            session.connection().execute(statement, some)


def _batches(values: Sequence[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while some := list(islice(remaining, BATCH)):
        yield some
