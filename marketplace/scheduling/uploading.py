"""Capacity from a file: its columns matched, its rows checked and corrected, stored as a whole or not."""

from __future__ import annotations

import uuid
from bisect import bisect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability, offering
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.availability import Change, Period, Span
from marketplace.catalogue.kinds import CapacityUnit, ListingState
from marketplace.catalogue.models import Listing
from marketplace.catalogue.services import check_may_sell, own_to_change
from marketplace.kernel import clock, sheets
from marketplace.kernel.corrections import HOURS, Corrections, Line, corrected, rows_under
from marketplace.kernel.errors import Conflict, NotFound, Refused
from marketplace.kernel.fields import UNPRINTABLE
from marketplace.scheduling import columns
from marketplace.scheduling.models import CapacityUpload
from marketplace.trusts import access
from marketplace.trusts.access import Actor

SAMPLES = 3


@dataclass(frozen=True)
class Own:
    """A listing of the seller that rows of a file can mean."""

    listing_id: uuid.UUID
    title: str
    unit: CapacityUnit
    is_unlimited: bool


@dataclass(frozen=True)
class Checked:
    """An upload with what each row says: its listing and what it would change, where both are known."""

    upload: CapacityUpload
    lines: Sequence[Line]
    meant: Mapping[int, Own]
    changes: Mapping[int, Change]

    @property
    def wrong(self) -> list[Line]:
        """The rows with a fault."""
        return [line for line in self.lines if line.faults]

    @property
    def told(self) -> list[str]:
        """Every fault by row and column, in the order of the file."""
        return [sentence for line in self.lines for sentence in line.told_by(columns.HEADINGS)]


@dataclass(frozen=True)
class Heading:
    """A column of the file: its place, its words, the first values under it, and what it is taken for."""

    place: int
    words: str
    samples: Sequence[str]
    column: str


def upload(
    session: Session, actor: Actor, file_name: str, content: bytes, listing_id: uuid.UUID | None
) -> CapacityUpload:
    """Keep the rows of a file for some hours; Refused at `file` when it holds no table."""
    check_may_sell(actor)
    if listing_id is not None:
        catalogue.own_listing(session, actor.organisation_id, listing_id)
    table = sheets.read_rows(content)
    places = columns.recognised(table[0] if table else ())
    rows_under(table, places or {0: "listing"})
    _forget_old(session, actor)
    kept = CapacityUpload(
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        listing_id=listing_id,
        file_name=UNPRINTABLE.sub("", file_name)[:200],
        content={"table": table, "matched": {str(place): column for place, column in places.items()}},
        expires_at=clock.now() + timedelta(hours=HOURS),
    )
    session.add(kept)
    if is_told(kept):
        _keep_rows(kept, places)
    session.flush()
    return kept


def is_told(kept: CapacityUpload) -> bool:
    """Whether the headings say it all, so that nobody need match a column."""
    places = _places(kept)
    is_whole = columns.lacking(list(places.values()), needs_listing=kept.listing_id is None) is None
    return is_whole and not columns.unmatched(kept.content["table"][0], places)


def headings_of(kept: CapacityUpload) -> list[Heading]:
    """The columns of the file with sample values, for a person to match."""
    table, places = kept.content["table"], _places(kept)
    return [
        Heading(place, words.strip() or f"Column {place + 1}", _samples(table, place), places.get(place, ""))
        for place, words in enumerate(table[0])
        if words.strip() or _samples(table, place)
    ]


def match(session: Session, actor: Actor, upload_id: uuid.UUID, places: Mapping[int, str]) -> CapacityUpload:
    """Say what each column of the file holds; Refused when something needed is missing or named twice."""
    kept = own_upload(session, actor, upload_id, lock=True)
    matched = {place: column for place, column in places.items() if column in columns.HEADINGS}
    lacking = columns.lacking(list(matched.values()), needs_listing=kept.listing_id is None)
    if lacking:
        raise Refused(f"{lacking}.", field="columns")
    _keep_rows(kept, matched)
    session.flush()
    return kept


