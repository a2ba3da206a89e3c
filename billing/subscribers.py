"""Where billing meets the marketplace: what is signed is charged, what is invoiced realises a saving."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.collecting.services import ask_for_payment
from billing.documents import due
from billing.documents.events import InvoiceIssued
from billing.documents.issuing import raise_due_invoices
from billing.documents.models import InvoiceLine
from billing.subscriptions.services import begin_subscription, end_finished, shorten_subscription
from marketplace.aggregation import savings
from marketplace.catalogue import pricing
from marketplace.contracts.events import ContractShortened, ContractSigned, PoNumberGiven
from marketplace.contracts.models import Contract
from marketplace.contracts.states import ContractSource
from marketplace.delegation import undertaking
from marketplace.delegation.kinds import UndertakingSource
from marketplace.delegation.spreading import Part
from marketplace.kernel import clock, events, jobs, outbox
from marketplace.kernel.database import on_behalf_of_all

DAILY = "billing-daily"
RUN = "billing-run"
REALISE = "realise-saving"
SOURCES = {
    ContractSource.ORDER: UndertakingSource.ORDER,
    ContractSource.AWARD: UndertakingSource.COMMITMENT,
}


def subscribe_all() -> None:
    """Which events billing hears and which jobs it carries out."""
    events.subscribe(ContractSigned, _undertake)
    events.subscribe(ContractSigned, _charge)
    events.subscribe(ContractShortened, _undertake)
    events.subscribe(ContractShortened, _charge_no_more)
    events.subscribe(PoNumberGiven, _raise)
    events.subscribe(InvoiceIssued, _collect)
    events.subscribe(InvoiceIssued, _realise)
    events.subscribe(InvoiceIssued, _spend)
    jobs.every_day(DAILY, _run_all)
    outbox.handle(RUN, _run_seller)
    outbox.handle(REALISE, _realise_later)


def _undertake(session: Session, event: ContractSigned | ContractShortened) -> None:
    """What was agreed is what the buyer's budget gives, by the days of its charges."""
    contract = session.get_one(Contract, event.contract_id)
    charged = pricing.priced_charges(contract)
    parts = [Part(one.starts_on, one.ends_on, one.net_pence) for one in charged]
    undertaking.settle(session, SOURCES[contract.source], contract.source_id, parts)


def _spend(session: Session, event: InvoiceIssued) -> None:
    """What is invoiced is spent, and no longer only owed."""
    contract = session.get_one(Contract, event.contract_id)
    lines = sa.select(InvoiceLine).where(InvoiceLine.invoice_id == event.invoice_id)
    with on_behalf_of_all(session, "a seller's invoice uses its buyer's budget"):
        parts = [
            Part(line.period_starts_on, line.period_ends_on, line.net_pence)
            for line in session.scalars(lines)
        ]
    undertaking.invoice(session, SOURCES[contract.source], contract.source_id, parts)


def _charge(session: Session, event: ContractSigned) -> None:
    with on_behalf_of_all(session, "who signs a contract causes its seller to invoice"):
        begin_subscription(session, event.contract_id)
        raise_due_invoices(session, contract_id=event.contract_id)


def _charge_no_more(session: Session, event: ContractShortened) -> None:
    shorten_subscription(session, event.contract_id)


def _raise(session: Session, event: PoNumberGiven) -> None:
    with on_behalf_of_all(session, "a buyer's PO number causes the seller to invoice"):
        raise_due_invoices(session, contract_id=event.contract_id)


def _collect(session: Session, event: InvoiceIssued) -> None:
    ask_for_payment(session, event.invoice_id)


def _realise(session: Session, event: InvoiceIssued) -> None:
    """An award signs the contract, and so may raise its first invoice, before it books the saving."""
    contract = session.get_one(Contract, event.contract_id)
    if contract.source is not ContractSource.AWARD:
        return
    with on_behalf_of_all(session, "a seller's invoice realises its buyer's saving"):
        realised = savings.realise(session, event.contract_id, event.net_pence)
    if realised is None:
        payload = {"contract_id": str(event.contract_id), "net_pence": event.net_pence}
        outbox.owe(session, REALISE, f"{REALISE}:{event.invoice_id}", payload)


def _realise_later(session: Session, work: outbox.Work) -> None:
    savings.realise(session, uuid.UUID(work.payload["contract_id"]), work.payload["net_pence"])


def _run_all(session: Session, work: outbox.Work) -> None:
    """A run for each seller is a job of its own, so that one that fails holds up nobody else.

    The day it was owed only names the runs: what a late worker finds due is issued with its own date.
    """
    today = clock.today()
    end_finished(session, today)
    for seller_id in due.sellers_due(session, today):
        key = f"{RUN}:{seller_id}:{work.payload['on']}"
        outbox.owe(session, RUN, key, {"seller_id": str(seller_id)})


def _run_seller(session: Session, work: outbox.Work) -> None:
    raise_due_invoices(session, seller_id=uuid.UUID(work.payload["seller_id"]))
