"""Lists of rounds, needs and savings, and what waits for somebody."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import tiers
from marketplace.aggregation.hands import hands_of
from marketplace.aggregation.models import AwardRun, Commitment, PurchaseRequest, Round, Saving
from marketplace.aggregation.round_view import Lead, tiers_of_rounds, volume
from marketplace.aggregation.services import BUYING
from marketplace.aggregation.states import (
    OVER,
    UNDECIDED,
    CommitmentState,
    RequestState,
    RoundState,
    RunState,
)
from marketplace.aggregation.tiers import Standing
from marketplace.contracts.models import Contract
from marketplace.contracts.sources import Origin
from marketplace.delegation import deciding
from marketplace.delegation.kinds import UndertakingSource
from marketplace.interests.barring import bars
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import SIZE, Page, page
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS
from marketplace.trusts.models import Organisation
from marketplace.trusts.waiting import Waiting

SOON = timedelta(days=14)


def _select(*columns: Any) -> sa.Select[Any]:
    """More columns than SQLAlchemy's types count."""
    return sa.select(*columns)


@dataclass(frozen=True)
class RoundCard:
    """A round in a list; `own_quantity` is what the actor's trust has committed."""

    id: uuid.UUID
    reference: str
    title: str
    lead_name: str
    unit: str
    unit_plural: str
    state: RoundState
    is_open: bool
    closes_on: date
    award_price_pence: int | None
    own_quantity: int | None
    standing: Standing


