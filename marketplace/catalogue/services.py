"""Describing, pricing and publishing listings; taking their capacity and giving it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability, pricing, states
from marketplace.catalogue.availability import Period
from marketplace.catalogue.kinds import Cadence, ListingState, VatTreatment, counted
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.catalogue.states import Move
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import Conflict, NotPermitted, Refused
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, Role

MONTHS_AHEAD = 60


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


class CapacityTaken(Conflict):
    """More units are taken than the seller wants to have."""

    code = "capacity-taken"


class NotReady(Refused):
    """The listing lacks what buyers must see."""

    code = "not-ready"


def check_may_sell(actor: Actor) -> None:
    """NotPermitted unless the actor sells for a trust or a school."""
    if actor.kind not in BUYERS:
        raise NotPermitted(
            "Trusts and schools list services here. Suppliers offer theirs as price lists in pooled rounds."
        )
    access.require(actor, Role.SELLER, Role.ADMINISTRATOR)


def describe_listing(session: Session, actor: Actor, description: Mapping[str, Any]) -> Listing:
    """A new draft of the actor's organisation, with the columns of the schema DescribeListing."""
    check_may_sell(actor)
    listing = Listing(seller_id=actor.organisation_id, **description)
    session.add(listing)
    session.flush()
    access.record(session, actor, "describe", listing, after={"state": listing.state.value})
    return listing


def revise_listing(
    session: Session, actor: Actor, listing_id: uuid.UUID, changes: Mapping[str, Any]
) -> Listing:
    """Change the description; orders keep the terms they were made under.

    Refused when the unit changes although units are taken: what was sold by the day stays days.
    """
    listing = _own(session, actor, listing_id)
    changed = {name: value for name, value in changes.items() if getattr(listing, name) != value}
    if "unit" in changed and _has(session, listing_id, CapacityPeriod.taken > 0):
        raise Refused("The unit cannot change while units of it are taken.", field="unit")
    for name, value in changed.items():
        setattr(listing, name, value)
    if changed:
        _raise_version(session, actor, listing, "revise", {"columns": sorted(changed)})
    return listing


def set_price(
    session: Session,
    actor: Actor,
    listing_id: uuid.UUID,
    cadence: Cadence,
    unit_price_pence: int,
    vat_treatment: VatTreatment,
) -> Plan:
    """Set how the listing is charged: the net price of one unit in pence."""
    listing = _own(session, actor, listing_id)
    terms = {"cadence": cadence, "unit_price_pence": unit_price_pence, "vat_treatment": vat_treatment}
    plan = session.scalars(sa.select(Plan).where(Plan.listing_id == listing_id)).first()
    if plan is None:
        plan = Plan(
            listing_id=listing_id,
            cadence=cadence,
            unit_price_pence=unit_price_pence,
            vat_treatment=vat_treatment,
        )
        session.add(plan)
    elif all(getattr(plan, name) == value for name, value in terms.items()):
        return plan
    for name, value in terms.items():
        setattr(plan, name, value)
    _raise_version(session, actor, listing, "price", {"unit_price_pence": unit_price_pence})
    return plan


def set_capacity(
    session: Session, actor: Actor, listing_id: uuid.UUID, first_month: date, last_month: date, units: int
) -> None:
    """Offer so many units in each month from one to another, in place of what was offered there.

    CapacityTaken when more than that is taken in one of the months; then none is changed.
    """
    listing = _own(session, actor, listing_id)
    _check_months(first_month, last_month)
    spans = availability.months(first_month, last_month)
    known = {period.starts_on: period for period in _periods(session, listing_id, spans[0][0], spans[-1][1])}
    for period in sorted(known.values(), key=lambda period: period.period_id):
        if not _set_units(session, period.period_id, units):
            raise _below_taken(session, listing, period.period_id)
    session.add_all(
        CapacityPeriod(listing_id=listing_id, starts_on=starts_on, ends_on=ends_on, units=units)
        for starts_on, ends_on in spans
        if starts_on not in known
    )
    months = {"first_month": first_month, "last_month": last_month, "units": units}
    _raise_version(session, actor, listing, "offer-capacity", months)


