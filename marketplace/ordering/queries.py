"""Orders as their buyer and their seller see them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.catalogue import availability, pricing
from marketplace.catalogue.charging import CountedSchool, PriceLine, counted_words, plan_words
from marketplace.catalogue.describing import lasts
from marketplace.catalogue.kinds import Cadence
from marketplace.contracts.models import Contract
from marketplace.contracts.sources import Origin
from marketplace.contracts.states import ContractSource
from marketplace.delegation import deciding, wording
from marketplace.delegation import queries as delegation
from marketplace.delegation.deciding import Decision, GivenBefore
from marketplace.delegation.kinds import UndertakingSource
from marketplace.delegation.queries import scheme_of
from marketplace.delegation.rules import Ruling, Scheme
from marketplace.delegation.undertaking import weigh
from marketplace.kernel import clock, money
from marketplace.kernel.errors import NotFound, Refused
from marketplace.kernel.paging import LARGEST, Page, page
from marketplace.ordering.counting import charges_of, lines_of, schools_of, units_of
from marketplace.ordering.ending import early_ends
from marketplace.ordering.models import Order, OrderMove
from marketplace.ordering.states import APPROVERS, MOVES, ORDERERS, SELLERS, Move, OrderState, Side
from marketplace.ordering.terms import asked_of
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation
from marketplace.trusts.waiting import Waiting

Buyer = aliased(Organisation, name="buyer")
Seller = aliased(Organisation, name="seller")
MOST_WAITING = 10
"""Of each kind, on the home page."""


@dataclass(frozen=True)
class Made:
    """One move: which organisation made it (None: its day had come), and who there, for their own people."""

    move: Move
    reason: str | None
    created_at: datetime
    organisation_name: str | None
    person_name: str | None

    @property
    def by(self) -> str | None:
        """The name that may be shown."""
        return self.person_name or self.organisation_name


@dataclass(frozen=True)
class OrderView(pricing.Schedule):
    """One order with everything its page shows; `actions` are the moves that this person may make."""

    order: sa.Row[Any]
    history: Sequence[Made]
    lines: Sequence[PriceLine]
    """What one whole charge is made of."""
    schools: Sequence[CountedSchool]
    units: int
    """Of capacity, taken in each month."""
    is_buyer: bool
    actions: frozenset[Move]
    contract_id: uuid.UUID | None
    scheme: Scheme
    ruling: Ruling | None = None
    """What the buyer's scheme says, while that is still to come or waits; only to the buyer."""
    ruling_sentences: Sequence[str] = ()
    lacks_approvers: bool = False
    decision: Decision | None = None
    approvals: Sequence[GivenBefore] = ()
    cost_centre: str = ""

    @property
    def ordered(self) -> str:
        """What was ordered: 2 days, 3 schools, the whole service."""
        return counted_words(self.order, self.order.quantity)

    @property
    def price(self) -> str:
        """The whole price in words."""
        return plan_words(self.order)

    @property
    def months_taken(self) -> str:
        """The calendar months in which it takes capacity."""
        return availability.span_words(self.order.starts_on, self.order.ends_on)

    @property
    def takes_a_month_more(self) -> bool:
        """Whether its start in the middle of a month takes capacity in one month more than it lasts."""
        is_longer = self.order.starts_on.day > 1 and self.order.cadence is not Cadence.TERMLY
        return is_longer and lasts(self.order.kind, self.order.cadence)

    @property
    def needs_approval(self) -> bool:
        """Whether its buyer's rules ask for a second person."""
        return self.ruling is not None and self.ruling.approvals > 0

    @property
    def lacks_po_number(self) -> bool:
        """Whether it cannot be sent for want of a purchase order number."""
        return self.scheme.requires_po_number and not self.order.po_number

    @property
    def approval_limit_pence(self) -> int | None:
        """The buyer's limit under which it was sent: not the seller's business, and none before."""
        limit: int | None = self.order.approval_limit_pence
        return limit if self.is_buyer else None


def orders(session: Session, actor: Actor, side: Side, after: uuid.UUID | None) -> Page[sa.Row[Any]]:
    """The orders that a trust made, or those placed with it, newest first."""
    return page(session, _orders(actor).where(_mine(actor, side)), Order.id, after)


def order_view(session: Session, actor: Actor, order_id: uuid.UUID) -> OrderView:
    """One order of the buyer, or of the seller it was placed with; NotFound for everybody else."""
    mine = sa.or_(_mine(actor, Side.BOUGHT), _mine(actor, Side.SOLD))
    order = session.execute(_orders(actor).where(Order.id == order_id, mine)).one_or_none()
    if order is None:
        raise NotFound
    is_buyer = order.buyer_id == actor.organisation_id
    found = decision(session, actor, order) if is_buyer else None
    inside = _inside(session, actor, order, found) if is_buyer else {}
    return OrderView(
        order=order,
        charges=pricing.priced(charges_of(order), order.vat_treatment),
        lines=lines_of(order),
        schools=schools_of(order),
        units=units_of(order),
        history=_history(session, order, is_buyer),
        is_buyer=is_buyer,
        actions=actions(order, actor, found),
        contract_id=_contract_id(session, order_id),
        scheme=scheme_of(session, order.buyer_id) if is_buyer else Scheme(),
        **inside,
    )


