"""Buyers who take, give back, wait, leave and order at once: no lost place, no jump, no circle of locks."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.catalogue import queries, taking
from marketplace.catalogue.kinds import Cadence
from marketplace.catalogue.pricing import add_months, last_day
from marketplace.catalogue.taking import CapacityExceeded, Taken, Want
from marketplace.kernel.database import is_retryable
from marketplace.kernel.errors import DomainError
from marketplace.kernel.session import Database
from marketplace.scheduling import holding, subscribers, waiting
from marketplace.scheduling.kinds import WaitingState
from marketplace.scheduling.models import CapacityHold, WaitingPlace
from marketplace.scheduling.queueing import suffices
from marketplace.scheduling.waiting import Wish
from marketplace.trusts.access import Actor
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_buyer, a_scarce_listing

BUYERS, STEPS, MONTHS = 6, 40, 4


class Crowd:
    """One listing of scarce units and another, and what each buyer has of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as session, session.begin():
            self.listings = [a_scarce_listing(session, 5, MONTHS).id for _ in range(2)]
            self.buyers = [a_buyer(session) for _ in range(BUYERS)]
        self.done: Counter[str] = Counter()

    def act(self, number: int) -> list[Taken]:
        """So many steps of one buyer; what they still have in the end."""
        chance = random.Random(number)
        had: list[list[Taken]] = []
        for _ in range(STEPS):
            step = chance.choice((self.take, self.give_back, self.join, self.leave_or_order))
            try:
                step(chance, self.buyers[number], had)
            except DomainError as error:
                self.done[error.code] += 1
        return [one for taken in had for one in taken]

    def take(self, chance: random.Random, buyer: Actor, had: list[list[Taken]]) -> None:
        first = add_months(next_month(), chance.randrange(MONTHS - 1))
        days = (first, last_day(Cadence.MONTHLY, first, 2))
        wants = [Want(one, chance.randint(1, 2), *days) for one in self.listings[: chance.randint(1, 2)]]
        chance.shuffle(wants)
        had.extend(self.database.run(lambda session: taking.take_all(session, wants)))
        self.done["taken"] += 1

    def give_back(self, chance: random.Random, buyer: Actor, had: list[list[Taken]]) -> None:
        if had:
            taken = had.pop(chance.randrange(len(had)))
            self.database.run(lambda session: taking.give_back(session, taken))
            self.done["given back"] += 1

    def join(self, chance: random.Random, buyer: Actor, had: list[list[Taken]]) -> None:
        wish = Wish(chance.randint(2, 5), add_months(next_month(), chance.randrange(MONTHS - 1)), 2)
        self.database.run(lambda session: waiting.join_waiting(session, buyer, self.listings[0], wish))
        self.done["joined"] += 1

    def leave_or_order(self, chance: random.Random, buyer: Actor, had: list[list[Taken]]) -> None:
        place = self.database.run(lambda session: live_place(session, buyer))
        if place is None:
            return
        if place.state is WaitingState.OFFERED and chance.random() < 0.6:
            wanted = (place.listing_id, place.quantity, place.starts_on, place.ends_on)
            taken = self.database.run(lambda session: holding.take_over(session, buyer, *wanted))
            if taken:
                had.append(taken)
                self.done["ordered"] += 1
        else:
            self.database.run(lambda session: waiting.leave_waiting(session, buyer, place.id) and None)
            self.done["left"] += 1


def live_place(session: Session, buyer: Actor) -> Any:
    columns = WaitingPlace.__table__.c
    live = columns.state.in_((WaitingState.WAITING, WaitingState.OFFERED))
    return session.execute(
        sa.select(*columns).where(columns.buyer_id == buyer.organisation_id, live)
    ).one_or_none()


def circles_of(database: Database) -> list[str]:
    """Each time from now on that units of work waited for each other in a circle, or did not come through."""
    circles: list[str] = []

    def note(context: Any) -> None:
        if is_retryable(context.original_exception):
            circles.append(str(context.original_exception))

    event.listen(database.engine, "handle_error", note)
    return circles


def test_a_crowd_that_waits_loses_no_place_and_gets_nothing_twice(environment: dict[str, str]) -> None:
    subscribers.subscribe_all()
    database = Database.at(environment["DATABASE_URL"])
    crowd, circles = Crowd(database), circles_of(database)
    with ThreadPoolExecutor(BUYERS) as threads:
        had = [one for taken in threads.map(crowd.act, range(BUYERS)) for one in taken]
    with database.reading() as session:
        check(session, crowd.listings, had)
    database.close()
    assert circles == []
    assert min(crowd.done[name] for name in ("taken", "given back", "joined", CapacityExceeded.code)) > 0


def check(session: Session, listings: list[uuid.UUID], had: list[Taken]) -> None:
    """What is taken is what buyers have and what is held; nobody waits for what is free."""
    holds = [Taken(*row) for row in session.execute(sa.select(CapacityHold.period_id, CapacityHold.units))]
    sums: Counter[uuid.UUID] = Counter()
    for one in (*had, *holds):
        sums[one.period_id] += one.units
    for listing_id in listings:
        periods = queries.capacity_of(session, listing_id)
        assert {one.period_id: one.taken for one in periods if one.taken} == {
            one.period_id: sums[one.period_id] for one in periods if sums[one.period_id]
        }
        places = session.scalars(
            sa.select(WaitingPlace).where(
                WaitingPlace.listing_id == listing_id, WaitingPlace.state == WaitingState.WAITING
            )
        )
        for place in places:
            assert not suffices(periods, place.quantity, place.starts_on, place.ends_on)
