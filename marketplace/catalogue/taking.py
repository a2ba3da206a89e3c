"""Taking a listing's dated capacity and giving it back: never oversold.

Every unit of work locks capacity periods in one order: by listing, then by period. Whoever takes locks all
that are not over, since what the search shows of the listing changes too; whoever frees units locks all of
the listing first, since others may get them at once. What takes of a listing frees nothing of it in the same
unit of work, so none waits for another in a circle.

Buyers of one listing wait for each other, so what is done under its locks is done in few statements that are
made once; those that write are prepared.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability
from marketplace.catalogue.availability import Period
from marketplace.catalogue.events import CapacityChanged, CapacityFreed
from marketplace.catalogue.kinds import counted
from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import Conflict
from marketplace.kernel.events import announce
from marketplace.kernel.prepared import Prepared


class CapacityExceeded(Conflict):
    """Fewer units are left than are wanted: `left` says how many, and a remedy follows it."""

    code = "capacity-exceeded"

    def __init__(self, left: str, remedy: str, *, field: str = "quantity", is_all_gone: bool = False) -> None:
        super().__init__(f"{left} {remedy}", field=field)
        self.left, self.is_all_gone = left, is_all_gone


class NoCapacity(Conflict):
    """The seller offers nothing on some of the days."""

    code = "no-capacity"


@dataclass(frozen=True)
class Want:
    """So many units of a listing in every period that has a day of [starts_on, ends_on]."""

    listing_id: uuid.UUID
    quantity: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Taken:
    """Units taken of one capacity period."""

    period_id: uuid.UUID
    units: int


def take_capacity(
    session: Session, listing_id: uuid.UUID, quantity: int, starts_on: date, ends_on: date
) -> list[Taken]:
    """Take `quantity` units of every period that has a day of [starts_on, ends_on]: all of them or none.

    NoCapacity when a day has no period, CapacityExceeded when one has too little left.
    """
    return take_all(session, [Want(listing_id, quantity, starts_on, ends_on)])[0]


def take_all(session: Session, wants: Sequence[Want]) -> list[list[Taken]]:
    """Take what several wants name, of one listing or of many: all of it or nothing; what each took.

    Never oversold: the periods are locked and read, and taken by an UPDATE that holds only while enough is
    left. What is unlimited takes nothing.
    """
    if not wants:
        return []
    if any(want.quantity < 1 for want in wants):
        raise ValueError("the quantity must be 1 or more")
    with on_behalf_of_all(session, "a buyer takes of what a seller has to spare"):
        ahead = _locked(session, wants)
        found = [_periods_for(session, want, ahead) for want in wants]
        left = _left_after(session, wants, found)
        for want, periods in zip(wants, found, strict=True):
            _take(session, want, periods)
        for listing_id in {want.listing_id: None for want, some in zip(wants, found, strict=True) if some}:
            announce(session, CapacityChanged(listing_id, _as_left(ahead[listing_id], left)))
    return [
        [Taken(period.period_id, want.quantity) for period in periods]
        for want, periods in zip(wants, found, strict=True)
    ]


def give_back(session: Session, taken: Sequence[Taken]) -> None:
    """Give back what was taken; the CHECK of the table refuses to give back more than that."""
    with on_behalf_of_all(session, "a buyer gives back what was taken of a seller"):
        listings = lock_periods(session, listings_of(session, taken))
        for one in sorted(taken, key=lambda one: one.period_id):
            session.execute(
                sa.update(CapacityPeriod)
                .where(CapacityPeriod.id == one.period_id)
                .values(taken=CapacityPeriod.taken - one.units)
                .execution_options(synchronize_session=False)
            )
        for listing_id in listings:
            announce(session, CapacityChanged(listing_id, periods_ahead(session, listing_id)))
            announce(session, CapacityFreed(listing_id))


def give_back_after(session: Session, held: Sequence[Taken], day: date) -> list[Taken]:
    """Give back what lies wholly after a new last day; what is still held of the rest."""
    ids = [one.period_id for one in held]
    with on_behalf_of_all(session, "a buyer needs what was taken of a seller no longer"):
        later = set(
            session.scalars(
                sa.select(CapacityPeriod.id).where(CapacityPeriod.id.in_(ids), CapacityPeriod.starts_on > day)
            )
        )
    give_back(session, [one for one in held if one.period_id in later])
    return [one for one in held if one.period_id not in later]


def lock_periods(session: Session, listing_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Lock every period of these listings, in the order in which all lock; the listings in that order."""
    wanted = sorted(set(listing_ids))
    statement = (
        sa.select(CapacityPeriod.id)
        .where(CapacityPeriod.listing_id.in_(wanted))
        .order_by(CapacityPeriod.listing_id, CapacityPeriod.id)
        .with_for_update()
    )
    with on_behalf_of_all(session, "nobody takes of a listing while its free units are given out"):
        session.execute(statement).all()
    return wanted


def listings_of(session: Session, taken: Sequence[Taken]) -> set[uuid.UUID]:
    """Whose periods these are."""
    ids = [one.period_id for one in taken]
    return set(session.scalars(sa.select(CapacityPeriod.listing_id).where(CapacityPeriod.id.in_(ids))))


def periods_of(session: Session, listing_id: uuid.UUID, starts_on: date, ends_on: date) -> list[Period]:
    """The periods that have a day of [starts_on, ends_on], read under the locks held."""
    some = (_TABLE.listing_id == listing_id, _TABLE.starts_on <= ends_on, _TABLE.ends_on >= starts_on)
    return [Period(*row) for row in session.execute(sa.select(*_PERIOD).where(*some))]


