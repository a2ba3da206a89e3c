"""What may happen to an order, and who may do it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Cadence, ListingState, VatTreatment
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.taking import CapacityExceeded, NoCapacity
from marketplace.contracts.models import Contract
from marketplace.contracts.states import ContractSource
from marketplace.kernel import clock
from marketplace.kernel.audit import SYSTEM, AuditEntry
from marketplace.kernel.errors import Conflict, DomainError, InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering import services
from marketplace.ordering.models import Order, OrderCapacity, OrderMove
from marketplace.ordering.states import Move, OrderState
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_plan
from tests.factories.ordering import (
    Market,
    a_contract,
    a_draft,
    a_market,
    a_sent_order,
    next_month,
    some_terms,
)
from tests.factories.trusts import an_actor, an_organisation

WHOLE_LIFE = 2 * 3 * 26_500
"""Two days in each of three months at £265.00."""


def taken(session: Session, market: Market) -> list[int]:
    """What is taken of the listing in each month, by date."""
    statement = sa.select(CapacityPeriod.taken).where(CapacityPeriod.listing_id == market.listing_id)
    return list(session.scalars(statement.order_by(CapacityPeriod.starts_on)))


def mails(session: Session) -> list[tuple[str, str]]:
    """To whom, and with which subject, e-mail is owed."""
    jobs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == "send-email").order_by(OutboxJob.id))
    return [(job.payload["to"], job.payload["subject"]) for job in jobs]


def test_a_draft_keeps_the_terms_of_the_listing_and_takes_nothing(session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    assert order.state is OrderState.DRAFT
    assert (order.unit_price_pence, order.cadence, order.net_pence) == (26_500, Cadence.MONTHLY, WHOLE_LIFE)
    assert order.ends_on == add_months(next_month(), 3) - timedelta(days=1)
    assert order.reference.startswith("ORD-")
    assert sum(taken(session, market)) == 0


def test_an_order_keeps_its_price_when_the_listing_changes(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    session.scalars(sa.select(Plan)).one().unit_price_pence = 99_900
    contract = services.accept_order(session, market.seller, order.id)
    assert (contract.unit_price_pence, contract.net_pence) == (26_500, WHOLE_LIFE)


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"starts_on": date(2026, 1, 1)}, "starts_on", "today or in the future"),
        ({"periods": 61}, "periods", "60 months or fewer"),
        ({"plan_id": uuid.uuid4()}, "plan_id", "how you want to be charged"),
        ({"quantity": 11}, "quantity", "Only 10 days are left"),
        ({"periods": 24}, "starts_on", "The seller offers nothing in"),
    ],
)
def test_a_wrong_draft_is_refused_at_its_field(
    session: Session, wrong: dict[str, Any], field: str, words: str
) -> None:
    market = a_market(session)
    with pytest.raises(DomainError, match=words) as refused:
        a_draft(session, market, **wrong)
    assert refused.value.field == field
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 0
    assert sum(taken(session, market)) == 0


def test_a_sum_beyond_all_measure_is_refused(session: Session) -> None:
    market = a_market(session)
    session.scalars(sa.select(Plan)).one().unit_price_pence = 10**13
    with pytest.raises(Refused) as refused:
        a_draft(session, market, quantity=10)
    assert refused.value.field == "quantity"


def test_the_plan_must_be_chosen_where_there_are_several(session: Session) -> None:
    market = a_market(session)
    listing = session.get_one(Listing, market.listing_id)
    once = a_plan(session, listing, Cadence.ONCE, 100_000, VatTreatment.EXEMPT)
    with pytest.raises(Refused) as refused:
        a_draft(session, market)
    assert refused.value.field == "plan_id"
    order = a_draft(session, market, plan_id=once.id)
    assert (order.net_pence, order.vat_treatment) == (200_000, VatTreatment.EXEMPT)


@pytest.mark.parametrize("state", [ListingState.DRAFT, ListingState.PAUSED, ListingState.WITHDRAWN])
def test_only_a_published_listing_can_be_ordered(session: Session, state: ListingState) -> None:
    market = a_market(session)
    session.get_one(Listing, market.listing_id).state = state
    with pytest.raises(NotFound):
        a_draft(session, market)


def test_nobody_orders_from_their_own_trust(session: Session) -> None:
    market = a_market(session)
    own_buyer = an_actor(session, session.get_one(Organisation, market.seller.organisation_id))
    with pytest.raises(Refused, match="your own trust"):
        services.start_order(session, own_buyer, market.listing_id, some_terms())


@pytest.mark.parametrize("kind", [OrganisationKind.SUPPLIER, OrganisationKind.LOCAL_AUTHORITY])
def test_who_is_no_trust_or_school_cannot_order(session: Session, kind: OrganisationKind) -> None:
    market = a_market(session)
    other = an_actor(session, an_organisation(session, kind=kind))
    with pytest.raises(NotPermitted):
        services.start_order(session, other, market.listing_id, some_terms())


@pytest.mark.parametrize("role", [Role.APPROVER, Role.FINANCE, Role.SELLER])
def test_only_buyers_and_administrators_order(session: Session, role: Role) -> None:
    market = a_market(session)
    with pytest.raises(NotPermitted):
        services.start_order(
            session, an_actor(session, an_organisation(session), role), market.listing_id, some_terms()
        )


def test_a_draft_is_changed_on_the_terms_of_now(session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market, note="For the east schools")
    session.scalars(sa.select(Plan)).one().unit_price_pence = 30_000
    services.change_order(session, market.buyer, order.id, {"quantity": 3})
    assert (order.quantity, order.net_pence, order.note) == (3, 270_000, "For the east schools")


def test_what_was_sent_cannot_be_changed(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    with pytest.raises(Conflict):
        services.change_order(session, market.buyer, order.id, {"quantity": 3})


def test_an_order_at_the_limit_is_placed_at_once(session: Session) -> None:
    market = a_market(session, limit_pence=WHOLE_LIFE)
    order = a_sent_order(session, market)
    assert order.state is OrderState.PLACED
    assert order.placed_at is not None


@pytest.mark.parametrize(("first", "days"), [(0, 0), (3, 3), (14, 14), (15, 14)])
def test_a_seller_answers_within_fourteen_days_and_no_later_than_the_first_day(
    session: Session, first: int, days: int
) -> None:
    with clock.standing_at(datetime(2026, 12, 10, 9, tzinfo=UTC)):
        market, today = a_market(session), clock.today()
        order = a_sent_order(session, market, starts_on=today + timedelta(days=first), periods=1)
        assert order.answer_by_on == today + timedelta(days=days)
    with clock.standing_at(datetime(2026, 12, 11 + days, 9, tzinfo=UTC)):
        with pytest.raises(Conflict, match="time to answer ended"):
            services.accept_order(session, market.seller, order.id)
        assert states_on(session, order, order.answer_by_on, clock.today()) == [
            OrderState.PLACED,
            OrderState.LAPSED,
        ]
    assert sum(taken(session, market)) == 0


def test_an_order_a_penny_above_the_limit_awaits_approval_and_takes_nothing(session: Session) -> None:
    market = a_market(session, limit_pence=WHOLE_LIFE - 1)
    order = a_sent_order(session, market)
    assert order.state is OrderState.AWAITING_APPROVAL
    assert order.approval_limit_pence == WHOLE_LIFE - 1
    assert sum(taken(session, market)) == 0


def test_without_rules_of_its_own_a_trust_approves_everything(session: Session) -> None:
    market = a_market(session)
    other = an_actor(session, an_organisation(session), Role.BUYER)
    draft = services.start_order(session, other, market.listing_id, some_terms(po_number="PO-1"))
    assert services.submit_order(session, other, draft.id).state is OrderState.AWAITING_APPROVAL


def test_a_placed_order_takes_its_units_in_each_of_its_months(session: Session) -> None:
    market = a_market(session)
    a_sent_order(session, market)
    assert taken(session, market)[:5] == [0, 2, 2, 2, 0]


def test_the_po_number_is_asked_for_where_the_trust_demands_one(session: Session) -> None:
    market = a_market(session, requires_po_number=True)
    order = a_draft(session, market)
    with pytest.raises(Refused) as refused:
        services.submit_order(session, market.buyer, order.id)
    assert (refused.value.field, order.state) == ("po_number", OrderState.DRAFT)
    services.change_order(session, market.buyer, order.id, {"po_number": "PO-77"})
    assert services.submit_order(session, market.buyer, order.id).state is OrderState.PLACED


def test_two_submits_are_one_order(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    with pytest.raises(InvalidState):
        services.submit_order(session, market.buyer, order.id)
    assert sum(taken(session, market)) == 6


def test_capacity_that_went_meanwhile_refuses_the_submit_and_leaves_a_draft(session: Session) -> None:
    market = a_market(session)
    late = a_draft(session, market, quantity=3)
    a_sent_order(session, market, quantity=8)
    with pytest.raises(CapacityExceeded):
        services.submit_order(session, market.buyer, late.id)
    assert late.state is OrderState.DRAFT
    assert taken(session, market)[1:4] == [8, 8, 8]


def test_dates_without_capacity_are_refused(session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    session.execute(sa.delete(CapacityPeriod).where(CapacityPeriod.starts_on == next_month()))
    with pytest.raises(NoCapacity):
        services.submit_order(session, market.buyer, order.id)


def test_a_changed_price_must_be_seen_before_the_order_is_sent(session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    session.scalars(sa.select(Plan)).one().unit_price_pence = 1
    with pytest.raises(Conflict, match="changed the price"):
        services.submit_order(session, market.buyer, order.id)


def test_a_service_withdrawn_meanwhile_is_not_ordered(session: Session) -> None:
    market = a_market(session)
    order = a_draft(session, market)
    session.get_one(Listing, market.listing_id).state = ListingState.WITHDRAWN
    with pytest.raises(Conflict, match="no longer offers"):
        services.submit_order(session, market.buyer, order.id)


def test_an_approved_order_is_placed_and_everybody_is_told(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    assert (order.state, order.decided_by_id) == (OrderState.PLACED, market.approver.person_id)
    assert taken(session, market)[1:4] == [2, 2, 2]
    told = mails(session)
    assert [to for to, _ in told] == [market.approver.email, market.seller.email, market.buyer.email]
    assert told[0][1].startswith("Approve by ")
    assert told[1][1].startswith("Answer by ")
    assert all(order.reference in subject for _, subject in told)


def test_nobody_approves_what_they_asked_for(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    everything = an_actor(session, session.get_one(Organisation, market.buyer.organisation_id))
    draft = services.start_order(session, everything, market.listing_id, some_terms())
    order = services.submit_order(session, everything, draft.id)
    for decide in (
        services.approve_order,
        with_reason(services.send_back),
        with_reason(services.reject_order),
    ):
        with pytest.raises(NotPermitted, match="another person"):
            decide(session, everything, order.id)


def test_nobody_approves_what_they_sent_for_another(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    everything = an_actor(session, session.get_one(Organisation, market.buyer.organisation_id))
    order = services.submit_order(session, everything, a_draft(session, market).id)
    with pytest.raises(NotPermitted):
        services.approve_order(session, everything, order.id)


def test_the_database_refuses_a_self_approval_too(session: Session) -> None:
    order = a_sent_order(session, a_market(session, limit_pence=0))
    order.decided_by_id = order.requested_by_id
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


@pytest.mark.parametrize("role", [Role.BUYER, Role.FINANCE, Role.SELLER])
def test_only_approvers_and_administrators_decide(session: Session, role: Role) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    organisation = session.get_one(Organisation, market.buyer.organisation_id)
    with pytest.raises(NotPermitted):
        services.approve_order(session, an_actor(session, organisation, role), order.id)


def test_two_decisions_are_one(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    organisation = session.get_one(Organisation, market.buyer.organisation_id)
    second = an_actor(session, organisation, Role.APPROVER)
    services.approve_order(session, market.approver, order.id)
    with pytest.raises(InvalidState):
        services.approve_order(session, second, order.id)
    with pytest.raises(InvalidState):
        services.reject_order(session, second, order.id, "Too dear")
    assert order.decided_by_id == market.approver.person_id
    assert taken(session, market)[1:4] == [2, 2, 2]


def test_what_was_sent_back_is_changed_and_sent_again(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    services.send_back(session, market.approver, order.id, "One day is enough")
    assert order.state is OrderState.DRAFT
    services.change_order(session, market.buyer, order.id, {"quantity": 1})
    services.submit_order(session, market.buyer, order.id)
    assert (order.state, order.decided_by_id) == (OrderState.AWAITING_APPROVAL, None)
    assert sum(subject.startswith("Approve by") for _, subject in mails(session)) == 2


def test_a_rejected_order_ends_with_its_reason(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    services.reject_order(session, market.approver, order.id, "Not this year")
    assert order.state is OrderState.REJECTED
    made = session.scalars(sa.select(OrderMove).order_by(OrderMove.id.desc())).first()
    assert made is not None
    assert (made.move, made.reason, made.person_id) == (
        Move.REJECT,
        "Not this year",
        market.approver.person_id,
    )


def test_an_order_whose_start_has_passed_is_not_approved(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    with (
        freeze_time(next_month() + timedelta(days=1)),
        pytest.raises(Conflict, match="start date has passed"),
    ):
        services.approve_order(session, market.approver, order.id)


def test_an_accepted_order_signs_one_contract_on_its_terms(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market, po_number="PO-9")
    contract = services.accept_order(session, market.seller, order.id)
    assert order.state is OrderState.ACCEPTED
    assert (contract.source, contract.source_id) == (ContractSource.ORDER, order.id)
    assert (contract.buyer_id, contract.supplier_id) == (order.buyer_id, order.seller_id)
    assert (contract.net_pence, contract.ends_on, contract.po_number) == (WHOLE_LIFE, order.ends_on, "PO-9")
    with pytest.raises(InvalidState):
        services.accept_order(session, market.seller, order.id)
    assert session.scalar(sa.select(sa.func.count(Contract.id))) == 1


def test_an_order_that_starts_today_is_active_when_accepted(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market, starts_on=clock.today())
    services.accept_order(session, market.seller, order.id)
    assert order.state is OrderState.ACTIVE


def test_a_declined_order_gives_back_exactly_what_it_took(session: Session) -> None:
    market = a_market(session)
    other, order = a_sent_order(session, market, quantity=3), a_sent_order(session, market)
    services.decline_order(session, market.seller, order.id, "Our manager is leaving")
    assert order.state is OrderState.DECLINED
    assert taken(session, market)[:5] == [0, 3, 3, 3, 0]
    held = session.scalars(sa.select(OrderCapacity.order_id))
    assert set(held) == {other.id}


def test_the_seller_cannot_answer_after_the_last_day(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market, starts_on=next_month() + timedelta(days=40))
    with freeze_time(clock.now() + timedelta(days=15)), pytest.raises(Conflict, match="time to answer ended"):
        services.accept_order(session, market.seller, order.id)
    assert order.state is OrderState.PLACED


def test_a_seller_never_meets_an_order_that_was_not_placed(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    for answer in (services.accept_order, with_reason(services.decline_order)):
        with pytest.raises(NotFound):
            answer(session, market.seller, order.id)


def test_a_cancelled_order_gives_back_and_tells_the_seller(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    services.cancel_order(session, market.buyer, order.id)
    assert order.state is OrderState.CANCELLED
    assert sum(taken(session, market)) == 0
    assert mails(session)[-1] == (market.seller.email, f"Cancelled: {order.reference}")


def test_an_accepted_order_cannot_be_cancelled(session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    with pytest.raises(InvalidState):
        services.cancel_order(session, market.buyer, contract.source_id)
    assert sum(taken(session, market)) == 6


def test_a_cancelled_draft_gives_nothing_back(session: Session) -> None:
    market = a_market(session)
    services.cancel_order(session, market.buyer, a_draft(session, market).id)
    assert sum(taken(session, market)) == 0
    assert mails(session) == []


def with_reason(service: Callable[..., Any]) -> Callable[[Session, Actor, uuid.UUID], Any]:
    """The service with a reason."""

    @wraps(service)
    def decide(session: Session, actor: Actor, order_id: uuid.UUID) -> Any:
        return service(session, actor, order_id, "A reason")

    return decide


def change(session: Session, actor: Actor, order_id: uuid.UUID) -> Any:
    """Change the order by one unit."""
    return services.change_order(session, actor, order_id, {"quantity": 1})


@pytest.mark.parametrize(
    "act",
    [
        change,
        services.submit_order,
        services.approve_order,
        with_reason(services.send_back),
        with_reason(services.reject_order),
        services.accept_order,
        with_reason(services.decline_order),
        services.cancel_order,
    ],
)
def test_the_order_of_others_is_not_there(session: Session, act: Callable[..., Any]) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    with pytest.raises(NotFound):
        act(session, market.stranger, order.id)


@pytest.mark.parametrize("act", [services.approve_order, services.submit_order, services.cancel_order])
def test_the_seller_cannot_do_what_the_buyer_does(session: Session, act: Callable[..., Any]) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    selling = session.get_one(Organisation, market.seller.organisation_id)
    with pytest.raises(NotFound):
        act(session, an_actor(session, selling), order.id)


def states_on(session: Session, order: Order, *days: date) -> list[OrderState]:
    """The order's state after each of these days' jobs."""
    found = []
    for on in days:
        services.move_due_orders(session, on)
        found.append(order.state)
    return found


def test_what_nobody_answered_lapses_after_the_last_day(session: Session) -> None:
    market = a_market(session)
    order = a_sent_order(session, market, starts_on=add_months(next_month(), 1))
    last = clock.today() + timedelta(days=14)
    states = states_on(session, order, last, last + timedelta(days=1))
    assert states == [OrderState.PLACED, OrderState.LAPSED]
    assert sum(taken(session, market)) == 0
    assert mails(session)[-1] == (market.buyer.email, f"Lapsed: {order.reference}")


def test_an_accepted_order_begins_on_its_first_day_and_ends_after_its_last(session: Session) -> None:
    market = a_market(session)
    order = session.get_one(Order, a_contract(session, market).source_id)
    day = timedelta(days=1)
    states = states_on(
        session, order, order.starts_on - day, order.starts_on, order.ends_on, order.ends_on + day
    )
    assert states == [OrderState.ACCEPTED, OrderState.ACTIVE, OrderState.ACTIVE, OrderState.ENDED]


def test_an_order_of_which_every_day_was_missed_goes_through_every_state(session: Session) -> None:
    market = a_market(session)
    order = session.get_one(Order, a_contract(session, market).source_id)
    services.move_due_orders(session, order.ends_on + timedelta(days=1))
    made = session.scalars(sa.select(OrderMove.move).order_by(OrderMove.id))
    assert list(made) == [Move.PLACE, Move.ACCEPT, Move.BEGIN, Move.END]


def test_every_move_is_in_the_record(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    services.accept_order(session, market.seller, order.id)
    session.commit()
    bought, sold = (in_the_record(session, order, actor) for actor in (market.buyer, market.seller))
    assert [entry.action for entry in bought] == ["start", "submit", "see-findings", "approve", "accept"]
    assert bought[3].before == {"state": "awaiting-approval"}
    assert bought[3].person_id == market.approver.person_id
    assert [entry.action for entry in sold] == ["approve", "accept"]  # what went before is the buyer's own


def in_the_record(session: Session, order: Order, actor: Actor) -> Sequence[AuditEntry]:
    """What the record of the actor's organisation holds of an order."""
    mine = (AuditEntry.subject_id == order.id, AuditEntry.organisation_id == actor.organisation_id)
    return session.scalars(sa.select(AuditEntry).where(*mine).order_by(AuditEntry.number)).all()


@pytest.mark.parametrize("end", ["lapse", "cancel", "decline"])
def test_how_a_placed_order_ends_is_in_the_records_of_both(session: Session, end: str) -> None:
    market = a_market(session)
    order = a_sent_order(session, market)
    if end == "lapse":
        services.move_due_orders(session, clock.today() + timedelta(days=15))
    elif end == "cancel":
        services.cancel_order(session, market.buyer, order.id)
    else:
        services.decline_order(session, market.seller, order.id, "Full")
    session.commit()
    for actor in (market.buyer, market.seller):
        assert in_the_record(session, order, actor)[-1].action == end
    assert session.scalar(sa.select(sa.func.count()).where(AuditEntry.organisation_id == SYSTEM)) == 0


def test_a_cancelled_draft_is_not_in_the_sellers_record(session: Session) -> None:
    market = a_market(session)
    order = services.cancel_order(session, market.buyer, a_draft(session, market).id)
    session.commit()
    assert [entry.action for entry in in_the_record(session, order, market.buyer)] == ["start", "cancel"]
    assert in_the_record(session, order, market.seller) == []


def test_the_history_of_an_order_cannot_be_altered(session: Session) -> None:
    a_sent_order(session, a_market(session))
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.update(OrderMove).values(reason="another"))
