"""What was found as the rows of a spreadsheet: the same listings in the same order as on the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import (
    CATEGORY_WORDS,
    LISTING_KIND_WORDS,
    UNIT_WORDS,
    CapacityUnit,
    Category,
    Delivery,
    ListingKind,
)
from marketplace.finding import grid, queries, showing
from marketplace.finding.asking import Asked
from marketplace.finding.counting import CAP
from marketplace.finding.queries import Found
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
    "Who can buy",
    "Miles away",
    "Words found",
    "Identifier",
)


AND_MORE = f"These are the first {CAP:,}. More were found: narrow the search to have the others."


class NotAQuestion(Refused):
    """What stands in the address cannot be asked."""


def rows(session: Session, asked: Asked) -> Iterator[list[Cell]]:
    """Every listing that was found, in its order; at the cap of a search a last row says so."""
    found = queries.everything(session, asked)
    for number, (item, metres) in enumerate(zip(found.items, found.metres, strict=True)):
        yield _row(orjson.loads(item), metres, _words_found(found, number))
    if found.is_more:
        yield [AND_MORE]


def _words_found(found: Found, number: int) -> str | None:
    """What the page says above those that have not every word."""
    if found.asked.understood is None:
        return None
    return "All" if number < found.exact else "Some"


def _row(item: Mapping[str, Any], metres: float | None, words_found: str | None) -> list[Cell]:
    period = None if item["is_unlimited"] else item["next_open"]
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
        showing.price_words(item),
        date.fromisoformat(period["starts_on"]) if period else showing.free_words(item),
        period["left"] if period else None,
        UNIT_WORDS[CapacityUnit(item["unit"])][0],
        showing.trial_length(item),
        "Members of a partnership" if item["is_members_only"] else "Everybody",
        _miles(metres),
        words_found,
        item["id"],
    ]


def _miles(metres: float | None) -> Cell:
    """Whole miles, as the page has them: a number, to sort by, unless it would be none at all."""
    if metres is None:
        return None
    return round(grid.in_miles(metres)) or "Less than 1"
