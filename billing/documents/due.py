"""What is due and not invoiced yet, and what its invoice waits for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.kinds import HeldFor, Side
from billing.documents.models import BillingDetails, InvoiceLine
from billing.subscriptions.models import ChargePeriod, Subscription
from marketplace.contracts.models import Contract
from marketplace.contracts.states import ContractState
from marketplace.delegation.queries import scheme_of
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.trusts.access import Actor


@dataclass(frozen=True)
class Due:
    """A charge period that is due and not invoiced, and what its invoice waits for, if anything."""

    contract: Contract
    period: ChargePeriod
    held_for: HeldFor | None


def _not_invoiced(on: date) -> tuple[sa.ColumnElement[bool], ...]:
    """A charge of nothing needs no invoice, and a cancelled contract charges no more."""
    invoiced = sa.exists().where(InvoiceLine.charge_period_id == ChargePeriod.id)
    return (
        ChargePeriod.due_on <= on,
        ChargePeriod.net_pence > 0,
        Contract.state != ContractState.CANCELLED,
        ~invoiced,
    )


def _charges(*columns: Any) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*columns)
        .select_from(ChargePeriod)
        .join(Subscription, Subscription.id == ChargePeriod.subscription_id)
        .join(Contract, Contract.id == Subscription.contract_id)
    )


def sellers_due(
    session: Session, on: date, seller_id: uuid.UUID | None = None, contract_id: uuid.UUID | None = None
) -> Sequence[uuid.UUID]:
    """The sellers with charges to invoice, in one order for everybody, so that two runs never deadlock."""
    statement = _charges(Subscription.seller_id).where(*_not_invoiced(on)).distinct()
    if seller_id is not None:
        statement = statement.where(Subscription.seller_id == seller_id)
    if contract_id is not None:
        statement = statement.where(Subscription.contract_id == contract_id)
    return session.scalars(statement.order_by(Subscription.seller_id)).all()


def due(session: Session, on: date, seller_id: uuid.UUID, contract_id: uuid.UUID | None = None) -> list[Due]:
    """A seller's charges that are due and not invoiced, oldest first."""
    statement = _charges(Contract, ChargePeriod).where(
        Subscription.seller_id == seller_id, *_not_invoiced(on)
    )
    if contract_id is not None:
        statement = statement.where(Subscription.contract_id == contract_id)
    rows = session.execute(statement.order_by(ChargePeriod.due_on, ChargePeriod.id)).all()
    return _with_reasons(session, rows)


def held(session: Session, actor: Actor, side: Side) -> list[Due]:
    """The charges of the actor's organisation that are due today and whose invoices wait for something."""
    mine = Subscription.seller_id if side is Side.ISSUED else Subscription.buyer_id
    statement = _charges(Contract, ChargePeriod).where(
        mine == actor.organisation_id, *_not_invoiced(clock.today())
    )
    rows = session.execute(statement.order_by(ChargePeriod.due_on, ChargePeriod.id)).all()
    return [each for each in _with_reasons(session, rows) if each.held_for is not None]


def _with_reasons(session: Session, rows: Sequence[Any]) -> list[Due]:
    """Each charge with what it waits for, which both parties may know."""
    buyers = {contract.buyer_id for contract, _ in rows if not contract.po_number}
    sellers = sa.select(BillingDetails.organisation_id).where(
        BillingDetails.organisation_id.in_({contract.supplier_id for contract, _ in rows})
    )
    with on_behalf_of_all(session, "an invoice waits for what its buyer asks and its seller gave"):
        asking = {buyer_id for buyer_id in buyers if scheme_of(session, buyer_id).requires_po_number}
        known = set(session.scalars(sellers))
    return [Due(contract, period, _reason(contract, asking, known)) for contract, period in rows]


def _reason(contract: Contract, asking: set[uuid.UUID], known: set[uuid.UUID]) -> HeldFor | None:
    if contract.supplier_id not in known:
        return HeldFor.SELLER_DETAILS
    return HeldFor.PO_NUMBER if not contract.po_number and contract.buyer_id in asking else None
