"""What the search knows of a listing's free months, renewed with each unit taken or given back.

Orders wait for each other while they take of one listing, so this reads nothing and writes one row: the
words, the prices and the place of the listing are what they were.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.availability import Period
from marketplace.catalogue.models import Listing
from marketplace.finding import entries, locking
from marketplace.finding.models import ROWS
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.prepared import Prepared

WHY = "the search shows to everybody what a seller has left"
_UNLIMITED = sa.exists().where(Listing.id == ROWS.c.listing_id, Listing.is_unlimited)
_RENEW = Prepared(
    sa.update(ROWS)
    .where(ROWS.c.listing_id == sa.bindparam("of"), ~_UNLIMITED)
    .values({name: sa.bindparam(f"new_{name}") for name in entries.LEFT_COLUMNS})
)


def renew(session: Session, listing_id: uuid.UUID, ahead: Sequence[Period]) -> None:
    """Let the search know what a listing has left; one that buyers may not find stays unknown."""
    left = entries.left_columns(ahead, clock.today())
    new = {f"new_{name}": value for name, value in left.items()}
    with on_behalf_of_all(session, WHY):
        locking.keep_others_out(session, [listing_id])  # of two that write the later one sees what both did
        _RENEW.send(session.connection(), {"of": listing_id} | new)
