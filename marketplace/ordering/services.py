"""Writing, approving, placing and answering orders, and what happens to them when their day comes."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import taking as capacity
from marketplace.catalogue.charging import PriceLine, counted_words, period_pence
from marketplace.catalogue.kinds import PERIOD_WORDS
from marketplace.contracts.models import Contract
from marketplace.contracts.services import Terms, sign_contract
from marketplace.contracts.states import ContractSource
from marketplace.delegation import undertaking
from marketplace.delegation.kinds import UndertakingSource
from marketplace.delegation.queries import scheme_of
from marketplace.delegation.undertaking import NOTHING_SAID, Given, Said
from marketplace.interests.barring import check_not_barred
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from marketplace.kernel.events import announce
from marketplace.kernel.money import pounds
from marketplace.kernel.prepared import Prepared
from marketplace.kernel.references import new_reference
from marketplace.notifications.services import Message, tell, tell_people
from marketplace.ordering import queries
from marketplace.ordering.counting import check_still_own, lines_of, units_of
from marketplace.ordering.events import OrderAccepted, OrderDeclined, OrderPlaced
from marketplace.ordering.findings import record_shown
from marketplace.ordering.models import Order, OrderCapacity, OrderMove
from marketplace.ordering.states import APPROVERS, ORDERERS, SELLERS, Move, OrderState, after, answer_by
from marketplace.ordering.terms import (
    OrderTerms,
    asked_of,
    changed_terms,
    check_still_offered,
    in_words,
    offer_of,
    order_columns,
    take,
)
from marketplace.scheduling import holding
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, Role


def start_order(session: Session, actor: Actor, listing_id: uuid.UUID, terms: OrderTerms) -> Order:
    """Write a draft, with everything checked that can be known now; it takes no capacity yet."""
    access.require(actor, *ORDERERS)
    if actor.kind not in BUYERS:
        raise NotPermitted("Only a trust or a school can order a service.")
    offer = catalogue.offer(session, actor.organisation_id, listing_id)
    order = Order(
        reference=new_reference("ORD"),
        buyer_id=actor.organisation_id,
        requested_by_id=actor.person_id,
        written_by_id=actor.person_id,
        **order_columns(session, actor, offer, terms),
    )
    session.add(order)
    session.flush()
    access.record(session, actor, "start", order, after={"net_pence": order.net_pence})
    return order


def change_order(session: Session, actor: Actor, order_id: uuid.UUID, changes: Mapping[str, Any]) -> Order:
    """Write a draft anew, on the listing's terms of now; `changes` has fields of OrderTerms."""
    access.require(actor, *ORDERERS)
    order = _bought(session, actor, order_id)
    if order.state is not OrderState.DRAFT:
        raise Conflict("This order has been sent, so it cannot be changed.")
    before, now = order.net_pence, offer_of(session, order.buyer_id, order.listing_id)
    for column, value in order_columns(session, actor, now, changed_terms(order, now, changes)).items():
        setattr(order, column, value)
    order.written_by_id = actor.person_id
    order.version += 1
    session.add(OrderMove(order_id=order.id, move=Move.CHANGE, person_id=actor.person_id))
    access.record(session, actor, "change", order, {"net_pence": before}, {"net_pence": order.net_pence})
    return order


