"""Organisations as JSON."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from marketplace.kernel import clock
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts import queries
from marketplace.trusts.guard import current_actor
from marketplace.trusts.kinds import (
    LinkKind,
    OrganisationKind,
    OrganisationState,
    Standing,
)
from marketplace.trusts.schemas import FindOrganisations

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


class Successive(ma.Schema):
    """A school before or after a school."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    urn = ma.fields.String(allow_none=True)
    succeeded_on = ma.fields.Date(allow_none=True)


class YearItem(ma.Schema):
    """A financial year; both days belong to it."""

    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()


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
    standing = ma.fields.Enum(Standing, by_value=True)
    left_on = ma.fields.Date(allow_none=True)
    financial_year = ma.fields.Nested(YearItem)
    counted_pupils = ma.fields.Integer(allow_none=True)
    counted_on = ma.fields.Date(allow_none=True)
    authorities = ma.fields.List(ma.fields.String())
    predecessors = ma.fields.List(ma.fields.Nested(Successive))
    successors = ma.fields.List(ma.fields.Nested(Successive))


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
    counted = queries.counted_pupils(session, [organisation_id]).get(organisation_id)
    more = {
        "linked": queries.linked(session, organisation_id),
        "predecessors": queries.predecessors(session, organisation_id),
        "successors": queries.successors(session, organisation_id),
        "financial_year": vars(queries.financial_year(found, clock.today())),
        "counted_pupils": counted.pupils if counted else None,
        "counted_on": counted.counted_on if counted else None,
        "authorities": queries.authorities_of(session, found),
    }
    return columns | more
