"""The plans of a listing: how it is charged."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import pricing
from marketplace.catalogue.charging import BUNDLED, OF_SCHOOLS
from marketplace.catalogue.kinds import (
    PERIOD_WORDS,
    Basis,
    Cadence,
    CapacityUnit,
    ListingState,
    Phase,
    VatTreatment,
)
from marketplace.catalogue.models import Listing, Plan
from marketplace.catalogue.services import own_to_change, raise_version
from marketplace.kernel.errors import Conflict, NotFound, Refused
from marketplace.trusts.access import Actor

MOST_PLANS = 10
PHASE_FIELDS = {f"{phase.value.replace('-', '_')}_price_pence": phase for phase in Phase}
"""What a form calls the price of each phase."""


@dataclass(frozen=True)
class Price:
    """What a seller says of a plan, as models.Plan has it; sums net in pence."""

    cadence: Cadence
    unit_price_pence: int
    vat_treatment: VatTreatment
    basis: Basis = Basis.UNIT
    fixed_pence: int = 0
    phase_prices: Mapping[str, int] = field(default_factory=dict)
    units_each: int = 1
    bundle_units: int | None = None
    carried_over: int = 0
    minimum_periods: int = 1
    notice_days: int | None = None
    is_split_in_april: bool = False


def add_plan(session: Session, actor: Actor, listing_id: uuid.UUID, price: Price) -> Plan:
    """One more way in which the listing is charged.

    Conflict when it is charged like that already. A plan that was taken away is offered again.
    """
    listing = own_to_change(session, actor, listing_id)
    _check(listing.unit, price)
    known = _like(session, listing_id, price.cadence, price.basis)
    if known is not None and known.is_offered:
        raise Conflict("This listing has a price of that kind already. Change that one.", field="basis")
    if len(_offered(session, listing_id)) >= MOST_PLANS:
        raise Conflict(f"A listing has {MOST_PLANS} prices at most. Remove one first.")
    if known is None:
        known = Plan(listing_id=listing_id, **_columns(price))
        session.add(known)
    return _write(session, actor, listing, known, _columns(price), before={})


def change_plan(
    session: Session, actor: Actor, listing_id: uuid.UUID, plan_id: uuid.UUID, price: Price
) -> Plan:
    """Change a plan; orders keep the terms they were made under."""
    listing = own_to_change(session, actor, listing_id)
    plan = _plan(session, listing_id, plan_id)
    _check(listing.unit, price)
    other = _like(session, listing_id, price.cadence, price.basis)
    if other is not None and other.id != plan_id:
        words = "was removed; add it again instead" if not other.is_offered else "is there already"
        raise Conflict(f"A price of that kind {words}.", field="basis")
    columns = _columns(price)
    if all(getattr(plan, name) == value for name, value in columns.items()):
        return plan
    return _write(session, actor, listing, plan, columns, _recorded(plan))


def remove_plan(session: Session, actor: Actor, listing_id: uuid.UUID, plan_id: uuid.UUID) -> None:
    """Offer a plan no more; Conflict for the last one of a listing that buyers see."""
    listing = own_to_change(session, actor, listing_id)
    plan = _plan(session, listing_id, plan_id)
    if listing.state is not ListingState.DRAFT and len(_offered(session, listing_id)) == 1:
        raise Conflict("A published listing needs a price. Add another one before you remove this one.")
    _write(session, actor, listing, plan, {"is_offered": False}, _recorded(plan))


def _write(
    session: Session,
    actor: Actor,
    listing: Listing,
    plan: Plan,
    columns: Mapping[str, Any],
    before: Mapping[str, Any],
) -> Plan:
    """Change these columns of a plan; the record keeps all that it says that was not so `before`."""
    for name, value in {"is_offered": True, **columns}.items():
        setattr(plan, name, value)
    session.flush()
    now = _recorded(plan)
    changed = {name: value for name, value in now.items() if name not in before or before[name] != value}
    which = {"cadence": now["cadence"], "basis": now["basis"]}
    was = {name: value for name, value in before.items() if name in changed}
    action = "price" if plan.is_offered else "remove-price"
    raise_version(session, actor, listing, action, which | changed, was)
    return plan


def _recorded(plan: Plan) -> dict[str, Any]:
    """Everything that a plan says, for the record: a price of each phase under its own name."""
    kept = {name: getattr(plan, name) for name in (*Price.__dataclass_fields__, "is_offered")}
    phases = kept.pop("phase_prices")
    plain = {name: value.value if isinstance(value, enum.Enum) else value for name, value in kept.items()}
    return plain | {name: phases.get(phase.value) for name, phase in PHASE_FIELDS.items()}


def price_of(command: Mapping[str, Any]) -> Price:
    """A price from the fields of SetPlan: the prices of phases together."""
    by_phase = {
        phase.value: command[name] for name, phase in PHASE_FIELDS.items() if command.get(name) is not None
    }
    rest = {name: value for name, value in command.items() if name not in PHASE_FIELDS}
    return Price(**rest, phase_prices=by_phase)


def _columns(price: Price) -> dict[str, Any]:
    return vars(price) | {"phase_prices": dict(price.phase_prices)}


def _check(unit: CapacityUnit, price: Price) -> None:
    """Refused at the field that does not go with the others."""
    if price.phase_prices and price.basis not in OF_SCHOOLS:
        first = next(name for name, phase in PHASE_FIELDS.items() if phase.value in price.phase_prices)
        raise Refused("Prices by phase go with a price of each school or each pupil", field=first)
    if price.basis is Basis.BUNDLE:
        _check_bundle(unit, price)
    elif price.bundle_units is not None or price.carried_over:
        field = "bundle_units" if price.bundle_units is not None else "carried_over"
        raise Refused("Leave this empty: only a bundle has units, some of them carried over", field=field)
    if price.is_split_in_april and price.cadence is not Cadence.ANNUAL:
        raise Refused("Only what is charged each year can be split in April", field="is_split_in_april")
    most = pricing.MOST_PERIODS[price.cadence]
    if price.minimum_periods > most:
        words = f"Enter {most} {PERIOD_WORDS[price.cadence][1]} or fewer"
        raise Refused(words, field="minimum_periods")


def _check_bundle(unit: CapacityUnit, price: Price) -> None:
    if unit not in BUNDLED:
        raise Refused("Bundles are of hours or of days; this listing counts something else", field="basis")
    if price.bundle_units is None:
        raise Refused("Enter how many units a bundle has", field="bundle_units")
    if price.carried_over > price.bundle_units:
        raise Refused("No more can be carried over than a bundle has", field="carried_over")
    if price.carried_over and price.cadence is Cadence.ONCE:
        raise Refused("What is charged once has no next period to carry units into", field="carried_over")


def _plan(session: Session, listing_id: uuid.UUID, plan_id: uuid.UUID) -> Plan:
    statement = sa.select(Plan).where(Plan.id == plan_id, Plan.listing_id == listing_id, Plan.is_offered)
    plan = session.scalars(statement).one_or_none()
    if plan is None:
        raise NotFound
    return plan


def _like(session: Session, listing_id: uuid.UUID, cadence: Cadence, basis: Basis) -> Plan | None:
    same = (Plan.listing_id == listing_id, Plan.cadence == cadence, Plan.basis == basis)
    return session.scalars(sa.select(Plan).where(*same)).one_or_none()


def _offered(session: Session, listing_id: uuid.UUID) -> list[uuid.UUID]:
    statement = sa.select(Plan.id).where(Plan.listing_id == listing_id, Plan.is_offered)
    return list(session.scalars(statement))
