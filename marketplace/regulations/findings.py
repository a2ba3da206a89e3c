"""What a rule says about a case: a sentence with its figure, source and dates. Pure; never legal advice."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.money import pounds

NOT_ADVICE = "These findings apply published rules to what was entered. They are not legal advice."


class Sure(enum.Enum):
    """How well a rule is known."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


SURE_TAGS = {Sure.HIGH: "Sure", Sure.MEDIUM: "Fairly sure", Sure.LOW: "Open"}
SURE_WORDS = {
    Sure.HIGH: "An official source says so, or several agree",
    Sure.MEDIUM: "One source says so",
    Sure.LOW: "Not settled, or due to change: take advice before you rely on it",
}


class Unit(enum.Enum):
    """What a figure counts."""

    PENCE = "pence"
    DAYS = "days"
    WORKING_DAYS = "working days"
    QUOTES = "quotes"
    BASIS_POINTS = "basis points"


@dataclass(frozen=True)
class Source:
    """Where a rule stands: the instrument, the place in it and, where known, its official address."""

    instrument: str
    place: str
    address: str | None = None

    def __str__(self) -> str:
        return f"{self.instrument}, {self.place}"


@dataclass(frozen=True)
class Finding:
    """What one rule says about one case; the rule holds from `from_on` to `to_on`, both included."""

    rule: str
    sentence: str
    source: str
    address: str | None
    sure: Sure
    figure: int | None
    unit: Unit | None
    from_on: date
    to_on: date | None


def day_words(on: date) -> str:
    """1 April 2027."""
    return f"{on.day} {on:%B %Y}"


def figure_words(figure: int | None, unit: Unit | None) -> str:
    """£207,720.00, 8 working days, 20%; nothing for a rule without a figure."""
    if figure is None or unit is None:
        return ""
    if unit is Unit.PENCE:
        return pounds(figure)
    return f"{figure / 100:g}%" if unit is Unit.BASIS_POINTS else f"{figure} {unit.value}"
