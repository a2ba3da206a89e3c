"""Checks an award against its round in plain integers; it imports no solver and no model of the engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from marketplace.aggregation.award.instance import WHOLE_BP, Instance, Offer
from marketplace.aggregation.award.outcome import UNSERVED, Award


class Violation(NamedTuple):
    """What an award breaks: a code, where, and a sentence."""

    code: str
    place: str
    sentence: str


class _Line(NamedTuple):
    request: int
    offer: int
    units: int
    price: int


def verify(instance: Instance, award: Award) -> list[Violation]:
    """Every violation; an empty list says that the award keeps all rules and is worth what it states."""
    faults = _unreadable(instance, award)
    if faults:
        return faults
    lines = _lines(instance, award)
    return [
        *_requests(instance, award, lines),
        *_offers(instance, award, lines),
        *_rules(instance, lines),
        *_value(instance, award, lines),
    ]


def _unreadable(instance: Instance, award: Award) -> list[Violation]:
    """Numbers that name no request, offer or tier; nothing else can be checked then."""
    faults = []
    if len(award.tier) != len(instance.offers):
        faults.append(
            Violation("SHAPE", "tier", f"{len(award.tier)} tiers for {len(instance.offers)} offers")
        )
    if not len(award.request) == len(award.offer) == len(award.units):
        return [*faults, Violation("SHAPE", "lines", "requests, offers and units differ in number")]
    for at, (request, offer) in enumerate(zip(award.request.tolist(), award.offer.tolist(), strict=True)):
        if not (0 <= request < instance.n_requests and 0 <= offer < len(instance.offers)):
            faults.append(Violation("SHAPE", f"line {at}", f"request {request} or offer {offer} is unknown"))
    for number, (tier, offer_) in enumerate(zip(award.tier.tolist(), instance.offers, strict=False)):
        if not UNSERVED <= tier < len(offer_.tiers):
            faults.append(Violation("SHAPE", f"offer {number}", f"tier {tier} is unknown"))
    return faults


def _lines(instance: Instance, award: Award) -> list[_Line]:
    tiers = award.tier.tolist()
    prices = [o.tiers[t][1] if t >= 0 else 0 for o, t in zip(instance.offers, tiers, strict=True)]
    columns = (award.request.tolist(), award.offer.tolist(), award.units.tolist())
    return [_Line(r, o, units, prices[o]) for r, o, units in zip(*columns, strict=True)]


def _requests(instance: Instance, award: Award, lines: list[_Line]) -> list[Violation]:
    """Each line's lot, coverage, quality and ceiling; and no request gets more than it asked for."""
    faults = [fault for check in _CHECKS for fault in check(instance, lines)]
    qty = instance.qty.tolist()
    taken, parts = [0] * instance.n_requests, [0] * instance.n_requests
    for line in lines:
        taken[line.request] += line.units
        parts[line.request] += 1
    for r, units in enumerate(taken):
        if units > qty[r]:
            faults.append(Violation("QUANTITY", f"request {r}", f"gets {units} units and asked for {qty[r]}"))
        if award.is_whole and (parts[r] > 1 or (parts[r] and units != qty[r])):
            words = f"gets {units} of {qty[r]} units in {parts[r]} parts"
            faults.append(Violation("SPLIT", f"request {r}", words))
    return faults


def _units(instance: Instance, lines: list[_Line]) -> Iterator[Violation]:
    for line in lines:
        if line.units < 1:
            yield Violation("UNITS", f"request {line.request}", f"a line of {line.units} units")


def _lot(instance: Instance, lines: list[_Line]) -> Iterator[Violation]:
    lots = instance.lot.tolist()
    for line in lines:
        offered = instance.offers[line.offer].lot
        if offered != lots[line.request]:
            words = f"is for lot {lots[line.request]}, served by an offer for lot {offered}"
            yield Violation("LOT", f"request {line.request}", words)


def _coverage(instance: Instance, lines: list[_Line]) -> Iterator[Violation]:
    coverage, regions = instance.coverage.tolist(), instance.region.tolist()
    for line in lines:
        supplier, region = instance.offers[line.offer].supplier, regions[line.request]
        if not coverage[supplier][region]:
            words = f"supplier {supplier} does not serve region {region}"
            yield Violation("COVERAGE", f"request {line.request}", words)


def _quality(instance: Instance, lines: list[_Line]) -> Iterator[Violation]:
    quality, least = instance.quality.tolist(), instance.qmin.tolist()
    for line in lines:
        points = quality[instance.offers[line.offer].supplier]
        if points < least[line.request]:
            words = f"asks for {least[line.request]}, its supplier has {points}"
            yield Violation("QUALITY", f"request {line.request}", words)


