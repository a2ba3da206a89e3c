"""What pausing or withdrawing a listing means for those who wait for it, said before it is done."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.consequences import Affected
from marketplace.catalogue.states import Move
from marketplace.scheduling.kinds import IN_LINE, WaitingState
from marketplace.scheduling.models import WaitingPlace


@dataclass(frozen=True)
class Line:
    """Places in the line that fare alike, and what becomes of them."""

    states: tuple[WaitingState, ...]
    name: str
    paused: str
    withdrawn: str


LINES = (
    Line(
        (WaitingState.OFFERED,),
        "Held for somebody who waited",
        "It is held no longer. They keep their places in the line until you resume the listing.",
        "It is held no longer, and nobody waits any more.",
    ),
    Line(
        IN_LINE,
        "On the waiting list",
        "They keep their places in the line until you resume the listing.",
        "Nobody waits any more.",
    ),
)
TOLD = "Their buyers, by email"


def affected(session: Session, listing_id: uuid.UUID, move: Move) -> list[Affected]:
    """The places of a listing's line that a pause or a withdrawal would move: numbers and days."""
    found = []
    for line in LINES:
        concerned = WaitingPlace.listing_id == listing_id, WaitingPlace.state.in_(line.states)
        columns = sa.func.count(), sa.func.max(WaitingPlace.ends_on)
        number, last_day = session.execute(sa.select(*columns).where(*concerned)).one()
        if number:
            becomes = line.paused if move is Move.PAUSE else line.withdrawn
            found.append(Affected(line.name, number, last_day, becomes, TOLD))
    return found
