"""What the parts of a listing must say together, and how they are said in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from marketplace.catalogue.kinds import (
    PHASE_WORDS,
    Cadence,
    CapacityUnit,
    Delivery,
    ListingKind,
    Phase,
    Reach,
)

MOST_NAMED = 3
"""Local authorities that are named; of more the number is said."""
LONGEST_PLACES = 200


def is_knowledge(kind: ListingKind) -> bool:
    """Whether something is handed over, in place of people's time."""
    return kind is not ListingKind.SERVICE


def lasts(kind: ListingKind | None, cadence: Cadence) -> bool:
    """Whether for how long something is ordered says anything.

    Knowledge that is charged once is kept for as long as its licence says. What was awarded is of no kind.
    """
    return kind is None or not is_knowledge(kind) or cadence is not Cadence.ONCE


def implied(kind: ListingKind) -> dict[str, str]:
    """What needs no asking about knowledge: it is sold by the licence and sent."""
    if not is_knowledge(kind):
        return {}
    return {"unit": CapacityUnit.LICENCE.value, "delivery": Delivery.REMOTE.value}


def faults(kind: ListingKind, unit: CapacityUnit, licence: str | None, is_unlimited: bool) -> dict[str, str]:
    """What contradicts the kind, as a sentence for each field at fault."""
    if is_knowledge(kind):
        found = {} if unit is CapacityUnit.LICENCE else {"unit": "Knowledge is sold by the licence."}
        return found if licence else found | {"licence": "Enter what buyers may do with it"}
    found = {}
    if unit is CapacityUnit.LICENCE:
        found["unit"] = "A service is sold by the hour, day, place, school or pupil."
    if licence:
        found["licence"] = "Only knowledge that is handed over has a licence."
    if is_unlimited:
        found["is_unlimited"] = "People's time and places have a limit."
    return found


def places_words(reach: Reach, authorities: Sequence[str] = (), miles: int | None = None) -> str:
    """Where buyers can be: All of England; Devon, Cornwall and 2 more; within 25 miles."""
    if reach is Reach.DISTANCE:
        return f"Within {miles or 0:,} {'mile' if miles == 1 else 'miles'} of the seller's schools"
    if reach is Reach.ENGLAND:
        return "All of England"
    named = list(authorities)
    if len(named) > MOST_NAMED + 1:
        named = [*named[:MOST_NAMED], f"{len(named) - MOST_NAMED} more local authorities"]
    text = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else "".join(named)
    return text if len(text) <= LONGEST_PLACES else f"{len(authorities)} local authorities"


def phases_words(phases: Iterable[str]) -> str:
    """Every phase; Primary and secondary."""
    chosen = set(phases)
    named = [PHASE_WORDS[phase] for phase in Phase if phase.value in chosen]
    if not named or len(named) == len(Phase):
        return "Every phase"
    rest = [f"{one[0].lower()}{one[1:]}" for one in named[1:]]
    return " and ".join([", ".join([named[0], *rest[:-1]]), *rest[-1:]])
