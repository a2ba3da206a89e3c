"""The best award by trying everything: for rounds of a few requests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from marketplace.aggregation.award.instance import WHOLE_BP, Instance

Volumes = tuple[int, ...]


def best_value(instance: Instance, *, whole: bool) -> int:
    """The greatest value in pence under all rules of the round."""
    return max(
        _best_of(instance, tiers, schools, whole)
        for tiers in _tiers(instance)
        for schools in _schools(instance)
    )


def _tiers(instance: Instance) -> Iterator[tuple[int, ...]]:
    """Every choice of a tier, or -1, for each offer that the rules on suppliers allow."""
    rules = instance.rules
    for tiers in product(*(range(-1, len(offer.tiers)) for offer in instance.offers)):
        opened = [offer for offer, tier in zip(instance.offers, tiers, strict=True) if tier >= 0]
        if rules.max_suppliers is not None and len({o.supplier for o in opened}) > rules.max_suppliers:
            continue
        if rules.one_supplier_per_lot and len({offer.lot for offer in opened}) < len(opened):
            continue
        yield tiers


def _schools(instance: Instance) -> Iterator[tuple[int, ...]]:
    """Every supplier for every school where a school has one; else the empty choice."""
    if not instance.rules.one_supplier_per_school:
        return iter([()])
    return product(range(instance.n_suppliers), repeat=instance.n_schools)


def _best_of(instance: Instance, tiers: tuple[int, ...], schools: tuple[int, ...], whole: bool) -> int:
    """The best value with exactly these tiers open, from the best worth of each set of volumes."""
    best: dict[Volumes, int] = {(0,) * len(tiers): 0}
    for request in range(instance.n_requests):
        following: dict[Volumes, int] = {}
        for taken in _ways(instance, request, tiers, schools, whole):
            worth = _worth(instance, request, taken)
            for volumes, value in best.items():
                after = tuple(a + b for a, b in zip(volumes, taken, strict=True))
                following[after] = max(following.get(after, -1), value + worth)
        best = following
    values = [_value(instance, tiers, volumes, worth) for volumes, worth in best.items()]
    return max((value for value in values if value is not None), default=0)


def _ways(
    instance: Instance, request: int, tiers: tuple[int, ...], schools: tuple[int, ...], whole: bool
) -> list[Volumes]:
    """The units that a request may take from each offer."""
    qty = int(instance.qty[request])
    most = [
        qty if tiers[n] >= 0 and _may(instance, request, n, tiers[n], schools) else 0
        for n in range(len(tiers))
    ]
    if whole:
        n = len(tiers)
        return [(0,) * n, *(tuple(qty * (at == o) for at in range(n)) for o in range(n) if most[o])]
    return [taken for taken in product(*(range(m + 1) for m in most)) if sum(taken) <= qty]


def _may(instance: Instance, request: int, number: int, tier: int, schools: tuple[int, ...]) -> bool:
    offer = instance.offers[number]
    return bool(
        offer.lot == instance.lot[request]
        and offer.tiers[tier][1] <= instance.reserve[request]
        and instance.coverage[offer.supplier, instance.region[request]]
        and instance.quality[offer.supplier] >= instance.qmin[request]
        and (not schools or schools[int(instance.school[request])] == offer.supplier)
    )


def _worth(instance: Instance, request: int, taken: Volumes) -> int:
    weight = instance.rules.quality_weight_pence
    return sum(
        units * int(instance.reserve[request] + weight * instance.quality[offer.supplier])
        for units, offer in zip(taken, instance.offers, strict=True)
    )


def _value(instance: Instance, tiers: tuple[int, ...], volumes: Volumes, worth: int) -> int | None:
    """What it is worth when the tiers are reached and no cheaper one is, and the share of spend is kept."""
    spend = [0] * instance.n_suppliers
    for offer, tier, units in zip(instance.offers, tiers, volumes, strict=True):
        if (tier >= 0) != (units > 0) or units > offer.capacity:
            return None
        if tier >= 0:
            price = offer.tiers[tier][1]
            if units < offer.tiers[tier][0] or any(q <= units and p < price for q, p in offer.tiers):
                return None
            spend[offer.supplier] += price * units
    share = instance.rules.max_share_bp
    if share is not None and max(spend) * WHOLE_BP > share * sum(spend):
        return None
    paid = sum(
        pence * ([WHOLE_BP, *(bp for level, bp in steps if level <= pence)])[-1]
        for pence, steps in zip(spend, instance.spend_discounts, strict=True)
    )
    return (2 * (worth * WHOLE_BP - paid) + WHOLE_BP) // (2 * WHOLE_BP)
