"""A scheme and its rulings in words. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from marketplace.delegation.rules import SPLITTING_DAYS, Earlier, Row, Ruling, Scheme, Shortfall
from marketplace.kernel.money import pounds
from marketplace.trusts.kinds import ROLE_WORDS

Names = Mapping[uuid.UUID, str]
"""The names of people and cost centres."""
COUNTS = {0: "no", 1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}


def who(row: Row, names: Names) -> str:
    """An approver; Helen Marsh for the finance committee."""
    if row.is_free:
        return "nobody"
    if row.role is not None:
        return f"{'an' if row.role.value[0] == 'a' else 'a'} {_role(row)}"
    name = names.get(row.person_id or uuid.UUID(int=0), "somebody who has left")
    return f"{name} for the {row.body}" if row.body else name


def _role(row: Row) -> str:
    if row.role is None:
        return ""
    words = {"finance": "person with the role finance"}.get(row.role.value, ROLE_WORDS[row.role])
    return f"{words} for the {row.body}" if row.body else words


def limit(row: Row) -> str:
    """up to £3,000.00, or any sum."""
    return "any sum" if row.up_to_pence is None else f"up to {pounds(row.up_to_pence)}"


def row(one: Row, names: Names) -> str:
    """One row of a scheme as a sentence."""
    where = f" in {names.get(one.cost_centre_id, 'a closed cost centre')}" if one.cost_centre_id else ""
    if one.is_free:
        return f"Nobody needs to approve {limit(one)}{where}."
    words = who(one, names)
    need = f", with {_counted(one.quotes)}" if one.quotes else ""
    return f"{words[0].upper()}{words[1:]} may approve {limit(one)}{where}{need}."


def rest(scheme: Scheme) -> list[str]:
    """What else a scheme says, a sentence each."""
    found = ["Nobody approves their own order, or one that they changed or sent."]
    if scheme.second_above_pence is not None:
        found.append(f"Above {pounds(scheme.second_above_pence)} two different people must approve.")
    found.append(
        "An order needs a purchase order (PO) number before it is sent, and so does its invoice."
        if scheme.requires_po_number
        else "Orders may be sent and invoiced without a purchase order (PO) number."
    )
    found.append(
        "What a budget has no money left for cannot be ordered."
        if scheme.stops_over_budget
        else "What a budget has no money left for needs somebody to approve it with a reason."
    )
    return found


def lines(scheme: Scheme, names: Names) -> list[str]:
    """A whole scheme, a sentence a line."""
    return [*(row(one, names) for one in scheme.rows), *rest(scheme)]


def verdict(ruling: Ruling, names: Names) -> str:
    """Who must approve, in one clause: needs no approval; needs approval by Helen Marsh."""
    if ruling.is_beyond:
        return "cannot be approved by anybody"
    if ruling.approvals == 0:
        return "needs no approval"
    people = _either([who(one, names) for one in ruling.may])
    if ruling.approvals > 1:
        return f"needs approval by two different people: {people}"
    return f"needs approval by {people}" if people else "needs approval, and nobody may give it"


def because(ruling: Ruling, names: Names) -> str:
    """Which row fired, in a clause that follows `because`."""
    sum_ = pounds(ruling.counted_pence)
    if ruling.fired is None:
        return f"no row of the scheme of delegation reaches {sum_}"
    if ruling.approvals and ruling.fired.is_free:
        return "the budget has less left than it costs"
    said = f"{sum_} falls under the row “{row(ruling.fired, names)[:-1]}”"
    if ruling.approvals > 1 and ruling.second_above_pence is not None:
        said += f" and is above {pounds(ruling.second_above_pence)}, from where two people approve"
    return said


def split(ruling: Ruling) -> str:
    """Why orders were added up; empty when they were not."""
    if ruling.crossed_pence is None:
        return ""
    return (
        f"Orders to this supplier in this category within {SPLITTING_DAYS} days are added up: with "
        f"{_listed(ruling.split)} this comes to {pounds(ruling.counted_pence)}, above the limit of "
        f"{pounds(ruling.crossed_pence)} that each of them keeps to alone."
    )


def over_budget(ruling: Ruling, cost_centre: str) -> list[str]:
    """A sentence for each financial year in which the budget does not reach."""
    return [
        f"{cost_centre} has {pounds(one.left_pence)} left in the financial year from {_day(one)}, and this "
        f"takes {pounds(one.asked_pence)} of it: {pounds(one.over_pence)} too much."
        for one in ruling.over
    ]


def sentences(ruling: Ruling, names: Names, cost_centre: str = "", thing: str = "This order") -> list[str]:
    """A ruling as whole sentences, the verdict first."""
    said = [
        f"{thing} of {pounds(ruling.net_pence)} {verdict(ruling, names)}, because {because(ruling, names)}."
    ]
    if ruling.is_beyond:
        said.append("Order less, or ask an administrator to change the scheme of delegation.")
    if ruling.quotes:
        said.append(f"Whoever approves it must confirm that {_counted(ruling.quotes)} were asked for.")
    return [*said, *filter(None, [split(ruling)]), *over_budget(ruling, cost_centre)]


def _counted(quotes: int) -> str:
    return f"{COUNTS.get(quotes, str(quotes))} {'quote' if quotes == 1 else 'quotes'}"


def _either(people: list[str]) -> str:
    unique = list(dict.fromkeys(people))
    if len(unique) < 2:  # noqa: PLR2004  one name, or none, needs no conjunction
        return "".join(unique)
    return f"{', '.join(unique[:-1])} or {unique[-1]}"


def _listed(split_: tuple[Earlier, ...]) -> str:
    named = [f"{one.title} ({pounds(one.net_pence)})" for one in split_]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _day(one: Shortfall) -> str:
    on = one.year_starts_on
    return f"{on.day} {on:%B %Y}"
