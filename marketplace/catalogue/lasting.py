"""Whether what a seller has lasts as long as an order at a price would. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.catalogue import availability, charging, pricing
from marketplace.catalogue.availability import ONE_DAY, Period, Span, day_words
from marketplace.catalogue.kinds import Cadence, counted
from marketplace.trusts import terms
from marketplace.trusts.terms import Term


@dataclass(frozen=True)
class Availability:
    """Whether all of an order is free, as far as is known, and the sentence that says so."""

    is_free: bool
    sentence: str


def last_day(cadence: Cadence, starts_on: date, periods: int, own_terms: Iterable[Term]) -> date:
    """When an order ends that begins on a day and lasts so many charge periods."""
    if cadence is Cadence.TERMLY:
        return terms.starts(own_terms, starts_on, periods)[-1] - ONE_DAY
    return pricing.last_day(cadence, starts_on, periods)


def stretches(
    periods: Iterable[Period], units: int, since: date, count: Callable[[Period], int]
) -> list[Span]:
    """The times from a day on in which every period has so many units, without a gap, by date."""
    found: list[Span] = []
    for period in sorted(periods, key=lambda one: one.starts_on):
        if period.ends_on < since or count(period) < units:
            continue
        if found and found[-1][1] + ONE_DAY == period.starts_on:
            found[-1] = (found[-1][0], period.ends_on)
        else:
            found.append((max(period.starts_on, since), period.ends_on))
    return found


def too_short(
    plan: charging.PlanTerms, least: int, periods: Sequence[Period], own_terms: Sequence[Term], today: date
) -> str | None:
    """Why nobody can order at a price although something is offered, in words; None when somebody can.

    An order of `least` charge periods must find capacity until its last day. The sooner it begins in a
    stretch of capacity, the sooner it ends.
    """
    units = charging.units_of_one(plan, least)
    ahead = [one for one in periods if one.ends_on >= today and one.units > 0]
    whole = stretches(ahead, units, today, lambda one: one.units)
    ends = [(last_day(plan.cadence, first, least, own_terms), first, until) for first, until in whole]
    if not ahead or any(end <= until for end, _, until in ends):
        return None
    begun = f"Nobody can order at {charging.plan_words(plan)}"
    if not ends:
        takes = f"one order takes {counted(units, plan.unit)} in each month, and you never have so many"
        return f"{begun}: {takes}. Add capacity, or change the price."
    end, first, until = min(ends, key=lambda one: one[0] - one[2])
    return (
        f"{begun}: an order from {day_words(first)} lasts until {day_words(end)} at the least, and your "
        f"capacity ends on {day_words(until)}. Add capacity until {day_words(end)}, or change the price."
    )


def first_free(
    starts: Sequence[date], units: int, periods: Sequence[Period], end_of: Callable[[date], date]
) -> date:
    """The first of these days from which so many units are free for a whole order.

    Without one, the first on which they are free at all; without that, the first.
    """
    free = stretches(periods, units, starts[0], lambda one: one.left)
    for is_far_enough in (end_of, lambda day: day):
        for day in starts:
            if any(first <= day and is_far_enough(day) <= until for first, until in free):
                return day
    return starts[0]


def availability_of(
    plan: charging.PlanTerms, units: int, periods: Sequence[Period], starts_on: date, ends_on: date
) -> Availability:
    """Whether so many units are free on all the days of an order."""
    gaps = availability.gaps(periods, starts_on, ends_on)
    if gaps:
        return Availability(False, f"Not free then: nothing is offered {_days(*gaps[0])}.")
    scarcest = availability.scarcest(availability.covering(periods, starts_on, ends_on))
    takes = f"{counted(units, plan.unit)} in {'each' if _lasts(starts_on, ends_on) else 'that'} month"
    if scarcest is not None and scarcest.left < units:
        left = f"{counted(scarcest.left, plan.unit)} {'is' if scarcest.left == 1 else 'are'} left"
        left = f"only {left}" if scarcest.left else "nothing is left"
        return Availability(False, f"Not free then: it takes {takes}, and {left} in {scarcest.words}.")
    return Availability(True, f"Free then, as far as is known today: it takes {takes}.")


def _lasts(starts_on: date, ends_on: date) -> bool:
    return len(availability.months(starts_on, ends_on)) > 1


def _days(first: date, last: date) -> str:
    """In September 2027, or from 6 September 2027 to 17 October 2027."""
    words = availability.period_words(first, last)
    return f"from {words}" if " to " in words else f"in {words}"
