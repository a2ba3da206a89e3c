"""Ending an order before its time, by the notice that its terms allow."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Cadence
from marketplace.catalogue.pricing import last_day
from marketplace.catalogue.taking import Taken, give_back_after
from marketplace.contracts.models import Contract
from marketplace.contracts.services import shorten_contract
from marketplace.contracts.states import ContractSource
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Refused
from marketplace.kernel.money import pounds
from marketplace.notifications.services import Message, tell
from marketplace.ordering.counting import charges_of
from marketplace.ordering.models import Order, OrderCapacity, OrderMove
from marketplace.ordering.states import ORDERERS, SELLERS, Move, after
from marketplace.ordering.terms import in_words
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role


@dataclass(frozen=True)
class EarlyEnd:
    """An order may end with this charge period; `saved_pence` is what is not charged any more, net."""

    periods: int
    ends_on: date
    saved_pence: int


def early_ends(order: Any, on: date) -> Sequence[EarlyEnd]:
    """When an order may end early if notice is given on this London date, the soonest first.

    At the end of a charge period, after its shortest time and the days of notice; never where its terms give
    no notice, nor where one charge covers all of it.
    """
    if order.notice_days is None or order.cadence is Cadence.ONCE:
        return []
    earliest = on + timedelta(days=order.notice_days)
    charged = charges_of(order)
    if order.cadence is Cadence.TERMLY:
        last_days = [one.ends_on for one in charged]
    else:
        last_days = [last_day(order.cadence, order.starts_on, count + 1) for count in range(order.periods)]
    return [
        EarlyEnd(count, ends_on, sum(one.net_pence for one in charged if one.starts_on > ends_on))
        for count, ends_on in enumerate(last_days[:-1], start=1)
        if count >= order.minimum_periods and ends_on >= earliest
    ]


def end_early(session: Session, actor: Actor, order_id: uuid.UUID, periods: int, seen: int) -> Order:
    """Give notice: order and contract end after so many charge periods, and capacity is free from then on.

    Refused at `periods` for an end that the terms do not allow; Conflict when the order was changed since.
    """
    access.require(actor, *ORDERERS)
    order = access.own(session, Order, order_id, Order.buyer_id, acting=actor, lock=True)
    after(order.state, Move.SHORTEN)
    if seen != order.version:
        raise Conflict("This order changed since you opened it. Look at it again before you decide.")
    chosen = next((one for one in early_ends(order, clock.today()) if one.periods == periods), None)
    if chosen is None:
        raise Refused("Select one of the days on which the order may end", field="periods")
    before = {"periods": order.periods, "net_pence": order.net_pence}
    order.periods, order.ends_on = periods, chosen.ends_on
    order.net_pence -= chosen.saved_pence
    order.version += 1
    _give_back_the_rest(session, order)
    made = OrderMove(order_id=order.id, move=Move.SHORTEN, person_id=actor.person_id)
    session.add(made)
    session.flush()
    now = {"periods": periods, "net_pence": order.net_pence}
    parties = (order.buyer_id, order.seller_id)
    access.record(session, actor, Move.SHORTEN.value, order, before, now, parties)
    shorten_contract(session, actor, _contract_id(session, order), periods)
    _tell(session, actor, order, made, chosen)
    return order


def _give_back_the_rest(session: Session, order: Order) -> None:
    """Exactly what was taken in periods that begin after the last day, and nothing else."""
    held = session.scalars(sa.select(OrderCapacity).where(OrderCapacity.order_id == order.id)).all()
    kept = give_back_after(session, [Taken(one.period_id, one.units) for one in held], order.ends_on)
    still = {one.period_id for one in kept}
    for one in held:
        if one.period_id not in still:
            session.delete(one)


def _contract_id(session: Session, order: Order) -> uuid.UUID:
    statement = sa.select(Contract.id).where(
        Contract.source == ContractSource.ORDER, Contract.source_id == order.id
    )
    return session.scalars(statement).one()


def _tell(session: Session, actor: Actor, order: Order, made: OrderMove, chosen: EarlyEnd) -> None:
    last = in_words(chosen.ends_on)
    text = (
        f"{actor.organisation_name} gave notice: {order.reference}, {order.title}, ends on {last}. "
        f"{pounds(chosen.saved_pence)} excluding VAT will not be charged, and what it took of the capacity "
        "after that day is free again."
    )
    message = Message(
        f"order-move:{made.id}", f"Ends on {last}: {order.reference}", text, f"/orders/{order.id}"
    )
    tell(session, order.seller_id, (*SELLERS, Role.FINANCE), message)
    tell(session, order.buyer_id, (Role.FINANCE,), message)
