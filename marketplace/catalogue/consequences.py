"""What pausing or withdrawing a listing means for what is ordered or waited for: the floors above say."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from marketplace.catalogue.states import Move


@dataclass(frozen=True)
class Affected:
    """Orders, or places in the line, in one state: how many, the last day of any, what becomes of them."""

    state: str
    number: int
    last_day: date | None
    becomes: str
    told: str
    """Who hears of it; empty when nobody needs to."""


Finder = Callable[[Session, uuid.UUID, Move], list[Affected]]
_finders: list[Finder] = []


def said_by(finder: Finder) -> None:
    """Let a floor above say what a move means for what it keeps of a listing; twice is once."""
    if finder not in _finders:
        _finders.append(finder)


def consequences(session: Session, listing_id: uuid.UUID, move: Move) -> list[Affected]:
    """Everything that hangs on a listing and that pausing or withdrawing it concerns."""
    return [one for finder in _finders for one in finder(session, listing_id, move)]
