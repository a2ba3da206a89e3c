"""What a listing has left, month by month, in a form that a database can ask at once. Pure.

Sixty months go round: each has a place, and so many months later another month has it. Whatever is kept is
renewed at each start of a month, and nobody asks farther than three years ahead, so that no month is taken
for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from marketplace.catalogue import availability
from marketplace.catalogue.availability import Period, Span
from marketplace.catalogue.pricing import add_months

PLACES = 60
AHEAD = 36
"""How many months can be asked for, from the present one on."""
DIGITS = 6
ENDLESS = 10**DIGITS - 1


def place(month: date) -> int:
    """The place of a month."""
    return availability.month_number(month) % PLACES


def left(periods: Iterable[Period], today: date) -> dict[date, int]:
    """By its first day, what each month from today's on has left on every day of it that is not over."""
    ahead = [one for one in periods if one.ends_on >= today]
    if not ahead:
        return {}
    last = min(max(one.ends_on for one in ahead), add_months(today.replace(day=1), PLACES - 1))
    spans = availability.months(today, last)
    of_months = {(one.starts_on, one.ends_on): one.left for one in ahead}
    found = {span[0]: of_months[span] for span in spans if span in of_months}
    if len(found) < len(of_months):  # some have other days than a month's
        found |= _left_by_days([span for span in spans if span[0] not in found], ahead, today)
    return found


def _left_by_days(spans: Iterable[Span], ahead: Sequence[Period], today: date) -> dict[date, int]:
    """What is left of months that several periods have between them."""
    found = {}
    for first, end in spans:
        begins = max(first, today)
        some = availability.covering(ahead, begins, end)
        if some and not availability.gaps(some, begins, end):
            found[first] = min(one.left for one in some)
    return found


def every_month(today: date) -> dict[date, int]:
    """What has no end has it in every month."""
    first = today.replace(day=1)
    return {add_months(first, number): ENDLESS for number in range(PLACES)}


def mask(found: dict[date, int]) -> int:
    """A bit for each month with something left."""
    return sum(1 << place(month) for month, units in found.items() if units > 0)


def digits(found: dict[date, int]) -> str:
    """Six digits for each month, in the order of their places."""
    units = ["0" * DIGITS] * PLACES
    for month, some in found.items():
        units[place(month)] = f"{min(some, ENDLESS):0{DIGITS}d}"
    return "".join(units)


def wanted(first: date, last: date) -> list[date]:
    """The months from one to another."""
    return [begins.replace(day=1) for begins, _ in availability.months(first, last)]


def asked(months: Sequence[date]) -> int:
    """The bits of several months."""
    return sum(1 << place(month) for month in months)
