"""What a listing said whenever buyers could see it."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import comparing, queries
from marketplace.catalogue.comparing import Change, Terms
from marketplace.catalogue.models import Listing, Plan
from marketplace.catalogue.version_models import ListingVersion
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotFound
from marketplace.people.models import Person

NOT_TERMS = {"id", "created_at", "seller_id", "state", "answered", "published_at", "version"}
NOT_OF_A_PLAN = {"id", "created_at", "listing_id", "is_offered"}
MOST = 200
"""That are shown, the newest first."""
GREATEST = 2**31 - 1
"""That a database counts to; an address can name more."""


@dataclass(frozen=True)
class Version:
    """The terms from a change on; `changes` is what was different before, nothing for the first.

    `number` counts what buyers saw, from 1; that of the row counts every step of the seller, from the first
    draft on.
    """

    number: int
    created_at: datetime
    person_name: str | None
    terms: Terms
    changes: Sequence[Change]
    is_first: bool = False


def keep(session: Session, listing: Listing, person_id: uuid.UUID | None) -> None:
    """Keep what buyers see from now on, unless it is what they saw last."""
    terms = _terms(session, listing)
    kept = sa.select(ListingVersion.terms).where(ListingVersion.listing_id == listing.id)
    last = session.scalars(kept.order_by(ListingVersion.number.desc()).limit(1)).one_or_none()
    if last is None or last != terms:
        session.add(
            ListingVersion(listing_id=listing.id, number=listing.version, terms=terms, person_id=person_id)
        )
        session.flush()


def of_listing(session: Session, listing_id: uuid.UUID) -> list[Version]:
    """Every version of a listing that the caller may see, the newest first."""
    rows = session.execute(_newest_first(listing_id).limit(MOST + 1)).all()
    before = [*(row.ListingVersion.terms for row in rows[1:]), None]
    return [_version(row, terms) for row, terms in zip(rows, before, strict=False)][:MOST]


def one(session: Session, listing_id: uuid.UUID, number: int) -> Version:
    """One version of it, as buyers count them; NotFound when there is none."""
    if not 0 < number <= GREATEST:
        raise NotFound
    rows = session.execute(_newest_first(listing_id, number).limit(2)).all()
    if not rows or rows[0].place != number:
        raise NotFound
    return _version(rows[0], rows[1].ListingVersion.terms if len(rows) > 1 else None)


def kept_by_order(session: Session, listing_id: uuid.UUID, listing_version: int) -> Version | None:
    """The version that an order keeps, for one of its two sides; None for one older than what is kept."""
    up_to_it = _newest_first(listing_id).where(ListingVersion.number <= listing_version).limit(1)
    with on_behalf_of_all(session, "the two sides of an order read the terms that it keeps"):
        found = session.execute(up_to_it).one_or_none()
    return None if found is None else replace(_version(found, None), person_name=None)


def shown_now(session: Session, organisation_id: uuid.UUID, listing_id: uuid.UUID) -> Terms | None:
    """What a listing says to an organisation now; None when it does not see it any more."""
    seen = queries.found_by(organisation_id)
    mine = sa.or_(seen, Listing.seller_id == organisation_id)
    listing = session.scalars(sa.select(Listing).where(Listing.id == listing_id, mine)).one_or_none()
    return None if listing is None else _terms(session, listing)


def _newest_first(listing_id: uuid.UUID, up_to: int | None = None) -> sa.Select[Any]:
    """Each version of it with its place, counted from 1, and what whoever made it is called."""
    place = sa.func.row_number().over(order_by=ListingVersion.number).label("place")
    counted = sa.select(ListingVersion.id, place).where(ListingVersion.listing_id == listing_id).subquery()
    named = (
        sa.select(ListingVersion, counted.c.place, Person.name.label("person_name"))
        .join(counted, counted.c.id == ListingVersion.id)
        .outerjoin(Person, Person.id == ListingVersion.person_id)
        .order_by(counted.c.place.desc())
    )
    return named if up_to is None else named.where(counted.c.place <= up_to)


def _version(row: sa.Row[Any], before: Terms | None) -> Version:
    kept = row.ListingVersion
    changes = [] if before is None else comparing.changes(before, kept.terms)
    return Version(row.place, kept.created_at, row.person_name, kept.terms, changes, row.place == 1)


def _terms(session: Session, listing: Listing) -> dict[str, Any]:
    """Every column of the listing and of its plans that buyers see, as JSON."""
    offered = sa.select(Plan).where(Plan.listing_id == listing.id, Plan.is_offered).order_by(Plan.id)
    return {
        **_columns(listing, NOT_TERMS),
        "plans": [_columns(plan, NOT_OF_A_PLAN) for plan in session.scalars(offered)],
    }


def _columns(row: Listing | Plan, left_out: set[str]) -> dict[str, Any]:
    names = [column.name for column in row.__table__.columns if column.name not in left_out]
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    return str(value) if isinstance(value, uuid.UUID | datetime) else value
