"""How terms are said. Pure."""

from __future__ import annotations

from marketplace.catalogue.kinds import PERIOD_WORDS, Cadence


def length_words(periods: int, cadence: Cadence) -> str:
    """12 months, 1 term: for how long something is agreed."""
    one, several = PERIOD_WORDS[cadence]
    return f"{periods:,} {one if periods == 1 else several}"
