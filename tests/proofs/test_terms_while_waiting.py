"""A seller changes its terms while buyers take, wait, leave and order: each hold lasts as its order would."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import calculating, plans
from marketplace.catalogue.kinds import Cadence
from marketplace.catalogue.models import Listing, Plan
from marketplace.catalogue.plans import Price
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.taking import Taken
from marketplace.kernel.session import Database
from marketplace.scheduling import subscribers, waiting
from marketplace.scheduling.kinds import LIVE
from marketplace.scheduling.models import WaitingPlace
from marketplace.scheduling.waiting import Wish
from marketplace.trusts import describing, terms
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.ordering import next_month
from tests.factories.trusts import an_actor
from tests.proofs.test_waiting_at_once import BUYERS, Crowd, check, circles_of

CHANGES = 12
MOMENT = 0.5
"""So long the seller is given to come through; whoever does not waits for the buyer."""


class TermlyCrowd(Crowd):
    """The same buyers at a price that is charged by the term; they wait for what is left of one."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        with database.writing() as session, session.begin():
            session.execute(sa.update(Plan).values(cadence=Cadence.TERMLY))
            trust = session.get_one(Organisation, session.get_one(Listing, self.listings[0]).seller_id)
            self.seller = an_actor(session, trust, Role.ADMINISTRATOR)

    def join(self, chance: random.Random, buyer: Actor, had: list[list[Taken]]) -> None:
        wish = Wish(chance.randint(2, 5), add_months(next_month(), chance.randrange(2)), 1)
        self.database.run(lambda session: waiting.join_waiting(session, buyer, self.listings[0], wish))
        self.done["joined"] += 1

    def change_terms(self) -> None:
        """Every term begins some weeks later than in the national ones, each time as many others."""
        chance, year = random.Random(BUYERS), terms.school_year(next_month())
        for _ in range(CHANGES):
            later = timedelta(days=chance.randrange(40))
            dates = {one.name: (one.starts_on + later, one.ends_on) for one in terms.national(year)}
            keep = partial(describing.keep_terms, actor=self.seller, year=year, dates=dates)
            self.database.run(keep)


def test_terms_change_while_a_crowd_waits_and_every_hold_is_what_an_order_would_take(
    environment: dict[str, str],
) -> None:
    subscribers.subscribe_all()
    database = Database.at(environment["DATABASE_URL"])
    crowd, circles = TermlyCrowd(database), circles_of(database)
    with ThreadPoolExecutor(BUYERS + 1) as threads:
        seller = threads.submit(crowd.change_terms)
        had = [one for taken in threads.map(crowd.act, range(BUYERS)) for one in taken]
        seller.result()
    with database.reading() as session:
        check(session, crowd.listings, had)
        assert_agreed(session)
    database.close()
    assert circles == []
    assert min(crowd.done[name] for name in ("taken", "given back", "joined", "left")) > 0


def test_terms_wait_for_who_joins_a_line_by_them(environment: dict[str, str]) -> None:
    subscribers.subscribe_all()
    database = Database.at(environment["DATABASE_URL"])
    crowd = TermlyCrowd(database)
    with ThreadPoolExecutor(1) as others:
        with database.writing() as session, session.begin():
            waiting.join_waiting(session, crowd.buyers[0], crowd.listings[0], Wish(9, next_month(), 1))
            seller = others.submit(crowd.change_terms)
            wait([seller], MOMENT)
            assert not seller.done()
        seller.result()
    with database.reading() as session:
        assert_agreed(session)
    database.close()


def test_terms_wait_for_a_price_that_comes_to_be_charged_by_them(environment: dict[str, str]) -> None:
    subscribers.subscribe_all()
    database = Database.at(environment["DATABASE_URL"])
    crowd = TermlyCrowd(database)
    with database.writing() as session, session.begin():
        charge(session, crowd, Cadence.MONTHLY)
        place = waiting.join_waiting(session, crowd.buyers[0], crowd.listings[0], Wish(9, next_month(), 1))
        assert place.cadence is Cadence.MONTHLY
    with ThreadPoolExecutor(1) as others:
        with database.writing() as session, session.begin():
            charge(session, crowd, Cadence.TERMLY)
            seller = others.submit(crowd.change_terms)
            wait([seller], MOMENT)
            assert not seller.done()
        seller.result()
    with database.reading() as session:
        assert_agreed(session)
    database.close()


def charge(session: Session, crowd: TermlyCrowd, cadence: Cadence) -> None:
    """The seller charges what is waited for otherwise, as its page does it."""
    plan = session.scalars(sa.select(Plan).where(Plan.listing_id == crowd.listings[0])).one()
    price = Price(cadence, plan.unit_price_pence, plan.vat_treatment)
    plans.change_plan(session, crowd.seller, crowd.listings[0], plan.id, price)


def assert_agreed(session: Session) -> None:
    """Every live place ends when an order of it would."""
    live = session.scalars(sa.select(WaitingPlace).where(WaitingPlace.state.in_(LIVE))).all()
    for one in live:
        order = (one.seller_id, one.cadence, one.starts_on, one.periods)
        assert one.ends_on == calculating.last_day(session, *order)
    assert live
