"""Trying before buying: how long a trial may be, what it costs, and how it ends. Pure."""

from __future__ import annotations

USUAL_MONTHS = 12
MOST_MONTHS = 18
"""As in the trust partnerships of the Department for Education."""
ENDS = (
    "Agree a trial with the seller before you order: an order placed here is for the full price. A trial "
    "never turns into a charge by itself. If nobody decides by its last day, it ends and nothing more "
    "is owed."
)
OFFERED = (
    "Buyers read this on the page of your listing, and agree a trial with you before they order: an order "
    "placed here is for the full price. A trial never turns into a charge by itself. If nobody decides by "
    "its last day, it ends and nothing more is owed."
)
"""The same, for the seller."""
_longest = [USUAL_MONTHS]


def allow_up_to(months: int) -> None:
    """Let sellers offer trials of so many months; the settings of an application say it at its start."""
    _longest[0] = months


def longest() -> int:
    """The most months that a seller may offer."""
    return _longest[0]


def words(months: int | None, percent: int) -> str:
    """Up to 6 months, free; up to 1 month, at 25% of the price; none."""
    if months is None:
        return "No trial"
    cost = f"at {percent}% of the price" if percent else "free"
    return f"Up to {months} {'month' if months == 1 else 'months'}, {cost}"
