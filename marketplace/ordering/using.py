"""How a seller's capacity is used: what is taken and free, and who asks for it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability, pricing
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.availability import Span
from marketplace.catalogue.kinds import CapacityUnit, ListingState
from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.catalogue.queries import Offer
from marketplace.kernel import clock
from marketplace.kernel.spreadsheets import Cell
from marketplace.ordering.models import Order, OrderCapacity
from marketplace.ordering.states import STATE_WORDS, OrderState
from marketplace.scheduling import queries as scheduling
from marketplace.scheduling.feeds import MOST_ENTRIES, Entry
from marketplace.scheduling.kinds import IN_LINE
from marketplace.scheduling.models import WaitingPlace
from marketplace.scheduling.timetable import Row
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation

MONTHS = 12
MOST_SHOWN = 100
USING = (OrderState.ACCEPTED, OrderState.ACTIVE)
HEADINGS = (
    "Listing",
    "Status",
    "Unit",
    "Offered",
    "Taken",
    "Free",
    "Used, %",
    "Orders to answer",
    "Waiting",
    "Trusts using it",
)
MONTH_HEADINGS = ("Time", "Offered", "Taken", "Free", "Used, %", "Asked for", "Waiting")


@dataclass(frozen=True)
class ListingUse:
    """One listing over the next twelve months; without a limit nothing is offered by number."""

    listing_id: uuid.UUID
    title: str
    state: ListingState
    unit: CapacityUnit
    is_unlimited: bool
    units: int
    taken: int
    to_answer: int
    waiting: int
    trusts: int

    @property
    def free(self) -> int | None:
        """Units that can still be taken; None without a limit."""
        return None if self.is_unlimited else self.units - self.taken

    @property
    def used_percent(self) -> int | None:
        """How much of what is offered is taken; None where nothing is offered by number."""
        return round(100 * self.taken / self.units) if self.units else None


@dataclass(frozen=True)
class MonthUse:
    """One period, with the units that orders ask for and the seller has not answered; these are taken too."""

    row: Row
    asked: int


@dataclass(frozen=True)
class Use:
    """One listing by period, and whoever asks for it or has it."""

    offer: Offer
    months: Sequence[MonthUse]
    to_answer: Sequence[sa.Row[Any]]
    users: Sequence[sa.Row[Any]]
    line: Sequence[sa.Row[Any]]


_HELD = (
    sa.select(sa.func.max(OrderCapacity.units)).where(OrderCapacity.order_id == Order.id).scalar_subquery()
)
_ORDERED: tuple[Any, ...] = (
    Order.id,
    Order.reference,
    sa.func.coalesce(_HELD, Order.quantity).label("quantity"),  # in units, whatever the price counts
    Order.starts_on,
    Order.ends_on,
    Order.answer_by_on,
    Order.state,
    Organisation.name.label("buyer_name"),
)


def listings_in_use(session: Session, actor: Actor) -> list[ListingUse]:
    """Every listing of the actor's organisation that was published once, by title."""
    span = shown_span()
    statement = (
        sa.select(Listing.id, Listing.title, Listing.state, Listing.unit, Listing.is_unlimited)
        .where(Listing.seller_id == actor.organisation_id, Listing.published_at.is_not(None))
        .order_by(Listing.title, Listing.id)
    )
    listings = session.execute(statement).all()
    units = _sums(session, actor, span)
    asked = _counts(session, actor, OrderState.PLACED)
    users = _users_of_each(session, actor)
    waits = _waiting_of_each(session, actor)
    return [
        ListingUse(*row, *units.get(row.id, (0, 0)), asked[row.id], waits[row.id], users[row.id])
        for row in listings
    ]


def use_of(session: Session, actor: Actor, listing_id: uuid.UUID) -> Use:
    """How one of the actor's own listings is used; NotFound for another's."""
    offer = catalogue.own_listing(session, actor.organisation_id, listing_id)
    to_answer = _orders(session, actor, listing_id, [OrderState.PLACED])
    rows = scheduling.calendar(session, offer, actor)
    months = [MonthUse(row, _asked_in(row, to_answer)) for row in rows if row.units is not None]
    return Use(
        offer=offer,
        months=months,
        to_answer=to_answer,
        users=_orders(session, actor, listing_id, USING),
        line=scheduling.line(session, actor, listing_id),
    )


def shown_span() -> Span:
    """From this month on, twelve months."""
    first = availability.first_of_month(clock.today())
    return first, availability.months(first, pricing.add_months(first, MONTHS - 1))[-1][1]


