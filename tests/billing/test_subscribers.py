"""Where billing meets the marketplace."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from billing import subscribers
from billing.documents.models import Invoice
from marketplace.aggregation import savings
from marketplace.contracts.states import ContractSource
from marketplace.kernel import clock, jobs
from marketplace.kernel.outbox import OutboxJob, Work
from tests.factories.billing import a_contract, a_seller, an_invoice
from tests.factories.trusts import an_actor


def test_the_daily_job_owes_a_run_for_each_seller_with_something_due(session: Session) -> None:
    owed = an_invoice(session)
    a_seller(session)
    on = clock.today() + timedelta(days=40)
    subscribers._run_all(session, Work("daily", {"on": on.isoformat()}))
    runs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == subscribers.RUN)).all()
    assert [run.payload["seller_id"] for run in runs] == [str(owed.seller.organisation_id)]
    subscribers._run_seller(session, Work(runs[0].key, runs[0].payload))
    assert session.scalar(sa.select(sa.func.count(Invoice.id))) == 2


def test_the_daily_job_is_owed_once_a_day(session: Session) -> None:
    jobs.owe_daily_jobs(session)
    jobs.owe_daily_jobs(session)
    daily = sa.select(sa.func.count(OutboxJob.id)).where(OutboxJob.kind == subscribers.DAILY)
    assert session.scalar(daily) == 1


@pytest.mark.parametrize("at", ["2027-06-30 22:30", "2027-06-30 23:30"])
def test_around_midnight_in_summer_the_london_date_decides(session: Session, at: str) -> None:
    """23:30 UTC on 30 June is 1 July in London: the July charge is due then and not an hour before."""
    seller, buyer = a_seller(session), an_actor(session)
    with freeze_time(at):
        july = clock.london_date(clock.now()).replace(month=7, day=1)
        a_contract(session, seller, buyer, starts_on=july)
        assert session.scalar(sa.select(sa.func.count(Invoice.id))) == (1 if at.endswith("23:30") else 0)


def test_a_saving_booked_after_the_first_invoice_is_realised_by_a_job(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller, buyer = a_seller(session), an_actor(session)
    contract = a_contract(session, seller, buyer, source=ContractSource.AWARD, source_id=uuid.uuid4())
    job = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == subscribers.REALISE)).one()
    heard: list[tuple[uuid.UUID, int]] = []
    monkeypatch.setattr(savings, "realise", lambda session, *given: heard.append(given))
    subscribers._realise_later(session, Work(job.key, job.payload))
    assert heard == [(contract.id, 25_000)]


def test_a_contract_of_an_order_has_no_saving(session: Session) -> None:
    an_invoice(session)
    realise = sa.select(sa.func.count(OutboxJob.id)).where(OutboxJob.kind == subscribers.REALISE)
    assert session.scalar(realise) == 0
