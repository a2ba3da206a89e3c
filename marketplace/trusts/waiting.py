"""What waits for somebody, gathered from every floor for the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Waiting:
    """One thing to do: a sentence that begins with the verb, its page, and by when (a London date).

    What a new organisation sets up once is shown apart, with what it is for.
    """

    sentence: str
    href: str
    due_on: date | None = None
    sets_up: str = ""
