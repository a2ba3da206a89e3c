"""Who waits, for whom; and the calendar of a listing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Listing
from marketplace.catalogue.queries import Offer
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotFound
from marketplace.scheduling import timetable
from marketplace.scheduling.kinds import IN_LINE, LIVE, WaitingState
from marketplace.scheduling.models import WaitingPlace
from marketplace.scheduling.queueing import Waiter
from marketplace.scheduling.timetable import Row
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.waiting import Waiting

BUYERS = (Role.BUYER, Role.ADMINISTRATOR)
MOST_SHOWN = 100


@dataclass(frozen=True)
class Place:
    """A place in a line with the words of its listing; `number` is how far in front it is, from 1."""

    row: sa.Row[Any]
    number: int | None


def calendar(session: Session, offer: Offer, actor: Actor | None) -> list[Row]:
    """Two years of a listing at most; who waits is counted for its seller alone."""
    span = timetable.shown(offer.capacity, clock.today())
    is_own = actor is not None and actor.organisation_id == offer.seller_id
    waiters = waiters_of(session, offer.id) if is_own else []
    return timetable.rows(offer.capacity, span, waiters)


def waiters_of(session: Session, listing_id: uuid.UUID) -> list[Waiter]:
    """Who waits for an own listing and holds nothing yet, in order."""
    statement = (
        sa.select(WaitingPlace.id, WaitingPlace.quantity, WaitingPlace.starts_on, WaitingPlace.ends_on)
        .where(WaitingPlace.listing_id == listing_id, WaitingPlace.state.in_(IN_LINE))
        .order_by(WaitingPlace.id)
    )
    return [Waiter(*row) for row in session.execute(statement)]


def own_places(session: Session, actor: Actor) -> list[Place]:
    """The places of the actor's organisation, the newest first; those that ended too, for a while."""
    statement = _places().where(WaitingPlace.buyer_id == actor.organisation_id)
    rows = session.execute(statement.order_by(WaitingPlace.id.desc()).limit(MOST_SHOWN)).all()
    return [Place(row, _number(session, row)) for row in rows]


def own_place(session: Session, actor: Actor, place_id: uuid.UUID) -> Place:
    """A place of the actor's organisation; NotFound for every other."""
    mine = (WaitingPlace.id == place_id, WaitingPlace.buyer_id == actor.organisation_id)
    row = session.execute(_places().where(*mine)).one_or_none()
    if row is None:
        raise NotFound
    return Place(row, _number(session, row))


def line(session: Session, actor: Actor, listing_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """Who waits for an own listing, in order, with those for whom units are held; NotFound for another's."""
    catalogue.own_listing(session, actor.organisation_id, listing_id)
    wanted = (WaitingPlace.listing_id == listing_id, WaitingPlace.state.in_(LIVE))
    return session.execute(_places().where(*wanted).order_by(WaitingPlace.id).limit(MOST_SHOWN)).all()


def place_at(session: Session, actor: Actor, listing_id: uuid.UUID) -> uuid.UUID | None:
    """The live place of the actor's organisation in a line."""
    return session.scalar(
        sa.select(WaitingPlace.id).where(
            WaitingPlace.listing_id == listing_id,
            WaitingPlace.buyer_id == actor.organisation_id,
            WaitingPlace.state.in_(LIVE),
        )
    )


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """Units that are held for this organisation, by the day until which they are."""
    if not actor.has(*BUYERS):
        return []
    statement = (
        _places()
        .where(WaitingPlace.buyer_id == actor.organisation_id, WaitingPlace.state == WaitingState.OFFERED)
        .order_by(WaitingPlace.answer_by_on, WaitingPlace.id)
        .limit(10)
    )
    return [
        Waiting(f"Order {row.title}: it is held for you", f"/waiting-places/{row.id}", row.answer_by_on)
        for row in session.execute(statement)
    ]


def own_listings(session: Session, actor: Actor) -> Sequence[sa.Row[Any]]:
    """Identifier, title and unit of the organisation's listings that have capacity, by title."""
    named: tuple[Any, ...] = (Listing.id, Listing.title, Listing.unit)
    mine = sa.and_(Listing.seller_id == actor.organisation_id, Listing.is_unlimited.is_(False))
    return session.execute(sa.select(*named).where(mine).order_by(Listing.title, Listing.id)).all()


def _places() -> sa.Select[Any]:
    return (
        sa.select(
            *WaitingPlace.__table__.columns,
            Listing.title,
            Listing.unit,
            Listing.kind,
            Listing.state.label("listing_state"),
            Listing.is_unlimited,
            Organisation.name.label("buyer_name"),
        )
        .join(Listing, Listing.id == WaitingPlace.listing_id)
        .join(Organisation, Organisation.id == WaitingPlace.buyer_id)
    )


def _number(session: Session, row: sa.Row[Any]) -> int | None:
    """The place in the line, counting those before it that wait too; None for whom nothing is waited."""
    if row.state not in IN_LINE:
        return None
    before = sa.select(sa.func.count()).where(
        WaitingPlace.listing_id == row.listing_id,
        WaitingPlace.state.in_(IN_LINE),
        WaitingPlace.id < row.id,
    )
    with on_behalf_of_all(session, "whoever waits is told how many wait before them"):
        return session.scalars(before).one() + 1
