"""The worker that works out an award is killed, while it solves and while it signs: one award, and right."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from marketplace.aggregation import closing
from marketplace.aggregation.models import AwardRun, Commitment, Round, Saving
from marketplace.aggregation.states import CommitmentState, RoundState, RunState
from marketplace.aggregation.tiers import FirmQuantity, Tier
from marketplace.contracts.models import Contract
from marketplace.kernel import outbox
from marketplace.kernel.outbox import JobState, OutboxJob
from marketplace.kernel.session import Database
from tests.factories.aggregation import a_buyer, a_commitment, a_round
from tests.marketplace.aggregation.one_list import lowest_reached
from tests.proofs.workers import a_worker

TRUSTS = 60
LIST = (Tier(1, 50_000), Tier(1_000, 45_000), Tier(6_000, 40_000))
PATIENCE = 120


@pytest.fixture
def database(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database of the test's own, whose jobs only a worker's sweep finds."""
    monkeypatch.setattr(outbox, "_wakers", [])
    made = Database.at(environment["DATABASE_URL"])
    yield made
    made.close()


def close_a_large_round(database: Database) -> list[FirmQuantity]:
    """What each of many trusts has committed to a round that is closed."""
    chance = random.Random(8)
    with database.writing() as session, session.begin():
        lead = a_buyer(session)
        round_ = a_round(session, lead, tiers=LIST)
        for _ in range(TRUSTS):
            ceiling = chance.randint(40_000, 52_000)
            a_commitment(session, round_, quantity=chance.randint(20, 100), ceiling_pence=ceiling)
        closing.close_round(session, lead, round_.id, "All are in")
        figures = sa.select(Commitment.id, Commitment.quantity, Commitment.ceiling_pence)
        return [FirmQuantity(*row) for row in session.execute(figures)]


def the_run(database: Database) -> AwardRun:
    with database.reading() as session:
        return session.scalars(sa.select(AwardRun)).one()


def wait_for(database: Database, worker: subprocess.Popen[bytes], found: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < end, f"the run is {the_run(database).state}"
        time.sleep(0.01)


def contracts(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count(Contract.id))) or 0


@pytest.mark.parametrize("seconds", [0.0, 1.0], ids=["solving", "signing"])
def test_a_worker_killed_while_it_works_out_an_award_leaves_one_award_and_the_right_one(
    database: Database, environment: dict[str, str], seconds: float
) -> None:
    firm = close_a_large_round(database)
    with a_worker(environment) as first:
        wait_for(database, first, lambda: the_run(database).state is not RunState.WAITING)
        time.sleep(seconds)
        first.kill()
        first.wait(20)
    killed = the_run(database)
    assert killed.state is RunState.SOLVING or seconds > 0
    assert contracts(database) == 0 or killed.state is RunState.SOLVED, "no half of an award"
    with a_worker(environment) as second:
        wait_for(database, second, lambda: the_run(database).state is RunState.SOLVED)
        wait_for(database, second, lambda: the_job(database) is JobState.DONE)
    assert_awarded_once(database, firm)
    assert the_run(database).digest == killed.digest


def the_job(database: Database) -> JobState:
    with database.reading() as session:
        return session.scalars(sa.select(OutboxJob.state).where(OutboxJob.kind == closing.KIND)).one()


def assert_awarded_once(database: Database, firm: list[FirmQuantity]) -> None:
    """Each trust that the right award serves has one contract at its price, and one saving; nobody else."""
    expected = lowest_reached(LIST, firm, 1)
    with database.reading() as session:
        assert session.scalars(sa.select(Round.state)).one() is RoundState.CONTRACTED
        signed = session.scalars(sa.select(Contract)).all()
        assert {one.source_id for one in signed} == expected.served
        assert len(signed) == len(expected.served) > 10
        assert {one.unit_price_pence for one in signed} == {expected.price_pence}
        states = Counter(session.scalars(sa.select(Commitment.state)))
        served = Counter(session.scalars(sa.select(Saving.contract_id)))
    assert states == {
        CommitmentState.SERVED: len(expected.served),
        CommitmentState.UNSERVED: TRUSTS - len(expected.served),
    }
    assert served == dict.fromkeys((one.id for one in signed), 1)
