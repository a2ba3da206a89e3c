"""Four real processes buy the units of one listing at once: exactly what there is is sold."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.models import CapacityPeriod
from marketplace.catalogue.pricing import add_months
from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT
from marketplace.ordering import services
from marketplace.ordering.models import Order, OrderCapacity
from marketplace.ordering.states import OrderState
from marketplace.ordering.terms import OrderTerms
from marketplace.trusts.kinds import Role
from tests.factories.catalogue import a_listing, a_plan, some_capacity
from tests.factories.delegation import a_policy
from tests.factories.ordering import next_month
from tests.factories.trusts import an_actor, an_organisation

PROCESSES = 4
UNITS = 100
DRAFTS = 40
"""Each process wants 40 units: 160 for the 100 that there are."""


def buy_at_once(environment: dict[str, str], buyers: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Start the buyers, let them go together; what each bought and how often each was refused."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for arguments in buyers
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].split() for process in started]
    assert [process.returncode for process in started] == [0] * len(started)
    return [(int(bought), int(refused)) for bought, refused in answers]


def a_crowd(session: Session) -> list[list[str]]:
    """One listing with 100 units in each of two months, and four trusts with 40 drafts of one unit each."""
    listing = a_listing(session)
    a_plan(session, listing)
    some_capacity(session, listing, next_month(), add_months(next_month(), 1), UNITS)
    buyers = []
    for _ in range(PROCESSES):
        trust = an_organisation(session)
        a_policy(session, trust.id, approval_limit_pence=10**9, requires_po_number=False)
        actor = an_actor(session, trust, Role.BUYER)
        terms = OrderTerms(quantity=1, starts_on=next_month() + timedelta(days=3), periods=1)
        drafts = [services.start_order(session, actor, listing.id, terms) for _ in range(DRAFTS)]
        buyers.append(["tests.proofs.buyer", str(actor.person_id), *(str(draft.id) for draft in drafts)])
    return buyers


def test_four_processes_sell_exactly_what_there_is(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        buyers = a_crowd(session)
    outcomes = buy_at_once(environment, buyers)
    with database.reading() as session:
        taken = session.scalars(sa.select(CapacityPeriod.taken)).all()
        held = session.execute(
            sa.select(OrderCapacity.period_id, sa.func.sum(OrderCapacity.units)).group_by(
                OrderCapacity.period_id
            )
        ).all()
        states = session.scalars(sa.select(Order.state)).all()
    database.engine.dispose()
    assert sum(bought for bought, _ in outcomes) == UNITS
    assert sum(refused for _, refused in outcomes) == PROCESSES * DRAFTS - UNITS
    assert list(taken) == [UNITS, UNITS]
    assert [units for _, units in held] == [UNITS, UNITS]
    assert states.count(OrderState.PLACED) == UNITS
    assert states.count(OrderState.DRAFT) == PROCESSES * DRAFTS - UNITS


def test_without_the_guard_the_same_crowd_oversells(environment: dict[str, str]) -> None:
    """The control: were it to sell 100 too, the test above could not fail."""
    owner = Database.at(environment.get("MIGRATIONS_DATABASE_URL", environment["DATABASE_URL"]))
    with owner.writing() as session, session.begin():
        session.execute(sa.text("CREATE TABLE careless (taken INTEGER NOT NULL)"))
        session.execute(sa.text("INSERT INTO careless VALUES (0)"))
        if owner.engine.dialect.name == "postgresql":
            session.execute(sa.text("GRANT SELECT, UPDATE ON careless TO PUBLIC"))
    owner.engine.dispose()
    outcomes = buy_at_once(environment, [["tests.proofs.careless_buyer"]] * PROCESSES)
    assert sum(bought for bought, _ in outcomes) > UNITS
