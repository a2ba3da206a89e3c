"""What buyers find, and what a seller has listed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import assurance, charging
from marketplace.catalogue.assurance import Cover, Effect, Post
from marketplace.catalogue.availability import Period
from marketplace.catalogue.kinds import (
    Basis,
    Cadence,
    CapacityUnit,
    Category,
    Delivery,
    ListingKind,
    ListingState,
    Reach,
    VatTreatment,
)
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.kernel import clock, paging
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page
from marketplace.trusts import access
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import Partnership


@dataclass(frozen=True)
class OfferedPlan:
    """One way in which a listing is charged, as models.Plan has it."""

    plan_id: uuid.UUID
    cadence: Cadence
    unit_price_pence: int
    vat_treatment: VatTreatment
    unit: CapacityUnit
    basis: Basis
    fixed_pence: int
    phase_prices: Mapping[str, int]
    units_each: int
    bundle_units: int | None
    carried_over: int
    minimum_periods: int
    notice_days: int | None
    is_split_in_april: bool

    @property
    def words(self) -> str:
        """The net price and how often it is charged."""
        return charging.plan_words(self)


@dataclass(frozen=True)
class Listed:
    """One row of a list of listings; `next_open` is the first month that has something left."""

    id: uuid.UUID
    seller_id: uuid.UUID
    seller_name: str
    seller_standing: Standing
    state: ListingState
    category: Category
    title: str
    summary: str
    places_served: str
    unit: CapacityUnit
    plans: tuple[OfferedPlan, ...]
    next_open: Period | None


@dataclass(frozen=True)
class Offer:
    """Everything that a listing's page and an order of it need; `capacity` is by date."""

    id: uuid.UUID
    seller_id: uuid.UUID
    seller_name: str
    seller_standing: Standing
    state: ListingState
    category: Category
    title: str
    summary: str
    description: str
    delivery: Delivery
    places_served: str
    unit: CapacityUnit
    kind: ListingKind
    licence: str | None
    is_unlimited: bool
    phases: list[str]
    reach: Reach
    authority_codes: list[str]
    reach_miles: int | None
    trial_months: int | None
    trial_percent: int
    trial_terms: str | None
    partnership_id: uuid.UUID | None
    partnership_name: str | None
    published_at: datetime | None
    version: int
    plans: tuple[OfferedPlan, ...]
    capacity: tuple[Period, ...]
    posts: tuple[Post, ...]
    insurances: tuple[Cover, ...]
    evidence: tuple[Effect, ...]


def offer(session: Session, buyer_id: uuid.UUID, listing_id: uuid.UUID, lock: bool = False) -> Offer:
    """A published listing that a buyer may see; NotFound for every other, as of a partnership of others.

    With lock its seller cannot change it before this unit of work ends; several buyers may hold it at once.
    """
    if lock:
        with on_behalf_of_all(session, "no seller changes a service while a buyer orders it"):
            session.execute(sa.select(Listing.id).where(Listing.id == listing_id).with_for_update(read=True))
    return _offer(session, listing_id, found_by(buyer_id))


def own_listing(session: Session, organisation_id: uuid.UUID, listing_id: uuid.UUID) -> Offer:
    """A listing of the organisation's own, in any state; NotFound for another's."""
    return _offer(session, listing_id, Listing.seller_id == organisation_id)


def visible(session: Session, organisation_id: uuid.UUID | None, listing_id: uuid.UUID) -> Offer:
    """A published listing that the organisation may see, or one of its own; else NotFound.

    None stands for whoever acts for no organisation: a partnership's listings are its members' alone.
    """
    mine = sa.false() if organisation_id is None else Listing.seller_id == organisation_id
    return _offer(session, listing_id, sa.or_(found_by(organisation_id), mine))


def in_review(session: Session, listing_id: uuid.UUID) -> Offer:
    """A listing that waits for the operator, whoever asks; NotFound for every other."""
    return _offer(session, listing_id, Listing.state == ListingState.IN_REVIEW)


def found_by(organisation_id: uuid.UUID | None) -> sa.ColumnElement[bool]:
    """Published, and for everybody or for a partnership to which the organisation belongs.

    Nothing is found of a seller that is suspended or has left: nobody there could accept an order.
    """
    seen = access.visible_to(Listing.seller_id, Listing.partnership_id, organisation_id, clock.today())
    sellers = sa.select(Organisation.id).where(access.is_active())
    return sa.and_(Listing.state == ListingState.PUBLISHED, Listing.seller_id.in_(sellers), seen)


