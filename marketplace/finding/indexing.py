"""The one door to what the search knows of published listings, in the transaction of each change."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.availability import Period, month_number
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.finding import entries, homes, locking, news, vocabulary, word_index
from marketplace.finding.entries import Known
from marketplace.finding.grid import Point
from marketplace.finding.models import ITEMS, ROWS
from marketplace.kernel import clock
from marketplace.kernel.database import insert_into, on_behalf_of_all
from marketplace.kernel.units import Unit
from marketplace.trusts import access
from marketplace.trusts.models import Organisation

BATCH = 250
WHY = "the search shows to everybody what a seller publishes and has left"
FAR_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
MICROSECOND = 1_000_000
Progress = Callable[[int, int], None]
T = TypeVar("T")


def ignored(done: int, total: int) -> None:
    """Tell nobody how far it is."""


def index_listing(session: Session, listing_id: uuid.UUID) -> bool:
    """Let the search know a listing as it is now: nothing of it when buyers may not find it.

    Whether it can be found now and never could before.
    """
    with on_behalf_of_all(session, WHY):
        locking.keep_others_out(session, [listing_id])
        is_new = not news.numbered(session, [listing_id])
        return bool(_index(session, [listing_id], with_words=True)) and is_new


def index_seller(session: Session, organisation_id: uuid.UUID) -> None:
    """Let the search know a seller as it is now; one that is suspended or left is not found."""
    with on_behalf_of_all(session, WHY):
        locking.keep_sellers_alone(session, [organisation_id])
        _index_all(session, organisation_id)


def index_moved_sellers(session: Session) -> int:
    """After the register was read: index again what is sold by those whose name, town or home is another."""
    with on_behalf_of_all(session, WHY):
        sellers = list(session.scalars(sa.select(ROWS.c.seller_id).distinct()))
        changed = [one for some in batches(sellers) for one in _changed_sellers(session, some)]
        locking.keep_sellers_alone(session, changed)
        return sum(_index_all(session, one) for one in changed)


def reindex(unit: Unit, progress: Progress = ignored) -> int:
    """Make everything that the search knows anew; how many of the listings can be found now.

    Some listings at a time, each time in a short unit of work: meanwhile people find what they found before,
    and orders go on. Stopped in the middle it leaves nothing half, and is begun again.
    """
    everything, found = unit(_known_or_published), 0
    for number, some in enumerate(batches(everything), start=1):
        found += unit(partial(index_anew, listing_ids=some))
        progress(min(number * BATCH, len(everything)), len(everything))
    unit(remove_leftover_words)
    return found


def _known_or_published(session: Session) -> Sequence[uuid.UUID]:
    known = Listing.id.in_(sa.select(ROWS.c.listing_id))
    statement = sa.select(Listing.id).where(known | (Listing.state == ListingState.PUBLISHED))
    return session.scalars(statement.order_by(Listing.seller_id, Listing.published_at, Listing.id)).all()


def index_anew(session: Session, listing_ids: Sequence[uuid.UUID]) -> int:
    """Let the search know these listings as if it had never known them; how many can be found."""
    with on_behalf_of_all(session, WHY):
        locking.keep_others_out(session, listing_ids)
        _forget(session, _misplaced(session, listing_ids))
        return _index(session, listing_ids, with_words=True)


def _misplaced(session: Session, listing_ids: Sequence[uuid.UUID]) -> list[int]:
    """The rows of listings that do not stand where their hour puts them."""
    statement = (
        sa.select(ROWS.c.id, Listing.published_at, Listing.created_at)
        .join(Listing, Listing.id == ROWS.c.listing_id)
        .where(ROWS.c.listing_id.in_(listing_ids))
    )
    placed = [(id_, place_of(published or created)) for id_, published, created in session.execute(statement)]
    return [id_ for id_, place in placed if not place - MICROSECOND < id_ <= place]


def remove_leftover_words(session: Session) -> None:
    """Words of no listing stand in nobody's way, but there is no need for them."""
    with on_behalf_of_all(session, WHY):
        word_index.remove_leftovers(session)


def overdue(session: Session, today: date) -> list[uuid.UUID]:
    """The listings of which time that is over may still stand as free, and those that were never indexed."""
    over = sa.select(ROWS.c.listing_id).where(
        (ROWS.c.soonest < month_number(today))
        | (ROWS.c.open_until < today)
        | ROWS.c.listing_id.in_(_in_the_middle(today))
    )
    missing = (
        sa.select(Listing.id)
        .join(Organisation, Organisation.id == Listing.seller_id)
        .outerjoin(ROWS, ROWS.c.listing_id == Listing.id)
        .where(Listing.state == ListingState.PUBLISHED, access.is_active(), ROWS.c.id.is_(None))
    )
    return list(session.scalars(over.union_all(missing)))


def _in_the_middle(today: date) -> sa.Select[Any]:
    """What has a period that ended or began within this month: the rest of the month has more or less."""
    of, first = CapacityPeriod.__table__.c, today.replace(day=1)
    ended = (of.ends_on >= first) & (of.ends_on < today)
    begun = (of.starts_on > first) & (of.starts_on <= today)
    return sa.select(of.listing_id).where(ended | begun)


def index_again(session: Session, listing_ids: Sequence[uuid.UUID]) -> None:
    """Let the search know what these listings have left from this month on."""
    with on_behalf_of_all(session, WHY):
        locking.keep_others_out(session, listing_ids)
        _index(session, listing_ids, with_words=False)


def _index_all(session: Session, seller_id: uuid.UUID) -> int:
    theirs = sa.select(Listing.id).where(Listing.seller_id == seller_id)
    ids = list(session.scalars(theirs.order_by(Listing.published_at)))
    return sum(_index(session, some, with_words=True) for some in batches(ids))