def submit_order(session: Session, actor: Actor, order_id: uuid.UUID, seen: int | None = None) -> Order:
    """Place a draft, or send it for approval when the trust's scheme of delegation asks for one.

    Of two submits at once the second finds the order moved: InvalidState. `seen` is the version that the
    person looked at, here and below: Conflict when the order was written anew since.
    """
    access.require(actor, *ORDERERS)
    order = _bought(session, actor, order_id)
    scheme = scheme_of(session, actor.organisation_id)
    after(order.state, Move.PLACE)
    _check_seen(order, seen)
    if scheme.requires_po_number and not order.po_number:
        raise Refused("Add a purchase order number: your trust needs one on every order.", field="po_number")
    check_still_own(session, order, "Change the order, so that it names only schools of yours, or cancel it.")
    check_still_offered(session, order, "Change the order to see what is offered now.")
    ruling = undertaking.ask(session, actor, asked_of(session, order))
    order.submitted_by_id, order.submitted_at = actor.person_id, clock.now()
    order.decided_by_id = order.decided_at = None
    order.approval_limit_pence = scheme.free_pence(order.cost_centre_id)
    if ruling.approvals:
        _ask_for_approval(session, actor, order)
    else:
        _place(session, actor, order, Move.PLACE)
    return order


def approve_order(
    session: Session, actor: Actor, order_id: uuid.UUID, seen: int | None = None, said: Said = NOTHING_SAID
) -> Order:
    """Approve, and place with the last approval: then capacity is taken, CapacityExceeded if it is gone.

    The rules of now hold: an order that was sent before a PO number was asked for is Refused without one.
    """
    order = _to_decide(session, actor, order_id, Move.APPROVE)
    check_not_barred(session, actor, order.seller_id)
    _check_seen(order, seen)
    if scheme_of(session, order.buyer_id).requires_po_number and not order.po_number:
        words = "Send this order back: your trust needs a purchase order number on every order."
        raise Refused(words, field="po_number")
    for check in (check_still_own, check_still_offered):
        check(session, order, "Send the order back, so that it can be changed.")
    record_shown(session, actor, order)
    askers = queries.asked_by(session, order)
    given = undertaking.approve(session, actor, UndertakingSource.ORDER, order.id, askers, said)
    if given.missing:
        _ask_the_next(session, actor, order, given)
        return order
    made = _place(session, actor, order, Move.APPROVE)
    order.decided_by_id, order.decided_at = actor.person_id, clock.now()
    text = f"{_approver(actor, given)} approved {_named(order)}. It is now with the seller."
    _tell_buyers(session, order, made, f"Approved: {order.reference}", text)
    return order


def send_back(session: Session, actor: Actor, order_id: uuid.UUID, reason: str) -> Order:
    """Make it a draft again, with the reason, so that it can be changed and sent anew."""
    order, made = _refuse(session, actor, order_id, Move.SEND_BACK, reason)
    text = f"{actor.name} sent back {_named(order)}.\n\nReason: {reason}"
    _tell_buyers(session, order, made, f"Change and send again: {order.reference}", text)
    return order


def reject_order(session: Session, actor: Actor, order_id: uuid.UUID, reason: str) -> Order:
    """End an order that was never placed."""
    order, made = _refuse(session, actor, order_id, Move.REJECT, reason)
    text = f"{actor.name} rejected {_named(order)}.\n\nReason: {reason}"
    _tell_buyers(session, order, made, f"Rejected: {order.reference}", text)
    return order


def accept_order(session: Session, actor: Actor, order_id: uuid.UUID, seen: int | None = None) -> Contract:
    """Bind both sides: the contract is signed on the order's terms."""
    order = _received(session, actor, order_id)
    after(order.state, Move.ACCEPT)
    _check_seen(order, seen)
    check_still_own(session, order, "Decline the order, so that its buyer can order anew.", "the buyer")
    made = _answer(session, actor, order, Move.ACCEPT)
    contract = sign_contract(session, actor, _contract_terms(order, actor))
    text = (
        f"{actor.organisation_name} accepted {_named(order)}. It starts on {in_words(order.starts_on)}. "
        f"The contract is {contract.reference}."
    )
    subject = f"Accepted: {order.reference} starts on {in_words(order.starts_on)}"
    _tell_buyers(session, order, made, subject, text, Role.FINANCE)
    announce(session, OrderAccepted(order.id, contract.id))
    if order.starts_on <= clock.today():
        _make_move(session, order, Move.BEGIN)
    return contract


