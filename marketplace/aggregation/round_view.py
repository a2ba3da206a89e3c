"""One round as one trust sees it: everybody sees the volume, each trust alone its ceiling and its saving."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.aggregation import tiers, timetable
from marketplace.aggregation.committing import APPROVING, decision_of
from marketplace.aggregation.hands import hands_of, names_of
from marketplace.aggregation.models import Commitment, Round, RoundTier, Saving
from marketplace.aggregation.run_view import RunView, run_view
from marketplace.aggregation.services import BUYING, LIVE
from marketplace.aggregation.states import CommitmentState, RoundState
from marketplace.aggregation.tiers import Standing, Tier
from marketplace.contracts.models import Contract
from marketplace.delegation import deciding
from marketplace.delegation.kinds import UndertakingSource
from marketplace.interests.barring import bars
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotFound
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS
from marketplace.trusts.models import Organisation

COUNTED = (CommitmentState.FIRM, CommitmentState.SERVED, CommitmentState.UNSERVED)
"""Whose quantities make the volume."""
TOGETHER = (CommitmentState.FIRM, CommitmentState.SERVED)
"""Who is in the pool, or was served."""

Lead, Supplier = aliased(Organisation), aliased(Organisation)


@dataclass(frozen=True)
class TierRow:
    """A tier and how it stands: passed, current, or so many units to go."""

    tier: Tier
    units_to_go: int
    is_current: bool


@dataclass(frozen=True)
class Member:
    """A trust that was served, or one's own in the pool: its quantity, never its ceiling."""

    trust_id: uuid.UUID
    name: str
    quantity: int
    state: CommitmentState
    is_own: bool
    is_lead: bool


@dataclass(frozen=True)
class Own:
    """The commitment of the actor's own trust, with what only that trust may see.

    `most_net_pence` is what it may cost at the most, net. `written_by` are all who wrote figures of it, and
    `may_approve` who may approve it now, while it waits for that; both by name.
    """

    id: uuid.UUID
    quantity: int
    ceiling_pence: int
    baseline_pence: int | None
    po_number: str | None
    purchase_request_id: uuid.UUID | None
    cost_centre_id: uuid.UUID | None
    state: CommitmentState
    requested_by: str
    approved_by: str | None
    reason: str | None
    contract_id: uuid.UUID | None
    contract_reference: str | None
    contract_net_pence: int | None
    potential_pence: int | None
    realised_pence: int | None
    most_net_pence: int
    written_by: Sequence[str] = ()
    may_approve: Sequence[str] = ()

    def saving_at(self, tier: Tier | None) -> int | None:
        """What the trust would save at a tier's price; None without a tier or a baseline."""
        return (
            None if tier is None else tiers.saving(self.baseline_pence, tier.unit_price_pence, self.quantity)
        )

    def accepts(self, tier: Tier | None) -> bool:
        """Whether a tier's price is within its ceiling."""
        return tier is not None and tier.unit_price_pence <= self.ceiling_pence


@dataclass(frozen=True)
class Deeds:
    """What the actor may do with a round now."""

    commit: bool
    change: bool
    withdraw: bool
    approve: bool
    close: bool
    cancel: bool
    try_again: bool


@dataclass(frozen=True)
class RoundView:
    """A round as one actor sees it."""

    round: Round
    lead_name: str
    supplier_name: str
    is_lead: bool
    is_open: bool
    is_late: bool
    """Whether the day is over by which it had to be awarded, and it was not."""
    ended_on: date | None
    """The London day on which it was awarded, found unsuccessful or cancelled."""
    is_early: bool
    """Whether its lead closed it before the closing date."""
    closed_on: date | None
    """The London day on which its lead closed it."""
    ends_on: date
    days_left: int
    standing: Standing
    tiers: list[TierRow]
    trusts: int
    """How many are in the pool, and of a round that was awarded how many are served."""
    members: list[Member]
    own: Own | None
    deeds: Deeds
    barred: str | None
    """Why this person of the lead may not close it: an interest in the supplier."""
    run: RunView | None
    """The working out of its award, once it is closed."""

    @property
    def dearest_pence(self) -> int:
        """The highest price on the list."""
        return max(row.tier.unit_price_pence for row in self.tiers)