def open_rounds(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[RoundCard]:
    """Rounds that gather, the one that closes first at the top; the next page begins after a round."""
    statement = _card_columns(actor).where(Round.state == RoundState.GATHERING, Round.closes_at > clock.now())
    if after is not None:
        seen_on = sa.select(Round.closes_on).where(Round.id == after).scalar_subquery()
        same_day = sa.and_(Round.closes_on == seen_on, Round.id > after)
        statement = statement.where(sa.or_(Round.closes_on > seen_on, same_day))
    with on_behalf_of_all(session, "every trust sees how much is in the pool"):
        rows = session.execute(statement.order_by(Round.closes_on, Round.id).limit(SIZE + 1)).all()
    shown = rows[:SIZE]
    return Page(_as_cards(session, shown), shown[-1].id if len(rows) > SIZE else None)


def own_rounds(session: Session, actor: Actor, after: uuid.UUID | None = None) -> Page[RoundCard]:
    """Rounds under way that the actor's organisation leads, supplies or has joined, the newest first."""
    mine = sa.or_(
        Round.lead_id == actor.organisation_id,
        Round.supplier_id == actor.organisation_id,
        _own_quantity(actor).is_not(None),
    )
    under_way = Round.state.in_((*UNDECIDED, RoundState.AWARDED))
    return _card_page(session, _card_columns(actor).where(mine, under_way), after)


def past_rounds(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[RoundCard]:
    """Rounds that are over, the newest first."""
    return _card_page(session, _card_columns(actor).where(Round.state.in_(OVER)), after)


def all_rounds(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[RoundCard]:
    """Every round, the newest first."""
    return _card_page(session, _card_columns(actor), after)


def _own_quantity(actor: Actor) -> sa.ScalarSelect[int]:
    return (
        sa.select(Commitment.quantity)
        .where(
            Commitment.round_id == Round.id,
            Commitment.trust_id == actor.organisation_id,
            Commitment.state != CommitmentState.WITHDRAWN,
        )
        .correlate(Round)
        .scalar_subquery()
    )


def _card_columns(actor: Actor) -> sa.Select[Any]:
    statement = _select(
        Round.id,
        Round.reference,
        Round.title,
        Lead.name.label("lead_name"),
        Round.unit,
        Round.unit_plural,
        Round.state,
        Round.closes_on,
        Round.closes_at,
        Round.award_price_pence,
        _own_quantity(actor).label("own_quantity"),
        volume().label("volume"),
    )
    return statement.join(Lead, Lead.id == Round.lead_id)


def _card_page(session: Session, statement: sa.Select[Any], after: uuid.UUID | None) -> Page[RoundCard]:
    with on_behalf_of_all(session, "every trust sees how much is in the pool"):
        found = page(session, statement, Round.id, after)
    return Page(_as_cards(session, found.rows), found.next_after)


def _as_cards(session: Session, rows: Sequence[sa.Row[Any]]) -> list[RoundCard]:
    listed = tiers_of_rounds(session, [row.id for row in rows])
    now = clock.now()
    cards = []
    for row in rows:
        values = dict(row._mapping)
        units, closes_at = int(values.pop("volume")), values.pop("closes_at")
        is_open = row.state is RoundState.GATHERING and now < closes_at
        standing = tiers.standing(listed[row.id], [units])
        cards.append(RoundCard(**values, is_open=is_open, standing=standing))
    return cards


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """Commitments to approve, rounds to close or award, those that close soon without the trust."""
    if actor.kind not in BUYERS:
        return []
    lists = (_to_approve, _to_close, _to_try_again, _closing_soon)
    return [one for found in lists for one in found(session, actor)]


def _to_approve(session: Session, actor: Actor) -> list[Waiting]:
    statement = (
        sa.select(Round.id, Round.title, Round.closes_on, Commitment.id.label("own_id"))
        .join(Commitment, Commitment.round_id == Round.id)
        .where(
            Commitment.trust_id == actor.organisation_id,
            Commitment.state == CommitmentState.AWAITING_APPROVAL,
            Round.state == RoundState.GATHERING,
            Round.closes_at > clock.now(),
        )
        .order_by(Round.closes_on)
    )
    rows = session.execute(statement).all()
    wrote = hands_of(session, [row.own_id for row in rows])
    may = deciding.may_approve(session, actor, UndertakingSource.COMMITMENT, wrote)
    return [
        Waiting(f"Approve the commitment to {row.title}", f"/rounds/{row.id}/approval", row.closes_on)
        for row in rows
        if row.own_id in may
    ]


def _to_close(session: Session, actor: Actor) -> list[Waiting]:
    if not actor.has(*BUYING):
        return []
    statement = sa.select(Round.id, Round.title, Round.closes_on, Round.supplier_id).where(
        Round.lead_id == actor.organisation_id,
        Round.state == RoundState.GATHERING,
        Round.closes_at <= clock.now(),
        Round.starts_on >= clock.today(),
    )
    rows = session.execute(statement.order_by(Round.closes_on)).all()
    return [
        Waiting(f"Close and award {row.title}", f"/rounds/{row.id}/close", row.closes_on)
        for row in rows
        if not bars(session, actor, row.supplier_id, clock.today())
    ]


def _to_try_again(session: Session, actor: Actor) -> list[Waiting]:
    if not actor.has(*BUYING):
        return []
    statement = (
        sa.select(Round.id, Round.title, Round.starts_on)
        .join(AwardRun, AwardRun.round_id == Round.id)
        .where(
            Round.lead_id == actor.organisation_id,
            Round.state == RoundState.EVALUATING,
            AwardRun.state == RunState.FAILED,
        )
    )
    return [
        Waiting(f"Try again to award {row.title}", f"/rounds/{row.id}", row.starts_on)
        for row in session.execute(statement.order_by(Round.starts_on))
    ]


def _closing_soon(session: Session, actor: Actor) -> list[Waiting]:
    if not actor.has(*BUYING):
        return []
    statement = sa.select(Round.id, Round.title, Round.closes_on).where(
        Round.state == RoundState.GATHERING,
        Round.closes_at > clock.now(),
        Round.closes_on <= clock.today() + SOON,
        Round.supplier_id != actor.organisation_id,
        _own_quantity(actor).is_(None),
    )
    return [
        Waiting(f"Decide whether to join {row.title}", f"/rounds/{row.id}", row.closes_on)
        for row in session.execute(statement.order_by(Round.closes_on).limit(5))
    ]


def own_requests(session: Session, actor: Actor, after: uuid.UUID | None = None) -> Page[sa.Row[Any]]:
    """The purchase requests of the actor's trust, with their ceilings, the newest first."""
    statement = sa.select(*PurchaseRequest.__table__.columns).where(
        PurchaseRequest.trust_id == actor.organisation_id
    )
    return page(session, statement, PurchaseRequest.id, after)


def own_request(session: Session, actor: Actor, request_id: uuid.UUID) -> sa.Row[Any]:
    """A purchase request of the actor's trust; NotFound for another's."""
    mine = (PurchaseRequest.id == request_id, PurchaseRequest.trust_id == actor.organisation_id)
    found = session.execute(sa.select(*PurchaseRequest.__table__.columns).where(*mine)).one_or_none()
    if found is None:
        raise NotFound
    return found


def open_requests(session: Session, after: uuid.UUID | None) -> Page[sa.Row[Any]]:
    """The open needs of every trust: what and how much, no ceiling and no price."""
    statement = (
        _select(
            PurchaseRequest.id,
            PurchaseRequest.title,
            PurchaseRequest.category,
            PurchaseRequest.unit_plural,
            PurchaseRequest.quantity,
            PurchaseRequest.note,
            PurchaseRequest.trust_id,
            Organisation.name.label("trust_name"),
        )
        .join(Organisation, Organisation.id == PurchaseRequest.trust_id)
        .where(PurchaseRequest.state == RequestState.OPEN)
    )
    with on_behalf_of_all(session, "trusts look for others with their need"):
        return page(session, statement, PurchaseRequest.id, after)


@dataclass(frozen=True)
class OpenRequest:
    """A request of the actor's trust that a commitment can be made with."""

    id: uuid.UUID
    title: str
    quantity: int
    ceiling_pence: int
    baseline_pence: int | None
    unit_plural: str


def own_open_requests(session: Session, actor: Actor, unit_plural: str) -> list[OpenRequest]:
    """The open requests of the actor's trust that count in the same unit as a round."""
    columns = PurchaseRequest.__table__.columns
    statement = sa.select(*(columns[name] for name in OpenRequest.__dataclass_fields__)).where(
        PurchaseRequest.trust_id == actor.organisation_id,
        PurchaseRequest.state == RequestState.OPEN,
        sa.func.lower(PurchaseRequest.unit_plural) == unit_plural.lower(),
    )
    return [OpenRequest(*row) for row in session.execute(statement.order_by(PurchaseRequest.id))]


@dataclass(frozen=True)
class SavingsReport:
    """The savings of one trust, contract by contract, and their sums in pence."""

    rows: Sequence[sa.Row[Any]]
    potential_pence: int
    realised_pence: int


def savings(session: Session, actor: Actor) -> SavingsReport:
    """What the awards have saved the actor's trust: baseline less award price, negatives included."""
    statement = (
        _select(
            Saving.id,
            Saving.contract_id,
            Contract.reference.label("contract_reference"),
            Contract.title,
            Contract.unit,
            Contract.quantity,
            Contract.unit_price_pence,
            Contract.net_pence,
            Saving.round_id,
            Saving.baseline_pence,
            Saving.potential_pence,
            Saving.invoiced_pence,
            Saving.realised_pence,
        )
        .join(Contract, Contract.id == Saving.contract_id)
        .where(Saving.trust_id == actor.organisation_id)
        .order_by(Saving.id.desc())
    )
    rows = session.execute(statement).all()
    return SavingsReport(
        rows, sum(row.potential_pence for row in rows), sum(row.realised_pence for row in rows)
    )


def origin(session: Session, commitment_id: uuid.UUID) -> Origin:
    """How a contract names the round that it came from."""
    statement = sa.select(Round.id, Round.reference).join(Commitment, Commitment.round_id == Round.id)
    with on_behalf_of_all(session, "both parties of a contract see the round that it came from"):
        round_ = session.execute(statement.where(Commitment.id == commitment_id)).one()
    return Origin(f"Round {round_.reference}", f"/rounds/{round_.id}")
