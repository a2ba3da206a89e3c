"""What the search knows of a listing's free months, renewed with each unit taken or given back.

Orders wait for each other while they take of one listing, so this reads and writes as little as it can: the
words, the prices and the place of the listing are what they were.
"""

from __future__ import annotations

import uuid
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.availability import Period
from marketplace.catalogue.models import CapacityPeriod
from marketplace.finding import entries, locking, months
from marketplace.finding.models import SearchItem, SearchRow
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all

ROWS: sa.Table = SearchRow.__table__  # type: ignore[assignment]
ITEMS: sa.Table = SearchItem.__table__  # type: ignore[assignment]
PERIODS: sa.Table = CapacityPeriod.__table__  # type: ignore[assignment]
WHY = "the search shows to everybody what a seller has left"
_KNOWN = (
    sa.select(ROWS.c.id, ITEMS.c.item)
    .join(ITEMS, ITEMS.c.id == ROWS.c.id)
    .where(ROWS.c.listing_id == sa.bindparam("listing_id"))
)
_PERIOD = (PERIODS.c.id, PERIODS.c.starts_on, PERIODS.c.ends_on, PERIODS.c.units, PERIODS.c.taken)
_AHEAD = sa.select(*_PERIOD).where(
    PERIODS.c.listing_id == sa.bindparam("listing_id"), PERIODS.c.ends_on >= sa.bindparam("today")
)
_RENEW = (
    sa.update(ROWS)
    .where(ROWS.c.id == sa.bindparam("place"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("free_months", "soonest", "left_by_month")})
)
_SHOW = sa.update(ITEMS).where(ITEMS.c.id == sa.bindparam("place")).values(item=sa.bindparam("shown"))


def renew(session: Session, listing_id: uuid.UUID) -> None:
    """Let the search know what a listing has left; one that buyers may not find stays unknown."""
    with on_behalf_of_all(session, WHY):
        locking.keep_others_out(session, [listing_id])  # of two that take the later one sees what both took
        known = session.execute(_KNOWN, {"listing_id": listing_id}).one_or_none()
        if known is not None:
            _renew(session, listing_id, known)


def _renew(session: Session, listing_id: uuid.UUID, known: Any) -> None:
    today = clock.today()
    asked = {"listing_id": listing_id, "today": today}
    periods = [Period(*row) for row in session.execute(_AHEAD, asked)]
    item = orjson.loads(known.item)
    if item["is_unlimited"]:
        return
    columns = entries.left_columns(months.left(periods, today))
    new = {f"new_{name}": value for name, value in columns.items()}
    session.connection().execute(_RENEW, {"place": known.id} | new)
    shown = orjson.dumps(item | {"next_open": entries.next_open(periods)}, default=entries.plain).decode()
    if shown != known.item:
        session.connection().execute(_SHOW, {"place": known.id, "shown": shown})
