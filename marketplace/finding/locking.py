"""Whoever writes into the index keeps others out of a listing until then: what is read is what is kept.

On SQLite nobody writes meanwhile. PostgreSQL has few places for locks, which all units of work share, so one
takes a bounded number of them: one for a seller with all its listings, one for everything when it is many.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.database import put_off

MOST = 500
"""Of so many listings or sellers one unit of work has a lock each."""
EVERYTHING = 7_305_412
"""The number of the lock of the whole index; those of listings and sellers are made of their identifiers."""
NUMBERS = EVERYTHING + 1
_HELD = "locks of the search"
_OF_SELLER, _OF_LISTING = "uuid_hash_extended(seller, 1)", "uuid_hash_extended(listing, 0)"
_LISTINGS = sa.text(
    "SELECT pg_advisory_xact_lock_shared(:everything), "  # noqa: S608  our own words
    f"pg_advisory_xact_lock_shared({_OF_SELLER}), pg_advisory_xact_lock({_OF_LISTING}) "
    "FROM (SELECT seller_id AS seller, id AS listing FROM listings "
    "WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY seller_id, id) AS wanted"
)
_SELLERS = sa.text(
    f"SELECT pg_advisory_xact_lock_shared(:everything), pg_advisory_xact_lock({_OF_SELLER}) "  # noqa: S608  our own words
    "FROM (SELECT one AS seller FROM unnest(CAST(:ids AS uuid[])) AS one ORDER BY one) AS wanted"
)
_ALONE = sa.text("SELECT pg_advisory_xact_lock(:number)")


def keep_others_out(session: Session, listing_ids: Collection[uuid.UUID]) -> None:
    """Until this unit of work ends nobody else indexes these listings.

    Else one of two that read at once would write over what the other did.
    """
    _keep(session, _LISTINGS, listing_ids)


def keep_sellers_alone(session: Session, seller_ids: Collection[uuid.UUID]) -> None:
    """Until this unit of work ends nobody else indexes a listing of these sellers."""
    _keep(session, _SELLERS, seller_ids)


def _keep(session: Session, statement: Any, ids: Collection[uuid.UUID]) -> None:
    if not _has_locks(session):
        return
    held = put_off(session, _HELD)  # a savepoint that is undone gives back the locks taken in it
    if len(held) + len(ids) > MOST:
        session.execute(_ALONE, {"number": EVERYTHING})
        return
    held.extend(ids)
    session.execute(statement, {"everything": EVERYTHING, "ids": list(ids)})


def number_alone(session: Session) -> None:
    """Until this unit of work ends nobody else numbers a listing, be it in the news or in the order of all.

    Else two would give the same one, or a later number would be seen before an earlier one.
    """
    if _has_locks(session):
        session.execute(_ALONE, {"number": NUMBERS})


def _has_locks(session: Session) -> bool:
    return session.get_bind().dialect.name != "sqlite"
