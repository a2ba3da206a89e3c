"""Contracts as their two parties see them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.catalogue import pricing
from marketplace.contracts.models import Contract
from marketplace.contracts.sources import Origin, origin
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, page
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation

Buyer = aliased(Organisation, name="buyer")
Supplier = aliased(Organisation, name="supplier")
BuyerSigner = aliased(Person, name="buyer_signer")
SupplierSigner = aliased(Person, name="supplier_signer")
SIGNERS = {"buyer_signed_by_id", "supplier_signed_by_id"}


@dataclass(frozen=True)
class ContractView(pricing.Schedule):
    """One contract with every charge, and what it came from when that is known."""

    contract: sa.Row[Any]
    origin: Origin | None


def contracts(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[sa.Row[Any]]:
    """The contracts to which the actor's organisation is a party, newest first."""
    return page(session, _contracts(actor), Contract.id, after)


def contract(session: Session, actor: Actor, contract_id: uuid.UUID) -> sa.Row[Any]:
    """One contract with the names of its parties; NotFound for who is no party."""
    found = session.execute(_contracts(actor).where(Contract.id == contract_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def contract_view(session: Session, actor: Actor, contract_id: uuid.UUID) -> ContractView:
    """Everything that was agreed; NotFound for who is no party."""
    row = contract(session, actor, contract_id)
    came_from = origin(session, row.source, row.source_id)
    return ContractView(charges=pricing.priced_charges(row), contract=row, origin=came_from)


def _contracts(actor: Actor) -> sa.Select[Any]:
    """Contracts with both sides; who signed is named to their own organisation only."""
    mine = sa.or_(Contract.buyer_id == actor.organisation_id, Contract.supplier_id == actor.organisation_id)
    return (
        sa.select(
            *(column for column in Contract.__table__.columns if column.name not in SIGNERS),
            Buyer.name.label("buyer_name"),
            Supplier.name.label("supplier_name"),
            sa.case((Buyer.id == actor.organisation_id, BuyerSigner.name)).label("buyer_signed_by"),
            sa.case((Supplier.id == actor.organisation_id, SupplierSigner.name)).label("supplier_signed_by"),
        )
        .join(Buyer, Buyer.id == Contract.buyer_id)
        .join(Supplier, Supplier.id == Contract.supplier_id)
        .outerjoin(BuyerSigner, BuyerSigner.id == Contract.buyer_signed_by_id)
        .outerjoin(SupplierSigner, SupplierSigner.id == Contract.supplier_signed_by_id)
        .where(mine)
    )
