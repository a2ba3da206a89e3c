"""How a seller's capacity is used, on the screen and as a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from marketplace.catalogue import kinds
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import Cell, csv_file, xlsx_file
from marketplace.ordering import using
from marketplace.ordering.states import SELLERS
from marketplace.scheduling.kinds import WAITING_COLOURS, WAITING_WORDS
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("using", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of listings and waiting, for templates."""
    return {
        "counted": kinds.counted,
        "unit_words": kinds.UNIT_WORDS,
        "listing_states": kinds.STATE_WORDS,
        "waiting_words": WAITING_WORDS,
        "waiting_colours": WAITING_COLOURS,
    }


@pages.get("/listings/use")
@roles(*SELLERS)
def listings() -> ResponseReturnValue:
    """What is used and what is free of every listing, over twelve months."""
    found = using.listings_in_use(current_session(), current_actor())
    return render_template("ordering/use.html", found=found, span=using.shown_span())


@pages.get("/listings/use.<any(csv,xlsx):kind>")
@roles(*SELLERS)
def listings_file(kind: str) -> ResponseReturnValue:
    """The same rows as a file."""
    found = using.listings_in_use(current_session(), current_actor())
    return _file(kind, "listings", using.HEADINGS, using.table(found, kinds.STATE_WORDS))


@pages.get("/listings/<uuid:listing_id>/use")
@roles(*SELLERS)
def listing(listing_id: uuid.UUID) -> ResponseReturnValue:
    """One listing by month, and whoever asks for it, waits for it or has it."""
    found = using.use_of(current_session(), current_actor(), listing_id)
    return render_template("ordering/use_of_listing.html", use=found)


@pages.get("/listings/<uuid:listing_id>/use.<any(csv,xlsx):kind>")
@roles(*SELLERS)
def listing_file(listing_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Its months as a file."""
    found = using.use_of(current_session(), current_actor(), listing_id)
    return _file(kind, "listing", using.MONTH_HEADINGS, using.month_table(found))


def _file(kind: str, name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    shown = {"Content-Disposition": f"attachment; filename=use-of-{name}.{kind}"}
    if kind == "xlsx":
        return Response(xlsx_file("Use", headings, rows), mimetype=XLSX, headers=shown)
    return Response(csv_file(headings, rows), mimetype="text/csv", headers=shown)
