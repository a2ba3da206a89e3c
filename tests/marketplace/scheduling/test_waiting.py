"""Whoever waits is served in order, and what is held for them is sold to nobody else."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import detailing, offering, queries, taking
from marketplace.catalogue import services as selling
from marketplace.catalogue.kinds import Basis
from marketplace.catalogue.models import Listing, Plan
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.states import Move
from marketplace.catalogue.taking import CapacityExceeded
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering import services as ordering
from marketplace.ordering.models import Order, OrderCapacity
from marketplace.ordering.states import OrderState
from marketplace.ordering.terms import OrderTerms
from marketplace.scheduling import following, holding, waiting
from marketplace.scheduling.kinds import WaitingState
from marketplace.scheduling.models import CapacityHold
from marketplace.scheduling.waiting import AlreadyWaiting, EnoughIsFree
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation
from tests.factories.ordering import next_month
from tests.factories.partnerships import a_member, a_partnership
from tests.factories.scheduling import a_buyer, a_place, a_scarce_listing, a_seller, a_wish, place_now
from tests.factories.trusts import an_actor


def taken_of(session: Session, listing: Listing) -> list[int]:
    return [period.taken for period in queries.capacity_of(session, listing.id)]


def an_order(session: Session, listing: Listing, buyer: Actor, quantity: int = 5, periods: int = 2) -> Order:
    terms = OrderTerms(quantity=quantity, starts_on=next_month(), periods=periods)
    order = ordering.start_order(session, buyer, listing.id, terms)
    return ordering.submit_order(session, buyer, order.id)


def letters(session: Session, subject: str) -> int:
    """How many mails have a subject that begins so."""
    owed = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == "send-email"))
    return sum(str(job.payload["subject"]).startswith(subject) for job in owed)


def test_a_cancelled_order_is_offered_to_the_first_in_line_and_held_for_it(session: Session) -> None:
    listing, buyer = a_scarce_listing(session), a_buyer(session)
    order = an_order(session, listing, buyer)
    first, second = a_place(session, listing), a_place(session, listing)
    third = a_place(session, listing)
    ordering.cancel_order(session, buyer, order.id)
    states = [place_now(session, one.id).state for one in (first, second, third)]
    assert states == [WaitingState.OFFERED, WaitingState.OFFERED, WaitingState.WAITING]
    assert taken_of(session, listing) == [4, 4, 0, 0, 0, 0]
    assert letters(session, "Order by") == 2
    with pytest.raises(CapacityExceeded):
        an_order(session, listing, a_buyer(session), quantity=2)


def test_whom_the_free_units_do_not_suffice_for_keeps_its_place(session: Session) -> None:
    listing, buyer = a_scarce_listing(session), a_buyer(session)
    small, large = an_order(session, listing, buyer, 2), an_order(session, listing, buyer, 3)
    greedy = a_place(session, listing, wish=a_wish(5))
    modest = a_place(session, listing, wish=a_wish(1))
    ordering.cancel_order(session, buyer, small.id)
    assert place_now(session, greedy.id).state is WaitingState.WAITING
    assert place_now(session, modest.id).state is WaitingState.OFFERED
    waiting.leave_waiting(session, actor_of(session, modest.buyer_id), modest.id)
    ordering.cancel_order(session, buyer, large.id)
    assert place_now(session, greedy.id).state is WaitingState.OFFERED


def actor_of(session: Session, organisation_id: uuid.UUID) -> Actor:
    return an_actor(session, session.get_one(Organisation, organisation_id))


def test_the_buyer_orders_what_is_held_and_takes_nothing_twice(session: Session) -> None:
    listing, buyer, waiter = a_scarce_listing(session), a_buyer(session), a_buyer(session)
    order = an_order(session, listing, buyer)
    place = a_place(session, listing, waiter, a_wish(5))
    ordering.cancel_order(session, buyer, order.id)
    assert taken_of(session, listing)[:2] == [5, 5]
    placed = an_order(session, listing, waiter)
    assert placed.state is OrderState.PLACED
    assert place_now(session, place.id).state is WaitingState.ORDERED
    assert taken_of(session, listing)[:2] == [5, 5]
    assert session.scalars(sa.select(CapacityHold)).all() == []
    held = session.scalars(sa.select(OrderCapacity.units).where(OrderCapacity.order_id == placed.id)).all()
    assert held == [5, 5]
    ordering.cancel_order(session, waiter, placed.id)
    assert taken_of(session, listing)[:2] == [0, 0]


def test_what_waits_for_approval_takes_over_what_is_held_when_it_is_placed(session: Session) -> None:
    listing, buyer = a_scarce_listing(session), a_buyer(session)
    careful = a_buyer(session, limit_pence=0)
    order = an_order(session, listing, buyer)
    place = a_place(session, listing, careful, a_wish(5))
    ordering.cancel_order(session, buyer, order.id)
    sent = an_order(session, listing, careful)
    assert (sent.state, place_now(session, place.id).state) == (
        OrderState.AWAITING_APPROVAL,
        WaitingState.OFFERED,
    )
    ordering.approve_order(session, actor_of(session, careful.organisation_id), sent.id)
    assert place_now(session, place.id).state is WaitingState.ORDERED
    assert taken_of(session, listing)[:2] == [5, 5]


def test_another_quantity_than_what_is_held_is_taken_beside_it(session: Session) -> None:
    listing, buyer, waiter = a_scarce_listing(session), a_buyer(session), a_buyer(session)
    order = an_order(session, listing, buyer)
    place = a_place(session, listing, waiter, a_wish(3))
    ordering.cancel_order(session, buyer, order.id)
    an_order(session, listing, waiter, quantity=2)
    assert place_now(session, place.id).state is WaitingState.OFFERED
    assert taken_of(session, listing)[:2] == [5, 5]


def test_more_capacity_is_offered_to_whoever_waits(session: Session) -> None:
    listing = a_scarce_listing(session, units=1)
    place = a_place(session, listing)
    seller = a_seller(session, listing)
    offering.set_capacity(session, seller, listing.id, next_month(), add_months(next_month(), 1), 2)
    assert place_now(session, place.id).state is WaitingState.OFFERED
    assert taken_of(session, listing) == [2, 2, 0, 0, 0, 0]


def test_months_that_were_not_offered_can_be_waited_for(session: Session) -> None:
    listing = a_scarce_listing(session, months=1)
    place = a_place(session, listing)
    seller, second = a_seller(session, listing), add_months(next_month(), 1)
    offering.set_capacity(session, seller, listing.id, second, second, 2)
    assert place_now(session, place.id).state is WaitingState.OFFERED


def test_when_the_deadline_passes_the_next_one_is_offered(session: Session) -> None:
    listing = a_scarce_listing(session)
    later = add_months(next_month(), 2)
    held = taking.take_capacity(session, listing.id, 5, later, later)
    first, second = (a_place(session, listing, wish=a_wish(5, 2, later)) for _ in range(2))
    taking.give_back(session, held)
    answer_by = place_now(session, first.id).answer_by_on
    assert answer_by is not None
    following.move_due_places(session, answer_by)
    assert place_now(session, first.id).state is WaitingState.OFFERED
    following.move_due_places(session, answer_by + timedelta(days=1))
    states = place_now(session, first.id).state, place_now(session, second.id).state
    assert states == (WaitingState.LAPSED, WaitingState.OFFERED)
    assert taken_of(session, listing) == [0, 0, 5, 5, 0, 0]
    assert letters(session, "Not waiting any more") == 1


def test_the_deadline_holds_though_the_daily_job_is_late(session: Session) -> None:
    listing, buyer, waiter = a_scarce_listing(session), a_buyer(session), a_buyer(session)
    order = an_order(session, listing, buyer)
    place = a_place(session, listing, waiter, a_wish(5))
    ordering.cancel_order(session, buyer, order.id)
    place.answer_by_on = clock.today() - timedelta(days=1)
    session.flush()
    with pytest.raises(CapacityExceeded):
        an_order(session, listing, waiter)


def test_what_is_given_up_goes_to_the_next_in_line(session: Session) -> None:
    listing, buyer, waiter = a_scarce_listing(session), a_buyer(session), a_buyer(session)
    order = an_order(session, listing, buyer)
    first, second = a_place(session, listing, waiter, a_wish(5)), a_place(session, listing, wish=a_wish(5))
    ordering.cancel_order(session, buyer, order.id)
    waiting.leave_waiting(session, waiter, first.id)
    states = place_now(session, first.id).state, place_now(session, second.id).state
    assert states == (WaitingState.DECLINED, WaitingState.OFFERED)
    with pytest.raises(Conflict, match="do not wait here any more"):
        waiting.leave_waiting(session, waiter, first.id)


def test_a_paused_listing_keeps_the_line_and_lets_go_of_what_was_held(session: Session) -> None:
    listing, buyer = a_scarce_listing(session), a_buyer(session)
    order = an_order(session, listing, buyer)
    first, second = (a_place(session, listing, wish=a_wish(5)) for _ in range(2))
    ordering.cancel_order(session, buyer, order.id)
    seller = a_seller(session, listing)
    selling.move_listing(session, seller, listing.id, Move.PAUSE)
    assert {place_now(session, one.id).state for one in (first, second)} == {WaitingState.PAUSED}
    assert taken_of(session, listing)[:2] == [0, 0]
    assert letters(session, "Paused") == 2
    selling.move_listing(session, seller, listing.id, Move.RESUME)
    states = place_now(session, first.id).state, place_now(session, second.id).state
    assert states == (WaitingState.OFFERED, WaitingState.WAITING)


def test_a_withdrawn_listing_ends_the_line_and_tells_everybody(session: Session) -> None:
    listing = a_scarce_listing(session, units=1)
    place = a_place(session, listing)
    selling.move_listing(session, a_seller(session, listing), listing.id, Move.WITHDRAW)
    assert place_now(session, place.id).state is WaitingState.CLOSED
    assert letters(session, "Withdrawn") == 1


def test_changed_words_tell_nobody_in_the_line(session: Session) -> None:
    listing = a_scarce_listing(session, units=1)
    place = a_place(session, listing)
    selling.revise_listing(session, a_seller(session, listing), listing.id, {"title": "Another name"})
    assert place_now(session, place.id).state is WaitingState.WAITING
    assert letters(session, "Paused") == 0


def test_nobody_waits_for_what_can_be_ordered_nor_twice_nor_for_their_own(session: Session) -> None:
    listing, waiter = a_scarce_listing(session), a_buyer(session)
    with pytest.raises(EnoughIsFree):
        a_place(session, listing, waiter, a_wish(5))
    a_place(session, listing, waiter, a_wish(6))
    with pytest.raises(AlreadyWaiting):
        a_place(session, listing, waiter, a_wish(7))
    seller = actor_of(session, listing.seller_id)
    with pytest.raises(Refused, match="your own trust"):
        a_place(session, listing, seller, a_wish(6))
    with pytest.raises(NotPermitted):
        a_place(session, listing, a_seller(session, listing), a_wish(6))


@pytest.mark.parametrize(
    ("wish", "field"),
    [(a_wish(6, starts_on=date(2020, 1, 1)), "starts_on"), (a_wish(6, periods=61), "periods")],
    ids=["past", "too long"],
)
def test_a_wish_is_checked_like_an_order(session: Session, wish: waiting.Wish, field: str) -> None:
    with pytest.raises(Refused) as refused:
        a_place(session, a_scarce_listing(session), wish=wish)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("terms", "wrong", "right", "words"),
    [
        ({"basis": Basis.BUNDLE, "bundle_units": 3}, 8, 9, "takes 3 days in each month, or several times"),
        ({"basis": Basis.SCHOOL, "units_each": 2}, 7, 8, "Enter 2, 4 or so"),
        ({"basis": Basis.FLAT, "units_each": 6}, 12, 6, "takes 6 days in each month. Enter 6."),
    ],
)
def test_only_what_an_order_at_that_price_can_take_is_waited_for(
    session: Session, terms: dict[str, Any], wrong: int, right: int, words: str
) -> None:
    listing = a_scarce_listing(session)
    session.execute(sa.update(Plan).where(Plan.listing_id == listing.id).values(**terms))
    with pytest.raises(Refused, match=words) as refused:
        a_place(session, listing, wish=a_wish(wrong))
    assert refused.value.field == "quantity"
    assert a_place(session, listing, wish=a_wish(right)).quantity == right


def test_a_place_of_another_trust_is_not_there(session: Session) -> None:
    place = a_place(session, a_scarce_listing(session, units=1))
    with pytest.raises(NotFound):
        waiting.leave_waiting(session, a_buyer(session), place.id)


def test_whoever_waits_in_vain_until_the_first_day_is_told(session: Session) -> None:
    listing = a_scarce_listing(session, units=1)
    place = a_place(session, listing)
    following.move_due_places(session, next_month())
    assert place_now(session, place.id).state is WaitingState.WAITING
    following.move_due_places(session, next_month() + timedelta(days=1))
    assert place_now(session, place.id).state is WaitingState.LAPSED


def test_units_are_held_for_five_working_days_and_never_past_the_first_day() -> None:
    assert holding.answer_by(date(2026, 12, 23), date(2027, 3, 1)) == date(2027, 1, 4)
    assert holding.answer_by(date(2026, 12, 23), date(2026, 12, 28)) == date(2026, 12, 28)
    assert holding.answer_by(date(2031, 12, 23), date(2032, 3, 1)) == date(2031, 12, 30)


def test_an_order_that_ends_early_gives_back_the_months_after_its_new_last_day(session: Session) -> None:
    listing = a_scarce_listing(session)
    first = next_month()
    held = taking.take_capacity(session, listing.id, 5, first, add_months(first, 3))
    place = a_place(session, listing, wish=a_wish(2, 2, add_months(first, 2)))
    still = taking.give_back_after(session, held, add_months(first, 1) + timedelta(days=9))
    assert [one.units for one in still] == [5, 5]
    assert taken_of(session, listing) == [5, 5, 2, 2, 0, 0]
    assert place_now(session, place.id).state is WaitingState.OFFERED


def test_who_may_order_it_no_longer_gives_up_their_place_to_a_member(session: Session) -> None:
    listing, stranger, member = a_scarce_listing(session, taken=5), a_buyer(session), a_buyer(session)
    seller = an_actor(session, session.get_one(Organisation, listing.seller_id))
    partnership = a_partnership(session, seller)
    a_member(session, partnership, session.get_one(Organisation, member.organisation_id))
    lost, kept = a_place(session, listing, stranger), a_place(session, listing, member)
    detailing.set_visibility(session, seller, listing.id, partnership.id)
    assert place_now(session, lost.id).state is WaitingState.CLOSED
    assert letters(session, "Not offered to you any more") == 1
    periods = queries.capacity_of(session, listing.id)
    offering.set_capacity(session, seller, listing.id, periods[0].starts_on, periods[-1].starts_on, 7)
    assert place_now(session, kept.id).state is WaitingState.OFFERED


def test_nothing_is_held_for_a_member_who_has_left(session: Session) -> None:
    listing, member, next_one = a_scarce_listing(session), a_buyer(session), a_buyer(session)
    seller = an_actor(session, session.get_one(Organisation, listing.seller_id))
    partnership = a_partnership(session, seller)
    memberships = [
        a_member(session, partnership, session.get_one(Organisation, one.organisation_id))
        for one in (member, next_one)
    ]
    detailing.set_visibility(session, seller, listing.id, partnership.id)
    order = an_order(session, listing, next_one)
    left, stays = a_place(session, listing, member), a_place(session, listing, next_one)
    memberships[0].starts_on = clock.today() - timedelta(days=9)
    memberships[0].ends_on = clock.today() - timedelta(days=1)
    session.flush()
    ordering.cancel_order(session, next_one, order.id)
    states = [place_now(session, one.id).state for one in (left, stays)]
    assert states == [WaitingState.WAITING, WaitingState.OFFERED]
    selling.revise_listing(session, seller, listing.id, {"summary": "Other words"})
    assert place_now(session, left.id).state is WaitingState.CLOSED


def test_nothing_is_held_of_a_seller_that_is_suspended(session: Session) -> None:
    listing = a_scarce_listing(session, taken=5)
    place, seller = a_place(session, listing), a_seller(session, listing)
    session.get_one(Organisation, listing.seller_id).standing = Standing.SUSPENDED
    session.flush()
    periods = queries.capacity_of(session, listing.id)
    offering.set_capacity(session, seller, listing.id, periods[0].starts_on, periods[-1].starts_on, 7)
    assert place_now(session, place.id).state is WaitingState.PAUSED