def _index(session: Session, listing_ids: Sequence[uuid.UUID], with_words: bool) -> int:
    known = _load(session, listing_ids)
    places = _places(session, listing_ids)
    _forget(session, [place for listing_id, place in places.items() if listing_id not in known])
    worded = {one: what for one, what in known.items() if with_words or one not in places}
    word_index.remove(session, [places[one] for one in worded if one in places])
    today = clock.today()
    if known.keys() - places.keys():
        locking.number_alone(session)
    for listing_id, one in known.items():
        places.setdefault(listing_id, _free_place(session, one, places.values()))
    rows = [entries.row(one, places[listing_id], today) for listing_id, one in known.items()]
    items = [entries.item(one, places[listing_id]) for listing_id, one in known.items()]
    _put(session, ROWS, rows)
    _put(session, ITEMS, items)
    if worded:
        _put_words(session, worded, places)
    news.note(session, known)
    return len(known)


def _load(session: Session, listing_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Known]:
    """Those of the listings that buyers may find, with all that is shown and asked of them."""
    findable = (Listing.state == ListingState.PUBLISHED, access.is_active())
    statement = (
        sa.select(Listing.__table__, *entries.SELLER)
        .join(Organisation, Organisation.id == Listing.seller_id)
        .where(Listing.id.in_(listing_ids), *findable)
        .order_by(Listing.published_at)
    )
    found = session.execute(statement).mappings().all()
    offered = sa.select(Plan.__table__).where(Plan.is_offered).order_by(Plan.id)
    plans = _by_listing(session, offered, Plan.listing_id, listing_ids)
    periods = _periods(session, listing_ids)
    home = homes.of(session, {row["seller_id"] for row in found})
    return {
        row["id"]: Known(
            listing={**row},
            plans=plans.get(row["id"], []),
            periods=periods.get(row["id"], []),
            home=home.get(row["seller_id"]),
        )
        for row in found
    }


def _by_listing(
    session: Session, statement: sa.Select[Any], column: Any, listing_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[dict[str, Any]]]:
    found: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in session.execute(statement.where(column.in_(listing_ids))).mappings():
        found.setdefault(row["listing_id"], []).append({**row})
    return found


def _periods(session: Session, listing_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Period]]:
    """What each has to offer from today on."""
    of = CapacityPeriod.__table__.c
    statement = sa.select(of.listing_id, of.id, of.starts_on, of.ends_on, of.units, of.taken)
    found: dict[uuid.UUID, list[Period]] = {}
    some = (of.listing_id.in_(listing_ids), of.ends_on >= clock.today())
    for listing_id, *period in session.execute(statement.where(*some)):
        found.setdefault(listing_id, []).append(Period(*period))
    return found


def _places(session: Session, listing_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    statement = sa.select(ROWS.c.listing_id, ROWS.c.id).where(ROWS.c.listing_id.in_(listing_ids))
    return {row.listing_id: row.id for row in session.execute(statement)}


def _free_place(session: Session, one: Known, taken: Iterable[int]) -> int:
    """The place of a listing in the order of all; of two of one moment the later one comes first."""
    place = place_of(one.listing["published_at"] or one.listing["created_at"])
    near = sa.select(ROWS.c.id).where(ROWS.c.id.between(place - MICROSECOND, place))
    used = {*session.scalars(near), *(number for number in taken if place - MICROSECOND <= number <= place)}
    return min(used) - 1 if place in used else place


def place_of(moment: datetime) -> int:
    """The place in the order of all that something published at a moment has: it falls as time goes on."""
    left = FAR_FUTURE - moment
    return (left.days * 86_400 + left.seconds) * MICROSECOND + left.microseconds


def _forget(session: Session, ids: Sequence[int]) -> None:
    if not ids:
        return
    word_index.remove(session, ids)
    vocabulary.lend(session, dict.fromkeys(ids, ()))
    for table in (ITEMS, ROWS):
        session.execute(sa.delete(table).where(table.c.id.in_(ids)))


def _put(session: Session, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, or set them to what they are now."""
    if not rows:
        return
    statement = insert_into(session, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), list(rows))


def _put_words(session: Session, known: Mapping[uuid.UUID, Known], places: Mapping[uuid.UUID, int]) -> None:
    word_index.add(session, [one.words(places[listing_id]) for listing_id, one in known.items()])
    vocabulary.lend(session, {places[one]: entries.vocabulary(what) for one, what in known.items()})


def _changed_sellers(session: Session, sellers: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those whose name or town in the search, or whose place, is not what the register says."""
    columns = (Organisation.id, Organisation.name, Organisation.town)
    now = {
        row.id: (row.name, row.town)
        for row in session.execute(sa.select(*columns).where(Organisation.id.in_(sellers)))
    }
    home = homes.of(session, set(sellers))
    newest = sa.select(sa.func.min(ROWS.c.id)).where(ROWS.c.seller_id.in_(sellers)).group_by(ROWS.c.seller_id)
    statement = (
        sa.select(ROWS.c.seller_id, ROWS.c.easting, ROWS.c.northing, ITEMS.c.item)
        .join(ITEMS, ITEMS.c.id == ROWS.c.id)
        .where(ROWS.c.id.in_(newest))
    )
    changed = []
    for row in session.execute(statement):
        was = Point(row.easting, row.northing) if row.easting is not None else None
        item = orjson.loads(row.item)
        kept = (item["seller_name"], item["seller_town"])
        if (kept, was) != (now[row.seller_id], home.get(row.seller_id)):
            changed.append(row.seller_id)
    return changed


def batches(rows: Iterable[T]) -> Iterable[list[T]]:
    """So many rows at a time."""
    rest = iter(rows)
    while some := list(islice(rest, BATCH)):
        yield some