def _inside(session: Session, actor: Actor, order: Any, found: Decision | None) -> dict[str, Any]:
    """What is the buyer's own business: its ruling, who approved, and which cost centre pays."""
    names = delegation.names(session, order.buyer_id)
    centre = names.get(order.cost_centre_id, "")
    approvals = deciding.approvals_of(session, UndertakingSource.ORDER, order.id)
    known = {"decision": found, "approvals": approvals, "cost_centre": centre}
    if found is not None:  # while it waits, with what no longer counts
        return known | {"approvals": found.given, "ruling": found.ruling, "ruling_sentences": found.sentences}
    if order.state is not OrderState.DRAFT:
        return known
    try:
        ruling = weigh(session, actor.organisation_id, asked_of(session, order))
    except Refused:  # no cost centre yet: said when it is sent
        return known
    askers = asked_by(session, order) | {actor.person_id}
    may = deciding.may_approve_now(session, order.buyer_id, ruling, askers, order.seller_id)
    return known | {
        "ruling": ruling,
        "ruling_sentences": wording.sentences(ruling, names, centre),
        "lacks_approvers": len({one.whose_id for one in may}) < ruling.approvals,
    }


@dataclass(frozen=True)
class ToDecide:
    """Orders that wait at the trust, oldest first: those that a person may approve, and others to refuse."""

    mine: Sequence[sa.Row[Any]]
    others: Sequence[sa.Row[Any]]


def waiting_for_approval(session: Session, actor: Actor) -> ToDecide:
    """What waits at the trust and this person may approve, or refuse though they may not approve it."""
    mine = _mine(actor, Side.BOUGHT)
    statement = _orders(actor).where(mine, Order.state == OrderState.AWAITING_APPROVAL)
    rows = session.execute(statement.order_by(Order.submitted_at, Order.id).limit(LARGEST)).all()
    may = deciding.may_approve(session, actor, UndertakingSource.ORDER, _hands(session, rows))
    others = [row for row in rows if row.id not in may] if actor.has(*APPROVERS) else []
    return ToDecide([row for row in rows if row.id in may], others)


def asked_by(session: Session, order: Any) -> frozenset[uuid.UUID]:
    """Everybody who had a hand in an order: who asked for it, changed it while it was a draft, or sent it."""
    return _hands(session, [order])[order.id]


def _hands(session: Session, orders: Sequence[Any]) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """By order."""
    changed = sa.select(OrderMove.order_id, OrderMove.person_id).where(
        OrderMove.order_id.in_([one.id for one in orders]), OrderMove.move == Move.CHANGE
    )
    found = {one.id: {one.requested_by_id, one.written_by_id, one.submitted_by_id} for one in orders}
    for row in session.execute(changed):
        found[row.order_id].add(row.person_id)
    return {order_id: frozenset(hands - {None}) for order_id, hands in found.items()}


def decision(session: Session, actor: Actor, order: Any) -> Decision | None:
    """Where the approval of an order of the actor's organisation stands; None when none is asked for."""
    askers = asked_by(session, order)
    return deciding.decision(session, actor, UndertakingSource.ORDER, order.id, askers)


def may_decide(actor: Actor, found: Decision | None) -> bool:
    """Whether the actor may approve or refuse: an approver may always refuse, whatever their limit is."""
    return found is not None and not found.took_part and (found.mine is not None or actor.has(*APPROVERS))


def actions(order: Any, actor: Actor, found: Decision | None) -> frozenset[Move]:
    """The moves that this person may make now, by the table, their side and their roles."""
    allowed: set[Move] = set()
    if order.buyer_id == actor.organisation_id:
        if actor.has(*ORDERERS):
            allowed |= {Move.CHANGE, Move.SUBMIT, Move.CANCEL}
            if early_ends(order, clock.today()):
                allowed.add(Move.SHORTEN)
        if may_decide(actor, found):
            allowed |= {Move.SEND_BACK, Move.REJECT}
        if found is not None and found.mine is not None:
            allowed.add(Move.APPROVE)
    elif actor.has(*SELLERS):
        allowed |= {Move.ACCEPT, Move.DECLINE}
    return frozenset(move for move in allowed if (order.state, move) in MOVES)


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """What this person has to do about orders: the first few of each kind, and how many more there are."""
    found = _to_approve(session, actor)
    if actor.has(*SELLERS):
        found += _to_answer(session, actor)
    if actor.has(*ORDERERS):
        found += _drafts(session, actor)
    return found


