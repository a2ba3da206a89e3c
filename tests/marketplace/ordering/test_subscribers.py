"""What ordering does each day."""

from __future__ import annotations

import uuid
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import ORMExecuteState, Session

from marketplace.catalogue.models import CapacityPeriod
from marketplace.catalogue.pricing import add_months
from marketplace.kernel import clock
from marketplace.kernel.commands import drain
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering import services
from marketplace.ordering.models import Order
from marketplace.ordering.states import DAYS_TO_ANSWER, OrderState
from marketplace.ordering.subscribers import KIND
from tests.factories.ordering import a_market, a_sent_order, next_month


def test_the_daily_job_lapses_an_order_once(app: Flask, session: Session) -> None:
    order = a_sent_order(session, a_market(session))
    session.commit()
    with freeze_time(clock.now() + timedelta(days=15)):
        drain(app)
        drain(app)
    session.expire_all()
    assert session.get_one(Order, order.id).state is OrderState.LAPSED
    assert session.scalar(sa.select(sa.func.count()).where(OutboxJob.kind == KIND)) == 1


def test_what_lapses_is_freed_in_the_order_in_which_all_take(session: Session) -> None:
    """Otherwise a buyer who takes months from the first to the last and this job wait for each other."""
    market = a_market(session)
    later = a_sent_order(session, market, starts_on=add_months(next_month(), 6))
    sooner = a_sent_order(session, market)
    freed: list[uuid.UUID] = []

    def note(execution: ORMExecuteState) -> None:
        statement = execution.statement
        if isinstance(statement, sa.Update) and execution.bind_mapper is sa.inspect(CapacityPeriod):
            freed.append(statement.compile().params["id_1"])

    sa.event.listen(session, "do_orm_execute", note)
    services.move_due_orders(session, clock.today() + timedelta(days=DAYS_TO_ANSWER + 1))
    assert {later.state, sooner.state} == {OrderState.LAPSED}
    assert (len(freed), freed) == (6, sorted(freed))
    assert session.scalar(sa.select(sa.func.sum(CapacityPeriod.taken))) == 0
