"""Who did what, as JSON."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace.kernel.session import current_session
from marketplace.trusts import audit_queries
from marketplace.trusts.audit_queries import READERS
from marketplace.trusts.audit_schemas import ChooseEntries, EntryList, wanted_of
from marketplace.trusts.audit_shapes import as_json
from marketplace.trusts.guard import current_actor, roles

api = Blueprint("audit_api", __name__, description="Who did what at an organisation")


@api.get("/audit-entries")
@api.arguments(ChooseEntries, location="query")
@api.response(200, EntryList)
@roles(*READERS)
def entries(query: dict[str, Any]) -> Response:
    """The record of the token's organisation, newest first."""
    page = audit_queries.audit_page(current_session(), current_actor(), wanted_of(query), query["after"])
    return jsonify({"items": [as_json(row) for row in page.rows], "next_after": page.next_after})
