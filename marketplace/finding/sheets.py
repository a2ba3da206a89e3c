"""What was found as the rows of a spreadsheet: the same listings in the same order as on the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import CATEGORY_WORDS, LISTING_KIND_WORDS, Category, Delivery, ListingKind
from marketplace.finding import grid, queries, showing
from marketplace.finding.asking import Asked
from marketplace.kernel.errors import Refused
from marketplace.kernel.spreadsheets import Cell, in_pounds
from marketplace.trusts.kinds import STANDING_WORDS, Standing

COLUMNS = (
    "Service",
    "Seller",
    "Seller's town",
    "Seller's standing",
    "Category",
    "Kind",
    "Summary",
    "Where the work is done",
    "Places served",
    "Lowest price of one, pounds excluding VAT",
    "Price",
    "Free soonest",
    "Left then",
    "Unit",
    "Trial",
    "Miles away",
    "Identifier",
)


class NotAQuestion(Refused):
    """What stands in the address cannot be asked."""


def rows(session: Session, asked: Asked) -> Iterator[list[Cell]]:
    """Every listing that was found, up to the cap of a search, in its order."""
    for item, metres in queries.everything(session, asked):
        yield _row(orjson.loads(item), metres)


def _row(item: Mapping[str, Any], metres: float | None) -> list[Cell]:
    period = item["next_open"]
    return [
        item["title"],
        item["seller_name"],
        item["seller_town"],
        STANDING_WORDS[Standing(item["seller_standing"])],
        CATEGORY_WORDS[Category(item["category"])],
        LISTING_KIND_WORDS[ListingKind(item["kind"])],
        item["summary"],
        showing.WAYS[Delivery(item["delivery"])],
        item["places_served"],
        None if item["price_pence"] is None else in_pounds(item["price_pence"]),
        "; ".join(plan["words"] for plan in item["plans"]),
        date.fromisoformat(period["starts_on"]) if period else None,
        period["left"] if period else None,
        item["unit"],
        showing.trial_length(item),
        None if metres is None else round(grid.in_miles(metres)),
        item["id"],
    ]