def round_view(session: Session, actor: Actor, round_id: uuid.UUID) -> RoundView:
    """A round as the actor sees it; NotFound."""
    statement = (
        sa.select(Round, Lead.name, Supplier.name)
        .join(Lead, Lead.id == Round.lead_id)
        .join(Supplier, Supplier.id == Round.supplier_id)
        .where(Round.id == round_id)
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        raise NotFound
    round_, lead_name, supplier_name = found
    listed = tiers_of_rounds(session, [round_.id])[round_.id]
    standing = tiers.standing(listed, [_volume(session, round_.id)])
    own = _own(session, actor, round_.id, listed)
    is_open = round_.state is RoundState.GATHERING and clock.now() < round_.closes_at
    run = run_view(session, actor, round_.id)
    barred = _barred(session, actor, round_)
    return RoundView(
        round=round_,
        lead_name=lead_name,
        supplier_name=supplier_name,
        is_lead=round_.lead_id == actor.organisation_id,
        is_open=is_open,
        is_late=_is_late(round_),
        ended_on=clock.london_date(round_.ended_at) if round_.ended_at else None,
        is_early=_is_early(round_, run),
        closed_on=clock.london_date(run.closed_at) if run else None,
        ends_on=timetable.last_day(round_.starts_on, round_.months),
        days_left=(round_.closes_on - clock.today()).days,
        standing=standing,
        tiers=_tier_rows(listed, standing),
        trusts=_trusts(session, round_.id),
        members=_members(session, actor, round_),
        own=own,
        deeds=_deeds(actor, round_, own, run, may_approve=may_approve(session, actor, own), barred=barred),
        barred=barred,
        run=run,
    )


def _barred(session: Session, actor: Actor, round_: Round) -> str | None:
    """Of who would close it."""
    if not _leads(actor, round_) or round_.state is not RoundState.GATHERING:
        return None
    return bars(session, actor, round_.supplier_id, clock.today())


def _leads(actor: Actor, round_: Round) -> bool:
    buys = actor.has(*BUYING) and actor.kind in BUYERS
    return buys and round_.lead_id == actor.organisation_id


def _is_late(round_: Round) -> bool:
    ended_on = clock.london_date(round_.ended_at) if round_.ended_at else clock.today()
    return round_.award_price_pence is None and timetable.is_late(round_.starts_on, ended_on)


def _is_early(round_: Round, run: RunView | None) -> bool:
    return run is not None and run.closed_at < round_.closes_at and round_.state is not RoundState.CANCELLED


def _deeds(
    actor: Actor,
    round_: Round,
    own: Own | None,
    run: RunView | None,
    *,
    may_approve: bool,
    barred: str | None,
) -> Deeds:
    gathers = round_.state is RoundState.GATHERING
    is_open = gathers and clock.now() < round_.closes_at
    buys = actor.has(*BUYING) and actor.kind in BUYERS
    leads = _leads(actor, round_)
    live = own is not None and own.state in LIVE
    stopped = round_.state is RoundState.EVALUATING and run is not None and not run.is_running
    return Deeds(
        commit=is_open and buys and not live and round_.supplier_id != actor.organisation_id,
        change=is_open and buys and live,
        withdraw=is_open and live and actor.has(*BUYING, *APPROVING),
        approve=is_open and may_approve,
        close=leads and gathers and not _is_late(round_) and barred is None,
        cancel=leads and (gathers or stopped),
        try_again=leads and stopped and not _is_late(round_),
    )


def may_approve(session: Session, actor: Actor, own: Own | None) -> bool:
    """Whether this person is one that a commitment waits for, by the trust's scheme of delegation."""
    if own is None or own.state is not CommitmentState.AWAITING_APPROVAL:
        return False
    wrote = hands_of(session, [own.id])
    return bool(deciding.may_approve(session, actor, UndertakingSource.COMMITMENT, wrote))


def _tier_rows(listed: Sequence[Tier], standing: Standing) -> list[TierRow]:
    return [
        TierRow(tier, max(tier.from_units - standing.volume, 0), tier == standing.current) for tier in listed
    ]


def tiers_of_rounds(session: Session, round_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Tier]]:
    """The frozen tiers of each round, the smallest quantity first."""
    statement = sa.select(RoundTier.round_id, RoundTier.from_units, RoundTier.unit_price_pence)
    found: dict[uuid.UUID, list[Tier]] = defaultdict(list)
    for round_id, from_units, price in session.execute(
        statement.where(RoundTier.round_id.in_(round_ids)).order_by(RoundTier.from_units)
    ):
        found[round_id].append(Tier(from_units, price))
    return found


