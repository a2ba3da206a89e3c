"""The operator's look at the listings of sellers who are new here, or whom nobody verified.

Each decision stands under the operator's own name in the seller's chain. Nobody decides about a listing of an
organisation that they act for.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import states
from marketplace.catalogue.models import Listing
from marketplace.catalogue.states import ReviewState
from marketplace.catalogue.version_models import ListingReview
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidState
from marketplace.notifications.services import Message, tell_operators
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation


def is_asked(session: Session, seller_id: uuid.UUID) -> bool:
    """Whether what this organisation publishes is reviewed first."""
    standing = session.scalars(sa.select(Organisation.standing).where(Organisation.id == seller_id)).one()
    published = sa.select(Listing.id).where(Listing.seller_id == seller_id, Listing.published_at.is_not(None))
    has_published = session.scalars(published.limit(1)).first() is not None
    return states.needs_review(standing is Standing.VERIFIED, has_published)


def ask(session: Session, actor: Actor, listing: Listing) -> None:
    """Put a listing into the operator's queue, and tell everybody who runs this Sharewell."""
    review = ListingReview(listing_id=listing.id, asked_by_id=actor.person_id)
    session.add(review)
    session.flush()
    subject = f"Review a listing of {actor.organisation_name}"
    text = (
        f"{actor.organisation_name} wants to publish {listing.title}. It is new on Sharewell, or not "
        "verified, so buyers do not see the listing until you accept it."
    )
    tell_operators(session, Message(f"review:{review.id}", subject, text, f"/operator/listings/{listing.id}"))


def recall(session: Session, listing: Listing, person_id: uuid.UUID | None) -> None:
    """Its seller takes a listing out of the queue, or has left; then nobody did."""
    end(session, listing, ReviewState.RECALLED, person_id)


def end(
    session: Session,
    listing: Listing,
    state: ReviewState,
    person_id: uuid.UUID | None,
    reason: str | None = None,
) -> ListingReview:
    """Close the review that waits; InvalidState when none does."""
    waits = sa.select(ListingReview).where(
        ListingReview.listing_id == listing.id, ListingReview.state == ReviewState.WAITING
    )
    review = session.scalars(waits.with_for_update()).one_or_none()
    if review is None:
        raise InvalidState("This listing waits for no review any more.")
    review.state, review.reason, review.version = state, reason, listing.version
    review.decided_by_id, review.decided_at = person_id, clock.now()
    session.flush()
    return review
