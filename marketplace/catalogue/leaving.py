"""What binds a seller that wants to leave: listings that others can still order from."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.trusts.binding import MOST_NAMED, Bound

LIVE = (ListingState.PUBLISHED, ListingState.PAUSED)


def bound(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    """The listings that have to be withdrawn."""
    statement = (
        sa.select(Listing.id, Listing.title)
        .where(Listing.seller_id == organisation_id, Listing.state.in_(LIVE))
        .order_by(Listing.id)
        .limit(MOST_NAMED)
    )
    rows = session.execute(statement)
    return [Bound(f"Withdraw the listing {row.title}", f"/listings/{row.id}/tasks") for row in rows]
