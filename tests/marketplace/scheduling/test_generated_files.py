"""Files as people make them, right and wrong: each is stored whole or refused with its rows, never half.

FILES says how many are tried on each database; README has the command of the whole proof, FILES=10000.
What a file must do is worked out apart from the code under test, by the plainest reading.
"""

from __future__ import annotations

import os
import random
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from marketplace.catalogue import queries, taking
from marketplace.catalogue.availability import Span, months
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.kernel.errors import Conflict, Refused
from marketplace.scheduling import uploading
from marketplace.trusts.access import Actor
from tests.factories.catalogue import a_listing, some_capacity
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_seller
from tests.factories.sheets import as_file
from tests.factories.trusts import an_organisation

FILES = int(os.environ.get("FILES", "200"))
KINDS = ("csv", "cp1252", "xlsx", "ods")
MONTHS = 8
HEADINGS = {
    "listing": ("Listing", "Service", "TITLE", "listing title", "Identifier"),
    "month": ("Month", "month", "Month and year"),
    "starts_on": ("From", "Start date", "First day"),
    "ends_on": ("To", "End date", "Until"),
    "units": ("Units", "Hours", "Days", "CAPACITY", "places"),
}
STRANGE = ("Remarks", "Column 7", "£", "Nötiz")
BAD_UNITS = ("", "many", "-3", "7.5", "1,5", "=1+1", "1e30", "99999999999", "100001", "٣", "3 days")
BAD_MONTHS = ("13/2027", "2027", "Smarch 2027", "00/2027", "last month", "09/1999", "=TODAY()")
BAD_DAYS = ("31/2/2027", "2027-13-01", "soon", "1/1/99", "40000")
Table = list[list[str]]
Capacity = dict[tuple[int, Span], tuple[int, int]]
"""Units and what is taken of them, by listing and time."""


@dataclass
class Row:
    """A row as it was made: its cells, and what a person would make of them."""

    cells: dict[str, str]
    listing: int | None = None
    span: Span | None = None
    units: int | None = None
    is_wrong: bool = False


@dataclass
class Made:
    """A file, and whether its rows are right each by itself."""

    rows: list[Row]
    columns: list[str]
    headings: dict[str, str]
    strange: list[str] = field(default_factory=list)


@dataclass
class Shop:
    """Listings of a seller and of another, and the months in which they have something."""

    actor: Actor
    own: list[Listing]
    foreign: Listing
    spans: list[Span]


def a_shop(session: Session) -> Shop:
    trust = an_organisation(session)
    own = [
        a_listing(session, trust, title=f"Service {number} of {uuid.uuid4().hex[:6]}") for number in (1, 2, 3)
    ]
    foreign = a_listing(session)
    first = next_month()
    for listing in (*own, foreign):
        some_capacity(session, listing, first, add_months(first, 3), 6)
    taking.take_capacity(session, own[0].id, 4, first, add_months(first, 1) - timedelta(days=1))
    taking.take_capacity(
        session, own[1].id, 2, add_months(first, 1), add_months(first, 3) - timedelta(days=1)
    )
    return Shop(a_seller(session, own[0]), own, foreign, months(first, add_months(first, MONTHS - 1)))


def month_cell(chance: random.Random, day: date) -> str:
    forms: tuple[Callable[[date], str], ...] = (
        lambda d: f"{d:%m/%Y}",
        lambda d: f"{d:%Y-%m}",
        lambda d: f"{d:%B %Y}",
        lambda d: f"{d:%b %Y}",
        lambda d: f"{d.day}/{d.month}/{d.year}",
        lambda d: d.isoformat(),
    )
    return chance.choice(forms)(day)


def day_cell(chance: random.Random, day: date) -> str:
    forms: tuple[Callable[[date], str], ...] = (
        lambda d: d.isoformat(),
        lambda d: f"{d.day}/{d.month}/{d.year}",
        lambda d: f"{d:%d.%m.%Y}",
        lambda d: f"{d.day} {d:%B} {d.year}",
        lambda d: f"{d.day}-{d:%b}-{d.year}",
    )
    return chance.choice(forms)(day)


def a_row(chance: random.Random, shop: Shop, columns: list[str]) -> Row:
    """Mostly right; one cell is wrong now and then."""
    row = Row({})
    _name(chance, shop, row)
    _date(chance, shop, row, columns)
    number = chance.choice((0, 1, 2, 3, 5, 8, 12, 1_200))
    row.units, row.cells["units"] = number, chance.choice((str(number), f"{number:,}"))
    spoilt = chance.random()
    if spoilt < 0.06:
        row.cells["units"], row.is_wrong = chance.choice(BAD_UNITS), True
    elif spoilt < 0.1:
        column = "month" if "month" in row.cells else "starts_on"
        row.cells[column] = chance.choice(BAD_MONTHS if column == "month" else BAD_DAYS)
        row.is_wrong = True
    return row


def _name(chance: random.Random, shop: Shop, row: Row) -> None:
    row.listing = chance.randrange(len(shop.own))
    known = shop.own[row.listing]
    row.cells["listing"] = chance.choice(
        (known.title, known.title.upper(), str(known.id), f" {known.title} ")
    )
    spoilt = chance.random()
    if spoilt < 0.04:
        strange = (
            shop.foreign.title,
            str(shop.foreign.id),
            "Nobody's service",
            "",
            "'; DROP TABLE listings; --",
        )
        row.cells["listing"], row.is_wrong = chance.choice(strange), True


