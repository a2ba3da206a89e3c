"""Orders for tests, at every point of their life."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue.availability import first_of_month
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.contracts.models import Contract
from marketplace.kernel import clock
from marketplace.ordering import services
from marketplace.ordering.models import Order
from marketplace.ordering.terms import OrderTerms
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from tests.factories.catalogue import an_offer
from tests.factories.delegation import a_policy
from tests.factories.trusts import an_actor, an_organisation

GENEROUS = 10**9


@dataclass(frozen=True)
class Market:
    """One listing at £265.00 a day each month with 10 days in each, and the people around it."""

    buyer: Actor
    approver: Actor
    seller: Actor
    stranger: Actor
    listing_id: uuid.UUID


def a_market(session: Session, limit_pence: int = GENEROUS, **policy: Any) -> Market:
    """A buying trust whose limit is generous unless told otherwise, a selling trust and a third one."""
    buying, selling = an_organisation(session), an_organisation(session)
    a_policy(
        session, buying.id, **({"approval_limit_pence": limit_pence, "requires_po_number": False} | policy)
    )
    listing: Listing = an_offer(session, selling)
    return Market(
        buyer=an_actor(session, buying, Role.BUYER),
        approver=an_actor(session, buying, Role.APPROVER),
        seller=an_actor(session, selling, Role.SELLER),
        stranger=an_actor(session),
        listing_id=listing.id,
    )


def next_month() -> date:
    """The first day of the month after this one."""
    return add_months(first_of_month(clock.today()), 1)


def some_terms(**more: Any) -> OrderTerms:
    """Two days in each of three months from next month: £1,590.00 in all."""
    columns: dict[str, Any] = {"quantity": 2, "starts_on": next_month(), "periods": 3}
    return OrderTerms(**(columns | more))


def a_draft(session: Session, market: Market, **terms: Any) -> Order:
    """A draft of the market's buyer."""
    return services.start_order(session, market.buyer, market.listing_id, some_terms(**terms))


def a_sent_order(session: Session, market: Market, **terms: Any) -> Order:
    """Placed, or waiting for approval when the market's limit asks for it."""
    return services.submit_order(session, market.buyer, a_draft(session, market, **terms).id)


def a_contract(session: Session, market: Market, **terms: Any) -> Contract:
    """The contract of an order that the seller accepted."""
    return services.accept_order(session, market.seller, a_sent_order(session, market, **terms).id)