def decline_order(session: Session, actor: Actor, order_id: uuid.UUID, reason: str) -> Order:
    """Say no, with a reason for the buyer; the capacity is free again."""
    order = _received(session, actor, order_id)
    made = _answer(session, actor, order, Move.DECLINE, reason)
    _free(session, order)
    text = f"{actor.organisation_name} declined {_named(order)}.\n\nReason: {reason}"
    _tell_buyers(session, order, made, f"Declined: {order.reference}", text)
    announce(session, OrderDeclined(order.id))
    return order


def cancel_order(session: Session, actor: Actor, order_id: uuid.UUID) -> Order:
    """Withdraw an order before the seller accepts it; what it had taken is given back."""
    access.require(actor, *ORDERERS)
    order = _bought(session, actor, order_id)
    was_placed = order.state is OrderState.PLACED
    made = _make_move(session, order, Move.CANCEL, actor)
    if was_placed:
        _free_capacity(session, order)
    undertaking.release(session, UndertakingSource.ORDER, order.id)
    if was_placed:
        text = f"{actor.organisation_name} cancelled {_named(order)} before you answered. Nothing is owed."
        message = _message(order, made, f"Cancelled: {order.reference}", text)
        tell(session, order.seller_id, SELLERS, message)
    return order


def move_due_orders(session: Session, on: date) -> None:
    """Lapse what nobody answered in time, begin what starts and end what is over, on this London date."""
    lapsed = _due(session, OrderState.PLACED, Order.answer_by_on < on)
    _free(session, *lapsed)
    for order in lapsed:
        made = _make_move(session, order, Move.LAPSE)
        text = f"The seller did not answer {_named(order)} in time. Nothing is owed."
        _tell_buyers(session, order, made, f"Lapsed: {order.reference}", text)
    for order in _due(session, OrderState.ACCEPTED, Order.starts_on <= on):
        _make_move(session, order, Move.BEGIN)
    for order in _due(session, OrderState.ACTIVE, Order.ends_on < on):
        _make_move(session, order, Move.END)
        undertaking.end(session, UndertakingSource.ORDER, order.id)


def _check_seen(order: Order, seen: int | None) -> None:
    if seen is not None and seen != order.version:
        raise Conflict("This order changed since you opened it. Look at it again before you decide.")


def _bought(session: Session, actor: Actor, order_id: uuid.UUID) -> Order:
    return access.own(session, Order, order_id, Order.buyer_id, acting=actor, lock=True)


def _received(session: Session, actor: Actor, order_id: uuid.UUID) -> Order:
    """An order that its seller has seen: one that was never placed is not there for a seller."""
    access.require(actor, *SELLERS)
    order = access.own(session, Order, order_id, Order.seller_id, acting=actor, lock=True)
    if order.placed_at is None:
        raise NotFound
    return order


def _ask_for_approval(session: Session, actor: Actor, order: Order) -> None:
    made = _make_move(session, order, Move.SUBMIT, actor)
    subject = f"Approve by {in_words(order.starts_on)}: {order.reference} {order.title}"
    text = (
        f"{actor.name} asks you to approve {_named(order)}. It costs {pounds(order.net_pence)} excluding VAT "
        "over its whole life."
    )
    _tell_approvers(session, actor, order, _message(order, made, subject, text, "/approval"))


def _tell_approvers(session: Session, actor: Actor, order: Order, message: Message) -> None:
    """Everybody who may approve it now, with the rule that says so."""
    found = queries.decision(session, actor, order)
    if found is not None:
        text = "\n\n".join([message.text, *found.sentences])
        people = [one.person_id for one in found.may]
        tell_people(session, order.buyer_id, people, dataclasses.replace(message, text=text))


