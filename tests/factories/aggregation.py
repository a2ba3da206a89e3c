"""Price lists, rounds and commitments for tests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace.aggregation import closing, committing, evaluating, services
from marketplace.aggregation.committing import Promise
from marketplace.aggregation.models import AwardRun, Commitment, PriceList, PurchaseRequest, Round
from marketplace.aggregation.services import Need, PriceListTerms, RoundTerms
from marketplace.aggregation.tiers import Tier
from marketplace.catalogue.kinds import Category, VatTreatment
from marketplace.kernel import clock, units
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind, Role
from tests.factories.delegation import a_policy
from tests.factories.trusts import an_actor, an_organisation

TIERS = (Tier(1, 50_000), Tier(100, 45_000), Tier(200, 40_000))
"""Laptops at £500, £450 from 100 on, £400 from 200 on."""


def a_supplier(session: Session, name: str | None = None) -> Actor:
    """Somebody who sells for a supplier."""
    supplier = an_organisation(session, name, OrganisationKind.SUPPLIER)
    return an_actor(session, supplier, Role.SELLER, Role.FINANCE)


def a_buyer(session: Session, *, limit_pence: int = 10**12, name: str | None = None) -> Actor:
    """Somebody who buys for a new trust, with everything within its limit unless another is given."""
    trust = an_organisation(session, name)
    a_policy(session, trust.id, approval_limit_pence=limit_pence)
    return an_actor(session, trust, Role.BUYER)


def a_price_list(
    session: Session, supplier: Actor | None = None, tiers: Sequence[Tier] = TIERS, **more: Any
) -> PriceList:
    """A published list of prices for laptops."""
    terms = PriceListTerms(
        title=more.pop("title", "Laptop for pupils"),
        unit="laptop",
        unit_plural="laptops",
        category=Category.IT,
        vat_treatment=VatTreatment.STANDARD,
        source="Own price list of 1 September",
        tiers=tiers,
        **more,
    )
    return services.publish_price_list(session, supplier or a_supplier(session), terms)


def round_terms(price_list_id: uuid.UUID, **more: Any) -> RoundTerms:
    """A round that closes in three weeks."""
    today = clock.today()
    values: dict[str, Any] = {
        "price_list_id": price_list_id,
        "title": "Laptops for pupils",
        "specification": "11 inch, delivered to each school",
        "closes_on": today + timedelta(days=21),
        "starts_on": today + timedelta(days=40),
        "months": 12,
        "minimum_units": 1,
    }
    return RoundTerms(**(values | more))


def a_round(session: Session, lead: Actor | None = None, tiers: Sequence[Tier] = TIERS, **more: Any) -> Round:
    """A round for laptops that gathers."""
    price_list = a_price_list(session, tiers=tiers)
    return services.start_round(session, lead or a_buyer(session), round_terms(price_list.id, **more))


def a_commitment(session: Session, round_: Round, buyer: Actor | None = None, **more: Any) -> Commitment:
    """A firm commitment to 60 laptops at any price up to £500, for which £520 is paid today."""
    values: dict[str, Any] = {"quantity": 60, "ceiling_pence": 50_000, "baseline_pence": 52_000}
    return committing.commit(session, buyer or a_buyer(session), round_.id, Promise(**(values | more)))


def a_request(session: Session, buyer: Actor, **more: Any) -> PurchaseRequest:
    """A need for 30 laptops."""
    values: dict[str, Any] = {
        "title": "Laptops for year 7",
        "category": Category.IT,
        "unit_plural": "laptops",
        "quantity": 30,
        "ceiling_pence": 48_000,
    }
    return services.post_request(session, buyer, Need(**(values | more)))


def an_award(session: Session, lead: Actor, round_: Round, reason: str | None = None) -> AwardRun:
    """Close a round and work out its award at once, as its job does."""
    run = closing.close_round(session, lead, round_.id, reason)
    evaluating.work_out(units.within(session), run.id)
    return run
