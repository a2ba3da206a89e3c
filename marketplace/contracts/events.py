"""What happens to contracts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from marketplace.kernel.events import Event


@dataclass(frozen=True)
class ContractSigned(Event):
    """A buyer and a supplier are bound; billing charges for it from here on."""

    contract_id: uuid.UUID


@dataclass(frozen=True)
class PoNumberGiven(Event):
    """The buyer's purchase order number was set or changed."""

    contract_id: uuid.UUID


@dataclass(frozen=True)
class ContractShortened(Event):
    """A contract ends earlier than it was signed for: nothing is charged after its new last day."""

    contract_id: uuid.UUID
