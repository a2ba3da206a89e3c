"""Where billing meets the marketplace."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from billing import subscribers
from billing.documents.issuing import raise_due_invoices
from billing.documents.models import Invoice
from marketplace.aggregation import savings
from marketplace.aggregation.models import Commitment
from marketplace.catalogue.kinds import Cadence
from marketplace.contracts.models import Contract
from marketplace.contracts.states import ContractSource
from marketplace.kernel import clock, jobs
from marketplace.kernel.outbox import OutboxJob, Work
from tests.factories.aggregation import a_buyer, a_commitment, a_round
from tests.factories.billing import a_contract, a_seller, an_invoice
from tests.factories.trusts import an_actor


def test_the_daily_job_owes_a_run_for_each_seller_with_something_due(session: Session) -> None:
    owed = an_invoice(session)
    a_seller(session)
    with clock.standing_at(clock.now() + timedelta(days=40)):
        subscribers._run_all(session, Work("daily", {"on": clock.today().isoformat()}))
        runs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == subscribers.RUN)).all()
        assert [run.payload["seller_id"] for run in runs] == [str(owed.seller.organisation_id)]
        subscribers._run_seller(session, Work(runs[0].key, runs[0].payload))
    assert session.scalar(sa.select(sa.func.count(Invoice.id))) == 2


def test_a_worker_that_comes_late_issues_with_its_own_date(session: Session) -> None:
    """The job is owed on the day the charge is due; another invoice is issued before the worker returns."""
    owed = an_invoice(session)
    due_at = clock.now() + timedelta(days=40)
    work = Work("daily", {"on": clock.london_date(due_at).isoformat()})
    with clock.standing_at(due_at + timedelta(days=1)):
        a_contract(session, owed.seller, owed.buyer, periods=1)
    with clock.standing_at(due_at + timedelta(days=4)):
        subscribers._run_all(session, work)
        run = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == subscribers.RUN)).one()
        assert run.key.endswith(work.payload["on"])
        subscribers._run_seller(session, Work(run.key, run.payload))
        today = clock.today()
    dates = session.scalars(sa.select(Invoice.issued_on).order_by(Invoice.number)).all()
    assert list(dates) == sorted(dates)
    assert dates[-1] == today


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


def an_awarded_contract(session: Session) -> tuple[Commitment, Contract]:
    """60 laptops at £480, charged over two years, for which £520 is paid today."""
    seller, buyer = a_seller(session), a_buyer(session)
    commitment = a_commitment(session, a_round(session), buyer)
    contract = a_contract(
        session,
        seller,
        buyer,
        source=ContractSource.AWARD,
        source_id=commitment.id,
        quantity=60,
        unit_price_pence=24_000,
        cadence=Cadence.ANNUAL,
        periods=2,
    )
    return commitment, contract


def test_a_saving_booked_after_the_first_invoice_is_realised_by_a_job(session: Session) -> None:
    commitment, contract = an_awarded_contract(session)
    saving = savings.book(session, commitment, contract)
    job = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == subscribers.REALISE)).one()
    subscribers._realise_later(session, Work(job.key, job.payload))
    assert saving is not None
    assert saving.potential_pence > 0
    assert (saving.invoiced_pence, saving.realised_pence) == (1_440_000, saving.potential_pence // 2)


def test_a_saving_that_is_booked_is_realised_with_the_invoice(session: Session) -> None:
    commitment, contract = an_awarded_contract(session)
    saving = savings.book(session, commitment, contract)
    with clock.standing_at(clock.now() + timedelta(days=366)):
        raise_due_invoices(session, contract_id=contract.id)
    assert saving is not None
    assert saving.invoiced_pence == 1_440_000


def test_a_contract_of_an_order_has_no_saving(session: Session) -> None:
    an_invoice(session)
    realise = sa.select(sa.func.count(OutboxJob.id)).where(OutboxJob.kind == subscribers.REALISE)
    assert session.scalar(realise) == 0
