"""Organisations as JSON."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts import policies, queries, services
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import (
    RULE_CONFIRMERS,
    LinkKind,
    OrganisationKind,
    OrganisationState,
    Policy,
    Role,
)
from marketplace.trusts.schemas import ApprovalRules, DecideRules, FindOrganisations

api = Blueprint("trusts_api", __name__, description="Who you are, and organisations")


class Me(ma.Schema):
    """Who the token acts for."""

    name = ma.fields.String()
    email = ma.fields.String()
    organisation_id = ma.fields.UUID()
    organisation_name = ma.fields.String()
    kind = ma.fields.String()
    roles = ma.fields.List(ma.fields.String())


class OrganisationItem(ma.Schema):
    """An organisation in a list, with the identifiers that it has."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    kind = ma.fields.Enum(OrganisationKind, by_value=True)
    state = ma.fields.Enum(OrganisationState, by_value=True)
    town = ma.fields.String(allow_none=True)
    authority_name = ma.fields.String(allow_none=True)
    urn = ma.fields.String(allow_none=True)
    group_uid = ma.fields.String(allow_none=True)
    ukprn = ma.fields.String(allow_none=True)
    company_number = ma.fields.String(allow_none=True)


class OrganisationList(ma.Schema):
    """A page of organisations by name; `next_after` begins the next page."""

    items = ma.fields.List(ma.fields.Nested(OrganisationItem))
    next_after = ma.fields.UUID(allow_none=True)


class LinkedItem(ma.Schema):
    """A school of a group, or a group of a school."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    kind = ma.fields.Enum(OrganisationKind, by_value=True)
    link = ma.fields.Enum(LinkKind, by_value=True)
    joined_on = ma.fields.Date(allow_none=True)


class OrganisationInFull(OrganisationItem):
    """What the register says about an organisation."""

    group_id = ma.fields.String(allow_none=True)
    establishment_type = ma.fields.String(allow_none=True)
    phase = ma.fields.String(allow_none=True)
    authority_code = ma.fields.String(allow_none=True)
    pupils = ma.fields.Integer(allow_none=True)
    opened_on = ma.fields.Date(allow_none=True)
    closed_on = ma.fields.Date(allow_none=True)
    address = ma.fields.String(allow_none=True)
    postcode = ma.fields.String(allow_none=True)
    linked = ma.fields.List(ma.fields.Nested(LinkedItem))


class ApprovalRulesWaiting(ma.Schema):
    """Looser rules that hold when a second person confirms them."""

    id = ma.fields.UUID()
    approval_limit_pence = ma.fields.Integer()
    requires_po_number = ma.fields.Boolean()
    proposed_by = ma.fields.String()
    proposed_at = ma.fields.DateTime()
    confirmers = ma.fields.List(ma.fields.String())


class ApprovalRulesNow(ma.Schema):
    """When a second person must approve, a net sum over the whole life of an order; and what waits."""

    approval_limit_pence = ma.fields.Integer()
    requires_po_number = ma.fields.Boolean()
    waiting = ma.fields.Nested(ApprovalRulesWaiting, allow_none=True)


@api.get("/me")
@api.response(200, Me)
@signed_in
def me() -> dict[str, Any]:
    """Who the token acts for, and with which roles."""
    actor = current_actor()
    roles_ = sorted(role.value for role in actor.roles)
    return {**vars(actor), "kind": actor.kind.value, "roles": roles_}


@api.get("/trusts")
@api.arguments(FindOrganisations, location="query")
@api.response(200, OrganisationList)
@signed_in
def find(query: dict[str, Any]) -> dict[str, Any]:
    """Organisations of every kind, by words of the name or by an identifier."""
    page = queries.find(current_session(), query["q"], query["after"])
    return {"items": page.rows, "next_after": page.next_after}


@api.get("/trusts/<uuid:organisation_id>")
@api.response(200, OrganisationInFull)
@signed_in
def organisation(organisation_id: uuid.UUID) -> dict[str, Any]:
    """What the register says about an organisation, with its schools or groups."""
    session = current_session()
    found = queries.organisation(session, organisation_id)
    columns = {column.key: getattr(found, column.key) for column in type(found).__table__.columns}
    return columns | {"linked": queries.linked(session, organisation_id)}


@api.get("/trust/policy")
@api.response(200, ApprovalRulesNow)
@signed_in
def policy() -> dict[str, Any]:
    """The approval rules of your organisation, and looser ones that wait."""
    return _rules()


@api.put("/trust/policy")
@api.arguments(ApprovalRules, location="json")
@api.response(200, ApprovalRulesNow)
@roles(Role.ADMINISTRATOR)
def set_policy(command: dict[str, Any]) -> dict[str, Any]:
    """Decide when a second person must approve: stricter rules hold at once, looser ones wait."""
    policies.set_policy(current_session(), current_actor(), Policy(**command))
    return _rules()


@api.post("/trust/policy/confirm")
@api.arguments(DecideRules, location="json")
@api.response(200, ApprovalRulesNow)
@roles(*RULE_CONFIRMERS)
def confirm_policy(command: dict[str, Any]) -> dict[str, Any]:
    """Put in force the looser rules that somebody else proposed."""
    policies.confirm_policy(current_session(), current_actor(), **command)
    return _rules()


@api.post("/trust/policy/withdraw")
@api.arguments(DecideRules, location="json")
@api.response(200, ApprovalRulesNow)
@roles(*RULE_CONFIRMERS)
def withdraw_policy(command: dict[str, Any]) -> dict[str, Any]:
    """Withdraw the looser rules that wait, or turn them down."""
    policies.withdraw_policy(current_session(), current_actor(), **command)
    return _rules()


def _rules() -> dict[str, Any]:
    session, actor = current_session(), current_actor()
    in_force = asdict(services.policy_of(session, actor.organisation_id))
    return in_force | {"waiting": queries.waiting_rules(session, actor)}
