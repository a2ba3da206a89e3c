"""The listing's terms that an order keeps, whatever became of the listing."""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from marketplace.catalogue import comparing, versions
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.ordering import queries
from marketplace.trusts.guard import current_actor

pages = Blueprint("kept_terms", __name__)


@pages.get("/orders/<uuid:order_id>/listing")
@signed_in
def listing(order_id: uuid.UUID) -> ResponseReturnValue:
    """What the listing said when the order was written, and what it says differently now."""
    session = current_session()
    order = queries.order_view(session, current_actor(), order_id).order
    kept = versions.kept_by_order(session, order.listing_id, order.listing_version)
    now = versions.shown_now(session, current_actor().organisation_id, order.listing_id)
    changed = [] if now is None or kept is None else comparing.changes(kept.terms, now)
    return render_template(
        "ordering/listing.html",
        order=order,
        version=kept,
        shown=comparing.shown(kept.terms) if kept else [],
        changed=changed,
        is_shown=now is not None,
    )