def capacity_of(session: Session, listing_id: uuid.UUID) -> list[Period]:
    """The listing's periods by date."""
    statement = sa.select(*_PERIOD).where(CapacityPeriod.listing_id == listing_id)
    return [Period(*row) for row in session.execute(statement.order_by(CapacityPeriod.starts_on))]


_PERIOD = (
    CapacityPeriod.id,
    CapacityPeriod.starts_on,
    CapacityPeriod.ends_on,
    CapacityPeriod.units,
    CapacityPeriod.taken,
)
_PLANNED: tuple[Any, ...] = (
    Plan.id,
    Plan.cadence,
    Plan.unit_price_pence,
    Plan.vat_treatment,
    Listing.unit,
    Plan.basis,
    Plan.fixed_pence,
    Plan.phase_prices,
    Plan.units_each,
    Plan.bundle_units,
    Plan.carried_over,
    Plan.minimum_periods,
    Plan.notice_days,
    Plan.is_split_in_april,
)
_LISTED: tuple[Any, ...] = (
    Listing.id,
    Listing.seller_id,
    Organisation.name.label("seller_name"),
    Organisation.standing.label("seller_standing"),
    Listing.state,
    Listing.category,
    Listing.title,
    Listing.summary,
    Listing.places_served,
    Listing.unit,
)
_OFFERED: tuple[Any, ...] = (
    *_LISTED,
    Listing.description,
    Listing.delivery,
    Listing.kind,
    Listing.licence,
    Listing.is_unlimited,
    Listing.phases,
    Listing.reach,
    Listing.authority_codes,
    Listing.reach_miles,
    Listing.trial_months,
    Listing.trial_percent,
    Listing.trial_terms,
    Listing.partnership_id,
    Partnership.name.label("partnership_name"),
    Listing.posts,
    Listing.insurances,
    Listing.evidence,
    Listing.published_at,
    Listing.version,
)


def _offer(session: Session, listing_id: uuid.UUID, condition: sa.ColumnElement[bool]) -> Offer:
    statement = (
        sa.select(*_OFFERED)
        .join(Organisation, Organisation.id == Listing.seller_id)
        .outerjoin(Partnership, Partnership.id == Listing.partnership_id)
        .where(Listing.id == listing_id, condition)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    kept = {
        "posts": assurance.posts(row.posts),
        "insurances": assurance.covers(row.insurances),
        "evidence": assurance.effects(row.evidence),
    }
    plans = tuple(plans_of(session, [listing_id]).get(listing_id, ()))
    capacity = tuple(capacity_of(session, listing_id))
    return Offer(**(row._asdict() | kept), plans=plans, capacity=capacity)


def own(session: Session, organisation_id: uuid.UUID, after: uuid.UUID | None) -> Page[Listed]:
    """One page of the organisation's own listings, newest first, in every state."""
    return _listed(session, [Listing.seller_id == organisation_id], after)


def _listed(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]], after: uuid.UUID | None
) -> Page[Listed]:
    """Three queries, however many rows the page has."""
    statement = (
        sa.select(*_LISTED).join(Organisation, Organisation.id == Listing.seller_id).where(*conditions)
    )
    page = paging.page(session, statement, Listing.id, after)
    ids = [row.id for row in page.rows]
    plans, open_ = plans_of(session, ids), _next_open(session, ids)
    rows = [
        Listed(**row._asdict(), plans=tuple(plans.get(row.id, ())), next_open=open_.get(row.id))
        for row in page.rows
    ]
    return Page(rows, page.next_after)


def plans_of(session: Session, listing_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[OfferedPlan]]:
    """The plans that are offered of several listings at once."""
    statement = (
        sa.select(Plan.listing_id, *_PLANNED)
        .join(Listing, Listing.id == Plan.listing_id)
        .where(Plan.listing_id.in_(listing_ids), Plan.is_offered)
        .order_by(Plan.id)
    )
    found: dict[uuid.UUID, list[OfferedPlan]] = {}
    for row in session.execute(statement):
        found.setdefault(row.listing_id, []).append(OfferedPlan(*row[1:]))
    return found


def _next_open(session: Session, listing_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Period]:
    """The first period of each listing that is not over and has something left."""
    place = sa.func.row_number().over(
        partition_by=CapacityPeriod.listing_id, order_by=CapacityPeriod.starts_on
    )
    ranked = (
        sa.select(CapacityPeriod.listing_id, *_PERIOD, place.label("place"))
        .where(
            CapacityPeriod.listing_id.in_(listing_ids),
            CapacityPeriod.ends_on >= clock.today(),
            CapacityPeriod.taken < CapacityPeriod.units,
        )
        .subquery()
    )
    rows = session.execute(sa.select(ranked).where(ranked.c.place == 1))
    return {row.listing_id: Period(*row[1:-1]) for row in rows}
