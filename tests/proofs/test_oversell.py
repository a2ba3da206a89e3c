"""Eight real processes buy the units of one listing at once: exactly what there is is sold.

PURCHASES says how many they want together; README has the command of the whole proof, PURCHASES=2000.
Each wants a unit in each of six months, and there are three for every four that are wanted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.catalogue.pricing import add_months
from marketplace.kernel.database import new_id
from marketplace.kernel.references import new_reference
from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT
from marketplace.ordering import services
from marketplace.ordering.models import Order, OrderCapacity
from marketplace.ordering.states import OrderState
from marketplace.ordering.terms import OrderTerms
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from tests.factories.catalogue import a_listing, a_plan, some_capacity
from tests.factories.delegation import a_policy
from tests.factories.ordering import next_month
from tests.factories.trusts import an_actor, an_organisation

PROCESSES = 8
MONTHS = 6
DRAFTS = int(os.environ.get("PURCHASES", "320")) // PROCESSES
"""Of each process: all of them are in the middle of theirs at once."""
UNITS = PROCESSES * DRAFTS * 3 // 4
CARELESS = 4
FEW = 100
"""The control needs no more than that to oversell."""


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
    answers = [process.communicate(timeout=500)[0].split() for process in started]
    assert [process.returncode for process in started] == [0] * len(started)
    return [(int(bought), int(refused)) for bought, refused in answers]


def a_crowd(session: Session) -> list[list[str]]:
    """Too few units in each of six months, and eight trusts with drafts of one unit each."""
    listing = a_listing(session)
    a_plan(session, listing)
    some_capacity(session, listing, next_month(), add_months(next_month(), MONTHS - 1), UNITS)
    buyers = []
    for _ in range(PROCESSES):
        trust = an_organisation(session)
        a_policy(session, trust.id, approval_limit_pence=10**9, requires_po_number=False)
        actor = an_actor(session, trust, Role.BUYER)
        drafts = some_drafts(session, actor, listing)
        buyers.append(["tests.proofs.buyer", str(actor.person_id), *(str(draft) for draft in drafts)])
    return buyers


def some_drafts(session: Session, actor: Actor, listing: Listing) -> list[uuid.UUID]:
    """One is written as people do it, the others are copies of its row."""
    terms = OrderTerms(quantity=1, starts_on=next_month(), periods=MONTHS)
    first = services.start_order(session, actor, listing.id, terms)
    return [first.id, *copies_of(session, first, DRAFTS - 1)]


def copies_of(session: Session, order: Order, count: int) -> list[uuid.UUID]:
    """So many orders that differ in nothing but their name."""
    session.flush()
    row = session.execute(sa.select(Order.__table__).where(Order.id == order.id)).one()._asdict()
    copies = [row | {"id": new_id(), "reference": new_reference("ORD")} for _ in range(count)]
    session.execute(sa.insert(Order), copies)
    return [copy["id"] for copy in copies]


def test_eight_processes_sell_exactly_what_there_is(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        buyers = a_crowd(session)
    began = time.monotonic()
    outcomes = buy_at_once(environment, buyers)
    seconds = time.monotonic() - began
    with database.reading() as session:
        taken = session.scalars(sa.select(CapacityPeriod.taken)).all()
        held = session.execute(
            sa.select(OrderCapacity.period_id, sa.func.sum(OrderCapacity.units)).group_by(
                OrderCapacity.period_id
            )
        ).all()
        states = session.scalars(sa.select(Order.state)).all()
    database.close()
    print(f"{len(states):,} purchases by {PROCESSES} processes in {seconds:.0f} s")  # noqa: T201  the figure
    assert sum(bought for bought, _ in outcomes) == UNITS
    assert sum(refused for _, refused in outcomes) == PROCESSES * DRAFTS - UNITS
    assert list(taken) == [UNITS] * MONTHS
    assert [units for _, units in held] == [UNITS] * MONTHS
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
    owner.close()
    outcomes = buy_at_once(environment, [["tests.proofs.careless_buyer"]] * CARELESS)
    assert sum(bought for bought, _ in outcomes) > FEW