def check(session: Session, actor: Actor, upload_id: uuid.UUID, lock: bool = False) -> Checked:
    """What the rows of an upload say now; NotFound for another trust's and for one that is too old."""
    kept = own_upload(session, actor, upload_id, lock=lock)
    if "rows" not in kept.content:
        raise Conflict("Say first which column of the file holds what.")
    lines = [columns.read_line(row["number"], row["values"]) for row in kept.content["rows"]]
    own = _own_listings(session, actor)
    meant, faults = _meant(kept, lines, own)
    changes = _changes(session, lines, meant)
    clashes = _clashes(lines, meant, changes)
    for line in lines:
        change, earlier = changes.get(line.number), clashes.get(line.number)
        faults[line.number].update(_faults_of(line, change, meant, earlier))
    checked = [_with(line, faults[line.number]) for line in lines]
    return Checked(kept, checked, meant, changes)


def correct(session: Session, actor: Actor, upload_id: uuid.UUID, corrections: Corrections) -> Checked:
    """Write what was typed into the rows and leave some out; no capacity is changed yet."""
    kept = check(session, actor, upload_id, lock=True).upload
    kept.content = kept.content | {"rows": corrected(kept.content["rows"], corrections)}
    session.flush()
    return check(session, actor, upload_id)


def store(session: Session, actor: Actor, upload_id: uuid.UUID) -> list[uuid.UUID]:
    """Offer the units of every row at once; Conflict while one is wrong. Which listings have changed.

    The second of two at once finds the upload gone.
    """
    checked = check(session, actor, upload_id, lock=True)
    if checked.wrong:
        raise Conflict("Correct every row first. No capacity is changed yet.")
    if not checked.lines:
        raise Conflict("No row is left. Upload the file again.")
    wanted: dict[uuid.UUID, dict[Span, int]] = defaultdict(dict)
    for line in checked.lines:
        change = checked.changes[line.number]
        wanted[checked.meant[line.number].listing_id][change.starts_on, change.ends_on] = change.units
    for listing_id in sorted(wanted):  # all before any period: in the one order in which all lock
        own_to_change(session, actor, listing_id)
    for listing_id, units in sorted(wanted.items()):
        noted = {"periods": len(units), "file": str(upload_id)}
        offering.offer_units(session, actor, listing_id, units, "upload-capacity", noted)
    session.delete(checked.upload)
    session.flush()
    return sorted(wanted)


def forget(session: Session, actor: Actor, upload_id: uuid.UUID) -> None:
    """Throw an upload away; the capacity stays as it is."""
    session.delete(own_upload(session, actor, upload_id, lock=True))
    session.flush()


def own_upload(session: Session, actor: Actor, upload_id: uuid.UUID, lock: bool = False) -> CapacityUpload:
    """An upload of the actor's organisation that is not too old."""
    check_may_sell(actor)
    owner = CapacityUpload.organisation_id
    kept = access.own(session, CapacityUpload, upload_id, owner, acting=actor, lock=lock)
    if kept.expires_at <= clock.now():
        raise NotFound
    return kept


def _keep_rows(kept: CapacityUpload, places: Mapping[int, str]) -> None:
    rows = rows_under(kept.content["table"], places)
    matched = {str(place): column for place, column in places.items()}
    kept.content = kept.content | {"matched": matched, "rows": rows}


def _places(kept: CapacityUpload) -> dict[int, str]:
    return {int(place): column for place, column in kept.content["matched"].items()}


def _samples(table: Sequence[Sequence[str]], place: int) -> list[str]:
    found = (row[place].strip() for row in table[1:] if place < len(row))
    return [text for text in found if text][:SAMPLES]


def _forget_old(session: Session, actor: Actor) -> None:
    mine = CapacityUpload.organisation_id == actor.organisation_id
    session.execute(sa.delete(CapacityUpload).where(mine, CapacityUpload.expires_at <= clock.now()))


