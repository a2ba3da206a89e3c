"""What is new: listings are numbered in the order in which buyers could first find them.

The hour of publishing would not do: of a listing that is published before a mail is made, and committed after
it, no mail would tell. Who gives a number keeps others from giving one until it is committed, so that
whatever comes to be seen later has a greater one.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import locking
from marketplace.finding.models import NEWS


def note(session: Session, listing_ids: Collection[uuid.UUID]) -> None:
    """Give those of some listings a number that had none: they are new."""
    known = numbered(session, listing_ids)
    new = [one for one in listing_ids if one not in known]
    if new:
        locking.number_alone(session)
        first = last(session) + 1
        rows = [{"number": number, "listing_id": one} for number, one in enumerate(new, start=first)]
        session.execute(sa.insert(NEWS), rows)


def numbered(session: Session, listing_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of some listings that could be found before, if only for a while."""
    return set(session.scalars(sa.select(NEWS.c.listing_id).where(NEWS.c.listing_id.in_(listing_ids))))


def last(session: Session) -> int:
    """The number up to which everything is committed."""
    return session.scalar(sa.select(sa.func.max(NEWS.c.number))) or 0