def _date(chance: random.Random, shop: Shop, row: Row, columns: list[str]) -> None:
    span = chance.choice(shop.spans)
    spoilt = chance.random()
    if spoilt < 0.03:
        span, row.is_wrong = months(date(2020, 3, 1), date(2020, 3, 1))[0], True
    elif spoilt < 0.05:
        span, row.is_wrong = months(date(2090, 3, 1), date(2090, 3, 1))[0], True
    row.span = span
    if "month" in columns and ("starts_on" not in columns or chance.random() < 0.8):
        row.cells["month"] = month_cell(chance, span[0])
    else:
        row.cells |= {"starts_on": day_cell(chance, span[0]), "ends_on": day_cell(chance, span[1])}


def a_made_file(chance: random.Random, shop: Shop) -> Made:
    times = chance.choice((["month"], ["starts_on", "ends_on"], ["month", "starts_on", "ends_on"]))
    columns = ["listing", *times, "units"]
    chance.shuffle(columns)
    headings = {column: chance.choice(HEADINGS[column]) for column in columns}
    rows = [a_row(chance, shop, columns) for _ in range(chance.randint(1, 8))]
    if chance.random() < 0.5:  # most files name no month twice
        rows = list({(row.listing, row.span): row for row in rows}.values())
    strange = chance.sample(STRANGE, chance.choice((0, 0, 1, 2)))
    return Made(rows, columns, headings, strange)


def table_of(chance: random.Random, made: Made) -> tuple[Table, dict[int, Row]]:
    """The cells, and which row of the file holds which; empty rows in between are nobody's."""
    table = [[*(made.headings[column] for column in made.columns), *made.strange]]
    places = {}
    for row in made.rows:
        if chance.random() < 0.1:
            table.append([""] * len(table[0]))
        table.append([*(row.cells.get(column, "") for column in made.columns), *("x" for _ in made.strange)])
        places[len(table)] = row
    return table, places


def wrong_rows(places: dict[int, Row], before: Capacity) -> set[int]:
    """The oracle: which rows cannot be stored."""
    wrong = {number for number, row in places.items() if row.is_wrong}
    seen: set[tuple[int, Span]] = set()
    for number, row in places.items():
        if row.is_wrong:
            continue
        assert row.listing is not None
        assert row.span is not None
        assert row.units is not None
        key = (row.listing, row.span)
        if key in seen or before.get(key, (0, 0))[1] > row.units:
            wrong.add(number)
        seen.add(key)
    return wrong


def capacity_of(session: Session, shop: Shop) -> Capacity:
    return {
        (place, (one.starts_on, one.ends_on)): (one.units, one.taken)
        for place, listing in enumerate((*shop.own, shop.foreign))
        for one in queries.capacity_of(session, listing.id)
    }


def try_file(session: Session, chance: random.Random, shop: Shop) -> str:
    """Upload one file and store it; what became of it, in a word."""
    before = capacity_of(session, shop)
    made = a_made_file(chance, shop)
    table, places = table_of(chance, made)
    kind = chance.choice(KINDS)
    if kind == "cp1252":
        table = [[cell.encode("cp1252", "ignore").decode("cp1252") for cell in row] for row in table]
    kept = uploading.upload(session, shop.actor, f"file.{kind}", as_file(kind, table), None)
    if made.strange:
        matched = dict(enumerate(made.columns))
        assert not uploading.is_told(kept)
        uploading.match(session, shop.actor, kept.id, matched)
    checked = uploading.check(session, shop.actor, kept.id)
    expected = wrong_rows(places, before)
    found = {line.number for line in checked.wrong}
    assert found == expected, (sorted(found ^ expected), table, checked.told)
    if expected:
        assert all(f"Row {number}, " in " ".join(checked.told) for number in expected)
        refuse(session, shop, kept.id)
        assert capacity_of(session, shop) == before
        return "refused"
    uploading.store(session, shop.actor, kept.id)
    for row in places.values():
        assert row.listing is not None
        assert row.span is not None
        assert row.units is not None
        key = (row.listing, row.span)
        before[key] = (row.units, before.get(key, (0, 0))[1])
    assert capacity_of(session, shop) == before
    return "stored"


def refuse(session: Session, shop: Shop, upload_id: uuid.UUID) -> None:
    try:
        with session.begin_nested():
            uploading.store(session, shop.actor, upload_id)
    except Conflict:
        return
    raise AssertionError("a file with a fault was stored")


def test_generated_files_are_stored_whole_or_refused_with_their_rows(own_session: Session) -> None:
    chance, outcomes = random.Random(20_261_128), Counter[str]()
    shop = a_shop(own_session)
    own_session.commit()
    for _ in range(FILES):
        outcomes[try_file(own_session, chance, shop)] += 1
        own_session.rollback()
    print(dict(outcomes))  # noqa: T201  the figure of the proof
    assert min(outcomes["stored"], outcomes["refused"]) > FILES // 5


def test_bytes_that_are_no_table_are_refused_in_words(session: Session) -> None:
    chance, shop = random.Random(7), a_shop(session)
    good = as_file("xlsx", [["Listing", "Month", "Units"], [shop.own[0].title, "09/2027", "3"]])
    for _ in range(min(FILES, 200)):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 40)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        content = bytes(broken[: chance.randint(1, len(broken))])
        with suppress(Refused), session.begin_nested() as run:
            uploading.upload(session, shop.actor, "x.xlsx", content, None)
            run.rollback()
