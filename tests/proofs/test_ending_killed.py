"""Whoever ends orders early is killed in the middle: each order has ended in every respect, or in none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from billing.subscriptions.models import ChargePeriod, Subscription
from marketplace.catalogue.models import CapacityPeriod, Plan
from marketplace.contracts.models import Contract
from marketplace.delegation.models import Undertaking, UndertakingYear
from marketplace.kernel import outbox
from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT
from marketplace.ordering import services
from marketplace.ordering.models import Order, OrderCapacity, OrderMove
from marketplace.ordering.states import Move
from tests.factories.ordering import a_draft, a_market
from tests.proofs.ender import POINTS

ORDERS = 8
"""Two for each time that a process is killed."""
MONTHS = 6
PENCE = 26_500
KILLED_IN = 2
"""The number of the order, of those that one process has, in the middle of which it is killed."""


@dataclass(frozen=True)
class Agreed:
    """Everything that says how long an order lasts and what it costs: months, pence, and who gave notice."""

    months: int
    contract_months: int
    charges: int
    months_taken: int
    net_pence: int
    contract_pence: int
    charged_pence: int
    budgeted_pence: int
    notices: int


EVERYTHING_ENDED = Agreed(1, 1, 1, 1, PENCE, PENCE, PENCE, PENCE, 1)
ALL = MONTHS * PENCE
NOTHING_ENDED = Agreed(MONTHS, MONTHS, MONTHS, MONTHS, ALL, ALL, ALL, ALL, 0)


@pytest.fixture
def database(app: Flask, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database of the test's own; the application is there so that everybody hears of what happens."""
    monkeypatch.setattr(outbox, "_wakers", [])
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


class Ender:
    """A person who ends orders early, each time in a process that can be killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.told, self.says = process.stdin, process.stdout

    def begin(self, point: str, orders: list[uuid.UUID]) -> int:
        """Let a process end these orders, and stop at the point if it comes there; its number."""
        self.told.write(f"{point} {KILLED_IN} {' '.join(str(one) for one in orders)}\n")
        self.told.flush()
        return int(self.heard())

    def heard(self) -> str:
        """The next line that it says."""
        return self.says.readline().strip()


@pytest.fixture
def agreement(database: Database) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """Who bought, and one day in each of six months, with notice of no days, again and again."""
    with database.writing() as session, session.begin():
        market = a_market(session)
        session.scalars(sa.select(Plan)).one().notice_days = 0
        session.execute(sa.update(CapacityPeriod).values(units=ORDERS))
        orders = []
        for _ in range(ORDERS):
            order = a_draft(session, market, quantity=1, periods=MONTHS)
            services.submit_order(session, market.buyer, order.id)
            services.accept_order(session, market.seller, order.id)
            orders.append(order.id)
        return market.buyer.person_id, orders


@pytest.fixture
def ender(agreement: tuple[uuid.UUID, list[uuid.UUID]], environment: dict[str, str]) -> Iterator[Ender]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.proofs.ender", str(agreement[0])],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield Ender(process)
    process.communicate(timeout=20)


def agreed(session: Session, order_id: uuid.UUID) -> Agreed:
    order = session.get_one(Order, order_id)
    contract = session.scalars(sa.select(Contract).where(Contract.source_id == order_id)).one()
    of_contract = (
        sa.select(ChargePeriod.net_pence).join(Subscription).where(Subscription.contract_id == contract.id)
    )
    charges = session.scalars(of_contract).all()
    of_order = sa.select(sa.func.sum(UndertakingYear.net_pence)).join(Undertaking)
    held = sa.select(sa.func.count()).where(OrderCapacity.order_id == order_id)
    notices = sa.select(sa.func.count()).where(OrderMove.order_id == order_id, OrderMove.move == Move.SHORTEN)
    return Agreed(
        months=order.periods,
        contract_months=contract.periods,
        charges=len(charges),
        months_taken=session.scalars(held).one(),
        net_pence=order.net_pence,
        contract_pence=contract.net_pence,
        charged_pence=sum(charges),
        budgeted_pence=session.scalars(of_order.where(Undertaking.source_id == order_id)).one() or 0,
        notices=session.scalars(notices).one(),
    )


def test_an_order_ends_early_in_every_respect_or_in_none_whenever_its_process_is_killed(
    database: Database, agreement: tuple[uuid.UUID, list[uuid.UUID]], ender: Ender
) -> None:
    _, orders = agreement
    shares = {point: [orders.pop(), orders.pop()] for point in (*POINTS, "nowhere")}
    for point, mine in shares.items():
        number = ender.begin(point, mine)
        assert ender.heard() == "ended"
        assert point == "nowhere" or ender.heard() == "here"
        os.kill(number, signal.SIGKILL)
        while (heard := ender.heard()) == "ended":
            pass  # only where it does not stop: it may be quicker than the signal
        assert heard in {"-9", "0"} if point == "nowhere" else heard == "-9"
    with database.reading() as session:
        found = {point: [agreed(session, one) for one in mine] for point, mine in shares.items()}
        held = session.scalar(sa.select(sa.func.sum(OrderCapacity.units)))
        taken = session.scalar(sa.select(sa.func.sum(CapacityPeriod.taken)))
    for point in POINTS:
        assert found[point] == [EVERYTHING_ENDED, NOTHING_ENDED]
    assert found["nowhere"] in ([EVERYTHING_ENDED, NOTHING_ENDED], [EVERYTHING_ENDED] * 2)
    assert taken == held == sum(one.months_taken for two in found.values() for one in two)

    ender.begin("nowhere", [shares[point][1] for point in POINTS])
    assert [ender.heard() for _ in (*POINTS, "over")] == ["ended"] * len(POINTS) + ["0"]
    with database.reading() as session:
        assert {agreed(session, shares[point][1]) for point in POINTS} == {EVERYTHING_ENDED}
