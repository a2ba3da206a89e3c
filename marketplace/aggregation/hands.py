"""Who wrote figures of a commitment: none of them decides about it, however many wrote after them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation.models import Commitment, CommitmentHand
from marketplace.people.models import Person

Hands = Mapping[uuid.UUID, frozenset[uuid.UUID]]


def hands_of(session: Session, commitment_ids: Collection[uuid.UUID]) -> Hands:
    """By commitment: everybody who wrote figures of it; none for what is not there."""
    asked = sa.select(Commitment.id, Commitment.requested_by_id).where(Commitment.id.in_(commitment_ids))
    wrote = sa.select(CommitmentHand.commitment_id, CommitmentHand.person_id).where(
        CommitmentHand.commitment_id.in_(commitment_ids)
    )
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for commitment_id, person_id in session.execute(sa.union(asked, wrote)):
        found[commitment_id].add(person_id)
    return {one: frozenset(found[one]) for one in commitment_ids}


def names_of(session: Session, commitment_id: uuid.UUID) -> list[str]:
    """The names of everybody who wrote figures of a commitment."""
    people = hands_of(session, [commitment_id])[commitment_id]
    statement = sa.select(Person.name).where(Person.id.in_(people)).order_by(Person.name, Person.id)
    return list(session.scalars(statement))


def add_hand(session: Session, commitment: Commitment, person_id: uuid.UUID) -> None:
    """This person writes its figures; under the lock of its round."""
    session.flush()
    known = sa.select(CommitmentHand.id).where(
        CommitmentHand.commitment_id == commitment.id, CommitmentHand.person_id == person_id
    )
    if session.scalar(known) is None:
        session.add(CommitmentHand(commitment_id=commitment.id, person_id=person_id))


def forget_hands(session: Session, commitment: Commitment) -> None:
    """What was withdrawn is committed anew: none of its old figures is left."""
    session.execute(sa.delete(CommitmentHand).where(CommitmentHand.commitment_id == commitment.id))