def _ceiling(instance: Instance, lines: list[_Line]) -> Iterator[Violation]:
    ceilings = instance.reserve.tolist()
    for line in lines:
        if line.price > ceilings[line.request]:
            words = f"pays {line.price} pence, its ceiling is {ceilings[line.request]}"
            yield Violation("CEILING", f"request {line.request}", words)


_CHECKS = (_units, _lot, _coverage, _quality, _ceiling)


def _offers(instance: Instance, award: Award, lines: list[_Line]) -> list[Violation]:
    """Capacity, the threshold of the tier whose price is taken, and that no cheaper tier is reached."""
    volume: dict[int, int] = defaultdict(int)
    for line in lines:
        volume[line.offer] += line.units
    faults = []
    for number, (offer, tier) in enumerate(zip(instance.offers, award.tier.tolist(), strict=True)):
        place = f"offer {number} (supplier {offer.supplier}, lot {offer.lot})"
        if (tier == UNSERVED) != (volume[number] == 0):
            faults.append(Violation("TIER", place, f"tier {tier} with {volume[number]} units"))
        elif tier != UNSERVED:
            faults += _tier(offer, tier, volume[number], place)
    return faults


def _tier(offer: Offer, tier: int, units: int, place: str) -> list[Violation]:
    faults = []
    threshold, price = offer.tiers[tier]
    if units > offer.capacity:
        faults.append(Violation("CAPACITY", place, f"{units} units, capacity {offer.capacity}"))
    if units < threshold:
        faults.append(Violation("THRESHOLD", place, f"{units} units, its price holds from {threshold}"))
    cheapest = min((p for q, p in offer.tiers if q <= units), default=price)
    if cheapest < price:
        faults.append(Violation("CHEAPER", place, f"{units} units reach {cheapest} pence, priced at {price}"))
    return faults


def _rules(instance: Instance, lines: list[_Line]) -> list[Violation]:
    rules, faults = instance.rules, []
    of_lot, of_school, spend = defaultdict(set), defaultdict(set), _spend(instance, lines)
    school = instance.school.tolist()
    for line in lines:
        offer = instance.offers[line.offer]
        of_lot[offer.lot].add(offer.supplier)
        of_school[school[line.request]].add(offer.supplier)
    used = set().union(*of_lot.values())
    if rules.max_suppliers is not None and len(used) > rules.max_suppliers:
        faults.append(
            Violation("SUPPLIERS", "round", f"{len(used)} suppliers, at most {rules.max_suppliers}")
        )
    for what, asked, found in (
        ("lot", rules.one_supplier_per_lot, of_lot),
        ("school", rules.one_supplier_per_school, of_school),
    ):
        several = [number for number in sorted(found) if asked and len(found[number]) > 1]
        faults += [Violation("SEVERAL", f"{what} {n}", f"has {len(found[n])} suppliers") for n in several]
    total = sum(spend.values())
    for supplier, pence in sorted(spend.items()):
        if rules.max_share_bp is not None and pence * WHOLE_BP > rules.max_share_bp * total:
            faults.append(Violation("SHARE", f"supplier {supplier}", f"{pence} of {total} pence"))
    return faults


def _spend(instance: Instance, lines: list[_Line]) -> dict[int, int]:
    spend: dict[int, int] = defaultdict(int)
    for line in lines:
        spend[instance.offers[line.offer].supplier] += line.units * line.price
    return spend


def _value(instance: Instance, award: Award, lines: list[_Line]) -> list[Violation]:
    """The value counted again, line by line, and that it does not exceed its bound."""
    reserve, quality = instance.reserve.tolist(), instance.quality.tolist()
    weight = instance.rules.quality_weight_pence
    total = sum(
        line.units * (reserve[line.request] + weight * quality[instance.offers[line.offer].supplier])
        for line in lines
    )
    exact = total * WHOLE_BP
    for supplier, pence in _spend(instance, lines).items():
        reached = [bp for level, bp in instance.spend_discounts[supplier] if level <= pence]
        exact -= pence * (reached[-1] if reached else WHOLE_BP)
    value = (2 * exact + WHOLE_BP) // (2 * WHOLE_BP)
    faults = []
    if value != award.value_pence:
        faults.append(Violation("VALUE", "award", f"states {award.value_pence} pence, is worth {value}"))
    if award.value_pence > award.bound_pence:
        faults.append(
            Violation("BOUND", "award", f"{award.value_pence} is above its bound {award.bound_pence}")
        )
    return faults
