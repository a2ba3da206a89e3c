"""After any acts the search knows of every listing what making it anew would say."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import detailing, offering, plans, services, taking
from marketplace.catalogue.events import CapacityChanged
from marketplace.catalogue.kinds import Basis, Cadence, ListingState, Phase, Reach, VatTreatment
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.catalogue.plans import Price
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.states import Move
from marketplace.catalogue.taking import Taken
from marketplace.finding import indexing, subscribers
from marketplace.finding.models import SearchRow
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.events import announce
from marketplace.kernel.outbox import Work
from marketplace.kernel.units import within
from marketplace.membership import overseeing
from marketplace.trusts.access import Actor
from marketplace.trusts.events import RegisterImported
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.finding import asked, lies
from tests.factories.partnerships import a_partnership
from tests.factories.trusts import an_actor

WORDS = ("zither", "oboe", "payroll", "clerking", "harp", "estates", "minutes")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Town:
    """Three sellers with listings, and acts at random upon them."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.dice = session, random.Random(seed)
        place = {"easting": 292_000, "northing": 92_500, "town": "Exeter"}
        self.sellers = [an_actor(session, a_known_seller(session, **place)) for _ in range(3)]
        self.partnerships = {one.organisation_id: a_partnership(session, one).id for one in self.sellers}
        self.taken: list[list[Taken]] = []
        self.operator = an_actor(session)
        self.listings = [
            an_offer(session, session.get_one(Organisation, one.organisation_id)).id
            for one in self.sellers
            for _ in range(3)
        ]
        self.acts: list[Callable[[Actor, Listing], Any]] = [
            self.revise,
            self.price,
            self.unprice,
            self.offer,
            self.offer_days,
            self.take,
            self.take,
            self.take,
            self.give_back,
            self.move,
            self.move,
            self.show_to,
            self.trial,
            self.reach,
            self.standing,
            self.register,
            self.list_another,
        ]

    def act(self) -> None:
        """One act; a rule that says no changes nothing."""
        listing = self.session.get_one(Listing, self.dice.choice(self.listings))
        actor = next(one for one in self.sellers if one.organisation_id == listing.seller_id)
        with suppress(DomainError), self.session.begin_nested():
            self.dice.choice(self.acts)(actor, listing)

    def month(self) -> date:
        return add_months(clock.today().replace(day=1), self.dice.randrange(26))

    def revise(self, actor: Actor, listing: Listing) -> None:
        said = " ".join(self.dice.sample(WORDS, 2))
        place = self.dice.choice(("title", "summary", "description"))
        services.revise_listing(self.session, actor, listing.id, {place: said})

    def price(self, actor: Actor, listing: Listing) -> None:
        cadence, pence = self.dice.choice(list(Cadence)), self.dice.randrange(1, 90_000)
        price = Price(cadence, pence, VatTreatment.STANDARD, Basis.UNIT)
        known = self.session.scalars(sa.select(Plan).where(Plan.listing_id == listing.id)).all()
        same = [one for one in known if one.cadence is cadence and one.is_offered]
        if same:
            plans.change_plan(self.session, actor, listing.id, same[0].id, price)
        else:
            plans.add_plan(self.session, actor, listing.id, price)

    def unprice(self, actor: Actor, listing: Listing) -> None:
        known = self.session.scalars(sa.select(Plan.id).where(Plan.listing_id == listing.id)).all()
        plans.remove_plan(self.session, actor, listing.id, self.dice.choice(known))

    def offer(self, actor: Actor, listing: Listing) -> None:
        first = self.month()
        last = add_months(first, self.dice.randrange(3))
        offering.set_capacity(self.session, actor, listing.id, first, last, self.dice.randrange(6))

    def offer_days(self, actor: Actor, listing: Listing) -> None:
        first = self.month() + timedelta(days=self.dice.randrange(27))
        span = (first, first + timedelta(days=self.dice.randrange(40)))
        wanted = {span: self.dice.randrange(5)}
        offering.offer_units(self.session, actor, listing.id, wanted, "offer-capacity", {})

    def take(self, actor: Actor, listing: Listing) -> None:
        first = self.month()
        last = add_months(first, self.dice.randrange(1, 4)) - timedelta(days=1)
        units = self.dice.randrange(1, 5)
        self.taken.append(taking.take_capacity(self.session, listing.id, units, first, last))

    def give_back(self, actor: Actor, listing: Listing) -> None:
        if self.taken:
            taking.give_back(self.session, self.taken.pop(self.dice.randrange(len(self.taken))))

    def move(self, actor: Actor, listing: Listing) -> None:
        moves = (Move.PUBLISH, Move.PAUSE, Move.RESUME, Move.RESUME)
        move = Move.WITHDRAW if self.dice.random() < 0.05 else self.dice.choice(moves)
        services.move_listing(self.session, actor, listing.id, move)

    def show_to(self, actor: Actor, listing: Listing) -> None:
        partnership = self.dice.choice((None, self.partnerships[actor.organisation_id]))
        detailing.set_visibility(self.session, actor, listing.id, partnership)

    def trial(self, actor: Actor, listing: Listing) -> None:
        length = self.dice.choice((None, 1, 3))
        detailing.set_trial(
            self.session, actor, listing.id, length, self.dice.randrange(100), "After a month it goes on"
        )

    def reach(self, actor: Actor, listing: Listing) -> None:
        reach, miles = self.dice.choice(((Reach.ENGLAND, None), (Reach.DISTANCE, self.dice.randrange(1, 60))))
        phases = self.dice.sample(list(Phase), 2)
        detailing.set_reach(self.session, actor, listing.id, reach, [], miles, phases)

    def standing(self, actor: Actor, listing: Listing) -> None:
        standing = self.dice.choice((Standing.SUSPENDED, Standing.VERIFIED, Standing.VERIFIED))
        overseeing.set_standing(
            self.session, self.operator.person_id, actor.organisation_id, standing, "Because"
        )

    def register(self, actor: Actor, listing: Listing) -> None:
        seller = self.session.get_one(Organisation, actor.organisation_id)
        what = self.dice.randrange(3)
        if what == 0:
            seller.name = f"Trust {self.dice.choice(WORDS)}"
        elif what == 1:
            seller.town = self.dice.choice(("Exeter", "Plymouth", None))
        else:
            seller.easting, seller.northing = 248_000 + self.dice.randrange(9), 54_500
        self.session.flush()
        announce(self.session, RegisterImported())

    def list_another(self, actor: Actor, listing: Listing) -> None:
        seller = self.session.get_one(Organisation, actor.organisation_id)
        another = an_offer(self.session, seller, state=ListingState.DRAFT)
        self.listings.append(another.id)


