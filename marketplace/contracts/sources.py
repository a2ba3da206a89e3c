"""Where contracts came from: the floors above say how an order or an award is called and reached."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.contracts.states import ContractSource


@dataclass(frozen=True)
class Origin:
    """What the contract came from, in words, and its page."""

    words: str
    href: str


Finder = Callable[[Session, uuid.UUID], Origin]
_finders: dict[ContractSource, Finder] = {}


def found_by(source: ContractSource, finder: Finder) -> None:
    """Let a floor above name what it signs contracts for, by the contract's source_id."""
    _finders[source] = finder


def origin(session: Session, source: ContractSource, source_id: uuid.UUID) -> Origin | None:
    """What a contract came from; None when nobody says."""
    finder = _finders.get(source)
    return finder(session, source_id) if finder else None
