"""One search as a value: what was asked, and the address that asks it again. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from marketplace.catalogue.kinds import CATEGORY_WORDS, PHASE_WORDS, Category, Phase
from marketplace.finding.kinds import (
    MILES,
    NEAR_WORDS,
    SORT_WORDS,
    SOUGHT_WORDS,
    WAY_WORDS,
    Near,
    Sort,
    Sought,
    Way,
)
from marketplace.kernel import money

LABELS: dict[str, dict[Any, str]] = {
    "category": CATEGORY_WORDS,
    "near": NEAR_WORDS,
    "phase": PHASE_WORDS,
    "way": WAY_WORDS,
    "sought": SOUGHT_WORDS,
    "sort": SORT_WORDS,
}
NOT_FILTERS = frozenset({"sort", "exactly", "words"})
PLACE, TIME = ("place", "near"), ("first_month", "last_month", "units")
TOGETHER = {name: some for some in (PLACE, TIME) for name in some}
"""What is removed with what: a place means nothing without its distance."""


@dataclass(frozen=True)
class Question:
    """What somebody asks; everything left out does not count.

    With `exactly` no spelling is corrected. A `place` without `near` means what is offered there; `near`
    without a place means one's own trust.
    """

    words: str = ""
    category: Category | None = None
    place: str = ""
    near: Near | None = None
    phase: Phase | None = None
    first_month: date | None = None
    last_month: date | None = None
    units: int | None = None
    most_pence: int | None = None
    way: Way | None = None
    sought: Sought | None = None
    trial: bool = False
    verified: bool = False
    members: bool = False
    sort: Sort | None = None
    exactly: bool = False

    @property
    def filters(self) -> dict[str, Any]:
        """What narrows the search beside the words, by name."""
        default = Question()
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value
            for name, value in given.items()
            if value != getattr(default, name) and name not in NOT_FILTERS
        }

    @property
    def order(self) -> Sort:
        """Which comes first: the best match of words, the nearest of a distance, else the newest."""
        if self.sort is not None and (self.words or self.sort is not Sort.BEST):
            return self.sort
        if self.words:
            return Sort.BEST
        return Sort.NEAREST if self.miles else Sort.NEWEST

    @property
    def miles(self) -> int | None:
        """How far away the seller may be."""
        return MILES.get(self.near) if self.near else None

    @property
    def has_place(self) -> bool:
        """Whether somebody's place must be known."""
        return bool(self.place) or self.near is not None or self.sort is Sort.NEAREST

    def without(self, *names: str) -> Question:
        """The same without some of what was asked."""
        default = Question()
        return replace(self, **{name: getattr(default, name) for name in names})

    def less(self, name: str) -> Question:
        """The same without one filter, and what means nothing without it."""
        gone = TOGETHER.get(name, (name,))
        is_nearest = name in PLACE and self.sort is Sort.NEAREST
        return self.without(*gone, *(("sort",) if is_nearest else ()))

    def address(self) -> dict[str, str]:
        """What follows the question mark, in the order of the form."""
        found = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                found[field.name] = _written(field.name, value)
        return found


def _written(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    if name == "most_pence":
        return f"{value // 100}.{value % 100:02d}"
    return str(value)


def in_words(asked: Question) -> str:
    """All that is asked, as its filters say it: “payroll”; Offered in Devon; In May 2027."""
    told = [_words(asked), _where(asked), *(words for name, words in said(asked) if name not in PLACE)]
    return "; ".join(filter(None, told)) or "Every service"


def _words(asked: Question) -> str:
    spelt = ", spelt so" if asked.exactly else ""
    return f"“{asked.words}”{spelt}" if asked.words else ""


def _where(asked: Question) -> str:
    """Where it is asked, in one, though each of the two can be removed."""
    place = asked.place or "your own trust"
    if asked.miles is not None and asked.near is not None:
        return f"{NEAR_WORDS[asked.near]} of {place}"
    return f"Offered in {place}" if asked.place else f"Offered at {place}" if asked.near else ""


def said(asked: Question, place: str | None = None) -> list[tuple[str, str]]:
    """Each filter by its name and in words, as its link to remove it has it; `place` as it was understood."""
    return [(name, _said(asked, name, value, place)) for name, value in asked.filters.items()]


def _said(asked: Question, name: str, value: Any, place: str | None) -> str:
    if name == "place" and place:
        return place
    words = _value_words(name, value)
    if name == "first_month":
        return f"From {words}" if asked.last_month else f"In {words}"
    if name == "last_month":
        return f"To {words}" if asked.first_month else f"In {words}"
    return words


def _value_words(name: str, value: Any) -> str:
    if isinstance(value, enum.Enum):
        return LABELS[name][value]
    if isinstance(value, date):
        return f"{value:%B %Y}"
    plain = {
        "trial": "A trial is offered",
        "verified": "Verified sellers",
        "members": "Your partnerships’ only",
    }
    if name in plain:
        return plain[name]
    if name == "most_pence":
        return f"{money.pounds(value)} at most"
    return f"{value:,} free in each month" if name == "units" else f"“{value}”"
