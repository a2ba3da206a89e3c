"""What still binds an organisation that wants to leave, gathered from every floor."""

from __future__ import annotations

from dataclasses import dataclass

MOST_NAMED = 20
"""Of each kind; the list is done again until nothing is left."""


@dataclass(frozen=True)
class Bound:
    """One thing that has to end first: a sentence, and the page where that is done or seen."""

    sentence: str
    href: str
