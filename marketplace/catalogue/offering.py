"""What a seller offers in each month, or in any other time."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability, pricing
from marketplace.catalogue.availability import Change, Period, Span
from marketplace.catalogue.events import CapacityChanged, CapacityFreed
from marketplace.catalogue.kinds import CapacityUnit, counted
from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.catalogue.services import own_to_change, raise_version
from marketplace.catalogue.taking import lock_periods, periods_ahead, periods_of
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Refused
from marketplace.kernel.events import announce
from marketplace.trusts.access import Actor

MONTHS_AHEAD = 60


class CapacityTaken(Conflict):
    """More units are taken than the seller wants to have."""

    code = "capacity-taken"


class PeriodInTheWay(Conflict):
    """A period with other days offers something on some of these days."""

    code = "period-in-the-way"


def set_capacity(
    session: Session, actor: Actor, listing_id: uuid.UUID, first_month: date, last_month: date, units: int
) -> None:
    """Offer so many units in each month from one to another, in place of what was offered there.

    CapacityTaken when more than that is taken in one of the months; then none is changed.
    """
    own_to_change(session, actor, listing_id)
    _check_months(first_month, last_month)
    wanted = dict.fromkeys(availability.months(first_month, last_month), units)
    noted = {"first_month": first_month, "last_month": last_month, "units": units}
    offer_units(session, actor, listing_id, wanted, "offer-capacity", noted)


def offer_units(
    session: Session,
    actor: Actor,
    listing_id: uuid.UUID,
    wanted: Mapping[Span, int],
    action: str,
    noted: Mapping[str, Any],
) -> list[Change]:
    """Offer so many units in each of these times, all or none; what changed.

    CapacityTaken when more is taken in one, PeriodInTheWay when a period with other days offers something
    there. One that offers nothing is in nobody's way: it goes.
    """
    listing = own_to_change(session, actor, listing_id)
    if listing.is_unlimited:
        raise Refused("This listing is unlimited: it needs no capacity.", field="units")
    lock_periods(session, [listing_id])
    first, last = min(starts_on for starts_on, _ in wanted), max(ends_on for _, ends_on in wanted)
    periods = periods_of(session, listing_id, first, last)
    changes = availability.changes(periods, wanted)
    for change in changes:
        check(change, listing.unit)
    _write(session, listing, periods, changes)
    raise_version(session, actor, listing, action, noted)
    announce(session, CapacityChanged(listing_id, periods_ahead(session, listing_id)))
    announce(session, CapacityFreed(listing_id))
    return changes


def check(change: Change, unit: CapacityUnit) -> None:
    """Raise what is said of a change that cannot be made."""
    if change.in_the_way is not None:
        raise PeriodInTheWay(
            f"Capacity from {availability.day_words(change.in_the_way.starts_on)} to "
            f"{availability.day_words(change.in_the_way.ends_on)} is given as one period already. "
            "Set that to 0 first, or use its dates.",
            field="first_month",
        )
    if change.is_below_taken:
        words = f"{counted(change.taken, unit)} {'is' if change.taken == 1 else 'are'} already taken"
        raise CapacityTaken(f"{words} in {change.words}. Enter {change.taken:,} or more.", field="units")


def why_not(change: Change, unit: CapacityUnit) -> str | None:
    """The sentence of a change that cannot be made; None when it can."""
    try:
        check(change, unit)
    except Conflict as error:
        return error.sentence
    return None


def outside(starts_on: date, ends_on: date) -> str | None:
    """Why nothing can be offered in a time: it is over, or too far ahead; None when it can be."""
    today = clock.today()
    if ends_on < starts_on:
        return "The last day must not be before the first"
    if ends_on < availability.first_of_month(today):
        return "This is over: use this month or a later one"
    if ends_on >= _end(today):
        return "Use dates within the next 5 years"
    return None


def _end(today: date) -> date:
    """The first day for which nothing can be offered yet."""
    return pricing.add_months(availability.first_of_month(today), MONTHS_AHEAD)


def _check_months(first_month: date, last_month: date) -> None:
    today = clock.today()
    if first_month < availability.first_of_month(today):
        raise Refused("The first month must be this month or a later one.", field="first_month")
    if last_month < first_month:
        raise Refused("The last month must be the same as or after the first.", field="last_month")
    if last_month >= _end(today):
        raise Refused("The last month must be within the next 5 years.", field="last_month")


def _write(session: Session, listing: Listing, periods: Sequence[Period], changes: Sequence[Change]) -> None:
    """Under the lock of every period of the listing; the CHECK of the table is the net below it."""
    wanted = {(one.starts_on, one.ends_on) for one in changes}
    gone = [
        period.period_id
        for period in periods
        if period.units == 0
        and (period.starts_on, period.ends_on) not in wanted
        and any(period.starts_on <= one.ends_on and period.ends_on >= one.starts_on for one in changes)
    ]
    known = {(period.starts_on, period.ends_on): period.period_id for period in periods}
    session.execute(sa.delete(CapacityPeriod).where(CapacityPeriod.id.in_(gone)))
    for one in changes:
        period_id = known.get((one.starts_on, one.ends_on))
        if period_id is not None and one.before != one.units:
            session.execute(
                sa.update(CapacityPeriod)
                .where(CapacityPeriod.id == period_id)
                .values(units=one.units)
                .execution_options(synchronize_session=False)
            )
    session.add_all(
        CapacityPeriod(listing_id=listing.id, starts_on=one.starts_on, ends_on=one.ends_on, units=one.units)
        for one in changes
        if one.before is None
    )
    session.flush()
