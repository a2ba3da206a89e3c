"""What is taken and given back is known to the search at once, and equals what a rebuild would make."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import taking
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.finding import indexing
from marketplace.finding.models import SearchItem, SearchRow
from marketplace.kernel import clock, units
from tests.factories.catalogue import a_listing, a_plan, an_offer, some_capacity
from tests.factories.ordering import next_month


def kept(session: Session) -> list[Any]:
    rows = session.execute(sa.select(*SearchRow.__table__.columns).order_by(SearchRow.id)).all()
    items = session.execute(sa.select(*SearchItem.__table__.columns).order_by(SearchItem.id)).all()
    return [*map(tuple, rows), *map(tuple, items)]


def rebuilt(session: Session) -> list[Any]:
    indexing.reindex(units.within(session))
    return kept(session)


def last_day(months: int) -> date:
    return add_months(next_month(), months - 1).replace(day=28)


@pytest.mark.parametrize("quantity", [1, 9, 10])
def test_the_search_knows_what_is_taken_and_given_back(session: Session, quantity: int) -> None:
    listing = an_offer(session)
    taken = taking.take_capacity(session, listing.id, quantity, next_month(), last_day(3))
    after = kept(session)
    assert after == rebuilt(session)
    taking.give_back(session, taken)
    assert kept(session) == rebuilt(session) != after


def test_the_month_that_is_shown_as_the_next_moves_on_when_one_is_full(session: Session) -> None:
    listing = an_offer(session)
    this_month = clock.today().replace(day=1)
    taking.take_capacity(session, listing.id, 10, clock.today(), last_day(1))
    shown = session.scalars(sa.select(SearchRow.next_open)).one()
    assert shown is not None
    assert f'"starts_on":"{add_months(this_month, 2).isoformat()}"' in shown
    assert kept(session) == rebuilt(session)


def test_what_buyers_may_not_find_stays_unknown(session: Session) -> None:
    listing: Listing = a_listing(session)
    a_plan(session, listing)
    some_capacity(session, listing, next_month(), next_month())
    taking.take_capacity(session, listing.id, 1, next_month(), last_day(1))
    assert kept(session) == []