@pytest.mark.parametrize("seed", range(3))
def test_after_acts_at_random_the_search_says_what_making_it_anew_would(session: Session, seed: int) -> None:
    with clock.standing_at(NOW):
        town = Town(session, seed)
        for _, number in itertools.product(range(4), range(50)):
            town.act()
            if number == 49:
                assert lies(session) == []
        assert session.scalar(sa.select(sa.func.count()).select_from(SearchRow))


@pytest.mark.parametrize(
    "begins",
    [
        datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2027, 2, 28, 12, tzinfo=UTC),
        datetime(2027, 6, 30, 23, 30, tzinfo=UTC),  # the first of July in London
    ],
)
def test_as_days_pass_the_day_s_job_keeps_what_making_it_anew_would(
    session: Session, begins: datetime
) -> None:
    with clock.standing_at(begins):
        town = Town(session, begins.month)
        for _ in range(60):
            town.act()
    for days in range(1, 70, 3):
        with clock.standing_at(begins + timedelta(days=days)):
            for _ in range(3):
                town.act()
            subscribers.renew(within(session), Work("renew", {}))
            assert lies(session) == []


def test_a_price_that_is_offered_no_more_is_neither_shown_nor_found(session: Session) -> None:
    trust = a_known_seller(session)
    actor, listing = an_actor(session, trust), an_offer(session, trust)
    cheap = Price(Cadence.ANNUAL, 100, VatTreatment.STANDARD)
    plan = plans.add_plan(session, actor, listing.id, cheap)
    assert [row["price_pence"] for row in asked(session, most_pence=100).rows] == [100]
    plans.remove_plan(session, actor, listing.id, plan.id)
    assert asked(session, most_pence=100).rows == []
    assert [len(row["plans"]) for row in asked(session).rows] == [1]


def test_the_register_gives_a_seller_another_town(session: Session) -> None:
    trust = a_known_seller(session, town="Exeter")
    an_offer(session, trust)
    trust.town = "Plymouth"
    session.flush()
    announce(session, RegisterImported())
    assert [row["seller_town"] for row in asked(session, words="plymouth").rows] == ["Plymouth"]


@pytest.mark.parametrize("first_day", [1, 6])
def test_days_of_a_month_that_are_over_count_no_more(session: Session, first_day: int) -> None:
    with clock.standing_at(datetime(2026, 12, 3, 12, tzinfo=UTC)):
        listing = an_offer(session)
        session.execute(sa.delete(CapacityPeriod).where(CapacityPeriod.listing_id == listing.id))
        for starts_on, ends_on, units in ((first_day, 10, 4), (11, 31, 2)):
            days: dict[str, Any] = {
                "starts_on": date(2026, 12, starts_on),
                "ends_on": date(2026, 12, ends_on),
            }
            session.add(CapacityPeriod(listing_id=listing.id, units=units, **days))
        announce(session, CapacityChanged(listing.id, taking.periods_ahead(session, listing.id)))
    for day in (6, 11, 12):
        with clock.standing_at(datetime(2026, 12, day, 4, tzinfo=UTC)):
            subscribers.renew(within(session), Work("renew", {}))
            (row,) = asked(session).rows
            assert row["next_open"]["left"] == (4 if day == 6 else 2)
            assert len(asked(session, first_month=date(2026, 12, 1)).rows) == 1


def test_a_time_that_ended_while_no_job_ran_is_not_shown_as_free(session: Session) -> None:
    """Over the end of a month, from a Saturday to a Tuesday."""
    with clock.standing_at(datetime(2026, 11, 28, 12, tzinfo=UTC)):
        listing = an_offer(session)
        session.execute(sa.delete(CapacityPeriod).where(CapacityPeriod.listing_id == listing.id))
        for month in (11, 12):
            days: dict[str, Any] = {"starts_on": date(2026, month, 5), "ends_on": date(2026, month, 29)}
            session.add(CapacityPeriod(listing_id=listing.id, units=3, **days))
        announce(session, CapacityChanged(listing.id, taking.periods_ahead(session, listing.id)))
    with clock.standing_at(datetime(2026, 12, 1, 4, tzinfo=UTC)):
        assert indexing.overdue(session, clock.today()) == [listing.id]
        subscribers.renew(within(session), Work("renew", {}))
        assert [row["next_open"]["ends_on"] for row in asked(session).rows] == ["2026-12-29"]
        assert indexing.overdue(session, clock.today()) == []
        assert lies(session) == []
