"""What a signed contract charges, and when."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.subscriptions.models import ChargePeriod, Subscription
from billing.subscriptions.services import begin_subscription, end_finished
from billing.subscriptions.states import SubscriptionState
from marketplace.catalogue.kinds import Cadence
from tests.factories.billing import a_contract, a_seller
from tests.factories.trusts import an_actor

ONE_DAY = timedelta(days=1)


def periods(session: Session) -> list[ChargePeriod]:
    return list(session.scalars(sa.select(ChargePeriod).order_by(ChargePeriod.idx)))


def test_a_signed_contract_has_charge_periods_that_tile_its_time(session: Session) -> None:
    contract = a_contract(session, a_seller(session), an_actor(session), starts_on=date(2027, 1, 31))
    made = periods(session)
    assert (made[0].starts_on, made[-1].ends_on) == (contract.starts_on, contract.ends_on)
    assert all(after.starts_on == before.ends_on + ONE_DAY for before, after in itertools.pairwise(made))
    assert sum(period.net_pence for period in made) == contract.net_pence


def test_each_period_is_due_on_its_first_day(session: Session) -> None:
    a_contract(session, a_seller(session), an_actor(session), cadence=Cadence.TERMLY)
    assert all(period.due_on == period.starts_on for period in periods(session))


def test_beginning_twice_is_once(session: Session) -> None:
    contract = a_contract(session, a_seller(session), an_actor(session))
    assert begin_subscription(session, contract.id).contract_id == contract.id
    assert session.scalar(sa.select(sa.func.count(Subscription.id))) == 1


def test_a_subscription_ends_the_day_after_its_last(session: Session) -> None:
    contract = a_contract(session, a_seller(session), an_actor(session))
    end_finished(session, contract.ends_on)
    assert session.scalars(sa.select(Subscription.state)).one() is SubscriptionState.ACTIVE
    end_finished(session, contract.ends_on + ONE_DAY)
    assert session.scalars(sa.select(Subscription.state)).one() is SubscriptionState.ENDED
