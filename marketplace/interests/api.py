"""The register of interests as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint

from marketplace.interests import queries, services
from marketplace.interests.queries import Entry
from marketplace.interests.relating import related
from marketplace.interests.schemas import (
    EndInterest,
    InterestBody,
    InterestInput,
    PersonBody,
    PersonInput,
    RegisterBody,
    RelatedBody,
    RelatedQuery,
)
from marketplace.interests.services import KEEPERS, InterestFacts, PersonFacts
from marketplace.kernel import clock
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.queries import organisation

api = Blueprint("interests_api", __name__, description="The register of interests and related parties")


@api.get("/interests")
@api.response(200, RegisterBody)
@roles(*queries.READERS)
def register() -> dict[str, Any]:
    """The register of the token's organisation."""
    session, actor = current_session(), current_actor()
    people = [_person(entry) for entry in queries.register(session, actor)]
    return {"is_published": queries.is_published(session, actor.organisation_id), "people": people}


@api.post("/interests/people")
@api.arguments(PersonInput, location="json")
@api.response(201, PersonBody)
@roles(*KEEPERS)
def add_person(command: dict[str, Any]) -> dict[str, Any]:
    """Put somebody into the register."""
    session, actor = current_session(), current_actor()
    declared = services.add_person(session, actor, PersonFacts(**command))
    return _person(queries.entry(session, actor, declared.id))


@api.get("/interests/people/<uuid:declared_id>")
@api.response(200, PersonBody)
@signed_in
def person(declared_id: uuid.UUID) -> dict[str, Any]:
    """Somebody of the register, for its readers and for that person."""
    return _person(queries.entry(current_session(), current_actor(), declared_id))


@api.put("/interests/people/<uuid:declared_id>")
@api.arguments(PersonInput, location="json")
@api.response(200, PersonBody)
@roles(*KEEPERS)
def change_person(command: dict[str, Any], declared_id: uuid.UUID) -> dict[str, Any]:
    """Correct somebody's entry, link their account, or say when their post ended."""
    session, actor = current_session(), current_actor()
    services.change_person(session, actor, declared_id, PersonFacts(**command))
    return _person(queries.entry(session, actor, declared_id))


@api.post("/interests/people/<uuid:declared_id>/interests")
@api.arguments(InterestInput, location="json")
@api.response(201, InterestBody)
@roles(*KEEPERS)
def add_interest(command: dict[str, Any], declared_id: uuid.UUID) -> Any:
    """Add an interest of somebody."""
    session, actor = current_session(), current_actor()
    interest = services.add_interest(session, actor, declared_id, InterestFacts(**command))
    return queries.one_interest(session, actor, interest.id)


@api.post("/interests/<uuid:interest_id>/end")
@api.arguments(EndInterest, location="json")
@api.response(200, InterestBody)
@signed_in
def end_interest(command: dict[str, Any], interest_id: uuid.UUID) -> Any:
    """Say when an interest ended; it stays in the register."""
    session, actor = current_session(), current_actor()
    services.end_interest(session, actor, interest_id, command["ends_on"])
    return queries.one_interest(session, actor, interest_id)


@api.post("/interests/<uuid:interest_id>/confirm")
@api.response(200, InterestBody)
@roles(*KEEPERS)
def confirm_interest(interest_id: uuid.UUID) -> Any:
    """Confirm what somebody else declared."""
    session, actor = current_session(), current_actor()
    services.confirm_interest(session, actor, interest_id)
    return queries.one_interest(session, actor, interest_id)


@api.get("/related-parties")
@api.arguments(RelatedQuery, location="query")
@api.response(200, RelatedBody)
@roles(*queries.READERS)
def related_parties(query: dict[str, Any]) -> dict[str, Any]:
    """How the token's organisation and a seller are related today, by the shortest paths."""
    session, actor = current_session(), current_actor()
    seller = organisation(session, query["seller_id"])
    found = related(session, actor.organisation_id, seller.id, clock.today())
    return {"paths": [path.sentence for path in found]}


def _person(entry: Entry) -> dict[str, Any]:
    who = entry.person
    return dict(who._mapping) | {
        "starts_on": who.post_starts_on,
        "ends_on": who.post_ends_on,
        "interests": entry.interests,
    }
