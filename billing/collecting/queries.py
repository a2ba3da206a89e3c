"""The payments that were recorded for an invoice."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Session

from billing.collecting.models import Fact
from billing.documents.models import Invoice
from billing.gateways.port import FactKind
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, page
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role


@dataclass(frozen=True)
class ReceiptRow:
    """A payment as it was recorded, in pence: to the seller, or (`is_returned`) back to the buyer."""

    id: uuid.UUID
    invoice_id: uuid.UUID
    amount_pence: int
    received_on: date
    bank_reference: str
    reversed_on: date | None
    is_returned: bool


def receipts(
    session: Session, actor: Actor, invoice_id: uuid.UUID, after: uuid.UUID | None = None
) -> Page[ReceiptRow]:
    """The payments recorded for an own invoice, newest first; NotFound for another's."""
    access.require(actor, Role.FINANCE)
    invoice = access.own(session, Invoice, invoice_id, Invoice.seller_id, acting=actor)
    found = page(session, _receipts().where(Fact.invoice_id == invoice.id), Fact.id, after)
    return Page([_row(row) for row in found.rows], found.next_after)


def receipt(session: Session, actor: Actor, receipt_id: uuid.UUID) -> ReceiptRow:
    """One payment recorded by the actor's organisation; NotFound for another's."""
    access.require(actor, Role.FINANCE)
    mine = (Fact.id == receipt_id, Fact.seller_id == actor.organisation_id)
    row = session.execute(_receipts().where(*mine)).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def _row(row: Any) -> ReceiptRow:
    return ReceiptRow(*row)


def _receipts() -> sa.Select[*tuple[Any, ...]]:
    reversal = orm.aliased(Fact)
    same = sa.and_(
        reversal.gateway == Fact.gateway,
        reversal.kind == FactKind.REVERSED,
        reversal.external_id == Fact.external_id,
    )
    columns = (
        Fact.id,
        Fact.invoice_id,
        Fact.amount_pence,
        Fact.value_on,
        Fact.object_ref,
        reversal.value_on.label("reversed_on"),
        (Fact.kind == FactKind.RETURNED).label("is_returned"),
    )
    return sa.select(*columns).outerjoin(reversal, same).where(Fact.kind != FactKind.REVERSED)
