"""What an award saves: potential when the contract is signed, realised as it is invoiced."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import tiers
from marketplace.aggregation.models import Commitment, Saving
from marketplace.contracts.models import Contract
from marketplace.kernel import money


def book(session: Session, commitment: Commitment, contract: Contract) -> Saving | None:
    """Book the potential saving of a served commitment; None when it froze no baseline."""
    potential = tiers.saving(commitment.baseline_pence, contract.unit_price_pence, contract.quantity)
    if potential is None or commitment.baseline_pence is None:
        return None
    saving = Saving(
        contract_id=contract.id,
        trust_id=commitment.trust_id,
        round_id=commitment.round_id,
        baseline_pence=commitment.baseline_pence,
        potential_pence=potential,
    )
    session.add(saving)
    return saving


def realise(session: Session, contract_id: uuid.UUID, invoiced_net_pence: int) -> Saving | None:
    """Add what was invoiced (net; a credit note is negative): the saving is realised in that proportion.

    None when the contract has no saving booked: it came from an order, or froze no baseline.
    """
    statement = sa.select(Saving).where(Saving.contract_id == contract_id).with_for_update()
    saving = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if saving is None:
        return None
    contract = session.get_one(Contract, contract_id)
    saving.invoiced_pence += invoiced_net_pence
    saving.realised_pence = money.part(saving.potential_pence, saving.invoiced_pence, contract.net_pence)
    return saving
