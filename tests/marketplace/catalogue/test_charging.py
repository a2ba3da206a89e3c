"""What a charge is made of, what it takes of the capacity, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue import charging
from marketplace.catalogue.charging import CountedSchool, PriceLine
from marketplace.catalogue.kinds import Basis, Cadence, CapacityUnit, Phase


@dataclass(frozen=True)
class APlan:
    """£4.10 of something each month, unless told otherwise."""

    basis: Basis
    cadence: Cadence = Cadence.MONTHLY
    unit: CapacityUnit = CapacityUnit.HOUR
    unit_price_pence: int = 410
    fixed_pence: int = 0
    phase_prices: dict[str, Any] = field(default_factory=dict)
    units_each: int = 1
    bundle_units: int | None = None


def a_school(phase: Phase | None, pupils: int) -> CountedSchool:
    return CountedSchool(None, "Quay Primary", phase, pupils)


PRIMARY, SECONDARY, UNKNOWN = a_school(Phase.PRIMARY, 210), a_school(Phase.SECONDARY, 905), a_school(None, 40)


def test_units_are_charged_by_their_number() -> None:
    assert charging.price_lines(APlan(Basis.UNIT), 3) == [PriceLine("Hours", 3, "hour", 410)]


def test_the_whole_is_one_price_however_much_is_asked() -> None:
    assert charging.price_lines(APlan(Basis.FLAT), 99) == [PriceLine("Whole service", 1, "service", 410)]


def test_a_fixed_fee_is_a_line_of_its_own() -> None:
    lines = charging.price_lines(APlan(Basis.SCHOOL, fixed_pence=30_000), 2, [PRIMARY, SECONDARY])
    assert [(line.words, line.quantity, line.net_pence) for line in lines] == [
        ("Schools", 2, 820),
        ("Fixed fee", 1, 30_000),
    ]
    assert charging.period_pence(lines) == 30_820


def test_pupils_of_a_phase_that_has_a_price_are_charged_that_and_the_others_the_rest() -> None:
    plan = APlan(Basis.PUPIL, phase_prices={"primary": 395, "sixteen-plus": 1})
    lines = charging.price_lines(plan, 3, [PRIMARY, SECONDARY, UNKNOWN])
    assert [(line.words, line.quantity, line.unit_price_pence) for line in lines] == [
        ("Pupils, primary", 210, 395),
        ("Pupils", 945, 410),
    ]


@given(
    st.lists(st.tuples(st.sampled_from([*Phase, None]), st.integers(0, 3_000)), min_size=1, max_size=20),
    st.dictionaries(st.sampled_from([phase.value for phase in Phase]), st.integers(1, 10_000)),
    st.integers(0, 100_000),
    st.sampled_from([Basis.SCHOOL, Basis.PUPIL]),
)
def test_the_lines_come_to_what_each_school_would_pay_alone(
    named: list[tuple[Phase | None, int]], prices: dict[str, int], fixed: int, basis: Basis
) -> None:
    plan = APlan(basis, phase_prices=prices, fixed_pence=fixed)
    schools = [a_school(phase, pupils) for phase, pupils in named]
    alone = sum(
        (prices.get(phase.value, 410) if phase else 410) * (pupils if basis is Basis.PUPIL else 1)
        for phase, pupils in named
    )
    assert charging.period_pence(charging.price_lines(plan, len(schools), schools)) == alone + fixed


@pytest.mark.parametrize(
    ("plan", "quantity", "periods", "taken"),
    [
        (APlan(Basis.UNIT), 7, 12, 7),
        (APlan(Basis.FLAT, units_each=3), 1, 12, 3),
        (APlan(Basis.SCHOOL, units_each=2), 2, 12, 4),
        (APlan(Basis.PUPIL, units_each=2), 2, 12, 4),
        (APlan(Basis.PUPIL, unit=CapacityUnit.PUPIL), 2, 12, 1_115),
        (APlan(Basis.BUNDLE, bundle_units=20), 2, 12, 40),
        (APlan(Basis.BUNDLE, Cadence.TERMLY, bundle_units=20), 2, 3, 10),
        (APlan(Basis.BUNDLE, Cadence.TERMLY, bundle_units=21), 1, 3, 6),
        (APlan(Basis.BUNDLE, Cadence.ANNUAL, bundle_units=30), 1, 1, 3),
        (APlan(Basis.BUNDLE, Cadence.ANNUAL, bundle_units=37), 1, 1, 4),
        (APlan(Basis.BUNDLE, Cadence.ONCE, bundle_units=10), 1, 4, 3),
    ],
)
def test_capacity_is_taken_by_the_month(plan: APlan, quantity: int, periods: int, taken: int) -> None:
    schools = [PRIMARY, SECONDARY] if plan.basis in charging.OF_SCHOOLS else []
    assert charging.units_taken(plan, quantity, periods, schools) == taken


@pytest.mark.parametrize(
    ("plan", "quantity", "words"),
    [
        (APlan(Basis.UNIT), 1, "1 hour"),
        (APlan(Basis.UNIT), 2, "2 hours"),
        (APlan(Basis.FLAT), 1, "the whole service"),
        (APlan(Basis.SCHOOL), 3, "3 schools"),
        (APlan(Basis.PUPIL), 3, "3 schools"),
        (APlan(Basis.BUNDLE, bundle_units=20), 1, "1 bundle of 20 hours"),
        (APlan(Basis.BUNDLE, bundle_units=20), 2, "2 bundles of 20 hours"),
    ],
)
def test_what_is_ordered_is_said_in_words(plan: APlan, quantity: int, words: str) -> None:
    assert charging.counted_words(plan, quantity) == words


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (APlan(Basis.UNIT), "£4.10 an hour, charged each month"),
        (APlan(Basis.UNIT, unit=CapacityUnit.LICENCE), "£4.10 a licence, charged each month"),
        (APlan(Basis.FLAT, Cadence.ONCE), "£4.10 for the whole service, charged once"),
        (
            APlan(Basis.PUPIL, Cadence.ANNUAL, fixed_pence=30_000, phase_prices={"primary": 395}),
            "£4.10 a pupil, £3.95 in primary and a fixed fee of £300.00, charged each year",
        ),
        (APlan(Basis.BUNDLE, Cadence.TERMLY, bundle_units=20), "£4.10 for 20 hours, charged each term"),
    ],
)
def test_a_price_is_said_in_words(plan: APlan, words: str) -> None:
    assert charging.plan_words(plan) == words


@pytest.mark.parametrize(
    ("phase", "kind", "found"),
    [
        ("Primary", "Academy converter", Phase.PRIMARY),
        ("Middle deemed primary", "Community school", Phase.PRIMARY),
        ("Middle deemed secondary", "Foundation school", Phase.SECONDARY),
        ("All-through", "Free schools", Phase.SECONDARY),
        ("16 plus", "Free schools 16 to 19", Phase.SIXTEEN_PLUS),
        ("Nursery", "Local authority nursery school", Phase.NURSERY),
        ("Not applicable", "Academy special converter", Phase.SPECIAL),
        ("Not applicable", "Pupil referral unit", Phase.SPECIAL),
        ("Not applicable", "Other independent school", None),
        (None, None, None),
    ],
)
def test_a_schools_phase_is_read_from_the_register(
    phase: str | None, kind: str | None, found: Phase | None
) -> None:
    assert charging.phase_of(phase, kind) is found
