"""A round as the award engine reads it, what the engine decides, and each trust's own why. Pure.

All that a round decides comes from here: one lot and one supplier's price list today, whose requests are
served whole or not at all, and everybody who is served pays the same price.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from marketplace.aggregation.tiers import FirmQuantity, Tier
from marketplace.kernel.money import pounds

if TYPE_CHECKING:
    # The engine, with numpy and HiGHS, waits until a round is solved: pages start without it.
    from marketplace.aggregation.award.explain import Reason
    from marketplace.aggregation.award.instance import Instance
    from marketplace.aggregation.award.outcome import Award, Report


@dataclass(frozen=True)
class Case:
    """What is decided upon, frozen: the engine's document, and whose commitment each of its requests is.

    `units`: one unit, and several ("laptop", "laptops").
    """

    instance: Mapping[str, Any]
    commitments: tuple[uuid.UUID, ...]
    units: tuple[str, str]

    def document(self) -> dict[str, Any]:
        """As JSON keeps it."""
        ids = [one.hex for one in self.commitments]
        return {"instance": dict(self.instance), "commitments": ids, "units": list(self.units)}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Case:
        """From what JSON kept."""
        one, several = document["units"]
        ids = tuple(uuid.UUID(hex=text) for text in document["commitments"])
        return cls(document["instance"], ids, (one, several))


@dataclass(frozen=True)
class Decision:
    """What the engine decided and what the verifier found.

    `price_pence` for each unit is None without an award. `reasons` says to each commitment's trust alone why
    it is served or not. `value_pence`, the surplus under the ceilings, is what was maximised: never call it a
    saving. `lines` are the engine's own, by number.
    """

    price_pence: int | None
    served: frozenset[uuid.UUID]
    reasons: Mapping[uuid.UUID, str]
    value_pence: int
    bound_pence: int
    violations: tuple[str, ...]
    lines: Mapping[str, list[int]]


def gap(value_pence: int, bound_pence: int) -> float:
    """(bound - value) / value: 0 when proven best, 1 when nothing of value was found below a bound."""
    missing = bound_pence - value_pence
    return missing / value_pence if value_pence else float(missing > 0)


def freeze(
    name: str,
    listed: Collection[Tier],
    firm: Collection[FirmQuantity],
    minimum_units: int,
    units: tuple[str, str],
) -> Case:
    """The case of a round on one price list: commitments in the order of their identifiers.

    The round's minimum is part of every threshold; the supplier delivers all that is asked for.
    """
    ordered = sorted(firm, key=lambda one: one.id)
    offer = {"supplier": 0, "lot": 0, "capacity": sum(one.quantity for one in ordered)}
    instance = {
        "name": name,
        "n_schools": len(ordered),
        "n_lots": 1,
        "n_suppliers": 1,
        "n_regions": 1,
        "requests": _columns(ordered),
        "coverage": [[1]],
        "quality": [0],
        "offers": [{**offer, "tiers": _thresholds(listed, minimum_units)}],
    }
    return Case(instance, tuple(one.id for one in ordered), units)


def _columns(ordered: Sequence[FirmQuantity]) -> dict[str, list[int]]:
    nothing = [0] * len(ordered)
    return {
        "school": list(range(len(ordered))),
        "lot": nothing,
        "region": nothing,
        "qty": [one.quantity for one in ordered],
        "reserve": [one.ceiling_pence for one in ordered],
        "qmin": nothing,
    }


def _thresholds(listed: Collection[Tier], minimum_units: int) -> list[list[int]]:
    """Rising thresholds, none below the minimum: of the tiers below it the cheapest stands for all."""
    folded = {max(tier.from_units, minimum_units): tier.unit_price_pence for tier in sorted(listed)}
    return [list(step) for step in sorted(folded.items())]


def digest(case: Case, salt: str) -> str:
    """What is published to hold everybody to the frozen figures.

    The salt stays with them: a bare digest of so few ceilings could be guessed by trying them all.
    """
    from marketplace.aggregation.award.instance import parse

    return hashlib.sha256(f"{salt}:{parse(case.instance).digest}".encode()).hexdigest()


def is_sealed(case: Case, salt: str, published: str) -> bool:
    """Whether these are the figures that a digest was published of."""
    from marketplace.aggregation.award.instance import WrongInstance

    try:
        return digest(case, salt) == published
    except WrongInstance:
        return False


def solve(case: Case, report: Report | None = None) -> Decision:
    """The award with the greatest surplus, checked by the verifier; SolverFailed when HiGHS answers nonsense.

    `report` is told after each lot. Of equal awards the one that serves more units is taken: whoever offers
    exactly the price is served, even where everybody does and nothing is gained.
    """
    from marketplace.aggregation.award.engine import award
    from marketplace.aggregation.award.instance import parse
    from marketplace.aggregation.award.verify import verify

    instance = parse(case.instance)
    found = _with_more_units(instance, award(instance, whole=True, report=report))
    violations = tuple(f"{one.place}: {one.sentence} ({one.code})" for one in verify(instance, found))
    return _decision(case, instance, found, violations)


def _with_more_units(instance: Instance, found: Award) -> Award:
    """The award with each unit worth half a penny more, where that gains as much and serves more."""
    from marketplace.aggregation.award.engine import award
    from marketplace.aggregation.award.outcome import Lines, settle

    prices = {price for offer in instance.offers for _, price in offer.tiers}
    if prices.isdisjoint(instance.reserve.tolist()):
        return found
    favoured = award(_in_half_pence(instance), whole=True)
    lines = Lines(favoured.request, favoured.offer, favoured.units)
    other = replace(settle(instance, lines, found.bound_pence, whole=True), seconds=found.seconds)
    gains = other.value_pence >= found.value_pence and other.units.sum() > found.units.sum()
    return other if gains else found


def _in_half_pence(instance: Instance) -> Instance:
    """Twice all prices, and twice all ceilings and one: nobody may be served who could not be before."""
    offers = tuple(
        replace(offer, tiers=tuple((threshold, 2 * price) for threshold, price in offer.tiers))
        for offer in instance.offers
    )
    return replace(instance, offers=offers, reserve=2 * instance.reserve + 1)


def _decision(case: Case, instance: Instance, found: Award, violations: tuple[str, ...]) -> Decision:
    served = frozenset(case.commitments[request] for request in found.request.tolist())
    columns = {name: getattr(found, name).tolist() for name in ("request", "offer", "units", "tier")}
    return Decision(
        price_pence=_price(instance, found),
        served=served,
        reasons={} if violations else _reasons(case, instance, found),
        value_pence=found.value_pence,
        bound_pence=found.bound_pence,
        violations=violations,
        lines=columns,
    )


def _price(instance: Instance, found: Award) -> int | None:
    """The one price of the one offer; None when its tier is closed."""
    from marketplace.aggregation.award.outcome import unit_prices

    opened = [int(price) for price in unit_prices(instance, found.tier) if price]
    return opened[0] if opened else None


def _reasons(case: Case, instance: Instance, found: Award) -> dict[uuid.UUID, str]:
    from marketplace.aggregation.award.explain import Explainer

    explainer, price = Explainer(instance, found), _price(instance, found)
    figures = zip(case.commitments, instance.qty.tolist(), instance.reserve.tolist(), strict=True)
    return {
        commitment: why(explainer.request(number), price, (quantity, ceiling), case.units)
        for number, (commitment, quantity, ceiling) in enumerate(figures)
    }


def why(reason: Reason, price_pence: int | None, own: tuple[int, int], units: tuple[str, str]) -> str:
    """The engine's reason to the trust alone, in words and figures; `own`: its quantity and its ceiling."""
    quantity, ceiling = own
    if reason.code == "SERVED" and price_pence is not None:
        return f"Served in full: {_counted(quantity, units)} at {_beside(price_pence, ceiling)}."
    said = [_last(reason, ceiling)]
    if price_pence is not None and price_pence > ceiling:
        above = pounds(price_pence - ceiling)
        said.insert(
            0,
            f"The awarded price, {pounds(price_pence)}, is {above} above your ceiling of {pounds(ceiling)}.",
        )
    return " ".join(said)


def _beside(price_pence: int, ceiling: int) -> str:
    """A price within a ceiling, and by how much."""
    if price_pence == ceiling:
        return f"{pounds(price_pence)}, which is your ceiling"
    return f"{pounds(price_pence)}, {pounds(ceiling - price_pence)} below your ceiling of {pounds(ceiling)}"


def _last(reason: Reason, ceiling: int) -> str:
    """What kept a trust out, in the words of a price list where the engine's are about several suppliers."""
    if reason.code == "TIER_SHORT":
        # By how much it was short would tell what others are willing to pay.
        return (
            f"No price within your ceiling of {pounds(ceiling)} had the quantity that it needs from trusts "
            "that accept it."
        )
    if reason.code == "PRICE_ABOVE_CEILING":
        return (
            f"Your ceiling of {pounds(ceiling)} is {pounds(reason.figure)} below the lowest price on the "
            f"list, {pounds(ceiling + reason.figure)}."
        )
    return reason.sentence


def _counted(count: int, units: tuple[str, str]) -> str:
    return f"{count:,} {units[count != 1]}"
