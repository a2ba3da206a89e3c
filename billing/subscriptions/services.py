"""Beginning and ending subscriptions."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.subscriptions.models import ChargePeriod, Subscription
from billing.subscriptions.states import SubscriptionState
from marketplace.catalogue import pricing
from marketplace.contracts.models import Contract


def begin_subscription(session: Session, contract_id: uuid.UUID) -> Subscription:
    """The subscription of a contract and its charge periods, which tile its time; twice is once."""
    known = session.scalar(sa.select(Subscription).where(Subscription.contract_id == contract_id))
    if known is not None:
        return known
    contract = session.get_one(Contract, contract_id)
    subscription = Subscription(
        contract_id=contract.id, buyer_id=contract.buyer_id, seller_id=contract.supplier_id
    )
    session.add(subscription)
    session.flush()
    session.add_all(_periods(subscription.id, contract))
    session.flush()
    return subscription


def _periods(subscription_id: uuid.UUID, contract: Contract) -> list[ChargePeriod]:
    charged = pricing.charges_of(contract)
    return [
        ChargePeriod(
            subscription_id=subscription_id,
            idx=idx,
            starts_on=charge.starts_on,
            ends_on=charge.ends_on,
            due_on=charge.starts_on,
            net_pence=charge.net_pence,
        )
        for idx, charge in enumerate(charged)
    ]


def shorten_subscription(session: Session, contract_id: uuid.UUID) -> None:
    """Charge nothing after the last day that the contract has now; none of it was due yet."""
    contract = session.get_one(Contract, contract_id)
    theirs = sa.select(Subscription.id).where(Subscription.contract_id == contract_id).scalar_subquery()
    session.execute(
        sa.delete(ChargePeriod).where(
            ChargePeriod.subscription_id == theirs, ChargePeriod.starts_on > contract.ends_on
        )
    )


def end_finished(session: Session, on: date) -> None:
    """End each subscription whose last day has passed."""
    lasting = sa.select(ChargePeriod.subscription_id).where(ChargePeriod.ends_on >= on)
    session.execute(
        sa.update(Subscription)
        .where(Subscription.state == SubscriptionState.ACTIVE, Subscription.id.not_in(lasting))
        .values(state=SubscriptionState.ENDED)
    )
