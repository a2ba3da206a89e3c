"""A line follows its listing, its seller and those who wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue import detailing, queries, taking
from marketplace.catalogue import services as selling
from marketplace.catalogue.kinds import CapacityUnit, ListingKind, ListingState
from marketplace.catalogue.models import Listing
from marketplace.catalogue.states import Move, Task
from marketplace.catalogue.taking import Taken
from marketplace.kernel import clock, jobs
from marketplace.kernel.events import announce
from marketplace.kernel.outbox import OutboxJob
from marketplace.membership import overseeing
from marketplace.membership.events import OrganisationLeft
from marketplace.scheduling import fates, following
from marketplace.scheduling.fates import Facts, Fate
from marketplace.scheduling.kinds import LIVE, WaitingState
from marketplace.scheduling.models import CapacityHold, WaitingPlace
from marketplace.scheduling.subscribers import FOLLOW
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation
from tests.factories.ordering import next_month
from tests.factories.partnerships import a_member, a_partnership
from tests.factories.scheduling import a_buyer, a_place, a_scarce_listing, a_seller, a_wish, place_now
from tests.factories.trusts import an_actor, signed_in

W = WaitingState


def a_line(session: Session) -> tuple[Listing, WaitingPlace, WaitingPlace]:
    """Five units of each of two months, held for the first; the second waits for the same."""
    listing = a_scarce_listing(session)
    held = taking.take_capacity(session, listing.id, 5, next_month(), next_month())
    first, second = (a_place(session, listing, wish=a_wish(5, 1)) for _ in range(2))
    taking.give_back(session, held)
    assert states(session, first, second) == [W.OFFERED, W.WAITING]
    return listing, first, second


def a_scarce_pack(session: Session) -> Listing:
    """Knowledge of which one licence is left in each month."""
    listing = a_scarce_listing(session, units=1)
    listing.kind, listing.unit, listing.licence = ListingKind.DATA, CapacityUnit.LICENCE, "Within your trust"
    listing.answered = [Task.REACH.value]
    session.flush()
    return listing


def states(session: Session, *places: WaitingPlace) -> list[WaitingState]:
    return [place_now(session, one.id).state for one in places]


def subjects(session: Session) -> list[str]:
    owed = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == "send-email").order_by(OutboxJob.id))
    return [str(job.payload["subject"]).partition(":")[0] for job in owed]


def leave(session: Session, organisation_id: object) -> None:
    """As the departure does it on its day."""
    organisation = session.get_one(Organisation, organisation_id)
    organisation.standing, organisation.left_on = Standing.LEFT, clock.today()
    session.flush()
    announce(session, OrganisationLeft(organisation.id))


def judge(session: Session, place: WaitingPlace, whose: str, standing: Standing) -> None:
    """The operator suspends the buyer or the seller of a place, or lifts that."""
    operator = an_actor(session)
    overseeing.set_standing(session, operator.person_id, getattr(place, whose), standing, "As asked")


def test_what_was_held_for_a_trust_that_left_goes_to_the_next_in_line(session: Session) -> None:
    _, first, second = a_line(session)
    leave(session, first.buyer_id)
    assert states(session, first, second) == [W.CLOSED, W.OFFERED]
    assert session.scalars(sa.select(CapacityHold.place_id)).all() == [second.id]


def test_a_suspended_trust_holds_nothing_up_and_is_first_again_when_that_is_lifted(session: Session) -> None:
    listing, first, second = a_line(session)
    judge(session, first, "buyer_id", Standing.SUSPENDED)
    assert states(session, first, second) == [W.PAUSED, W.OFFERED]
    assert "Paused" not in subjects(session)
    selling.revise_listing(session, a_seller(session, listing), listing.id, {"summary": "Other words"})
    assert states(session, first) == [W.PAUSED]
    judge(session, first, "buyer_id", Standing.VERIFIED)
    assert states(session, first, second) == [W.WAITING, W.OFFERED]
    leave(session, second.buyer_id)
    assert states(session, first, second) == [W.OFFERED, W.CLOSED]


def test_the_line_of_a_suspended_seller_rests_and_goes_on_when_that_is_lifted(session: Session) -> None:
    listing, first, second = a_line(session)
    judge(session, first, "seller_id", Standing.SUSPENDED)
    assert states(session, first, second) == [W.PAUSED, W.PAUSED]
    assert subjects(session).count("Stopped for now") == 2
    assert {period.taken for period in queries.capacity_of(session, listing.id)} == {0}
    judge(session, first, "seller_id", Standing.VERIFIED)
    assert states(session, first, second) == [W.OFFERED, W.WAITING]


def test_whoever_waits_is_told_that_a_listing_has_no_limit_any_more(session: Session, app: Flask) -> None:
    listing, buyer = a_scarce_pack(session), a_buyer(session)
    place = a_place(session, listing, buyer)
    selling.revise_listing(session, a_seller(session, listing), listing.id, {"is_unlimited": True})
    assert states(session, place) == [W.CLOSED]
    assert "Free for all" in subjects(session)
    session.commit()
    page = signed_in(app, session, buyer).get(f"/waiting-places/{place.id}").text
    assert "has no limit any more" in page


def test_a_paused_listing_without_a_limit_frees_its_line_when_it_resumes(session: Session) -> None:
    listing = a_scarce_pack(session)
    place, seller = a_place(session, listing), a_seller(session, listing)
    selling.move_listing(session, seller, listing.id, Move.PAUSE)
    selling.revise_listing(session, seller, listing.id, {"is_unlimited": True})
    assert states(session, place) == [W.PAUSED]
    selling.move_listing(session, seller, listing.id, Move.RESUME)
    assert states(session, place) == [W.CLOSED]


def test_the_day_after_a_membership_ended_its_place_is_the_next_ones(session: Session) -> None:
    listing, members = a_scarce_listing(session, taken=5), [a_buyer(session), a_buyer(session)]
    seller = an_actor(session, session.get_one(Organisation, listing.seller_id))
    partnership = a_partnership(session, seller)
    organisations = [session.get_one(Organisation, one.organisation_id) for one in members]
    first, _ = (a_member(session, partnership, one) for one in organisations)
    detailing.set_visibility(session, seller, listing.id, partnership.id)
    places = [a_place(session, listing, one, a_wish(5)) for one in members]
    periods = queries.capacity_of(session, listing.id)
    taking.give_back(session, [Taken(one.period_id, 5) for one in periods])
    first.starts_on, first.ends_on = clock.today() - timedelta(days=9), clock.today()
    session.flush()
    following.follow_all(session)
    assert states(session, *places) == [W.OFFERED, W.WAITING]
    first.ends_on = clock.today() - timedelta(days=1)
    session.flush()
    following.follow_all(session)
    assert states(session, *places) == [W.CLOSED, W.OFFERED]
    assert "Not offered to you any more" in subjects(session)


def test_every_day_looks_at_every_line(app: Flask, session: Session) -> None:
    jobs.owe_daily_jobs(session)
    kinds = session.scalars(sa.select(OutboxJob.kind)).all()
    assert kinds.count(FOLLOW) == 1


FACTS = Facts(ListingState.PUBLISHED, False, Standing.VERIFIED, Standing.VERIFIED, True, True)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, Fate.STAYS),
        ({"buyer": Standing.UNVERIFIED, "seller": Standing.UNVERIFIED}, Fate.STAYS),
        ({"buyer": Standing.LEFT, "listing": ListingState.WITHDRAWN}, Fate.GONE),
        ({"seller": Standing.LEFT}, Fate.WITHDRAWN),
        ({"may_order": False, "listing": ListingState.PAUSED}, Fate.SHUT_OUT),
        ({"buyer": Standing.SUSPENDED, "listing": ListingState.PAUSED}, Fate.RESTS),
        ({"seller": Standing.SUSPENDED, "is_unlimited": True}, Fate.STOPPED),
        ({"listing": ListingState.PAUSED, "is_unlimited": True}, Fate.PAUSED),
        ({"is_unlimited": True, "is_priced": False}, Fate.UNLIMITED),
        ({"listing": ListingState.PAUSED, "is_priced": False}, Fate.PAUSED),
        ({"is_priced": False}, Fate.UNPRICED),
    ],
)
def test_the_first_reason_that_holds_decides(changed: dict[str, Any], found: Fate) -> None:
    assert fates.fate(replace(FACTS, **changed)) is found


@pytest.mark.parametrize("state", LIVE)
def test_every_fate_leads_somewhere(state: WaitingState) -> None:
    after = {found: fates.state_after(state, found) for found in Fate}
    assert {after[found] for found in fates.CLOSING} == {W.CLOSED}
    assert {after[found] for found in fates.PAUSING} == {W.PAUSED}
    assert after[Fate.STAYS] is (W.WAITING if state is W.PAUSED else state)
    assert fates.state_after(state, Fate.STAYS, lasts_otherwise=True) is W.WAITING
    assert fates.state_after(state, Fate.PAUSED, lasts_otherwise=True) is W.PAUSED
