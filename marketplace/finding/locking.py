"""Whoever writes into the index keeps others out of a listing until then: what is read is what is kept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

_OTHERS_OUT = sa.text(
    "SELECT pg_advisory_xact_lock_shared(:everything), pg_advisory_xact_lock(one) "
    "FROM unnest(CAST(:listings AS bigint[])) AS one"
)
_NUMBER_ALONE = sa.text("SELECT pg_advisory_xact_lock(:numbers)")
_ALL_OTHERS_OUT = sa.text("SELECT pg_advisory_xact_lock(:everything)")
EVERYTHING = 7_305_412
"""The number of the lock of the whole index; those of listings are the last bits of their identifiers."""
NUMBERS = EVERYTHING + 1


def keep_others_out(session: Session, listing_ids: Sequence[uuid.UUID] | None = None) -> None:
    """Until this unit of work ends nobody else indexes these listings, or any: what is read is what is kept.

    Else one of two that read at once would write over what the other did. On SQLite nobody writes meanwhile.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    if listing_ids is None:
        session.execute(_ALL_OTHERS_OUT, {"everything": EVERYTHING})
    else:
        numbers = sorted((one.int & 2**63 - 1) for one in listing_ids)
        session.execute(_OTHERS_OUT, {"everything": EVERYTHING, "listings": numbers})


def number_alone(session: Session) -> None:
    """Until this unit of work ends nobody else numbers a listing, be it in the news or in the order of all.

    Else two would give the same one, or a later number would be seen before an earlier one.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(_NUMBER_ALONE, {"numbers": NUMBERS})
