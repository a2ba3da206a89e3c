"""Publishing prices, posting needs, starting a round and calling it off."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import tiers, timetable
from marketplace.aggregation.models import (
    AwardRun,
    Commitment,
    PriceList,
    PriceTier,
    PurchaseRequest,
    Round,
    RoundTier,
)
from marketplace.aggregation.states import (
    RUNNING,
    UNDECIDED,
    CommitmentMove,
    CommitmentState,
    PriceListState,
    RequestMove,
    RoundMove,
    move_commitment,
    move_request,
    move_round,
)
from marketplace.aggregation.tiers import Tier
from marketplace.catalogue.kinds import Category, VatTreatment
from marketplace.delegation import undertaking
from marketplace.delegation.kinds import UndertakingSource
from marketplace.kernel import clock
from marketplace.kernel.database import Identified, on_behalf_of_all
from marketplace.kernel.errors import InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.references import new_reference
from marketplace.notifications.services import Message, tell
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, Role
from marketplace.trusts.models import Organisation

LIVE = (CommitmentState.AWAITING_APPROVAL, CommitmentState.FIRM)
BUYING = (Role.BUYER, Role.ADMINISTRATOR)
TOLD = (Role.BUYER, Role.FINANCE, Role.ADMINISTRATOR)
"""Who at a trust hears how a round goes on."""
MOST_LISTS = 50
"""Published price lists of one supplier: nobody may bury the lists of others under theirs."""
MOST_ROUNDS = 50
"""Rounds of one lead that are still to decide, for the same reason."""


@dataclass(frozen=True)
class PriceListTerms:
    """What a supplier publishes; prices are pence a unit, net."""

    title: str
    unit: str
    unit_plural: str
    category: Category
    vat_treatment: VatTreatment
    source: str
    tiers: Sequence[Tier]


@dataclass(frozen=True)
class Need:
    """What a trust would buy; the ceiling and today's unit price are pence, net, and stay private."""

    title: str
    category: Category
    unit_plural: str
    quantity: int
    ceiling_pence: int
    baseline_pence: int | None = None
    note: str = ""


@dataclass(frozen=True)
class RoundTerms:
    """What a lead decides when it starts a round."""

    price_list_id: uuid.UUID
    title: str
    specification: str
    closes_on: date
    starts_on: date
    months: int
    minimum_units: int


def publish_price_list(session: Session, actor: Actor, terms: PriceListTerms) -> PriceList:
    """Publish tiers from which rounds may start.

    Refused when they do not rise and fall as they should, or when the organisation has MOST_LISTS already.
    """
    access.require(actor, Role.SELLER)
    found = tiers.faults(terms.tiers)
    if found:
        raise Refused(f"Row {found[0].row + 1}: {found[0].sentence}.", field="tiers")
    mine = (PriceList.supplier_id == actor.organisation_id, PriceList.state == PriceListState.PUBLISHED)
    if _count(session, actor, PriceList, *mine) >= MOST_LISTS:
        raise Refused(
            f"You have {MOST_LISTS} published price lists. Withdraw one that you no longer need first."
        )
    values = {name: value for name, value in vars(terms).items() if name != "tiers"}
    price_list = PriceList(supplier_id=actor.organisation_id, published_at=clock.now(), **values)
    session.add(price_list)
    session.flush()
    session.add_all(PriceTier(price_list_id=price_list.id, **vars(tier)) for tier in terms.tiers)
    access.record(session, actor, "publish", price_list)
    return price_list


def _count(session: Session, actor: Actor, model: type[Identified], *mine: sa.ColumnElement[bool]) -> int:
    """How many rows the actor's organisation has, which nobody else adds to before this unit of work ends."""
    session.get_one(Organisation, actor.organisation_id, with_for_update=True)
    return session.scalars(sa.select(sa.func.count(model.id)).where(*mine)).one()


