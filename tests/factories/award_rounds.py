"""Made-up rounds for the award engine: large ones like the open data, and small ones for brute force."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from marketplace.aggregation.award.instance import Instance, Offer, Rules, parse

Document = dict[str, Any]
LOTS_OF_A_SCHOOL = 0.3


def a_document(**changes: Any) -> Document:
    """Two schools, two lots, two suppliers: the least that shows everything."""
    document: Document = {
        "name": "made up",
        "n_schools": 2,
        "n_lots": 2,
        "n_suppliers": 2,
        "n_regions": 1,
        "rules": {"max_suppliers": None, "max_share": None},
        "requests": {
            "school": [0, 1, 0],
            "lot": [0, 0, 1],
            "region": [0, 0, 0],
            "qty": [5, 7, 3],
            "reserve": [100, 90, 50],
            "qmin": [0, 60, 0],
        },
        "coverage": [[1], [1]],
        "quality": [70, 50],
        "offers": [
            {"supplier": 0, "lot": 0, "capacity": 20, "tiers": [[1, 95], [10, 80]]},
            {"supplier": 1, "lot": 0, "capacity": 20, "tiers": [[1, 85]]},
            {"supplier": 1, "lot": 1, "capacity": 2, "tiers": [[1, 40]]},
        ],
        "spend_discounts": [[], []],
    }
    return {**document, **changes}


def a_round(**changes: Any) -> Instance:
    """`a_document` as read."""
    return parse(a_document(**changes))


def a_small_round(seed: int, rules: Rules | None = None, *, discounts: bool = False) -> Instance:
    """A round for brute force: up to 5 requests of up to 3 units, 2 lots, 3 suppliers, 4 offers."""
    chance = random.Random(seed)
    n, suppliers, regions = chance.randint(1, 5), 3, 2
    pairs = chance.sample([(lot, supplier) for lot in range(2) for supplier in range(suppliers)], 4)
    offers = []
    for lot, supplier in sorted(pairs):
        first, rise = chance.randint(0, 2), chance.randint(1, 3)
        high = chance.randint(6, 14)
        tiers = ((first, high), (first + rise, max(high - chance.randint(0, 4), 0)))
        offers.append(Offer(supplier, lot, chance.randint(1, 8), tiers[: chance.randint(1, 2)]))
    steps = [((chance.randint(5, 30), chance.choice([9500, 9000, 7000])),) for _ in range(suppliers)]

    def column(choices: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.array([chance.choice(choices) for _ in range(n)], dtype=np.int64)

    return Instance(
        name=f"small {seed}",
        n_schools=3,
        n_lots=2,
        n_suppliers=suppliers,
        n_regions=regions,
        school=column([0, 1, 2]),
        lot=column([0, 1]),
        region=column([0, 1]),
        qty=column([1, 2, 3]),
        reserve=column(list(range(5, 17))),
        qmin=column([0, 0, 0, 60]),
        coverage=np.array([[chance.random() < 0.8 for _ in range(regions)] for _ in range(suppliers)]),
        quality=np.array([chance.choice([50, 60, 70]) for _ in range(suppliers)], dtype=np.int64),
        offers=tuple(offers),
        spend_discounts=tuple(steps) if discounts else ((),) * suppliers,
        rules=rules or Rules(),
    )


def a_large_round(seed: int, schools: int, lots: int, suppliers: int, regions: int) -> Instance:
    """Like the open rounds: a school asks for 3 of 10 lots, a supplier quotes for 2 of 3 in four tiers."""
    chance = np.random.default_rng(seed)
    size = chance.lognormal(0.0, 0.8, schools)
    region_of = chance.integers(0, regions, schools)
    school, lot = np.nonzero(chance.random((schools, lots)) < LOTS_OF_A_SCHOOL)
    price = np.rint(np.exp(chance.uniform(np.log(250), np.log(50_000), lots))).astype(np.int64)
    usual = np.exp(chance.uniform(np.log(5), np.log(100), lots))
    units = usual[lot] * size[school] * chance.lognormal(0, 0.4, len(lot))
    qty = np.maximum(np.rint(units), 1).astype(np.int64)
    reserve = np.rint(price[lot] * chance.normal(1.0, 0.1, len(lot)).clip(0.7, 1.4)).astype(np.int64)
    total = np.bincount(lot, weights=qty, minlength=lots)
    level = chance.normal(1.01, 0.045, suppliers)
    offers = []
    for s in range(suppliers):
        for of in np.flatnonzero(chance.random(lots) < 0.65).tolist():
            first = total[of] * chance.uniform(0.0012, 0.0032)
            steps = np.maximum(np.rint(first * np.array([1, 15, 50, 110])), [1, 2, 3, 4]).astype(np.int64)
            falls = np.cumprod(
                np.concatenate([[1.0], chance.uniform([0.925, 0.93, 0.94], [0.96, 0.97, 0.975])])
            )
            prices = np.rint(price[of] * level[s] * chance.normal(1.0, 0.05) * falls).astype(np.int64)
            tiers = tuple(zip(steps.tolist(), prices.tolist(), strict=True))
            offers.append(Offer(s, of, int(total[of] * chance.uniform(0.15, 0.6)) + 1, tiers))
    coverage = chance.random((suppliers, regions)) < 0.76
    coverage[np.arange(suppliers), chance.integers(0, regions, suppliers)] = True
    return Instance(
        name=f"large {seed}",
        n_schools=schools,
        n_lots=lots,
        n_suppliers=suppliers,
        n_regions=regions,
        school=school.astype(np.int64),
        lot=lot.astype(np.int64),
        region=region_of[school].astype(np.int64),
        qty=qty,
        reserve=reserve,
        qmin=np.where(chance.random(len(lot)) < 0.3, 75, 0).astype(np.int64),
        coverage=coverage,
        quality=chance.integers(60, 101, suppliers),
        offers=tuple(sorted(offers, key=lambda offer: (offer.lot, offer.supplier))),
        spend_discounts=((),) * suppliers,
    )
