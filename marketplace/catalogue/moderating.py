"""What the operator decides about a listing that waits: it is published, or sent back with a reason."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.catalogue import queries, reviewing, services, states
from marketplace.catalogue.events import ListingChanged
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.states import Move, ReviewState
from marketplace.catalogue.version_models import ListingReview
from marketplace.kernel import paging
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import Conflict, NotFound, NotPermitted
from marketplace.kernel.events import announce
from marketplace.kernel.paging import Page
from marketplace.membership.events import OrganisationLeft
from marketplace.membership.recording import BY_OPERATOR, About, record
from marketplace.notifications.services import Message, tell
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership, Organisation
from marketplace.trusts.waiting import Waiting

OPERATOR = "the operator reviews the listings of new sellers"
SELLERS = (Role.SELLER, Role.ADMINISTRATOR)


def queue(session: Session, after: uuid.UUID | None) -> Page[sa.Row[Any]]:
    """The listings that wait for the operator, the oldest first; none of a seller for whom nobody acts."""
    columns: tuple[Any, ...] = (
        ListingReview.id,
        ListingReview.created_at,
        Listing.id.label("listing_id"),
        Listing.title,
        Listing.category,
        Organisation.name.label("seller_name"),
        Organisation.standing.label("seller_standing"),
    )
    statement = (
        sa.select(*columns)
        .join(Listing, Listing.id == ListingReview.listing_id)
        .join(Organisation, Organisation.id == Listing.seller_id)
        .where(ListingReview.state == ReviewState.WAITING, access.is_active())
        .order_by(ListingReview.id)
        .limit(paging.SIZE + 1)
    )
    if after is not None:
        statement = statement.where(ListingReview.id > after)
    with on_behalf_of_all(session, OPERATOR):
        rows = session.execute(statement).all()
    return Page(rows[: paging.SIZE], rows[paging.SIZE - 1].id if len(rows) > paging.SIZE else None)


def waiting_listing(session: Session, listing_id: uuid.UUID) -> Offer:
    """A listing that waits, with everything that buyers would see; NotFound for every other."""
    with on_behalf_of_all(session, OPERATOR):
        return queries.in_review(session, listing_id)


def reviews_of(session: Session, listing_id: uuid.UUID) -> list[sa.Row[Any]]:
    """When a listing was sent for review and what was decided, the newest first; for who may see it."""
    columns: tuple[Any, ...] = (*ListingReview.__table__.columns, Person.name.label("asked_by"))
    statement = (
        sa.select(*columns)
        .join(Person, Person.id == ListingReview.asked_by_id)
        .where(ListingReview.listing_id == listing_id)
        .order_by(ListingReview.id.desc())
    )
    with on_behalf_of_all(session, OPERATOR):
        return list(session.execute(statement).all())


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """The drafts of the organisation that the operator sent back, the oldest first."""
    if not actor.has(*SELLERS):
        return []
    later = aliased(ListingReview)
    reviewed_again = sa.exists().where(
        later.listing_id == ListingReview.listing_id, later.id > ListingReview.id
    )
    statement = (
        sa.select(Listing.id, Listing.title)
        .join(ListingReview, ListingReview.listing_id == Listing.id)
        .where(
            Listing.seller_id == actor.organisation_id,
            Listing.state == ListingState.DRAFT,
            ListingReview.state == ReviewState.SENT_BACK,
            ~reviewed_again,
        )
        .order_by(ListingReview.id)
        .limit(10)
    )
    return [
        Waiting(f"Change {row.title}: the operator sent it back", f"/listings/{row.id}/tasks")
        for row in session.execute(statement)
    ]


def acts_for(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID) -> bool:
    """Whether the operator has a role at the seller: then another one decides."""
    theirs = sa.select(Membership.id).where(
        Membership.person_id == person_id, Membership.organisation_id == organisation_id
    )
    return session.scalars(theirs.limit(1)).first() is not None


def accept(session: Session, operator_id: uuid.UUID, listing_id: uuid.UUID, seen: int) -> Listing:
    """Publish a listing as it was on the operator's screen; Conflict when its seller changed it since."""
    with on_behalf_of_all(session, OPERATOR):
        listing, review_id = _decide(session, operator_id, listing_id, seen, Move.ACCEPT, None)
        services.show(session, listing, operator_id)
        text = f"{listing.title} is published. Buyers can find it now. What you publish next is seen at once."
        path = f"/listings/{listing.id}"
        message = Message(f"reviewed:{review_id}", f"Published: {listing.title}", text, path)
        tell(session, listing.seller_id, SELLERS, message)
        announce(session, ListingChanged(listing.id))
    return listing


