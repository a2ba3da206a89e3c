"""Partnerships as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint

from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.partnerships import queries, services
from marketplace.partnerships.schemas import (
    EndMembership,
    Invite,
    ListQuery,
    MembershipBody,
    PartnershipBody,
    PartnershipList,
    PurposeInput,
)
from marketplace.partnerships.services import DECIDERS, Purpose
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.partnership_models import PartnershipMembership

api = Blueprint("partnerships_api", __name__, description="Partnerships of trusts, and their members")


@api.get("/partnerships")
@api.arguments(ListQuery, location="query")
@api.response(200, PartnershipList)
@signed_in
def partnerships(query: dict[str, Any]) -> dict[str, Any]:
    """Every partnership, newest first."""
    page = queries.partnerships(current_session(), current_actor(), query["after"])
    return {"items": page.rows, "next_after": page.next_after}


@api.post("/partnerships")
@api.arguments(PurposeInput, location="json")
@api.response(201, PartnershipBody)
@roles(*DECIDERS)
def found(command: dict[str, Any]) -> dict[str, Any]:
    """Found a partnership; your organisation is its first member."""
    return _one(services.found_partnership(current_session(), current_actor(), Purpose(**command)).id)


@api.get("/partnerships/<uuid:partnership_id>")
@api.response(200, PartnershipBody)
@signed_in
def partnership(partnership_id: uuid.UUID) -> dict[str, Any]:
    """One partnership with its members of today."""
    return _one(partnership_id)


@api.put("/partnerships/<uuid:partnership_id>")
@api.arguments(PurposeInput, location="json")
@api.response(200, PartnershipBody)
@roles(*DECIDERS)
def describe(command: dict[str, Any], partnership_id: uuid.UUID) -> dict[str, Any]:
    """As its founder, change its name and description."""
    services.describe_partnership(current_session(), current_actor(), partnership_id, Purpose(**command))
    return _one(partnership_id)


@api.post("/partnerships/<uuid:partnership_id>/invitations")
@api.arguments(Invite, location="json")
@api.response(201, MembershipBody)
@roles(*DECIDERS)
def invite(command: dict[str, Any], partnership_id: uuid.UUID) -> Any:
    """As its founder, invite a trust or a school."""
    return _membership(services.invite(current_session(), current_actor(), partnership_id, **command))


@api.post("/partnership-memberships/<uuid:membership_id>/accept")
@api.response(200, MembershipBody)
@roles(*DECIDERS)
def accept(membership_id: uuid.UUID) -> Any:
    """Accept an invitation: a member from today on."""
    return _membership(services.accept(current_session(), current_actor(), membership_id))


@api.post("/partnership-memberships/<uuid:membership_id>/decline")
@api.response(200, MembershipBody)
@roles(*DECIDERS)
def decline(membership_id: uuid.UUID) -> Any:
    """Decline an invitation."""
    return _membership(services.decline(current_session(), current_actor(), membership_id))


@api.post("/partnership-memberships/<uuid:membership_id>/withdraw")
@api.response(200, MembershipBody)
@roles(*DECIDERS)
def withdraw(membership_id: uuid.UUID) -> Any:
    """As the founder, take an invitation back."""
    return _membership(services.withdraw(current_session(), current_actor(), membership_id))


@api.post("/partnership-memberships/<uuid:membership_id>/leave")
@api.arguments(EndMembership, location="json")
@api.response(200, MembershipBody)
@roles(*DECIDERS)
def leave(command: dict[str, Any], membership_id: uuid.UUID) -> Any:
    """Leave on a day, today or later."""
    return _membership(services.leave(current_session(), current_actor(), membership_id, **command))


@api.post("/partnership-memberships/<uuid:membership_id>/remove")
@api.arguments(EndMembership, location="json")
@api.response(200, MembershipBody)
@roles(*DECIDERS)
def remove(command: dict[str, Any], membership_id: uuid.UUID) -> Any:
    """As the founder, let a membership end on a day."""
    return _membership(services.remove(current_session(), current_actor(), membership_id, **command))


@api.post("/partnership-memberships/<uuid:membership_id>/hand-over")
@api.response(200, PartnershipBody)
@roles(*DECIDERS)
def hand_over(membership_id: uuid.UUID) -> dict[str, Any]:
    """As the founder, let this member run the partnership from now on."""
    return _one(services.hand_over(current_session(), current_actor(), membership_id).id)


def _one(partnership_id: uuid.UUID) -> dict[str, Any]:
    view = queries.partnership_view(current_session(), current_actor(), partnership_id)
    shown = {"membership": view.own, "current_members": view.members, "invited": view.invited}
    return dict(view.partnership._mapping) | shown


def _membership(made: PartnershipMembership) -> Any:
    current_session().flush()
    return queries.membership(current_session(), current_actor(), made.id)
