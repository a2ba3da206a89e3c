"""What ordering does each day."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.commands import drain
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.ordering.subscribers import KIND
from tests.factories.ordering import a_market, a_sent_order


def test_the_daily_job_lapses_an_order_once(app: Flask, session: Session) -> None:
    order = a_sent_order(session, a_market(session))
    session.commit()
    with freeze_time(clock.now() + timedelta(days=15)):
        drain(app)
        drain(app)
    session.expire_all()
    assert session.get_one(Order, order.id).state is OrderState.LAPSED
    assert session.scalar(sa.select(sa.func.count()).where(OutboxJob.kind == KIND)) == 1