def send_back(
    session: Session, operator_id: uuid.UUID, listing_id: uuid.UUID, seen: int, reason: str
) -> Listing:
    """Make it a draft again; the seller is told what to change."""
    with on_behalf_of_all(session, OPERATOR):
        listing, review_id = _decide(session, operator_id, listing_id, seen, Move.SEND_BACK, reason)
        text = (
            f"The operator of Sharewell looked at {listing.title} and asks you to change something before "
            f"buyers see it:\n\n{reason}\n\nChange it, then publish it again."
        )
        subject = f"Change before it is published: {listing.title}"
        message = Message(f"reviewed:{review_id}", subject, text, f"/listings/{listing.id}/tasks")
        tell(session, listing.seller_id, SELLERS, message)
    return listing


def let_go(session: Session, event: OrganisationLeft) -> None:
    """What a seller that left had sent for review is a draft again: it may come back, and publish it anew."""
    waits = Listing.seller_id == event.organisation_id, Listing.state == ListingState.IN_REVIEW
    for listing in session.scalars(sa.select(Listing).where(*waits).order_by(Listing.id).with_for_update()):
        reviewing.recall(session, listing, None)
        before, listing.state = listing.state, states.moved(listing.state, Move.RECALL)
        session.flush()
        was, now = {"state": before.value}, {"state": listing.state.value}
        access.record(session, None, Move.RECALL.value, listing, was, now, (listing.seller_id,))


def _decide(
    session: Session,
    operator_id: uuid.UUID,
    listing_id: uuid.UUID,
    seen: int,
    move: Move,
    reason: str | None,
) -> tuple[Listing, uuid.UUID]:
    """The listing after the move, and the review that ended: what is told of it is told once."""
    listing = _locked(session, listing_id)
    if acts_for(session, operator_id, listing.seller_id):
        raise NotPermitted("You act for this seller, so another operator must decide about its listing.")
    if listing.version != seen:
        raise Conflict("The seller changed this listing since you opened it. Look at it again, then decide.")
    _check_seller(session, listing.seller_id)
    if move is Move.ACCEPT:
        services.check_ready(session, listing)
    state = ReviewState.ACCEPTED if move is Move.ACCEPT else ReviewState.SENT_BACK
    review = reviewing.end(session, listing, state, operator_id, reason)
    listing.state = states.moved(listing.state, move)
    session.flush()
    after = {"state": listing.state.value, "version": seen, **BY_OPERATOR}
    record(session, listing.seller_id, operator_id, move.value, listing, after, About(reason=reason))
    return listing, review.id


def _check_seller(session: Session, seller_id: uuid.UUID) -> None:
    """Conflict when nobody could change what is sent back, nor answer an order of what is published."""
    sells = sa.select(Organisation.id).where(Organisation.id == seller_id, access.is_active())
    if session.scalars(sells).one_or_none() is None:
        raise Conflict("The seller is suspended or has left, so its listings wait.")


def _locked(session: Session, listing_id: uuid.UUID) -> Listing:
    statement = sa.select(Listing).where(Listing.id == listing_id).with_for_update()
    listing = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if listing is None or (listing.published_at is None and listing.state is ListingState.WITHDRAWN):
        raise NotFound
    return listing
