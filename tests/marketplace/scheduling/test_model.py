"""Capacity, orders and waiting lists do what a plain model of them does, whatever comes after what.

STEPS says how many steps are taken on each database; README has the command of the whole proof, STEPS=20000.
Each run has its number for a seed, so that every machine takes the same steps; SEED=1000 takes others.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from marketplace.catalogue import offering, plans, queries, taking
from marketplace.catalogue import services as selling
from marketplace.catalogue.availability import Span, months
from marketplace.catalogue.models import CapacityPeriod, Plan
from marketplace.catalogue.offering import CapacityTaken
from marketplace.catalogue.plans import Price
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.states import Move
from marketplace.catalogue.taking import CapacityExceeded, NoCapacity, Taken, Want
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict
from marketplace.scheduling import following, holding, waiting
from marketplace.scheduling.kinds import WaitingState as W
from marketplace.scheduling.models import CapacityHold, WaitingPlace
from marketplace.scheduling.waiting import AlreadyWaiting, EnoughIsFree, Wish
from marketplace.trusts.access import Actor
from tests.factories.catalogue import a_listing, a_plan
from tests.factories.ordering import next_month
from tests.factories.scheduling import a_buyer, a_seller

STEPS = int(os.environ.get("STEPS", "1500"))
SEED = int(os.environ.get("SEED", "0"))
STEPS_OF_ONE_RUN, EXAMPLES_OF_ONE_RUN = 100, 4
RUNS_AT_MOST = 20 + STEPS // 50
LISTINGS, BUYERS, MONTHS = 2, 4, 5
WHAT_HAPPENS = {
    *("offer", "take", "take pooled", "take refused", "give back", "shorten"),
    *("join", "join refused", "leave", "take over", "lapse", "pause", "resume", "lengthen", "let be shorter"),
}
"""It goes on until each of these was seen."""
LIVE = (W.WAITING, W.OFFERED, W.PAUSED)


@dataclass
class Line:
    """A place as the model has it."""

    buyer: int
    quantity: int
    first: int
    asked: int
    length: int
    state: W = W.WAITING

    @property
    def months(self) -> range:
        return range(self.first, self.first + self.length)


@dataclass
class Model:
    """One listing in plain Python: units and taken by month (None: not offered), and who waits in order.

    No order is for less than `least` months.
    """

    units: list[int | None] = field(default_factory=lambda: [None] * MONTHS)
    taken: list[int] = field(default_factory=lambda: [0] * MONTHS)
    line: list[Line] = field(default_factory=list)
    is_published: bool = True
    least: int = 1

    def fits(self, quantity: int, wanted: range) -> bool:
        return all(
            month < MONTHS and self.taken[month] + quantity <= (self.units[month] or 0) for month in wanted
        )

    def take(self, quantity: int, wanted: range) -> None:
        for month in wanted:
            self.taken[month] += quantity

    def free(self, quantity: int, wanted: range) -> None:
        self.take(-quantity, wanted)
        self.serve()

    def serve(self) -> None:
        if not self.is_published:
            return
        for one in self.line:
            if one.state is W.WAITING and self.fits(one.quantity, one.months):
                self.take(one.quantity, one.months)
                one.state = W.OFFERED

    def lengthen(self, least: int) -> None:
        """What is held for other months than an order would be for now is given back; then all are served."""
        self.least = least
        for one in (one for one in self.line if one.state in LIVE):
            length = max(one.asked, least)
            if one.state is W.OFFERED and length != one.length:
                self.take(-one.quantity, one.months)
                one.state = W.WAITING
            one.length = length
        self.serve()

    def of(self, buyer: int) -> Line | None:
        return next((one for one in self.line if one.buyer == buyer and one.state in LIVE), None)


@dataclass
class World:
    """What is there before every run."""

    session: Session
    listings: list[uuid.UUID]
    sellers: list[Actor]
    buyers: list[Actor]
    spans: list[Span]

    @classmethod
    def made(cls, session: Session) -> World:
        listings = [a_listing(session) for _ in range(LISTINGS)]
        for listing in listings:
            a_plan(session, listing)
        sellers = [a_seller(session, listing) for listing in listings]
        buyers = [a_buyer(session) for _ in range(BUYERS)]
        spans = months(next_month(), add_months(next_month(), MONTHS - 1))
        ids = sorted(range(LISTINGS), key=lambda place: listings[place].id)
        session.commit()
        return cls(session, [listings[i].id for i in ids], [sellers[i] for i in ids], buyers, spans)

    def days(self, wanted: range) -> tuple[date, date]:
        """From the middle of the first month to the first day of the last: every month has a day of it."""
        return self.spans[wanted[0]][0], self.spans[wanted[-1]][1]


spans_ = st.tuples(st.integers(0, MONTHS - 1), st.integers(1, 3)).map(
    lambda pair: range(pair[0], min(MONTHS, pair[0] + pair[1]))
)
listings_ = st.integers(0, LISTINGS - 1)
buyers_ = st.integers(0, BUYERS - 1)
quantities_ = st.integers(1, 3)


class Market(RuleBasedStateMachine):
    """Every step is done to the services and to the model, and both must say the same."""

    world: ClassVar[World]
    steps: ClassVar[int] = 0
    done: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.session = self.world.session
        self.models = [Model() for _ in range(LISTINGS)]
        self.orders: list[tuple[int, int, range, list[Taken]]] = []
        self.is_changed = True

    def teardown(self) -> None:
        self.session.rollback()

    def count(self, name: str) -> None:
        self.is_changed = True
        type(self).steps += 1
        self.done[name] = self.done.get(name, 0) + 1

    @initialize(units=st.lists(st.integers(2, 5), min_size=LISTINGS, max_size=LISTINGS))
    def begin(self, units: list[int]) -> None:
        """Each listing has something in every month but the last."""
        for listing, number in enumerate(units):
            self.set_units(listing, range(MONTHS - 1), number)
            self.models[listing].units[: MONTHS - 1] = [number] * (MONTHS - 1)

    @rule(listing=listings_, wanted=spans_, units=st.integers(0, 6), often=st.integers(0, 2))
    def offer(self, listing: int, wanted: range, units: int, often: int) -> None:
        model = self.models[listing]
        if often:  # as often as anything else: it can always be done, and most others cannot
            return
        if any(model.taken[month] > units for month in wanted):
            self.count("offer refused")
            with self.refused(CapacityTaken):
                self.set_units(listing, wanted, units)
            return
        self.count("offer")
        self.set_units(listing, wanted, units)
        for month in wanted:
            model.units[month] = units
        model.serve()

    def set_units(self, listing: int, wanted: range, units: int) -> None:
        first, last = self.world.spans[wanted[0]][0], self.world.spans[wanted[-1]][0]
        seller, listing_id = self.world.sellers[listing], self.world.listings[listing]
        offering.set_capacity(self.session, seller, listing_id, first, last, units)

    @rule(listing=listings_, wanted=spans_, quantity=quantities_)
    def take(self, listing: int, wanted: range, quantity: int) -> None:
        self.take_several([(listing, wanted, quantity)])

    @rule(listing=listings_, wanted=spans_)
    def take_the_rest(self, listing: int, wanted: range) -> None:
        """Month by month, so that others have to wait, and several for the same."""
        model = self.models[listing]
        for month in wanted:
            left = (model.units[month] or 0) - model.taken[month]
            if left > 0:
                self.take_several([(listing, range(month, month + 1), left)])

    @rule(first=spans_, second=spans_, quantity=quantities_, other=quantities_, same=st.booleans())
    def take_pooled(self, first: range, second: range, quantity: int, other: int, same: bool) -> None:
        self.take_several([(1, first, quantity), (1 if same else 0, second, other)])

    def take_several(self, wants: list[tuple[int, range, int]]) -> None:
        asked = [Want(self.world.listings[at], q, *self.world.days(wanted)) for at, wanted, q in wants]
        before = [list(model.taken) for model in self.models]
        for at, wanted, quantity in wants:
            if not self.models[at].fits(quantity, wanted):
                for model, taken in zip(self.models, before, strict=True):
                    model.taken = taken
                self.count("take refused")
                with self.refused((CapacityExceeded, NoCapacity)):
                    taking.take_all(self.session, asked)
                return
            self.models[at].take(quantity, wanted)
        self.count("take" if len(wants) == 1 else "take pooled")
        found = taking.take_all(self.session, asked)
        for (at, wanted, quantity), one in zip(wants, found, strict=True):
            assert len(one) == len(wanted)
            self.orders.append((at, quantity, wanted, one))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        self.end_order(data.draw(st.integers(0, len(self.orders) - 1)))

    @precondition(lambda self: self.in_the_way())
    @rule(data=st.data())
    def give_back_what_somebody_waits_for(self, data: st.DataObject) -> None:
        """So that holds are no rarity."""
        self.end_order(data.draw(st.sampled_from(self.in_the_way())))

    def end_order(self, place: int) -> None:
        self.count("give back")
        at, quantity, wanted, taken = self.orders.pop(place)
        taking.give_back(self.session, taken)
        self.models[at].free(quantity, wanted)

    def in_the_way(self) -> list[int]:
        """The orders of months for which somebody waits."""
        return [
            place
            for place, (at, _, wanted, _) in enumerate(self.orders)
            for line in self.models[at].line
            if line.state is W.WAITING and set(line.months) & set(wanted)
        ]

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), kept=st.integers(0, 3))
    def shorten(self, data: st.DataObject, kept: int) -> None:
        self.count("shorten")
        at, quantity, wanted, taken = self.orders.pop(data.draw(st.integers(0, len(self.orders) - 1)))
        kept = min(kept, len(wanted))
        last = self.world.spans[wanted[kept - 1]][1] if kept else self.world.days(wanted)[0] - timedelta(1)
        still = taking.give_back_after(self.session, taken, last - timedelta(days=3) if kept else last)
        assert len(still) == kept
        if kept:
            self.orders.append((at, quantity, wanted[:kept], still))
        if kept < len(wanted):
            self.models[at].free(quantity, wanted[kept:])

    @rule(listing=listings_, buyer=buyers_, wanted=spans_, quantity=st.integers(1, 5))
    def join(self, listing: int, buyer: int, wanted: range, quantity: int) -> None:
        model, actor = self.models[listing], self.world.buyers[buyer]
        wish = Wish(quantity, self.world.spans[wanted[0]][0], len(wanted))
        expected: Any = None
        if not model.is_published or len(wanted) < model.least:
            return
        if model.fits(quantity, wanted):
            expected = EnoughIsFree
        elif model.of(buyer):
            expected = AlreadyWaiting
        if expected is not None:
            self.count("join refused")
            with self.refused(expected):
                waiting.join_waiting(self.session, actor, self.world.listings[listing], wish)
            return
        self.count("join")
        waiting.join_waiting(self.session, actor, self.world.listings[listing], wish)
        model.line.append(Line(buyer, quantity, wanted[0], len(wanted), len(wanted)))

    @rule(listing=listings_, buyer=buyers_)
    def leave(self, listing: int, buyer: int) -> None:
        model = self.models[listing]
        line = model.of(buyer)
        if line is None:
            return
        self.count("leave")
        waiting.leave_waiting(self.session, self.world.buyers[buyer], self.place_id(listing, buyer))
        held, line.state = line.state is W.OFFERED, W.DECLINED if line.state is W.OFFERED else W.LEFT
        if held:
            model.free(line.quantity, line.months)

    @precondition(lambda self: self.offered())
    @rule(data=st.data())
    def take_over(self, data: st.DataObject) -> None:
        listing, line = data.draw(st.sampled_from(self.offered()))
        self.count("take over")
        taken = self.asked_for_hold(listing, line)
        assert taken is not None
        line.state = W.ORDERED
        self.orders.append((listing, line.quantity, line.months, taken))

    @rule(listing=listings_, buyer=buyers_)
    def take_over_too_early(self, listing: int, buyer: int) -> None:
        line = self.models[listing].of(buyer)
        if line is not None and line.state is not W.OFFERED and line.months[-1] < MONTHS:
            self.count("take over refused")
            assert self.asked_for_hold(listing, line) is None

    def asked_for_hold(self, listing: int, line: Line) -> list[Taken] | None:
        days, actor = self.world.days(line.months), self.world.buyers[line.buyer]
        return holding.take_over(self.session, actor, self.world.listings[listing], line.quantity, *days)

    @precondition(lambda self: self.offered())
    @rule(data=st.data())
    def lapse(self, data: st.DataObject) -> None:
        """The deadline of one of those that are offered something passes."""
        listing, line = data.draw(st.sampled_from(self.offered()))
        self.count("lapse")
        place = self.session.get_one(WaitingPlace, self.place_id(listing, line.buyer))
        place.answer_by_on = clock.today() - timedelta(days=1)
        self.session.flush()
        following.move_due_places(self.session, clock.today())
        line.state = W.LAPSED
        self.models[listing].free(line.quantity, line.months)

    def offered(self) -> list[tuple[int, Line]]:
        """Every place for which something is held, and the listing of it."""
        return [
            (at, line)
            for at, model in enumerate(self.models)
            for line in model.line
            if line.state is W.OFFERED
        ]

    @rule(listing=listings_, often=st.integers(0, 5))
    def pause_or_resume(self, listing: int, often: int) -> None:
        model = self.models[listing]
        if not any(model.units) or often:  # seldom: while it is paused little else can happen
            return
        self.count("pause" if model.is_published else "resume")
        move = Move.PAUSE if model.is_published else Move.RESUME
        selling.move_listing(self.session, self.world.sellers[listing], self.world.listings[listing], move)
        model.is_published = not model.is_published
        for line in model.line:
            if line.state is W.OFFERED:
                model.take(-line.quantity, line.months)
            if line.state in LIVE:
                line.state = W.WAITING if model.is_published else W.PAUSED
        model.serve()

    @rule(listing=listings_, often=st.integers(0, 3))
    def let_orders_be_short(self, listing: int, often: int) -> None:
        if not often and self.models[listing].least > 1:
            self.count("let be shorter")
            self.set_least(listing, 1)

    @precondition(lambda self: self.offered())
    @rule(data=st.data(), more=st.integers(0, 1))
    def lengthen_what_is_held(self, data: st.DataObject, more: int) -> None:
        listing, line = data.draw(st.sampled_from(self.offered()))
        self.count("lengthen")
        self.set_least(listing, line.length + more)

    def set_least(self, listing: int, least: int) -> None:
        """The seller sells for so many months at the least."""
        seller, listing_id = self.world.sellers[listing], self.world.listings[listing]
        plan = self.session.scalars(sa.select(Plan).where(Plan.listing_id == listing_id)).one()
        price = Price(plan.cadence, plan.unit_price_pence, plan.vat_treatment, minimum_periods=least)
        plans.change_plan(self.session, seller, listing_id, plan.id, price)
        self.models[listing].lengthen(least)

    def place_id(self, listing: int, buyer: int) -> uuid.UUID:
        return self.session.scalars(
            sa.select(WaitingPlace.id).where(
                WaitingPlace.listing_id == self.world.listings[listing],
                WaitingPlace.buyer_id == self.world.buyers[buyer].organisation_id,
                WaitingPlace.state.in_(LIVE),
            )
        ).one()

    @contextmanager
    def refused(self, kinds: type[Conflict] | tuple[type[Conflict], ...]) -> Iterator[None]:
        """As the edge does it: what is refused is undone."""
        kept = self.session.begin_nested()
        try:
            yield
        except kinds:
            kept.rollback()
        else:
            raise AssertionError(f"not refused: {kinds}")

    @invariant()
    def both_say_the_same(self) -> None:
        """After each step; a rule that found nothing to do took none."""
        if self.is_changed:
            self.check_units()
            self.check_lines()
            self.check_what_is_taken()
            self.check_waiting()
            self.is_changed = False

    def check_units(self) -> None:
        """Both have the same units, and as many taken."""
        for listing_id, model in zip(self.world.listings, self.models, strict=True):
            found = {
                one.starts_on: (one.units, one.taken) for one in queries.capacity_of(self.session, listing_id)
            }
            for (starts_on, _), units, taken in zip(self.world.spans, model.units, model.taken, strict=True):
                assert found.get(starts_on, (None, 0)) == (units, taken)

    def check_lines(self) -> None:
        """Both have the same line."""
        place = WaitingPlace
        statement = sa.select(place.buyer_id, place.quantity, place.periods, place.state)
        for listing_id, model in zip(self.world.listings, self.models, strict=True):
            rows = self.session.execute(
                statement.where(WaitingPlace.listing_id == listing_id).order_by(WaitingPlace.id)
            )
            buyers = [actor.organisation_id for actor in self.world.buyers]
            assert [tuple(row) for row in rows] == [
                (buyers[one.buyer], one.quantity, one.length, one.state) for one in model.line
            ]

    def check_what_is_taken(self) -> None:
        """What is taken is what orders and holds have."""
        rows = self.session.execute(sa.select(CapacityHold.period_id, CapacityHold.units))
        holds = [Taken(*row) for row in rows]
        had: dict[uuid.UUID, int] = {}
        for taken in itertools.chain(holds, *(taken for _, _, _, taken in self.orders)):
            had[taken.period_id] = had.get(taken.period_id, 0) + taken.units
        taken_of = sa.select(CapacityPeriod.id, CapacityPeriod.taken).where(CapacityPeriod.taken > 0)
        assert {row.id: row.taken for row in self.session.execute(taken_of)} == had

    def check_waiting(self) -> None:
        """Nobody waits for what is free."""
        for model in self.models:
            for one in model.line:
                assert one.state is not W.WAITING or not model.fits(one.quantity, one.months)


def test_the_services_do_what_the_plain_model_does(own_session: Session) -> None:
    Market.world, Market.steps, Market.done = World.made(own_session), 0, {}
    of_one_run = settings(
        max_examples=EXAMPLES_OF_ONE_RUN,
        stateful_step_count=STEPS_OF_ONE_RUN,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    runs = itertools.count(SEED)
    while Market.steps < STEPS or not set(Market.done) >= WHAT_HAPPENS:
        number = next(runs)
        assert number < SEED + RUNS_AT_MOST, f"never happened: {WHAT_HAPPENS - set(Market.done)}"
        run_state_machine_as_test(seed(number)(Market), settings=of_one_run)
    print(f"{Market.steps} steps:", dict(sorted(Market.done.items())))  # noqa: T201  the figure of the proof
