"""What the find page says about a search and what it found, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from marketplace.catalogue.kinds import (
    PERIOD_WORDS,
    VAT_WORDS,
    Cadence,
    CapacityUnit,
    Delivery,
    Phase,
    VatTreatment,
    counted,
)
from marketplace.finding import grid, question, schemas
from marketplace.finding.kinds import MILES, Near
from marketplace.finding.queries import Found
from marketplace.finding.question import Question
from marketplace.finding.widening import Instead

WAYS = {
    Delivery.REMOTE: "Remotely",
    Delivery.ON_SITE: "At your schools",
    Delivery.BOTH: "Remotely and at your schools",
}


@dataclass(frozen=True)
class Chosen:
    """A filter in words, and the address of the search without it; or with it, where it is proposed."""

    name: str
    words: str
    address: Mapping[str, str]


@dataclass(frozen=True)
class Card:
    """One listing as the page shows it."""

    id: str
    seller_id: str
    title: str
    seller: str
    summary: str
    price: str
    free: str
    serves: str
    way: str
    trial: str | None
    distance: str | None
    is_verified: bool
    is_members_only: bool


def total_words(found: Found | Instead) -> str:
    """59 services, 1 service, More than 1,000 services."""
    if found.is_more:
        return f"More than {found.total:,} services"
    return f"{found.total:,} {'service' if found.total == 1 else 'services'}"


def where_words(found: Found) -> str:
    """Where was looked, as the end of a sentence."""
    asked = found.asked
    if asked.place is None:
        return ""
    near = asked.question.near
    if near in MILES:
        return f" within {MILES[near]} miles of {asked.place.label}"
    return f" offered in {asked.place.label}" if near is Near.SERVES or asked.question.place else ""


def count_words(counts: Mapping[str, int], value: str, is_more: bool) -> str:
    """(71), or (71 or more) when not all were counted."""
    number = counts.get(value, 0)
    return f"({number:,} or more)" if is_more and number else f"({number:,})"


def chosen(asked: Question, place: str | None) -> list[Chosen]:
    """The filters that are on, each with what is left without it."""
    return [Chosen(name, words, asked.less(name).address()) for name, words in question.said(asked, place)]


def saved_words(asked: str) -> str:
    """What a saved search asks, from its address, also when its months are over."""
    kept = schemas.read_address(asked, schemas.KeptSearch)
    return "A search that cannot be read any more" if kept is None else question.in_words(Question(**kept))


def instead(asked: Question, places: Sequence[str]) -> list[Chosen]:
    """Places that may have been meant, each with the same search there."""
    return [Chosen("place", one, replace(asked, place=one).address()) for one in places]


def cards(found: Found) -> list[Card]:
    """The listings of the page."""
    return [card(row, metres) for row, metres in zip(found.rows, found.metres, strict=True)]


def card(row: Mapping[str, Any], metres: float | None = None) -> Card:
    """One listing in words."""
    return Card(
        id=row["id"],
        seller_id=row["seller_id"],
        title=row["title"],
        seller=", ".join(filter(None, (row["seller_name"], row["seller_town"]))),
        summary=row["summary"],
        price=price_words(row),
        free=free_words(row),
        serves=row["places_served"],
        way=WAYS[Delivery(row["delivery"])],
        trial=trial_words(row),
        distance=None if metres is None else grid.miles_words(metres),
        is_verified=row["seller_standing"] == "verified",
        is_members_only=row["is_members_only"],
    )


def price_words(row: Mapping[str, Any]) -> str:
    """Every price, or that none is set."""
    return "; ".join(plan["words"] for plan in row["plans"]) or "Not set"


def free_words(row: Mapping[str, Any]) -> str:
    """3 days in December 2026."""
    if row["is_unlimited"]:
        return "Always"
    period = row["next_open"]
    if period is None:
        return "Nothing left"
    first = date.fromisoformat(period["starts_on"])
    return f"{counted(period['left'], CapacityUnit(row['unit']))} in {first:%B %Y}"


def trial_words(row: Mapping[str, Any]) -> str | None:
    """Free trial, or what a trial costs."""
    if not row["trial_months"]:
        return None
    return f"Trial at {row['trial_percent']}%" if row["trial_percent"] else "Free trial"


def trial_length(row: Mapping[str, Any]) -> str:
    """3 months, free."""
    if not row["trial_months"]:
        return "None"
    one, several = PERIOD_WORDS[Cadence.MONTHLY]
    length = f"{row['trial_months']} {one if row['trial_months'] == 1 else several}"
    return f"{length} at {row['trial_percent']}% of the price" if row["trial_percent"] else f"{length}, free"


def phase_names(row: Mapping[str, Any]) -> str:
    """Primary, Secondary; all of them when none is named."""
    return ", ".join(question.LABELS["phase"][Phase(one)] for one in row["phases"]) or "All phases"


def vat_words(row: Mapping[str, Any]) -> list[str]:
    """How the seller treats the VAT of each plan, each way once."""
    return list(dict.fromkeys(VAT_WORDS[VatTreatment(plan["vat_treatment"])] for plan in row["plans"]))
