"""The line follows its listing, its seller and those who wait: places close, pause, or wait again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import taking
from marketplace.catalogue.events import CapacityFreed, ListingChanged
from marketplace.catalogue.kinds import Cadence
from marketplace.catalogue.models import Listing
from marketplace.catalogue.taking import Taken
from marketplace.kernel.database import on_behalf_of_all
from marketplace.membership.events import OrganisationLeft
from marketplace.scheduling import agreeing, fates, holding
from marketplace.scheduling.agreeing import Agreed, Wanted
from marketplace.scheduling.fates import Facts, Fate
from marketplace.scheduling.holding import Offered, lock_places, named, tell_waiting
from marketplace.scheduling.kinds import LIVE, WaitingState
from marketplace.scheduling.models import WaitingPlace
from marketplace.trusts import queries as trusts
from marketplace.trusts.events import OrganisationChanged, TermsChanged
from marketplace.trusts.models import Organisation

WHY = "whoever waits for a listing is told what becomes of it"


@dataclass(frozen=True)
class Change:
    """A live place whose state is to be another, and why; or whose order would be another, and which."""

    place_id: uuid.UUID
    listing_id: uuid.UUID
    offered: Offered
    fate: Fate
    state: WaitingState
    agreed: Agreed | None


def hear_freed(session: Session, event: CapacityFreed) -> None:
    """Units came free: whoever waits for them is first."""
    holding.offer_free(session, event.listing_id)


def hear_listing(session: Session, event: ListingChanged) -> None:
    """A listing is paused, withdrawn, unlimited, for members only, at other prices: its line follows."""
    follow(session, WaitingPlace.listing_id == event.listing_id)


def hear_organisation(session: Session, event: OrganisationChanged | OrganisationLeft) -> None:
    """Nothing is held for a trust for which nobody acts, and nobody waits for what it sells."""
    theirs = event.organisation_id
    follow(session, sa.or_(WaitingPlace.buyer_id == theirs, WaitingPlace.seller_id == theirs))


def hear_terms(session: Session, event: TermsChanged) -> None:
    """What is sold by the term lasts other days: so does what is held of it, or waited for.

    Its prices are held first, for one that is just coming to be charged by the term is looked at by the terms
    from before.
    """
    theirs = WaitingPlace.seller_id == event.organisation_id
    waited_for = sa.select(WaitingPlace.listing_id).where(WaitingPlace.state.in_(LIVE), theirs)
    listings = sa.select(Listing.id).where(Listing.id.in_(waited_for)).order_by(Listing.id)
    session.execute(listings.with_for_update(read=True))
    follow(session, theirs)


def follow_all(session: Session) -> None:
    """The same for every line: a membership of a partnership ends with a day, not with an act."""
    follow(session, sa.true())


def follow(session: Session, concerned: sa.ColumnElement[bool]) -> None:
    """Let these places become what their listing, its seller and their buyer make of them; they are told.

    No change costs no lock. What was held is given back, and so offered to the next in line.
    """
    with on_behalf_of_all(session, WHY):
        if not (found := _changes(session, concerned)):
            return
        taking.lock_periods(session, {one.listing_id for one in found})
        places = {one.id: one for one in lock_places(session, [one.place_id for one in found])}
        _carry_out(session, _changes(session, WaitingPlace.id.in_(list(places))), places)


def move_due_places(session: Session, on: date) -> None:
    """End the offers whose day has passed, and the places whose first day has, on this London date."""
    late = sa.and_(WaitingPlace.state == WaitingState.OFFERED, WaitingPlace.answer_by_on < on)
    over = sa.and_(WaitingPlace.state.in_(LIVE), WaitingPlace.starts_on < on)
    due = sa.or_(late, over)
    listings = session.scalars(sa.select(WaitingPlace.listing_id).where(due).distinct()).all()
    taking.lock_periods(session, listings)
    places = lock_places(session, session.scalars(sa.select(WaitingPlace.id).where(due)).all())
    offered = _in_words(session, listings)
    held = []
    for place in places:
        was_offered = place.state is WaitingState.OFFERED
        held += holding.end(session, None, place, WaitingState.LAPSED)
        what = named(place, offered[place.listing_id])
        words = (
            f"{what} was held for you, and the day to order it has passed. The next in line has it now."
            if was_offered
            else f"You waited for {what}. Its first day has come and nothing came free."
        )
        tell_waiting(session, place, f"Not waiting any more: {offered[place.listing_id].title}", words)
    taking.give_back(session, held)


def _carry_out(session: Session, changes: Sequence[Change], places: Mapping[uuid.UUID, WaitingPlace]) -> None:
    """Under the locks of the periods and places: end, pause or wake each place, then offer what is free."""
    held: list[Taken] = []
    for one in changes:
        place = places[one.place_id]
        given_up = holding.end(session, None, place, one.state) if one.state is not place.state else []
        if one.agreed is not None:
            holding.agree(session, place, one.agreed)
        _tell(session, place, one, bool(given_up))
        held += given_up
    taking.give_back(session, held)
    awake = {one.listing_id for one in changes if one.state is WaitingState.WAITING}
    for listing_id in sorted(awake):
        holding.offer_free(session, listing_id)


def _tell(session: Session, place: WaitingPlace, change: Change, is_held_no_longer: bool) -> None:
    """What became of the place, and what its order would be now."""
    if change.fate in fates.TOLD:
        subject, words = (text.format(change.offered.title) for text in fates.TOLD[change.fate])
        tell_waiting(session, place, subject, words)
    if change.agreed is not None and change.fate in fates.HEARS_AGREED:
        subject, words = fates.AGREED
        more = fates.HELD_NO_LONGER if is_held_no_longer else ""
        said = words.format(named(place, change.offered)) + more
        tell_waiting(session, place, subject.format(change.offered.title), said)


def _changes(session: Session, concerned: sa.ColumnElement[bool]) -> list[Change]:
    """The live places among these that cannot stay what they are, in the order of their lines."""
    seller, buyer = aliased(Organisation), aliased(Organisation)
    columns: tuple[Any, ...] = (
        *WaitingPlace.__table__.columns,
        Listing.title,
        Listing.unit,
        Listing.kind,
        Listing.state.label("listing_state"),
        Listing.is_unlimited,
        seller.standing.label("seller_standing"),
        buyer.standing.label("buyer_standing"),
        holding.may_order().label("may_order"),
    )
    statement = (
        sa.select(*columns)
        .join(Listing, Listing.id == WaitingPlace.listing_id)
        .join(seller, seller.id == WaitingPlace.seller_id)
        .join(buyer, buyer.id == WaitingPlace.buyer_id)
        .where(WaitingPlace.state.in_(LIVE), concerned)
        .order_by(WaitingPlace.listing_id, WaitingPlace.id)
    )
    rows = session.execute(statement).all()
    agreed = _agreed(session, rows)
    return [one for row in rows if (one := _change(row, agreed[row.id])) is not None]


def _agreed(session: Session, rows: Sequence[sa.Row[Any]]) -> dict[uuid.UUID, Agreed | None]:
    """What an order of each place would be now, by the prices of its listing and the terms of its seller."""
    if not rows:
        return {}
    prices = catalogue.plans_of(session, list({row.listing_id for row in rows}))
    termly = {key for key, some in prices.items() if any(one.cadence is Cadence.TERMLY for one in some)}
    sellers = {row.seller_id for row in rows if row.listing_id in termly}
    terms = {seller_id: trusts.own_terms(session, seller_id) for seller_id in sellers}
    return {
        row.id: agreeing.agreed(
            Wanted(row.quantity, row.starts_on, _before(row)),
            row.kind,
            prices.get(row.listing_id, ()),
            terms.get(row.seller_id, ()),
        )
        for row in rows
    }


def _before(row: sa.Row[Any]) -> Agreed:
    return Agreed(row.plan_id, row.cadence, row.asked_periods, row.periods, row.ends_on)


def _change(row: sa.Row[Any], agreed: Agreed | None) -> Change | None:
    standings = (row.seller_standing, row.buyer_standing)
    facts = Facts(row.listing_state, row.is_unlimited, *standings, bool(row.may_order), agreed is not None)
    found, before = fates.fate(facts), _before(row)
    is_longer_or_shorter = agreed is not None and agreed.ends_on != before.ends_on
    after = fates.state_after(row.state, found, lasts_otherwise=is_longer_or_shorter)
    is_other = agreed != before and after in LIVE
    if after is row.state and (agreed is None or not is_other):
        return None
    offered = Offered(row.title, row.unit)
    return Change(row.id, row.listing_id, offered, found, after, agreed if is_other else None)


def _in_words(session: Session, listing_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Offered]:
    statement = sa.select(Listing.id, Listing.title, Listing.unit).where(Listing.id.in_(listing_ids))
    return {row.id: Offered(row.title, row.unit) for row in session.execute(statement)}
