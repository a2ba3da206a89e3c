"""What a program may do with a token. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Scope(enum.Enum):
    """Reading comes with every token; whatever else it may do is chosen when it is made."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    MONEY = "money"


SCOPE_WORDS = {
    Scope.READ: "Read what you can see",
    Scope.WRITE: "Make and change listings, orders, requests and rounds",
    Scope.APPROVE: "Approve and refuse, and change approval rules",
    Scope.MONEY: "Record payments, and change how invoices are made and paid",
}
ALL_SCOPES = frozenset(Scope)


def written(scopes: Iterable[Scope]) -> str:
    """Scopes as they are stored: their words, in one order."""
    chosen = set(scopes)
    return " ".join(scope.value for scope in Scope if scope in chosen)


def parsed(text: str) -> frozenset[Scope]:
    """Scopes from how they are stored."""
    return frozenset(Scope(word) for word in text.split())
