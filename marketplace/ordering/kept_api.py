"""The listing's terms that an order keeps, as JSON."""

from __future__ import annotations

import uuid

from flask_smorest import Blueprint

from marketplace.catalogue import versions
from marketplace.catalogue.shapes import VersionShown
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import NotFound
from marketplace.kernel.session import current_session
from marketplace.ordering import queries
from marketplace.trusts.guard import current_actor

api = Blueprint("kept_terms_api", __name__, description="What listings said when orders were written")


@api.get("/orders/<uuid:order_id>/listing")
@api.response(200, VersionShown)
@signed_in
def listing(order_id: uuid.UUID) -> versions.Version:
    """The version of its listing that an order keeps, whatever the listing says now."""
    session = current_session()
    order = queries.order_view(session, current_actor(), order_id).order
    kept = versions.kept_by_order(session, order.listing_id, order.listing_version)
    if kept is None:
        raise NotFound
    return kept
