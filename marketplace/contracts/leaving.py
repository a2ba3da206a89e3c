"""What binds an organisation that wants to leave: contracts that run."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.states import ContractState
from marketplace.trusts.binding import MOST_NAMED, Bound


def bound(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    """The active contracts, on either side."""
    theirs = sa.or_(Contract.buyer_id == organisation_id, Contract.supplier_id == organisation_id)
    statement = (
        sa.select(Contract.id, Contract.reference, Contract.title)
        .where(theirs, Contract.state == ContractState.ACTIVE)
        .order_by(Contract.ends_on, Contract.id)
        .limit(MOST_NAMED)
    )
    rows = session.execute(statement)
    return [Bound(f"Contract {row.reference}, {row.title}, runs", f"/contracts/{row.id}") for row in rows]
