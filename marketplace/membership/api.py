"""JSON: who belongs to your organisation."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.membership import queries
from marketplace.membership.states import parsed
from marketplace.trusts import queries as trusts
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

api = Blueprint("membership_api", __name__, description="Who belongs to your organisation")


class PersonWithRoles(ma.Schema):
    """A member and their roles."""

    person_id = ma.fields.UUID()
    name = ma.fields.String()
    email = ma.fields.String()
    roles = ma.fields.List(ma.fields.String())


class PersonList(ma.Schema):
    """Every member, by name."""

    items = ma.fields.List(ma.fields.Nested(PersonWithRoles))


class OpenInvitation(ma.Schema):
    """An invitation that nobody accepted yet."""

    id = ma.fields.UUID()
    email = ma.fields.String()
    roles = ma.fields.List(ma.fields.String())
    invited_by = ma.fields.String()
    expires_at = ma.fields.DateTime()


class InvitationList(ma.Schema):
    """Every open invitation, newest first."""

    items = ma.fields.List(ma.fields.Nested(OpenInvitation))


@api.get("/trust/people")
@api.response(200, PersonList)
@signed_in
def people() -> dict[str, Any]:
    """The people of your organisation and their roles."""
    members = trusts.members(current_session(), current_actor())
    return {"items": [vars(one) | {"roles": _words(one.roles)} for one in members]}


@api.get("/trust/invitations")
@api.response(200, InvitationList)
@roles(Role.ADMINISTRATOR)
def invitations() -> dict[str, Any]:
    """The invitations that nobody accepted yet."""
    rows = queries.invitations(current_session(), current_actor())
    return {"items": [dict(row._mapping) | {"roles": _words(parsed(row.roles))} for row in rows]}


def _words(roles_: frozenset[Role]) -> list[str]:
    return [role.value for role in Role if role in roles_]
