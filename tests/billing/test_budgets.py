"""What contracts and invoices do to the budget of their buyer."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy.orm import Session

from billing.documents.issuing import raise_due_invoices
from marketplace.delegation import budget_queries
from marketplace.delegation.rules import limited
from marketplace.kernel import clock
from marketplace.trusts.access import Actor
from tests.factories.billing import a_contract, a_seller
from tests.factories.delegation import a_cost_centre, asked, taken, the_scheme
from tests.factories.trusts import an_actor


def sums(session: Session, buyer: Actor) -> tuple[int, int]:
    """Committed and invoiced in pence, over all financial years."""
    session.flush()
    starts = budget_queries.years(session, buyer)
    years = [budget_queries.budget_year(session, buyer, on) for on in starts]
    return sum(one.committed_pence for one in years), sum(one.invoiced_pence for one in years)


def a_buyer(session: Session, net_pence: int) -> tuple[Actor, uuid.UUID]:
    """Somebody whose trust is bound to spend a sum, and by what."""
    buyer = an_actor(session)
    the_scheme(session, buyer.organisation_id, limited(10**9))
    wanted = asked(session, net_pence, cost_centre_id=a_cost_centre(session, buyer).id)
    taken(session, buyer, wanted)
    return buyer, wanted.source_id


def test_what_is_signed_takes_the_place_of_what_was_asked_for(session: Session) -> None:
    buyer, source_id = a_buyer(session, 99_999)
    assert sums(session, buyer) == (99_999, 0)
    starts_on = clock.today() + timedelta(days=3)
    a_contract(session, a_seller(session), buyer, source_id=source_id, starts_on=starts_on)
    assert sums(session, buyer) == (75_000, 0)


def test_each_invoice_turns_what_is_owed_into_what_is_spent(session: Session) -> None:
    buyer, source_id = a_buyer(session, 75_000)
    a_contract(session, a_seller(session), buyer, source_id=source_id)
    assert sums(session, buyer) == (50_000, 25_000)
    for days, expected in ((40, (25_000, 50_000)), (80, (0, 75_000)), (120, (0, 75_000))):
        with clock.standing_at(clock.now() + timedelta(days=days)):
            raise_due_invoices(session)
        assert sums(session, buyer) == expected


def test_what_nobody_asked_for_here_touches_no_budget(session: Session) -> None:
    buyer, _ = a_buyer(session, 1_000)
    a_contract(session, a_seller(session), buyer)
    assert sums(session, buyer) == (1_000, 0)
