"""What happens to invoices."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from marketplace.kernel.events import Event


@dataclass(frozen=True)
class InvoiceIssued(Event):
    """A seller's invoice to a buyer exists and is owed; net in pence."""

    invoice_id: uuid.UUID
    contract_id: uuid.UUID
    net_pence: int
