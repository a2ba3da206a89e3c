"""A whole market by bulk inserts, for the benchmark of the search: trusts, listings and their capacity."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability
from marketplace.catalogue.kinds import (
    Basis,
    Cadence,
    CapacityUnit,
    Category,
    Delivery,
    ListingKind,
    ListingState,
    Phase,
    Reach,
    VatTreatment,
)
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.catalogue.pricing import add_months
from marketplace.finding import indexing
from marketplace.kernel import clock, units
from marketplace.kernel.database import new_id
from marketplace.trusts.kinds import OrganisationKind, OrganisationState, Standing
from marketplace.trusts.models import Organisation

TRUSTS = 2_000
MONTHS = 24
BATCH = 5_000
AUTHORITIES = 150
TOWNS = ("Exeter", "Leeds", "Derby", "York", "Luton", "Hull", "Truro", "Kendal", "Ely", "Bath")
WHAT = (
    *(
        "payroll",
        "estates manager",
        "clerking",
        "attendance officer",
        "educational psychologist",
        "IT support",
    ),
    *(
        "condition survey",
        "health and safety audit",
        "early reading",
        "SENDCo",
        "catering contract",
        "tender",
    ),
    *(
        "safeguarding audit",
        "school improvement partner",
        "exclusion advice",
        "HR casework",
        "curriculum lead",
    ),
    *("data protection officer", "teacher training", "budget forecast", "asbestos plan", "energy advice"),
)
HOW = ("shared", "interim", "termly", "remote", "qualified", "experienced", "weekly", "new", "independent")
SAID = (
    *(
        "for primary schools",
        "with a written report",
        "by a former head",
        "and training for staff",
        "on site",
    ),
    *("with a named contact", "at short notice", "for a group of schools", "and a plan for trustees"),
)


def a_market(session: Session, listings: int, months: int = MONTHS) -> None:
    """So many published listings of 2,000 trusts, each with price and months of capacity, and their index."""
    chance = random.Random(listings)
    sellers = [_trust(chance, number) for number in range(TRUSTS)]
    _add(session, Organisation.__table__, sellers)
    rows = [_listing(chance, sellers[n % TRUSTS], n) for n in range(listings)]
    _add(session, Listing.__table__, rows)
    _add(session, Plan.__table__, [_plan(chance, row["id"]) for row in rows])
    _add(session, CapacityPeriod.__table__, _capacity(chance, rows, months))
    indexing.reindex(units.within(session))


def _add(session: Session, table: Any, rows: Sequence[dict[str, Any]] | Iterator[dict[str, Any]]) -> None:
    for some in indexing.batches(rows):
        session.execute(sa.insert(table), some)


def _identified() -> dict[str, Any]:
    return {"id": new_id(), "created_at": clock.now()}


def _trust(chance: random.Random, number: int) -> dict[str, Any]:
    """Somewhere in England."""
    return _identified() | {
        "kind": OrganisationKind.MULTI_ACADEMY_TRUST,
        "name": f"{chance.choice(TOWNS)} Schools Trust {number}",
        "state": OrganisationState.OPEN,
        "standing": Standing.VERIFIED if number % 5 else Standing.UNVERIFIED,
        "town": TOWNS[number % len(TOWNS)],
        "authority_code": str(200 + number % AUTHORITIES),
        "authority_name": f"Authority {number % AUTHORITIES}",
        "easting": chance.randrange(180_000, 640_000),
        "northing": chance.randrange(50_000, 600_000),
    }


def _listing(chance: random.Random, seller: dict[str, Any], number: int) -> dict[str, Any]:
    what, how = chance.choice(WHAT), chance.choice(HOW)
    reach = chance.choice([Reach.ENGLAND, Reach.AUTHORITIES, Reach.DISTANCE])
    said = " ".join(chance.sample(SAID, 3))
    return _identified() | {
        "seller_id": seller["id"],
        "state": ListingState.PUBLISHED,
        "category": chance.choice(list(Category)),
        "title": f"{how.capitalize()} {what} {chance.choice(SAID)}",
        "summary": f"{what} {said}",
        "description": f"{chance.choice(WHAT)} and {chance.choice(WHAT)}: {said}, number {number}.",
        "delivery": chance.choice(list(Delivery)),
        "places_served": seller["town"],
        "unit": CapacityUnit.DAY,
        "kind": chance.choice([ListingKind.SERVICE] * 4 + [ListingKind.TEMPLATES]),
        "is_unlimited": False,
        "phases": [phase.value for phase in chance.sample(list(Phase), chance.randrange(3))],
        "reach": reach,
        "authority_codes": [seller["authority_code"]] if reach is Reach.AUTHORITIES else [],
        "reach_miles": chance.choice([20, 40, 60]) if reach is Reach.DISTANCE else None,
        "trial_months": chance.choice([None, None, 3]),
        "trial_percent": 0,
        "posts": [],
        "insurances": [],
        "evidence": [],
        "answered": [],
        "published_at": clock.now() - timedelta(minutes=number),
        "version": 1,
    }


def _plan(chance: random.Random, listing_id: uuid.UUID) -> dict[str, Any]:
    return _identified() | {
        "listing_id": listing_id,
        "cadence": chance.choice([Cadence.MONTHLY, Cadence.TERMLY, Cadence.ANNUAL]),
        "unit_price_pence": chance.randrange(5_000, 90_000),
        "vat_treatment": VatTreatment.STANDARD,
        "basis": Basis.UNIT,
        "fixed_pence": 0,
        "phase_prices": {},
        "units_each": 1,
        "carried_over": 0,
        "minimum_periods": 1,
        "notice_days": 0,
        "is_split_in_april": False,
    }


def _capacity(
    chance: random.Random, listings: Sequence[dict[str, Any]], months: int
) -> Iterator[dict[str, Any]]:
    """Of every third listing some months are full."""
    today = clock.today()
    spans = availability.months(today, add_months(today, months - 1))
    for number, listing in enumerate(listings):
        full = set(chance.sample(range(months), months // 3)) if number % 3 == 0 else set()
        for place, (first, last) in enumerate(spans):
            units = chance.randrange(1, 20)
            yield _identified() | {
                "listing_id": listing["id"],
                "starts_on": first,
                "ends_on": last,
                "units": units,
                "taken": units if place in full else 0,
            }