def table(found: Iterable[ListingUse], state_words: dict[Any, str]) -> list[tuple[Cell, ...]]:
    """The rows of the page, as a spreadsheet has them."""
    return [
        (
            one.title,
            state_words[one.state],
            one.unit.value,
            "unlimited" if one.is_unlimited else one.units,
            one.taken,
            one.free,
            one.used_percent,
            one.to_answer,
            one.waiting,
            one.trusts,
        )
        for one in found
    ]


def month_table(found: Use) -> list[tuple[Cell, ...]]:
    """The months of the page, as a spreadsheet has them."""
    return [
        (
            one.row.words,
            one.row.units,
            one.row.taken,
            one.row.free,
            one.row.used_percent,
            one.asked,
            one.row.waiting_units,
        )
        for one in found.months
    ]


def _sums(session: Session, actor: Actor, span: Span) -> dict[uuid.UUID, tuple[int, int]]:
    """What each listing offers, and what of it is taken, in a time."""
    statement = (
        sa.select(
            CapacityPeriod.listing_id, sa.func.sum(CapacityPeriod.units), sa.func.sum(CapacityPeriod.taken)
        )
        .join(Listing, Listing.id == CapacityPeriod.listing_id)
        .where(
            Listing.seller_id == actor.organisation_id,
            CapacityPeriod.starts_on <= span[1],
            CapacityPeriod.ends_on >= span[0],
        )
        .group_by(CapacityPeriod.listing_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in session.execute(statement)}


def _counts(session: Session, actor: Actor, *states: OrderState) -> defaultdict[uuid.UUID, int]:
    statement = (
        sa.select(Order.listing_id, sa.func.count())
        .where(Order.seller_id == actor.organisation_id, Order.state.in_(states))
        .group_by(Order.listing_id)
    )
    return defaultdict(int, {row[0]: row[1] for row in session.execute(statement)})


def _users_of_each(session: Session, actor: Actor) -> defaultdict[uuid.UUID, int]:
    """How many organisations have each listing now or soon."""
    statement = (
        sa.select(Order.listing_id, sa.func.count(Order.buyer_id.distinct()))
        .where(Order.seller_id == actor.organisation_id, Order.state.in_(USING))
        .group_by(Order.listing_id)
    )
    return defaultdict(int, {row[0]: row[1] for row in session.execute(statement)})


def _waiting_of_each(session: Session, actor: Actor) -> defaultdict[uuid.UUID, int]:
    statement = (
        sa.select(WaitingPlace.listing_id, sa.func.count())
        .where(WaitingPlace.seller_id == actor.organisation_id, WaitingPlace.state.in_(IN_LINE))
        .group_by(WaitingPlace.listing_id)
    )
    return defaultdict(int, {row[0]: row[1] for row in session.execute(statement)})


def _orders(
    session: Session, actor: Actor, listing_id: uuid.UUID, states: Sequence[OrderState]
) -> Sequence[sa.Row[Any]]:
    statement = (
        sa.select(*_ORDERED)
        .join(Organisation, Organisation.id == Order.buyer_id)
        .where(
            Order.seller_id == actor.organisation_id,
            Order.listing_id == listing_id,
            Order.state.in_(states),
        )
        .order_by(Order.starts_on, Order.id)
        .limit(MOST_SHOWN)
    )
    return session.execute(statement).all()


def _asked_in(row: Row, orders: Iterable[sa.Row[Any]]) -> int:
    return sum(
        one.quantity for one in orders if one.starts_on <= row.ends_on and one.ends_on >= row.starts_on
    )


def calendar_entries(session: Session, actor: Actor, since: date) -> Iterable[Entry]:
    """What the actor's organisation ordered and what was placed with it, for its calendar."""
    mine = sa.or_(
        Order.buyer_id == actor.organisation_id,
        sa.and_(Order.seller_id == actor.organisation_id, Order.placed_at.is_not(None)),
    )
    shown = (OrderState.PLACED, *USING)
    statement = (
        sa.select(
            Order.id,
            Order.reference,
            Order.title,
            Order.state,
            Order.starts_on,
            Order.ends_on,
            Order.placed_at,
            Order.buyer_id,
        )
        .where(mine, Order.state.in_(shown), Order.ends_on >= since)
        .order_by(Order.starts_on, Order.id)
        .limit(MOST_ENTRIES)
    )
    for row in session.execute(statement):
        side = "Ordered" if row.buyer_id == actor.organisation_id else "Sold"
        yield Entry(
            key=f"order-{row.id}",
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            title=f"{side}: {row.title}",
            text=f"{row.reference}, {STATE_WORDS[row.state].lower()}.",
            path=f"/orders/{row.id}",
            made_at=row.placed_at,
        )
