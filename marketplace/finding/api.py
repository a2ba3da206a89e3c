"""The search as JSON."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from marketplace.finding import asking, queries
from marketplace.finding.question import Question
from marketplace.finding.schemas import FindListings, FoundShown
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor

api = Blueprint("finding_api", __name__, description="Find services by words, place, months and price")


@api.get("/listings")
@api.arguments(FindListings(), location="query")
@api.response(200, FoundShown)
@signed_in
def find(command: dict[str, Any]) -> ResponseReturnValue:
    """Published listings that fit, as the page shows them: up to 25, and where the next page begins."""
    after = command.pop("after")
    session = current_session()
    asked = asking.ask(session, current_actor(), Question(**command))
    found = queries.find(session, asked, after, with_facets=False)
    corrected = asked.understood.corrected if asked.understood else None
    body = {
        "total": found.total,
        "is_more": found.is_more,
        "corrected": corrected,
        "place": asked.place.label if asked.place else None,
        "items": [_item(*one) for one in zip(found.items, found.metres, strict=True)],
        "next_after": found.next_after,
    }
    return Response(orjson.dumps(body), mimetype="application/json")


def _item(item: bytes, metres: float | None) -> orjson.Fragment:
    """The item as it was stored, with its distance: it is JSON already."""
    length = b"null" if metres is None else b"%d" % round(metres)
    return orjson.Fragment(item[:-1] + b',"metres":' + length + b"}")