def move_listing(session: Session, actor: Actor, listing_id: uuid.UUID, move: Move) -> Listing:
    """Publish, pause, resume or withdraw; NotReady when buyers would miss a price or capacity."""
    check_may_sell(actor)
    listing = access.own(session, Listing, listing_id, Listing.seller_id, acting=actor, lock=True)
    before, after = listing.state, states.moved(listing.state, move)
    if after is ListingState.PUBLISHED:
        _check_ready(session, listing_id)
        listing.published_at = listing.published_at or clock.now()
    listing.state = after
    session.flush()
    access.record(session, actor, move.value, listing, {"state": before.value}, {"state": after.value})
    return listing


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
    periods = _periods(session, listing_id, starts_on, ends_on)
    _check_covered(periods, starts_on, ends_on)
    by_id = sorted(periods, key=lambda period: period.period_id)
    with (
        on_behalf_of_all(session, "a buyer takes of what a seller has to spare"),
        session.begin_nested() as savepoint,
    ):
        if all(_take(session, period.period_id, quantity) for period in by_id):
            return [Taken(period.period_id, quantity) for period in by_id]
        savepoint.rollback()
    raise _exceeded(session, listing_id, starts_on, ends_on)


def give_back(session: Session, taken: Sequence[Taken]) -> None:
    """Give back what was taken; the CHECK of the table refuses to give back more than that."""
    with on_behalf_of_all(session, "a buyer gives back what was taken of a seller"):
        for one in sorted(taken, key=lambda one: one.period_id):
            session.execute(
                sa.update(CapacityPeriod)
                .where(CapacityPeriod.id == one.period_id)
                .values(taken=CapacityPeriod.taken - one.units)
                .execution_options(synchronize_session=False)
            )


def _own(session: Session, actor: Actor, listing_id: uuid.UUID) -> Listing:
    """The listing, locked, when it is the actor's to change."""
    check_may_sell(actor)
    listing = access.own(session, Listing, listing_id, Listing.seller_id, acting=actor, lock=True)
    if listing.state is ListingState.WITHDRAWN:
        raise states.ListingWithdrawn
    return listing


def _raise_version(
    session: Session, actor: Actor, listing: Listing, action: str, after: Mapping[str, Any]
) -> None:
    listing.version += 1
    session.flush()
    access.record(session, actor, action, listing, after={"version": listing.version, **after})


def _check_months(first_month: date, last_month: date) -> None:
    this_month = availability.first_of_month(clock.today())
    if first_month < this_month:
        raise Refused("The first month must be this month or a later one.", field="first_month")
    if last_month < first_month:
        raise Refused("The last month must be the same as or after the first.", field="last_month")
    if last_month >= pricing.add_months(this_month, MONTHS_AHEAD):
        raise Refused("The last month must be within the next 5 years.", field="last_month")


def _check_ready(session: Session, listing_id: uuid.UUID) -> None:
    has_price = session.scalars(sa.select(Plan.id).where(Plan.listing_id == listing_id).limit(1)).first()
    ahead = _has(session, listing_id, CapacityPeriod.ends_on >= clock.today(), CapacityPeriod.units > 0)
    lacking = states.lacking(has_price is not None, ahead)
    if lacking:
        raise NotReady(lacking)


def _has(session: Session, listing_id: uuid.UUID, *conditions: sa.ColumnElement[bool]) -> bool:
    """Whether the listing has a capacity period like that."""
    statement = sa.select(CapacityPeriod.id).where(CapacityPeriod.listing_id == listing_id, *conditions)
    return session.scalars(statement.limit(1)).first() is not None


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


def _periods(session: Session, listing_id: uuid.UUID, starts_on: date, ends_on: date) -> list[Period]:
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
    scarcest = availability.scarcest(_periods(session, listing_id, starts_on, ends_on))
    unit = session.scalars(sa.select(Listing.unit).where(Listing.id == listing_id)).one()
    if scarcest is None or scarcest.left == 0:
        month = scarcest.words if scarcest else "those months"
        return CapacityExceeded(f"Nothing is left in {month}. Choose other dates.", field="quantity")
    left, is_are = counted(scarcest.left, unit), "is" if scarcest.left == 1 else "are"
    return CapacityExceeded(
        f"Only {left} {is_are} left in {scarcest.words}. Enter {scarcest.left:,} or fewer.", field="quantity"
    )
