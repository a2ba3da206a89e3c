"""The life of a contract, as Open Contracting names it. Pure."""

from __future__ import annotations

import enum


class ContractSource(enum.Enum):
    """Where a contract came from."""

    ORDER = "order"
    AWARD = "award"


class ContractState(enum.Enum):
    """active until its last day has passed; cancelled when both sides end it before."""

    ACTIVE = "active"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


STATE_WORDS = {
    ContractState.ACTIVE: "Active",
    ContractState.COMPLETE: "Complete",
    ContractState.CANCELLED: "Cancelled",
}
