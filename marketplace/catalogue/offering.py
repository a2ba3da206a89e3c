"""What a seller offers in each month."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability, pricing
from marketplace.catalogue.events import CapacityChanged
from marketplace.catalogue.kinds import counted
from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.catalogue.services import own_to_change, raise_version
from marketplace.catalogue.taking import periods_of
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Refused
from marketplace.kernel.events import announce
from marketplace.trusts.access import Actor

MONTHS_AHEAD = 60


class CapacityTaken(Conflict):
    """More units are taken than the seller wants to have."""

    code = "capacity-taken"


def set_capacity(
    session: Session, actor: Actor, listing_id: uuid.UUID, first_month: date, last_month: date, units: int
) -> None:
    """Offer so many units in each month from one to another, in place of what was offered there.

    CapacityTaken when more than that is taken in one of the months; then none is changed.
    """
    listing = own_to_change(session, actor, listing_id)
    _check_months(first_month, last_month)
    spans = availability.months(first_month, last_month)
    known = {
        period.starts_on: period for period in periods_of(session, listing_id, spans[0][0], spans[-1][1])
    }
    for period in sorted(known.values(), key=lambda period: period.period_id):
        if not _set_units(session, period.period_id, units):
            raise _below_taken(session, listing, period.period_id)
    session.add_all(
        CapacityPeriod(listing_id=listing_id, starts_on=starts_on, ends_on=ends_on, units=units)
        for starts_on, ends_on in spans
        if starts_on not in known
    )
    months = {"first_month": first_month, "last_month": last_month, "units": units}
    raise_version(session, actor, listing, "offer-capacity", months)
    announce(session, CapacityChanged(listing_id))


def _check_months(first_month: date, last_month: date) -> None:
    this_month = availability.first_of_month(clock.today())
    if first_month < this_month:
        raise Refused("The first month must be this month or a later one.", field="first_month")
    if last_month < first_month:
        raise Refused("The last month must be the same as or after the first.", field="last_month")
    if last_month >= pricing.add_months(this_month, MONTHS_AHEAD):
        raise Refused("The last month must be within the next 5 years.", field="last_month")


def _set_units(session: Session, period_id: uuid.UUID, units: int) -> bool:
    """Whether no more than that is taken."""
    changed = session.execute(
        sa.update(CapacityPeriod)
        .where(CapacityPeriod.id == period_id, CapacityPeriod.taken <= units)
        .values(units=units)
        .returning(CapacityPeriod.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return changed is not None


def _below_taken(session: Session, listing: Listing, period_id: uuid.UUID) -> CapacityTaken:
    statement = sa.select(CapacityPeriod.starts_on, CapacityPeriod.taken)
    starts_on, taken = session.execute(statement.where(CapacityPeriod.id == period_id)).one()
    words = f"{counted(taken, listing.unit)} {'is' if taken == 1 else 'are'} already taken"
    return CapacityTaken(
        f"{words} in {availability.month_words(starts_on)}. Enter {taken:,} or more.", field="units"
    )
