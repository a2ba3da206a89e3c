"""Contracts as their two parties see them."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.contracts.models import Contract
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, page
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation

Buyer = aliased(Organisation, name="buyer")
Supplier = aliased(Organisation, name="supplier")


def contracts(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[sa.Row[Any]]:
    """The contracts to which the actor's organisation is a party, newest first."""
    return page(session, _contracts(actor), Contract.id, after)


def contract(session: Session, actor: Actor, contract_id: uuid.UUID) -> sa.Row[Any]:
    """One contract with the names of its parties; NotFound for who is no party."""
    found = session.execute(_contracts(actor).where(Contract.id == contract_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _contracts(actor: Actor) -> sa.Select[Any]:
    mine = sa.or_(Contract.buyer_id == actor.organisation_id, Contract.supplier_id == actor.organisation_id)
    return (
        sa.select(
            *Contract.__table__.columns,
            Buyer.name.label("buyer_name"),
            Supplier.name.label("supplier_name"),
        )
        .join(Buyer, Buyer.id == Contract.buyer_id)
        .join(Supplier, Supplier.id == Contract.supplier_id)
        .where(mine)
    )
