"""Taking a listing's dated capacity and giving it back: never oversold."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability
from marketplace.catalogue.availability import Period
from marketplace.catalogue.events import CapacityChanged
from marketplace.catalogue.kinds import counted
from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import Conflict
from marketplace.kernel.events import announce


class CapacityExceeded(Conflict):
    """Fewer units are left than are wanted."""

    code = "capacity-exceeded"


class NoCapacity(Conflict):
    """The seller offers nothing on some of the days."""

    code = "no-capacity"


@dataclass(frozen=True)
class Taken:
    """Units taken of one capacity period."""

    period_id: uuid.UUID
    units: int


def take_capacity(
    session: Session, listing_id: uuid.UUID, quantity: int, starts_on: date, ends_on: date
) -> list[Taken]:
    """Take `quantity` units of every period that has a day of [starts_on, ends_on]: all of them or none.

    NoCapacity when a day has no period, CapacityExceeded when one has too little left. Never oversold: each
    period is taken by an UPDATE that holds only while enough is left, in the order of their identifiers, so
    that two takers wait for each other and never in a circle.
    """
    if quantity < 1:
        raise ValueError("the quantity must be 1 or more")
    if session.scalar(sa.select(Listing.is_unlimited).where(Listing.id == listing_id)):
        return []
    periods = periods_of(session, listing_id, starts_on, ends_on)
    _check_covered(periods, starts_on, ends_on)
    by_id = sorted(periods, key=lambda period: period.period_id)
    with (
        on_behalf_of_all(session, "a buyer takes of what a seller has to spare"),
        session.begin_nested() as savepoint,
    ):
        if all(_take(session, period.period_id, quantity) for period in by_id):
            announce(session, CapacityChanged(listing_id))
            return [Taken(period.period_id, quantity) for period in by_id]
        savepoint.rollback()
    raise _exceeded(session, listing_id, starts_on, ends_on)


def give_back(session: Session, taken: Sequence[Taken]) -> None:
    """Give back what was taken; the CHECK of the table refuses to give back more than that."""
    with on_behalf_of_all(session, "a buyer gives back what was taken of a seller"):
        given = [
            session.scalar(
                sa.update(CapacityPeriod)
                .where(CapacityPeriod.id == one.period_id)
                .values(taken=CapacityPeriod.taken - one.units)
                .returning(CapacityPeriod.listing_id)
                .execution_options(synchronize_session=False)
            )
            for one in sorted(taken, key=lambda one: one.period_id)
        ]
        for listing_id in sorted({one for one in given if one is not None}):
            announce(session, CapacityChanged(listing_id))


def periods_of(session: Session, listing_id: uuid.UUID, starts_on: date, ends_on: date) -> list[Period]:
    """The periods that have a day of [starts_on, ends_on], read under the locks held."""
    statement = sa.select(
        CapacityPeriod.id,
        CapacityPeriod.starts_on,
        CapacityPeriod.ends_on,
        CapacityPeriod.units,
        CapacityPeriod.taken,
    ).where(
        CapacityPeriod.listing_id == listing_id,
        CapacityPeriod.starts_on <= ends_on,
        CapacityPeriod.ends_on >= starts_on,
    )
    return [Period(*row) for row in session.execute(statement)]


def _check_covered(periods: Sequence[Period], starts_on: date, ends_on: date) -> None:
    missing = availability.gaps(periods, starts_on, ends_on)
    if missing:
        month = availability.month_words(missing[0][0])
        raise NoCapacity(
            f"The seller offers nothing in {month}. Choose dates that are offered.", field="starts_on"
        )


def _take(session: Session, period_id: uuid.UUID, quantity: int) -> bool:
    """Whether the units were there; the row stays locked until the unit of work ends."""
    taken = session.execute(
        sa.update(CapacityPeriod)
        .where(CapacityPeriod.id == period_id, CapacityPeriod.taken + quantity <= CapacityPeriod.units)
        .values(taken=CapacityPeriod.taken + quantity)
        .returning(CapacityPeriod.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return taken is not None


def _exceeded(session: Session, listing_id: uuid.UUID, starts_on: date, ends_on: date) -> CapacityExceeded:
    scarcest = availability.scarcest(periods_of(session, listing_id, starts_on, ends_on))
    unit = session.scalars(sa.select(Listing.unit).where(Listing.id == listing_id)).one()
    if scarcest is None or scarcest.left == 0:
        month = scarcest.words if scarcest else "those months"
        return CapacityExceeded(f"Nothing is left in {month}. Choose other dates.", field="quantity")
    left, is_are = counted(scarcest.left, unit), "is" if scarcest.left == 1 else "are"
    return CapacityExceeded(
        f"Only {left} {is_are} left in {scarcest.words}. Enter {scarcest.left:,} or fewer.", field="quantity"
    )