def periods_ahead(session: Session, listing_id: uuid.UUID) -> list[Period]:
    """The periods that are not over, read under the locks held."""
    return periods_of(session, listing_id, clock.today(), date.max)


_TABLE = CapacityPeriod.__table__.c
_LISTINGS = Listing.__table__.c
_PERIOD = (_TABLE.id, _TABLE.starts_on, _TABLE.ends_on, _TABLE.units, _TABLE.taken)
_LOCKED = (
    sa.select(_TABLE.listing_id, _LISTINGS.is_unlimited, *_PERIOD)
    .join_from(CapacityPeriod.__table__, Listing.__table__, _LISTINGS.id == _TABLE.listing_id)
    .order_by(_TABLE.listing_id, _TABLE.id)
    .with_for_update(of=CapacityPeriod.__table__)
)
_TAKE = Prepared(
    sa.update(CapacityPeriod.__table__)  # type: ignore[arg-type]
    .where(
        _TABLE.listing_id == sa.bindparam("listing"),
        _TABLE.starts_on <= sa.bindparam("last"),
        _TABLE.ends_on >= sa.bindparam("first"),
        _TABLE.taken + sa.bindparam("quantity") <= _TABLE.units,
    )
    .values(taken=_TABLE.taken + sa.bindparam("quantity"))
)


@cache
def _locking(number: int) -> sa.Select[Any]:
    """The statement that locks and reads what so many wants need: made once."""
    needed = [
        sa.and_(
            _TABLE.listing_id == sa.bindparam(f"listing_{at}", type_=sa.Uuid()),
            _TABLE.ends_on >= sa.bindparam(f"from_{at}", type_=sa.Date()),
        )
        for at in range(number)
    ]
    return _LOCKED.where(sa.or_(*needed))


def _locked(session: Session, wants: Sequence[Want]) -> dict[uuid.UUID, list[Period]]:
    """By listing every period that is not over, locked in the one order; none of unlimited ones."""
    named: dict[str, Any] = {}
    for at, want in enumerate(wants):
        named |= {f"listing_{at}": want.listing_id, f"from_{at}": min(want.starts_on, clock.today())}
    found: dict[uuid.UUID, list[Period]] = {}
    for listing_id, is_unlimited, *period in session.connection().execute(_locking(len(wants)), named):
        found.setdefault(listing_id, []).extend([] if is_unlimited else [Period(*period)])
    return found


def _periods_for(session: Session, want: Want, locked: Mapping[uuid.UUID, Sequence[Period]]) -> list[Period]:
    """Every period of which a want takes; none of what is unlimited, NoCapacity where a day has none."""
    known = locked.get(want.listing_id, ())
    needed = [one for one in known if one.starts_on <= want.ends_on and one.ends_on >= want.starts_on]
    if availability.gaps(needed, want.starts_on, want.ends_on) and not _is_unlimited(session, want):
        _check_covered(needed, want.starts_on, want.ends_on)
    return needed


def _is_unlimited(session: Session, want: Want) -> bool:
    return bool(session.scalar(sa.select(Listing.is_unlimited).where(Listing.id == want.listing_id)))


def _check_covered(periods: Sequence[Period], starts_on: date, ends_on: date) -> None:
    missing = availability.gaps(periods, starts_on, ends_on)
    if missing:
        month = availability.month_words(missing[0][0])
        raise NoCapacity(
            f"The seller offers nothing in {month}. Choose dates that are offered.", field="starts_on"
        )


def _left_after(
    session: Session, wants: Sequence[Want], found: Sequence[Sequence[Period]]
) -> dict[uuid.UUID, int]:
    """What each period has left when all is taken; CapacityExceeded where that is less than nothing."""
    left = {period.period_id: period.left for periods in found for period in periods}
    for want, periods in zip(wants, found, strict=True):
        for period in periods:
            left[period.period_id] -= want.quantity
        if any(left[period.period_id] < 0 for period in periods):
            raise _exceeded(session, want, sum(one.listing_id == want.listing_id for one in wants))
    return left


def _as_left(periods: Sequence[Period], left: Mapping[uuid.UUID, int]) -> list[Period]:
    """The periods that are not over, as they are when so much is left of them."""
    today = clock.today()
    return [
        Period(one.period_id, one.starts_on, one.ends_on, one.units, one.units - left[one.period_id])
        if one.period_id in left
        else one
        for one in periods
        if one.ends_on >= today
    ]


def _take(session: Session, want: Want, periods: Sequence[Period]) -> None:
    """The rows are locked and were found to have enough; were one not so, the number of rows would tell."""
    if not periods:
        return
    asked = {"listing": want.listing_id, "first": want.starts_on, "last": want.ends_on}
    taken = _TAKE.send(session.connection(), asked | {"quantity": want.quantity})
    if taken != len(periods):
        raise _exceeded(session, want, 1)


def _exceeded(session: Session, want: Want, wants_of_it: int) -> CapacityExceeded:
    """What is left, in words; of a listing that several wants share no number would be true of each."""
    scarcest = availability.scarcest(periods_of(session, want.listing_id, want.starts_on, want.ends_on))
    unit = session.scalars(sa.select(Listing.unit).where(Listing.id == want.listing_id)).one()
    if scarcest is None or scarcest.left == 0:
        month = scarcest.words if scarcest else "those months"
        return CapacityExceeded(f"Nothing is left in {month}.", "Choose other dates.", is_all_gone=True)
    left, is_are = counted(scarcest.left, unit), "is" if scarcest.left == 1 else "are"
    remedy = "Ask for less in all." if wants_of_it > 1 else f"Enter {scarcest.left:,} or fewer."
    return CapacityExceeded(f"Only {left} {is_are} left in {scarcest.words}.", remedy)