def withdraw_price_list(session: Session, actor: Actor, price_list_id: uuid.UUID) -> None:
    """Start no more rounds from a list; those that have started keep its prices."""
    access.require(actor, Role.SELLER)
    price_list = access.own(session, PriceList, price_list_id, PriceList.supplier_id, acting=actor, lock=True)
    price_list.state = PriceListState.WITHDRAWN
    access.record(session, actor, "withdraw", price_list)


def post_request(session: Session, actor: Actor, need: Need) -> PurchaseRequest:
    """Tell other trusts of a need, so that somebody starts a round for it."""
    require_buyer(actor)
    request = PurchaseRequest(trust_id=actor.organisation_id, **vars(need))
    session.add(request)
    session.flush()
    access.record(session, actor, "post", request, after={"quantity": need.quantity})
    return request


def withdraw_request(session: Session, actor: Actor, request_id: uuid.UUID) -> None:
    """Close a need that is open; one that has joined a round is withdrawn there."""
    require_buyer(actor)
    request = access.own(
        session, PurchaseRequest, request_id, PurchaseRequest.trust_id, acting=actor, lock=True
    )
    if live_commitment_of(session, request.id):
        raise Refused("This request has joined a round. Withdraw your commitment there first.")
    request.state = move_request(request.state, RequestMove.CLOSE)
    access.record(session, actor, "withdraw", request)


def live_commitment_of(session: Session, request_id: uuid.UUID) -> uuid.UUID | None:
    """The commitment that a request has joined a round with, while that is undecided."""
    statement = sa.select(Commitment.id).where(
        Commitment.purchase_request_id == request_id, Commitment.state.in_(LIVE)
    )
    return session.scalar(statement)


def start_round(session: Session, actor: Actor, terms: RoundTerms) -> Round:
    """Start gathering on a published list; its tiers are copied, so that what comes later changes nothing.

    The closing day is today or later, and contracts start after it. Refused when MOST_ROUNDS that the
    trust leads are still to decide.
    """
    require_buyer(actor)
    price_list = session.get(PriceList, terms.price_list_id)
    if price_list is None or price_list.state is not PriceListState.PUBLISHED:
        raise Refused("Choose a price list that is published.", field="price_list_id")
    if price_list.supplier_id == actor.organisation_id:
        raise Refused("Another organisation must lead a round on your own prices.", field="price_list_id")
    _check_dates(terms)
    mine = (Round.lead_id == actor.organisation_id, Round.state.in_(UNDECIDED))
    if _count(session, actor, Round, *mine) >= MOST_ROUNDS:
        raise Refused(
            f"Your trust leads {MOST_ROUNDS} rounds that are not decided. Close or cancel one first."
        )
    round_ = _new_round(actor, price_list, terms)
    session.add(round_)
    session.flush()
    listed = sa.select(PriceTier).where(PriceTier.price_list_id == price_list.id)
    for tier in session.scalars(listed).all():
        session.add(
            RoundTier(round_id=round_.id, from_units=tier.from_units, unit_price_pence=tier.unit_price_pence)
        )
    access.record(session, actor, "start", round_, after={"closes_on": str(round_.closes_on)})
    return round_


def _new_round(actor: Actor, price_list: PriceList, terms: RoundTerms) -> Round:
    return Round(
        reference=new_reference("RND"),
        lead_id=actor.organisation_id,
        supplier_id=price_list.supplier_id,
        category=price_list.category,
        unit=price_list.unit,
        unit_plural=price_list.unit_plural,
        vat_treatment=price_list.vat_treatment,
        source=price_list.source,
        closes_at=timetable.closing_instant(terms.closes_on),
        **vars(terms),
    )


def _check_dates(terms: RoundTerms) -> None:
    if terms.closes_on < clock.today():
        raise Refused("The closing date must be today or later.", field="closes_on")
    if terms.starts_on <= terms.closes_on:
        raise Refused("The contracts must start after the closing date.", field="starts_on")