def _ask_the_next(session: Session, actor: Actor, order: Order, given: Given) -> None:
    """The order waits on for a second, different person."""
    subject = f"Approve as the second person by {in_words(order.starts_on)}: {order.reference} {order.title}"
    text = f"{_approver(actor, given)} approved {_named(order)}. A second person must approve it too."
    key = f"order-approval:{given.approval.id}"
    message = Message(key, subject, text, f"/orders/{order.id}/approval")
    _tell_approvers(session, actor, order, message)
    now = {"state": order.state.value, "missing": given.missing, "for": str(given.authority.absent_id or "")}
    access.record(session, actor, "approve-first", order, after=now, parties=(order.buyer_id,))


def _approver(actor: Actor, given: Given) -> str:
    absent = given.authority.absent_name
    return f"{actor.name} for {absent}" if absent else actor.name


def check_decider(session: Session, actor: Actor, order_id: uuid.UUID) -> None:
    """NotFound unless the actor's organisation buys it, NotPermitted unless they may decide about it."""
    order = access.own(session, Order, order_id, Order.buyer_id, acting=actor)
    if not queries.may_decide(actor, queries.decision(session, actor, order)):
        access.require(actor, *APPROVERS)


def _to_decide(session: Session, actor: Actor, order_id: uuid.UUID, move: Move) -> Order:
    """An order, locked, on which the actor may decide: nobody does on what they asked for, wrote or sent."""
    check_decider(session, actor, order_id)
    order = _bought(session, actor, order_id)
    after(order.state, move)
    if actor.person_id in queries.asked_by(session, order):
        raise NotPermitted("You asked for this order or changed it, so another person must decide about it.")
    return order


def _refuse(
    session: Session, actor: Actor, order_id: uuid.UUID, move: Move, reason: str
) -> tuple[Order, OrderMove]:
    order = _to_decide(session, actor, order_id, move)
    made = _make_move(session, order, move, actor, reason)
    order.decided_by_id, order.decided_at = actor.person_id, clock.now()
    undertaking.release(session, UndertakingSource.ORDER, order.id)
    return order, made


def _place(session: Session, actor: Actor, order: Order, move: Move) -> OrderMove:
    """Take the capacity, or what was held for who waited for it; move, and tell the seller."""
    wanted = (order.listing_id, units_of(order), order.starts_on, order.ends_on)
    held = holding.take_over(session, actor, *wanted)
    taken = take(session, order, capacity.Want(*wanted)) if held is None else held
    keep_taken(session, order.id, taken)
    undertaking.take(session, UndertakingSource.ORDER, order.id)
    order.placed_at, order.answer_by_on = clock.now(), answer_by(clock.today(), order.starts_on)
    made = _make_move(session, order, move, actor)
    subject = f"Answer by {in_words(order.answer_by_on)}: {order.reference} from {actor.organisation_name}"
    text = f"{actor.organisation_name} ordered {_named(order)}. Accept or decline it."
    tell(session, order.seller_id, SELLERS, _message(order, made, subject, text))
    session.flush()
    announce(session, OrderPlaced(order.id))
    return made


_KEEP = Prepared(
    sa.insert(OrderCapacity.__table__),  # type: ignore[arg-type]
    columns=("order_id", "period_id", "units"),
)


def keep_taken(session: Session, order_id: uuid.UUID, taken: Sequence[capacity.Taken]) -> None:
    """Say of an order what was taken for it, in one statement: exactly that is given back."""
    rows = [{"order_id": order_id, "period_id": one.period_id, "units": one.units} for one in taken]
    if rows:
        _KEEP.send(session.connection(), *rows)


def _answer(session: Session, actor: Actor, order: Order, move: Move, reason: str | None = None) -> OrderMove:
    """Move it, unless it is too late: the daily job is not what keeps the time."""
    after(order.state, move)
    if order.answer_by_on is not None and order.answer_by_on < clock.today():
        raise Conflict(f"The time to answer ended on {in_words(order.answer_by_on)}.")
    order.answered_at = clock.now()
    return _make_move(session, order, move, actor, reason)


