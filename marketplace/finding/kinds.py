"""The choices of a search, and how the facets of a listing fit into one number. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from functools import lru_cache

from marketplace.catalogue.kinds import Category, Delivery, ListingKind, Phase


class Sort(enum.Enum):
    """Which of what was found comes first."""

    BEST = "best"
    NEWEST = "newest"
    PRICE = "price"
    NEAREST = "nearest"
    SOONEST = "soonest"


SORT_WORDS = {
    Sort.BEST: "Best match",
    Sort.NEWEST: "Newest first",
    Sort.PRICE: "Lowest price first",
    Sort.NEAREST: "Nearest first",
    Sort.SOONEST: "Free soonest first",
}


class Near(enum.Enum):
    """What a place means for a search."""

    SERVES = "serves"
    MILES_5 = "5"
    MILES_10 = "10"
    MILES_25 = "25"
    MILES_50 = "50"


NEAR_WORDS = {
    Near.SERVES: "Offered there",
    Near.MILES_5: "Seller within 5 miles",
    Near.MILES_10: "Seller within 10 miles",
    Near.MILES_25: "Seller within 25 miles",
    Near.MILES_50: "Seller within 50 miles",
}
MILES: dict[Near, int] = {near: int(near.value) for near in Near if near is not Near.SERVES}


class Way(enum.Enum):
    """Where the buyer wants the work to be done."""

    REMOTE = "remote"
    ON_SITE = "on-site"


WAY_WORDS = {Way.REMOTE: "Remotely", Way.ON_SITE: "At our schools"}


class Sought(enum.Enum):
    """People's work, or knowledge that is handed over."""

    SERVICE = "service"
    KNOWLEDGE = "knowledge"


SOUGHT_WORDS = {Sought.SERVICE: "Services", Sought.KNOWLEDGE: "Templates, data and training material"}


class Frequency(enum.Enum):
    """How often somebody wants to hear of what is new in a saved search."""

    IMMEDIATELY = "immediately"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


FREQUENCY_WORDS = {
    Frequency.IMMEDIATELY: "As soon as a service is published",
    Frequency.DAILY: "Once a day, when there is something new",
    Frequency.WEEKLY: "Once a week, when there is something new",
    Frequency.NEVER: "Never: just keep the search",
}

CATEGORIES = tuple(Category)
CATEGORY_BITS = 0b1111
_BITS: dict[enum.Enum, int] = {
    bit: 1 << place for place, bit in enumerate((*Sought, *Way, *Phase), start=CATEGORY_BITS.bit_length())
}
TRIAL = 1 << (CATEGORY_BITS.bit_length() + len(_BITS))
VERIFIED = TRIAL << 1
MEMBERS = VERIFIED << 1
WAYS = {
    Delivery.REMOTE: (Way.REMOTE,),
    Delivery.ON_SITE: (Way.ON_SITE,),
    Delivery.BOTH: (Way.REMOTE, Way.ON_SITE),
}


def bits(*members: enum.Enum) -> int:
    """The bits of ways, phases and what is sought."""
    return sum(_BITS[member] for member in members)


def facets(
    category: Category, kind: ListingKind, delivery: Delivery, phases: Iterable[Phase], *more: int
) -> int:
    """All that is counted beside the results, as one number; `more` are TRIAL, VERIFIED and MEMBERS."""
    sought = Sought.SERVICE if kind is ListingKind.SERVICE else Sought.KNOWLEDGE
    some = tuple(phases) or tuple(Phase)
    return CATEGORIES.index(category) + bits(sought, *WAYS[delivery], *some) + sum(more)


_MORE = {TRIAL: "trial", VERIFIED: "verified", MEMBERS: "members"}
_VALUES = (*(one.value for one in CATEGORIES), *(member.value for member in _BITS), *_MORE.values())
_LANE = 32
"""Bits for the count of one value, in a number that holds the counts of all."""


def counts(found: Mapping[int, int]) -> dict[str, int]:
    """How many have each category, way, phase and so on, by the value that an address has for it.

    `found` is how many listings have the same facets.
    """
    total = sum(times * _one_of_each(packed) for packed, times in found.items())
    numbers = (total >> _LANE * place & (1 << _LANE) - 1 for place in range(len(_VALUES)))
    return {value: number for value, number in zip(_VALUES, numbers, strict=True) if number}


@lru_cache(maxsize=10_000)
def _one_of_each(packed: int) -> int:
    """What a number of facets stands for: one in the lane of each value."""
    return sum(1 << _LANE * _VALUES.index(value) for value in _values(packed))


def _values(packed: int) -> tuple[str, ...]:
    return (
        CATEGORIES[packed & CATEGORY_BITS].value,
        *(member.value for member, bit in _BITS.items() if packed & bit),
        *(name for bit, name in _MORE.items() if packed & bit),
    )
