"""Two people decide about one order at the same moment: one decision is made."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.models import CapacityPeriod
from marketplace.kernel.errors import InvalidState
from marketplace.kernel.session import Database
from marketplace.ordering import services
from marketplace.ordering.models import Order, OrderMove
from marketplace.ordering.states import Move, OrderState
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.ordering import a_market, a_sent_order
from tests.factories.trusts import an_actor

PEOPLE = 4


def an_order_and_its_approvers(session: Session) -> tuple[uuid.UUID, list[Actor]]:
    """One order that waits, and four people who may decide about it."""
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    trust = session.get_one(Organisation, market.buyer.organisation_id)
    return order.id, [an_actor(session, trust, Role.APPROVER) for _ in range(PEOPLE)]


def test_decisions_at_the_same_moment_are_one(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        order_id, approvers = an_order_and_its_approvers(session)
    together = threading.Barrier(PEOPLE)

    def approve(actor: Actor) -> bool:
        together.wait()
        try:
            database.run(lambda session: services.approve_order(session, actor, order_id) and None)
        except InvalidState:
            return False
        return True

    with ThreadPoolExecutor(PEOPLE) as threads:
        decided = list(threads.map(approve, approvers))
    with database.reading() as session:
        order = session.get_one(Order, order_id)
        state, decided_by = order.state, order.decided_by_id
        moves = session.scalars(sa.select(OrderMove.move).order_by(OrderMove.id)).all()
        taken = session.scalar(sa.select(sa.func.sum(CapacityPeriod.taken)))
    database.close()
    assert decided.count(True) == 1
    assert (state, decided_by) == (OrderState.PLACED, approvers[decided.index(True)].person_id)
    assert list(moves) == [Move.SUBMIT, Move.APPROVE]
    assert taken == 6  # two days in each of three months, once