def _free(session: Session, *orders: Order) -> None:
    """Nothing came of placed orders: capacity and budgets have back what they gave."""
    _free_capacity(session, *orders)
    for order in orders:
        undertaking.release(session, UndertakingSource.ORDER, order.id)


def _free_capacity(session: Session, *orders: Order) -> None:
    """Give back exactly what was taken, of several orders at once: in the one order in which all take."""
    ids = [order.id for order in orders]
    held = session.scalars(sa.select(OrderCapacity).where(OrderCapacity.order_id.in_(ids))).all()
    capacity.give_back(session, [capacity.Taken(one.period_id, one.units) for one in held])
    for one in held:
        session.delete(one)


def _contract_terms(order: Order, accepting: Actor) -> Terms:
    """The order as it is agreed: whoever placed it or approved it signed for the buyer.

    What is charged by one line keeps its count and price; several lines are one price of the whole period.
    """
    lines = lines_of(order)
    whole = PriceLine("", 1, PERIOD_WORDS[order.cadence][0], period_pence(lines))
    line = lines[0] if len(lines) == 1 else whole
    return Terms(
        buyer_id=order.buyer_id,
        supplier_id=order.seller_id,
        source=ContractSource.ORDER,
        source_id=order.id,
        title=order.title,
        summary=order.summary,
        description=order.description,
        delivery=order.delivery,
        places_served=order.places_served,
        kind=order.kind,
        licence=order.licence,
        trial_months=order.trial_months,
        trial_percent=order.trial_percent,
        trial_terms=order.trial_terms,
        unit=line.unit,
        quantity=line.quantity,
        unit_price_pence=line.unit_price_pence,
        price_lines=[vars(one) for one in lines] if len(lines) > 1 else (),
        term_starts=order.term_starts,
        minimum_periods=order.minimum_periods,
        notice_days=order.notice_days,
        is_split_in_april=order.is_split_in_april,
        cadence=order.cadence,
        periods=order.periods,
        vat_treatment=order.vat_treatment,
        starts_on=order.starts_on,
        po_number=order.po_number,
        buyer_signed_by_id=order.decided_by_id or order.submitted_by_id,
        buyer_signed_at=order.placed_at,
        supplier_signed_by_id=accepting.person_id,
    )


def _due(session: Session, state: OrderState, condition: sa.ColumnElement[bool]) -> list[Order]:
    """Orders whose day has come, all locked before anything else is."""
    statement = sa.select(Order).where(Order.state == state, condition).order_by(Order.id).with_for_update()
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def _make_move(
    session: Session, order: Order, move: Move, actor: Actor | None = None, reason: str | None = None
) -> OrderMove:
    """Move the locked order by the table and keep who did it; nobody, when its day had come.

    What was placed concerns the seller too, so each later move stands in both records.
    """
    before, order.state = order.state, after(order.state, move)
    person_id = actor.person_id if actor else None
    made = OrderMove(order_id=order.id, move=move, person_id=person_id, reason=reason)
    session.add(made)
    parties = (order.buyer_id, order.seller_id) if order.placed_at else (order.buyer_id,)
    now = {"state": order.state.value, "net_pence": order.net_pence}
    access.record(session, actor, move.value, order, {"state": before.value}, now, parties)
    return made


def _named(order: Order) -> str:
    return f"{order.reference}, {order.title}, {counted_words(order, order.quantity)}"


def _message(order: Order, made: OrderMove, subject: str, text: str, page: str = "") -> Message:
    """The move names the occasion: an order that is sent twice is told of twice."""
    return Message(f"order-move:{made.id}", subject, text, f"/orders/{order.id}{page}")


def _tell_buyers(
    session: Session, order: Order, made: OrderMove, subject: str, text: str, *more: Role
) -> None:
    tell(session, order.buyer_id, (*ORDERERS, *more), _message(order, made, subject, text))