def _members(session: Session, actor: Actor, round_: Round) -> list[Member]:
    """The trusts that were served; until then one's own alone.

    Whoever knew who was in the pool, and with how much, could tell afterwards who was not served: mostly a
    bound on a ceiling.
    """
    mine = sa.and_(Commitment.trust_id == actor.organisation_id, Commitment.state == CommitmentState.FIRM)
    statement = (
        sa.select(Organisation.id, Organisation.name, Commitment.quantity, Commitment.state)
        .join(Commitment, Commitment.trust_id == Organisation.id)
        .where(Commitment.round_id == round_.id)
        .where(sa.or_(Commitment.state == CommitmentState.SERVED, mine))
        .order_by(Commitment.quantity.desc(), Organisation.name)
    )
    with on_behalf_of_all(session, "every trust sees who was served and with how much"):
        rows = session.execute(statement).all()
    return [
        Member(*row, is_own=row.id == actor.organisation_id, is_lead=row.id == round_.lead_id) for row in rows
    ]


def _trusts(session: Session, round_id: uuid.UUID) -> int:
    together = (Commitment.round_id == round_id, Commitment.state.in_(TOGETHER))
    with on_behalf_of_all(session, "every trust sees how many are in the pool"):
        return session.scalars(sa.select(sa.func.count(Commitment.id)).where(*together)).one()


def volume() -> sa.ColumnElement[int]:
    """The units of a round: what was awarded, and without an award what was committed firmly."""
    committed = (
        sa.select(sa.func.coalesce(sa.func.sum(Commitment.quantity), 0))
        .where(Commitment.round_id == Round.id, Commitment.state.in_(COUNTED))
        .correlate(Round)
        .scalar_subquery()
    )
    return sa.func.coalesce(Round.awarded_units, committed)


def _volume(session: Session, round_id: uuid.UUID) -> int:
    with on_behalf_of_all(session, "every trust sees how much is in the pool"):
        return int(session.execute(sa.select(volume()).where(Round.id == round_id)).scalar_one())


def _own(session: Session, actor: Actor, round_id: uuid.UUID, listed: Sequence[Tier]) -> Own | None:
    """The one query that reads a ceiling for a page: it names the actor's own trust."""
    requester, approver = aliased(Person), aliased(Person)
    statement = (
        sa.select(
            Commitment.id,
            Commitment.quantity,
            Commitment.ceiling_pence,
            Commitment.baseline_pence,
            Commitment.po_number,
            Commitment.purchase_request_id,
            Commitment.cost_centre_id,
            Commitment.state,
            requester.name.label("requested_by"),
            approver.name.label("approved_by"),
            Commitment.reason,
            Commitment.contract_id,
            Contract.reference.label("contract_reference"),
            Contract.net_pence.label("contract_net_pence"),
            Saving.potential_pence,
            Saving.realised_pence,
        )
        .join(requester, requester.id == Commitment.requested_by_id)
        .outerjoin(approver, approver.id == Commitment.approved_by_id)
        .outerjoin(Contract, Contract.id == Commitment.contract_id)
        .outerjoin(Saving, Saving.contract_id == Commitment.contract_id)
        .where(Commitment.round_id == round_id, Commitment.trust_id == actor.organisation_id)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    most = tiers.most_net_pence(listed, row.quantity, row.ceiling_pence)
    found = Own(**row._mapping, most_net_pence=most)
    return _with_people(session, actor, found) if row.state is CommitmentState.AWAITING_APPROVAL else found


def _with_people(session: Session, actor: Actor, own: Own) -> Own:
    """With the names of who wrote it and who may approve it, while it waits for that."""
    decision = decision_of(session, actor, own.id)
    may = [] if decision is None else [one.name for one in decision.may]
    return replace(own, written_by=names_of(session, own.id), may_approve=may)
