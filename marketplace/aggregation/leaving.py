"""What binds an organisation that wants to leave: rounds it leads or supplies, and its commitments."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation.models import Commitment, PriceList, Round
from marketplace.aggregation.states import CommitmentState, PriceListState, RoundState
from marketplace.trusts.binding import MOST_NAMED, Bound

OVER = (RoundState.CONTRACTED, RoundState.COMPLETE, RoundState.UNSUCCESSFUL, RoundState.CANCELLED)
LIVE = (CommitmentState.AWAITING_APPROVAL, CommitmentState.FIRM)


def bound(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    """Rounds that are not over, commitments that stand in one, and price lists that rounds can start from."""
    return [
        *_rounds(session, organisation_id),
        *_commitments(session, organisation_id),
        *_lists(session, organisation_id),
    ]


def _rounds(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    theirs = sa.or_(Round.lead_id == organisation_id, Round.supplier_id == organisation_id)
    statement = sa.select(Round.id, Round.reference, Round.title).where(theirs, Round.state.not_in(OVER))
    rows = session.execute(statement.order_by(Round.id).limit(MOST_NAMED))
    return [Bound(f"Round {row.reference}, {row.title}, is not over", f"/rounds/{row.id}") for row in rows]


def _commitments(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    statement = (
        sa.select(Round.id, Round.reference)
        .join(Commitment, Commitment.round_id == Round.id)
        .where(Commitment.trust_id == organisation_id, Commitment.state.in_(LIVE), Round.state.not_in(OVER))
        .order_by(Round.id)
        .limit(MOST_NAMED)
    )
    rows = session.execute(statement)
    return [Bound(f"Your commitment in round {row.reference} stands", f"/rounds/{row.id}") for row in rows]


def _lists(session: Session, organisation_id: uuid.UUID) -> list[Bound]:
    published = PriceList.state == PriceListState.PUBLISHED
    statement = sa.select(PriceList.title).where(PriceList.supplier_id == organisation_id, published)
    titles = session.scalars(statement.order_by(PriceList.id).limit(MOST_NAMED))
    return [Bound(f"Withdraw the price list {title}", "/price-lists") for title in titles]
