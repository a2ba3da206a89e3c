"""Publishing prices, posting needs, starting and cancelling rounds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import committing, services
from marketplace.aggregation.models import Commitment, PriceList, PriceTier, RoundTier
from marketplace.aggregation.states import CommitmentState, PriceListState, RequestState, RoundState
from marketplace.aggregation.tiers import Tier
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidState, NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.aggregation import (
    TIERS,
    a_buyer,
    a_commitment,
    a_price_list,
    a_request,
    a_round,
    a_supplier,
    round_terms,
)
from tests.factories.trusts import an_actor, an_organisation


def test_only_a_seller_publishes_prices(session: Session) -> None:
    with pytest.raises(NotPermitted):
        a_price_list(session, a_buyer(session))


def test_tiers_that_do_not_fall_are_refused_with_their_row(session: Session) -> None:
    with pytest.raises(Refused, match=r"Row 2: Each price must be below") as refused:
        a_price_list(session, tiers=[Tier(1, 100), Tier(2, 100)])
    assert refused.value.field == "tiers"


def test_published_prices_cannot_be_changed(session: Session) -> None:
    a_price_list(session)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        session.execute(sa.update(PriceTier).values(unit_price_pence=1))


def test_a_round_keeps_the_prices_of_its_start(session: Session) -> None:
    supplier = a_supplier(session)
    price_list = a_price_list(session, supplier)
    round_ = services.start_round(session, a_buyer(session), round_terms(price_list.id))
    services.withdraw_price_list(session, supplier, price_list.id)
    assert services.tiers_of(session, round_.id) == list(TIERS)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        session.execute(sa.delete(RoundTier))


def test_no_round_starts_on_a_withdrawn_list(session: Session) -> None:
    supplier = a_supplier(session)
    price_list = a_price_list(session, supplier)
    services.withdraw_price_list(session, supplier, price_list.id)
    assert session.get_one(PriceList, price_list.id).state is PriceListState.WITHDRAWN
    with pytest.raises(Refused) as refused:
        services.start_round(session, a_buyer(session), round_terms(price_list.id))
    assert refused.value.field == "price_list_id"


def test_a_supplier_cannot_withdraw_the_list_of_another(session: Session) -> None:
    price_list = a_price_list(session)
    with pytest.raises(NotFound):
        services.withdraw_price_list(session, a_supplier(session), price_list.id)


def test_nobody_leads_a_round_on_its_own_prices(session: Session) -> None:
    trust = an_actor(session)
    price_list = a_price_list(session, trust)
    with pytest.raises(Refused, match="Another organisation"):
        services.start_round(session, trust, round_terms(price_list.id))


@pytest.mark.parametrize("role", [Role.APPROVER, Role.FINANCE, Role.SELLER])
def test_only_buyers_and_administrators_start_rounds(session: Session, role: Role) -> None:
    price_list = a_price_list(session)
    with pytest.raises(NotPermitted):
        services.start_round(
            session, an_actor(session, an_organisation(session), role), round_terms(price_list.id)
        )


def test_a_supplier_does_not_start_a_round(session: Session) -> None:
    supplier = a_supplier(session)
    buyer_there = an_actor(session, _organisation(session, supplier), Role.BUYER)
    with pytest.raises(NotPermitted, match="trusts and schools"):
        services.start_round(session, buyer_there, round_terms(a_price_list(session).id))


def _organisation(session: Session, actor: Actor) -> Organisation:
    return session.get_one(Organisation, actor.organisation_id)


def test_a_round_closes_today_or_later_and_contracts_start_after_it(session: Session) -> None:
    price_list, lead, today = a_price_list(session), a_buyer(session), clock.today()
    with pytest.raises(Refused) as refused:
        services.start_round(session, lead, round_terms(price_list.id, closes_on=today - timedelta(days=1)))
    assert refused.value.field == "closes_on"
    with pytest.raises(Refused) as refused:
        services.start_round(session, lead, round_terms(price_list.id, closes_on=today, starts_on=today))
    assert refused.value.field == "starts_on"
    tomorrow = today + timedelta(days=1)
    services.start_round(session, lead, round_terms(price_list.id, closes_on=today, starts_on=tomorrow))


def test_a_round_closes_at_the_end_of_its_day_in_london(session: Session) -> None:
    in_summer = a_round(session, closes_on=date(2090, 7, 1), starts_on=date(2090, 9, 1))
    assert in_summer.closes_at == datetime(2090, 7, 1, 23, tzinfo=UTC)
    in_winter = a_round(session, closes_on=date(2090, 12, 1), starts_on=date(2091, 1, 1))
    assert in_winter.closes_at == datetime(2090, 12, 2, tzinfo=UTC)


def test_a_need_is_closed_by_its_own_trust_once(session: Session) -> None:
    buyer = a_buyer(session)
    request = a_request(session, buyer)
    with pytest.raises(NotFound):
        services.withdraw_request(session, a_buyer(session), request.id)
    services.withdraw_request(session, buyer, request.id)
    assert request.state is RequestState.CLOSED
    with pytest.raises(InvalidState):
        services.withdraw_request(session, buyer, request.id)


def test_a_need_in_a_round_is_not_closed_behind_its_commitment(session: Session) -> None:
    buyer = a_buyer(session)
    request, round_ = a_request(session, buyer), a_round(session)
    a_commitment(session, round_, buyer, purchase_request_id=request.id)
    joined = request.state
    assert joined is RequestState.JOINED
    with pytest.raises(Refused, match="Withdraw your commitment"):
        services.withdraw_request(session, buyer, request.id)
    committing.withdraw(session, buyer, round_.id)
    assert request.state is RequestState.OPEN


def test_a_cancelled_round_ends_every_commitment_and_tells_why(session: Session) -> None:
    lead, buyer = a_buyer(session), a_buyer(session)
    request, round_ = a_request(session, buyer), a_round(session, lead)
    commitment = a_commitment(session, round_, buyer, purchase_request_id=request.id)
    services.cancel_round(session, lead, round_.id, "The supplier has left the framework")
    assert (round_.state, commitment.state) == (RoundState.CANCELLED, CommitmentState.WITHDRAWN)
    assert request.state is RequestState.OPEN
    session.flush()
    texts = [job.payload["text"] for job in session.scalars(sa.select(OutboxJob))]
    assert any("The supplier has left the framework" in text for text in texts)
    with pytest.raises(InvalidState):
        services.cancel_round(session, lead, round_.id, "Again")


def test_only_the_lead_cancels(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    a_commitment(session, round_, buyer)
    with pytest.raises(NotFound):
        services.cancel_round(session, buyer, round_.id, "No")


def test_a_trust_has_one_commitment_in_a_round_whatever_happens(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session)
    a_commitment(session, round_, buyer)
    twin = Commitment(
        round_id=round_.id,
        trust_id=buyer.organisation_id,
        quantity=1,
        ceiling_pence=1,
        state=CommitmentState.FIRM,
        requested_by_id=buyer.person_id,
    )
    session.add(twin)
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()