def _own_listings(session: Session, actor: Actor) -> list[Own]:
    """Those that can be changed."""
    statement = sa.select(Listing.id, Listing.title, Listing.unit, Listing.is_unlimited).where(
        Listing.seller_id == actor.organisation_id, Listing.state != ListingState.WITHDRAWN
    )
    return [Own(*row) for row in session.execute(statement.order_by(Listing.id))]


def _meant(
    kept: CapacityUpload, lines: Sequence[Line], own: Sequence[Own]
) -> tuple[dict[int, Own], dict[int, dict[str, str]]]:
    """The listing of each row that names one of the seller's, and what is wrong with the others."""
    by_id = {str(one.listing_id): one for one in own}
    by_title: dict[str, list[Own]] = defaultdict(list)
    for one in own:
        by_title[one.title.casefold().strip()].append(one)
    meant: dict[int, Own] = {}
    faults: dict[int, dict[str, str]] = defaultdict(dict)
    for line in lines:
        given = line.values.get("listing", "") or str(kept.listing_id or "")
        found = [by_id[given.lower()]] if given.lower() in by_id else by_title.get(given.casefold(), [])
        fault = _listing_fault(given, found)
        if fault:
            faults[line.number]["listing"] = fault
        else:
            meant[line.number] = found[0]
    return meant, faults


def _listing_fault(given: str, found: Sequence[Own]) -> str | None:
    if not given:
        return "Enter the title or the identifier of one of your listings"
    if not found:
        return "You have no listing of this title or identifier that can be changed"
    if len(found) > 1:
        return "Several of your listings have this title: enter the identifier"
    if found[0].is_unlimited:
        return "This listing is unlimited: it needs no capacity"
    return None


def _changes(session: Session, lines: Sequence[Line], meant: Mapping[int, Own]) -> dict[int, Change]:
    """What each row that can be read would change; the listings' periods are read once each."""
    periods: dict[uuid.UUID, list[Period]] = {}
    found = {}
    for line in lines:
        span, own, units = columns.span_of(line), meant.get(line.number), line.read.get("units")
        if span is None or own is None or units is None or span[1] < span[0]:
            continue
        if own.listing_id not in periods:
            periods[own.listing_id] = catalogue.capacity_of(session, own.listing_id)
        found[line.number] = availability.changes(periods[own.listing_id], {span: units})[0]
    return found


def _faults_of(
    line: Line, change: Change | None, meant: Mapping[int, Own], earlier: int | None
) -> dict[str, str]:
    """What only the listing's capacity and the other rows know to be wrong."""
    if change is None:
        return {}
    where = "month" if line.values.get("month") else "starts_on"
    faults = {}
    outside = offering.outside(change.starts_on, change.ends_on)
    if outside:
        faults[where] = outside
    elif earlier is not None:
        faults[where] = f"Row {earlier} gives this time already"
    unit = meant[line.number].unit
    if change.in_the_way is not None:
        faults.setdefault(where, offering.why_not(change, unit) or "")
    elif change.is_below_taken:
        faults["units"] = offering.why_not(change, unit) or ""
    return faults


def _clashes(
    lines: Sequence[Line], meant: Mapping[int, Own], changes: Mapping[int, Change]
) -> dict[int, int]:
    """Rows whose time has a day of an earlier row's of the same listing, and the number of that row."""
    kept: dict[uuid.UUID, list[tuple[date, date, int]]] = defaultdict(list)
    found = {}
    for line in lines:
        change = changes.get(line.number)
        if change is None:
            continue
        known = kept[meant[line.number].listing_id]  # none of these has a day of another's
        place = bisect(known, (change.starts_on,))
        near = [one for one in known[max(0, place - 1) : place + 1] if _touch(one, change)]
        if near:
            found[line.number] = near[0][2]
        else:
            known.insert(place, (change.starts_on, change.ends_on, line.number))
    return found


def _touch(known: tuple[date, date, int], change: Change) -> bool:
    return known[0] <= change.ends_on and known[1] >= change.starts_on


def _with(line: Line, more: Mapping[str, Any]) -> Line:
    faults = {**more, **line.faults}
    return replace(line, faults={column: faults[column] for column in columns.HEADINGS if column in faults})
