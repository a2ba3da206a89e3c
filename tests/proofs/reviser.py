"""Somebody who revises a listing and is killed: `python -m tests.proofs.reviser PERSON_ID LISTING_ID`.

The listing is called "Oboe" then, and the search keeps up.
"""

from __future__ import annotations

import sys
import uuid

from sqlalchemy.orm import Session

from marketplace.catalogue import services
from marketplace.finding import subscribers
from marketplace.people.models import Person
from marketplace.trusts.access import actor_of
from tests.proofs.dying import as_often_as_asked


def main(person_id: str, listing_id: str) -> None:
    """Die as often as is asked."""

    def revise(session: Session) -> None:
        actor = actor_of(session, session.get_one(Person, uuid.UUID(person_id)))
        assert actor is not None
        services.revise_listing(session, actor, uuid.UUID(listing_id), {"title": "Oboe"})

    subscribers.subscribe_all()
    as_often_as_asked(lambda database: database.run(revise))


if __name__ == "__main__":
    main(*sys.argv[1:])
