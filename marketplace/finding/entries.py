"""What the search keeps of one listing: the row that is asked, the item shown, the words that find it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any

import orjson

from marketplace.catalogue import assurance
from marketplace.catalogue.assurance import CHECK_WORDS
from marketplace.catalogue.availability import Period, month_number
from marketplace.catalogue.kinds import CATEGORY_WORDS, Phase, Reach
from marketplace.catalogue.queries import OfferedPlan
from marketplace.finding import grid, kinds, months, synonyms, words
from marketplace.finding.grid import Point
from marketplace.finding.word_index import Entry
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation

NEVER = 10**6
"""After every month: nothing is free."""
SELLER: tuple[Any, ...] = (
    Organisation.name.label("seller_name"),
    Organisation.standing.label("seller_standing"),
    Organisation.town.label("seller_town"),
)


@dataclass(frozen=True)
class Known:
    """A published listing with its seller, plans and what it has left."""

    listing: Mapping[str, Any]
    plans: Sequence[Mapping[str, Any]]
    periods: Sequence[Period]
    home: Point | None

    @cached_property
    def stems(self) -> tuple[str, str, str, str, str]:
        """The stems by which the listing is found, by the place where they stand."""
        listing = self.listing
        title, summary = words.tokens(listing["title"]), words.tokens(listing["summary"])
        description = words.tokens(listing["description"])
        names = [
            *words.tokens(CATEGORY_WORDS[listing["category"]]),
            *synonyms.of([*title, *summary]),
        ]
        more = [*description, *synonyms.of(description)]
        seller = (listing["seller_name"], listing["seller_town"] or "", listing["places_served"])
        everything = [*title, *names, *summary, *more, *words.tokens(" ".join(seller))]
        return (
            _stemmed(title),
            _stemmed(names),
            _stemmed(summary),
            _stemmed(more),
            _stemmed(everything),
        )

    def words(self, place: int) -> Entry:
        """The same as the index takes it."""
        return Entry(place, *self.stems, self.listing["partnership_id"], self.listing["seller_id"])


def row(one: Known, place: int, today: date) -> dict[str, Any]:
    """The row that is asked."""
    listing = one.listing
    is_near = listing["reach"] is Reach.DISTANCE
    return {
        "id": place,
        "facets": _facets(listing),
        "category": listing["category"],
        "price_pence": min((plan["unit_price_pence"] for plan in one.plans), default=0),
        "cell": grid.cell(one.home) if one.home else None,
        "easting": one.home.easting if one.home else None,
        "northing": one.home.northing if one.home else None,
        "serves_england": listing["reach"] is Reach.ENGLAND,
        "reach_metres": grid.in_metres(listing["reach_miles"]) if is_near else None,
        "authorities": "".join(f",{code}" for code in listing["authority_codes"]) + ",",
        "listing_id": listing["id"],
        "seller_id": listing["seller_id"],
        "partnership_id": listing["partnership_id"],
        **left_columns(one.periods, today, listing["is_unlimited"]),
    }


LEFT_COLUMNS = ("free_months", "soonest", "left_by_month", "next_open", "open_until")


def left_columns(ahead: Sequence[Period], today: date, is_unlimited: bool = False) -> dict[str, Any]:
    """The columns that change with each unit taken or given back, from the periods that are not over."""
    left = months.every_month(today) if is_unlimited else months.left(ahead, today)
    free = [month for month, units in left.items() if units > 0]
    first = min((one for one in ahead if one.left > 0), key=lambda one: one.starts_on, default=None)
    return {
        "free_months": months.mask(left),
        "soonest": min(map(month_number, free), default=NEVER),
        "left_by_month": months.digits(left),
        "next_open": _as_json(first) if first else None,
        "open_until": first.ends_on if first else None,
    }


def _facets(listing: Mapping[str, Any]) -> int:
    phases = [Phase(one) for one in listing["phases"]]
    more = [kinds.TRIAL] if listing["trial_months"] else []
    more += [kinds.VERIFIED] if listing["seller_standing"] is Standing.VERIFIED else []
    more += [kinds.MEMBERS] if listing["partnership_id"] else []
    return kinds.facets(listing["category"], listing["kind"], listing["delivery"], phases, *more)


def item(one: Known, place: int) -> dict[str, Any]:
    """The item that is shown, and the stems of its title and names."""
    title, names, *_ = one.stems
    return {
        "id": place,
        "item": orjson.dumps(shown(one), default=plain).decode(),
        "named": f"{title} {names}",
    }


def plain(value: date) -> str:
    """A day or an instant as JSON has it."""
    return value.isoformat()


def shown(one: Known) -> dict[str, Any]:
    """What pages and programs get of a listing in a list, as FoundListingShown describes it; see `whole`."""
    listing = one.listing
    plain = ("id", "seller_id", "seller_name", "title", "summary", "places_served", "phases")
    coded = ("seller_standing", "state", "category", "unit", "kind", "delivery", "reach")
    return {
        **{name: listing[name] for name in plain},
        **{name: listing[name].value for name in coded},
        "seller_town": listing["seller_town"],
        "reach_miles": listing["reach_miles"],
        "trial_months": listing["trial_months"],
        "trial_percent": listing["trial_percent"],
        "is_members_only": listing["partnership_id"] is not None,
        "is_unlimited": listing["is_unlimited"],
        "published_at": listing["published_at"] or listing["created_at"],
        "price_pence": min((plan["unit_price_pence"] for plan in one.plans), default=None),
        "plans": [_plan(listing, plan) for plan in one.plans],
        "checks": _checks(listing["posts"]),
    }


def _checks(kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was checked of the people who do the work, each once."""
    made = [CHECK_WORDS[one.check] for post in assurance.posts(kept) for one in post.checks]
    return list(dict.fromkeys(made))


def _plan(listing: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    coded = ("cadence", "basis", "vat_treatment")
    return {
        "plan_id": plan["id"],
        "unit_price_pence": plan["unit_price_pence"],
        "fixed_pence": plan["fixed_pence"],
        **{name: plan[name].value for name in coded},
        "words": price_words(listing, plan),
    }


def price_words(listing: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    """£265.00 a day, charged each month."""
    terms = {name: plan[name] for name in _TERMS}
    return OfferedPlan(plan_id=plan["id"], unit=listing["unit"], **terms).words


_TERMS = tuple(one.name for one in fields(OfferedPlan) if one.name not in {"plan_id", "unit"})


def _as_json(period: Period) -> str:
    return orjson.dumps({name: getattr(period, name) for name in _OPEN}, default=plain).decode()


_OPEN = ("period_id", "starts_on", "ends_on", "units", "left")


def whole(item: str, next_open: str | None) -> bytes:
    """An item as it is sent: with the first period that has something left, which changes more often."""
    return f'{{"next_open":{next_open or "null"},{item[1:]}'.encode()


def _stemmed(some: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(words.stems(some)))


def vocabulary(one: Known) -> Iterator[str]:
    """The words themselves, for whoever begins or misspells one; none of what only members may see."""
    listing = one.listing
    if listing["partnership_id"] is not None:
        return
    texts = ("title", "summary", "description", "seller_name", "places_served")
    said = [word for name in texts for word in words.tokens(listing[name])]
    yield from words.tokens(listing["seller_town"] or "")
    yield from words.tokens(CATEGORY_WORDS[listing["category"]])
    yield from said
    yield from synonyms.of(said)
