"""Organisations as JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from marketplace.trusts.guard import current_actor, signed_in

api = Blueprint("trusts_api", __name__, description="Who you are, and organisations")


class Me(ma.Schema):
    """Who the token acts for."""

    name = ma.fields.String()
    email = ma.fields.String()
    organisation_id = ma.fields.UUID()
    organisation_name = ma.fields.String()
    kind = ma.fields.String()
    roles = ma.fields.List(ma.fields.String())


@api.get("/me")
@api.response(200, Me)
@signed_in
def me() -> dict[str, Any]:
    """Who the token acts for, and with which roles."""
    actor = current_actor()
    roles = sorted(role.value for role in actor.roles)
    return {**vars(actor), "kind": actor.kind.value, "roles": roles}
