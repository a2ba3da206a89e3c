"""What happens to orders."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from marketplace.kernel.events import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    """An order is with its seller, and its capacity is taken."""

    order_id: uuid.UUID


@dataclass(frozen=True)
class OrderAccepted(Event):
    """The seller accepted an order: the contract is signed."""

    order_id: uuid.UUID
    contract_id: uuid.UUID


@dataclass(frozen=True)
class OrderDeclined(Event):
    """The seller declined an order, and its capacity is free again."""

    order_id: uuid.UUID