def _shown(
    session: Session, statement: sa.Select[Any], say: Callable[[Any], Waiting], rest: str, href: str
) -> list[Waiting]:
    """The first rows of a statement as things to do, and a link to the page with the rest of them."""
    counted = statement.add_columns(sa.func.count().over().label("in_all")).limit(MOST_WAITING)
    rows = session.execute(counted).all()
    more = rows[0].in_all - len(rows) if rows else 0
    return [say(row) for row in rows] + ([Waiting(f"See {more:,} more {rest}", href)] if more else [])


def _to_approve(session: Session, actor: Actor) -> list[Waiting]:
    """What this person may approve, the oldest first."""
    statement = _orders(actor).where(_mine(actor, Side.BOUGHT), Order.state == OrderState.AWAITING_APPROVAL)
    rows = session.execute(statement.order_by(Order.submitted_at, Order.id).limit(LARGEST)).all()
    may = deciding.may_approve(session, actor, UndertakingSource.ORDER, _hands(session, rows))
    mine = [row for row in rows if row.id in may]
    said = [
        Waiting(
            f"Approve {row.reference}, {row.title}, {money.pounds(row.net_pence)} excluding VAT",
            f"/orders/{row.id}/approval",
            row.starts_on,
        )
        for row in mine[:MOST_WAITING]
    ]
    more = len(mine) - len(said)
    return [*said, Waiting(f"See {more:,} more orders to approve", "/orders/approvals")] if more else said


def _to_answer(session: Session, actor: Actor) -> list[Waiting]:
    statement = _orders(actor).where(_mine(actor, Side.SOLD), Order.state == OrderState.PLACED)
    return _shown(
        session,
        statement.order_by(Order.answer_by_on, Order.id),
        lambda row: Waiting(
            f"Accept or decline {row.reference}, {row.title} for {row.buyer_name}",
            f"/orders/{row.id}",
            row.answer_by_on,
        ),
        "orders to accept or decline",
        "/orders?side=sold",
    )


def _drafts(session: Session, actor: Actor) -> list[Waiting]:
    statement = _orders(actor).where(
        Order.buyer_id == actor.organisation_id,
        Order.state == OrderState.DRAFT,
        Order.requested_by_id == actor.person_id,
    )
    return _shown(
        session,
        statement.order_by(Order.id),
        lambda row: Waiting(
            f"Send or cancel your draft {row.reference}, {row.title}", f"/orders/{row.id}/check"
        ),
        "drafts to send or cancel",
        "/orders",
    )


def _mine(actor: Actor, side: Side) -> sa.ColumnElement[bool]:
    """A seller sees what was placed with it, never a draft."""
    if side is Side.BOUGHT:
        return Order.buyer_id == actor.organisation_id
    return sa.and_(Order.seller_id == actor.organisation_id, Order.placed_at.is_not(None))


def _orders(actor: Actor) -> sa.Select[Any]:
    """Orders with the names of both sides.

    Who asked is named to their own organisation only: people are not the other side's business.
    """
    return (
        sa.select(
            *Order.__table__.columns,
            Buyer.name.label("buyer_name"),
            Seller.name.label("seller_name"),
            sa.case((Order.buyer_id == actor.organisation_id, Person.name)).label("requested_by"),
        )
        .join(Buyer, Buyer.id == Order.buyer_id)
        .join(Seller, Seller.id == Order.seller_id)
        .join(Person, Person.id == Order.requested_by_id)
    )


INSIDE = (Move.CHANGE, Move.SUBMIT, Move.SEND_BACK, Move.REJECT)
"""Moves within the buying trust, and their reasons, are not the seller's business."""


def _history(session: Session, order: Any, is_buyer: bool) -> list[Made]:
    statement = (
        sa.select(OrderMove.move, OrderMove.reason, OrderMove.created_at, Person.name.label("person_name"))
        .outerjoin(Person, Person.id == OrderMove.person_id)
        .where(OrderMove.order_id == order.id)
        .order_by(OrderMove.id)
    )
    if not is_buyer:
        statement = statement.where(OrderMove.move.not_in(INSIDE))
    return [_made(row, order, is_buyer) for row in session.execute(statement)]


def _made(row: Any, order: Any, is_buyer: bool) -> Made:
    """A move with the name of its person for their own side, and of their organisation for both."""
    by_buyer = row.move not in (Move.ACCEPT, Move.DECLINE)
    organisation = order.buyer_name if by_buyer else order.seller_name
    return Made(
        row.move,
        row.reason,
        row.created_at,
        organisation_name=organisation if row.person_name else None,
        person_name=row.person_name if by_buyer == is_buyer else None,
    )


def _contract_id(session: Session, order_id: uuid.UUID) -> uuid.UUID | None:
    statement = sa.select(Contract.id).where(
        Contract.source == ContractSource.ORDER, Contract.source_id == order_id
    )
    return session.scalar(statement)


def origin(session: Session, order_id: uuid.UUID) -> Origin:
    """How a contract names the order that it came from."""
    reference = session.scalars(sa.select(Order.reference).where(Order.id == order_id)).one()
    return Origin(f"Order {reference}", f"/orders/{order_id}")