def cancel_round(session: Session, actor: Actor, round_id: uuid.UUID, reason: str) -> Round:
    """Call a round off; every commitment ends and each trust is told why. NotFound unless the actor leads.

    InvalidState while its award is worked out; once that has stopped by a fault it can be called off.
    """
    require_buyer(actor)
    round_ = access.own(session, Round, round_id, Round.lead_id, acting=actor, lock=True)
    _refuse_running(session, round_)
    round_.state = move_round(round_.state, RoundMove.CANCEL)
    round_.ended_at, round_.reason = clock.now(), reason
    with on_behalf_of_all(session, "a round that is called off ends every trust's commitment"):
        for commitment in commitments_of(session, round_.id):
            commitment.state = move_commitment(commitment.state, CommitmentMove.WITHDRAW)
            commitment.reason = "The round was cancelled."
            come_to_nothing(session, commitment)
            text = f"{round_.title} was cancelled by its lead: {reason}\n\nYour trust owes nothing."
            tell_trust(
                session, round_, commitment.trust_id, "cancelled", f"Cancelled: {round_.reference}", text
            )
    access.record(session, actor, "cancel", round_)
    return round_


def _refuse_running(session: Session, round_: Round) -> None:
    running = sa.select(AwardRun.id).where(AwardRun.round_id == round_.id, AwardRun.state.in_(RUNNING))
    if session.scalar(running) is not None:
        raise InvalidState("The award of this round is being worked out. It can no longer be cancelled.")


def commitments_of(session: Session, round_id: uuid.UUID) -> list[Commitment]:
    """The live commitments of a round, in the order of their making; hold the round's lock first."""
    statement = (
        sa.select(Commitment)
        .where(Commitment.round_id == round_id, Commitment.state.in_(LIVE))
        .order_by(Commitment.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(statement))


def come_to_nothing(session: Session, commitment: Commitment) -> None:
    """Nothing came of a commitment: its request is open again, the budget has back what it gave."""
    reopen_request(session, commitment)
    undertaking.release(session, UndertakingSource.COMMITMENT, commitment.id)


def reopen_request(session: Session, commitment: Commitment) -> None:
    """Put the purchase request behind a commitment that came to nothing back among the open ones."""
    if commitment.purchase_request_id is not None:
        request = session.get_one(PurchaseRequest, commitment.purchase_request_id, with_for_update=True)
        request.state = move_request(request.state, RequestMove.REOPEN)
        commitment.purchase_request_id = None


def tell_trust(
    session: Session, round_: Round, trust_id: uuid.UUID, occasion: str, subject: str, text: str
) -> None:
    """Tell the buyers, finance people and administrators of a trust about a round, once an occasion."""
    tell(session, trust_id, TOLD, message_to(round_, trust_id, occasion, subject, text))


def message_to(round_: Round, trust_id: uuid.UUID, occasion: str, subject: str, text: str) -> Message:
    """What a trust is told about a round, once an occasion."""
    return Message(f"round-{occasion}:{round_.id}:{trust_id}", subject, text, f"/rounds/{round_.id}")


def require_buyer(actor: Actor) -> None:
    """NotPermitted unless the actor buys for a trust or school."""
    access.require(actor, *BUYING)
    if actor.kind not in BUYERS:
        raise NotPermitted("Only trusts and schools buy in pooled rounds.")


def lock_round(session: Session, round_id: uuid.UUID) -> Round:
    """The round, which nobody else changes or joins before this unit of work ends; NotFound."""
    statement = sa.select(Round).where(Round.id == round_id).with_for_update()
    with on_behalf_of_all(session, "nobody changes a round while a trust joins it"):
        round_ = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if round_ is None:
        raise NotFound
    return round_


def tiers_of(session: Session, round_id: uuid.UUID) -> list[Tier]:
    """The frozen tiers of a round, the smallest quantity first."""
    statement = sa.select(RoundTier.from_units, RoundTier.unit_price_pence)
    rows = session.execute(statement.where(RoundTier.round_id == round_id).order_by(RoundTier.from_units))
    return [Tier(*row) for row in rows]
