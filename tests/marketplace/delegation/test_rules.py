"""What a scheme of delegation says about a sum."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date

import pytest

from marketplace.delegation import wording
from marketplace.delegation.rules import (
    Earlier,
    Row,
    Scheme,
    Shortfall,
    limited,
    rule,
    with_shortfall,
)
from marketplace.trusts.kinds import Role

HEAD, CFO, COMMITTEE, BOARD = (uuid.uuid4() for _ in range(4))
ESTATES, ICT = uuid.uuid4(), uuid.uuid4()
NAMES = {
    HEAD: "Ruth Head",
    CFO: "Helen Marsh",
    COMMITTEE: "Ola Chair",
    BOARD: "Bim Board",
    ESTATES: "Estates",
    ICT: "Computers",
}
REAL = Scheme(
    rows=(
        Row(0),
        Row(300_000, person_id=HEAD),
        Row(1_000_000, person_id=CFO),
        Row(2_000_000, person_id=COMMITTEE, quotes=3, body="finance committee"),
        Row(6_500_000, person_id=BOARD, body="board"),
    )
)
"""Head to £3,000, finance officer to £10,000, committee with three quotes to £20,000, board to £65,000."""


def may(pence: int, scheme: Scheme = REAL, cost_centre_id: uuid.UUID | None = None) -> list[str]:
    return [NAMES[row.person_id] for row in rule(scheme, pence, cost_centre_id).may if row.person_id]


@pytest.mark.parametrize(
    ("pence", "lowest", "quotes"),
    [
        (1, "Ruth Head", 0),
        (300_000, "Ruth Head", 0),
        (300_001, "Helen Marsh", 0),
        (1_000_000, "Helen Marsh", 0),
        (1_000_001, "Ola Chair", 3),
        (2_000_000, "Ola Chair", 3),
        (2_000_001, "Bim Board", 0),
        (6_500_000, "Bim Board", 0),
    ],
)
def test_the_lowest_row_that_reaches_a_sum_fires(pence: int, lowest: str, quotes: int) -> None:
    ruling = rule(REAL, pence)
    assert ruling.fired is not None
    assert ruling.fired.person_id is not None
    assert (NAMES[ruling.fired.person_id], ruling.quotes, ruling.approvals) == (lowest, quotes, 1)


def test_whoever_may_approve_more_may_approve_less() -> None:
    assert may(300_000) == ["Ruth Head", "Helen Marsh", "Ola Chair", "Bim Board"]
    assert may(1_000_001) == ["Ola Chair", "Bim Board"]


def test_above_every_row_nobody_may_approve_and_that_is_said() -> None:
    ruling = rule(REAL, 6_500_001)
    assert ruling.is_beyond
    assert wording.sentences(ruling, NAMES) == [
        (
            "This order of £65,000.01 cannot be approved by anybody, because no row of the scheme of "
            "delegation reaches £65,000.01."
        ),
        "Order less, or ask an administrator to change the scheme of delegation.",
    ]


def test_a_ruling_names_its_people_its_row_and_its_quotes() -> None:
    assert wording.sentences(rule(REAL, 1_200_000), NAMES, thing="An order") == [
        (
            "An order of £12,000.00 needs approval by Ola Chair for the finance committee or Bim Board for "
            "the board, because £12,000.00 falls under the row “Ola Chair for the finance committee may "
            "approve up to £20,000.00, with three quotes”."
        ),
        "Whoever approves it must confirm that three quotes were asked for.",
    ]


@pytest.mark.parametrize(("pence", "approvals"), [(99, 0), (100, 0), (101, 1)])
def test_up_to_a_limit_nobody_needs_to_approve(pence: int, approvals: int) -> None:
    assert rule(limited(100), pence).approvals == approvals


def test_whole_life_is_what_counts() -> None:
    a_year = 1_500_000
    assert rule(REAL, a_year).fired == REAL.rows[3]
    assert rule(REAL, 3 * a_year).fired == REAL.rows[4]


@pytest.mark.parametrize(("pence", "approvals"), [(500, 0), (1_000, 1), (5_000, 1), (5_001, 2)])
def test_above_a_sum_two_people_must_approve(pence: int, approvals: int) -> None:
    scheme = replace(limited(500), second_above_pence=5_000)
    assert rule(scheme, pence).approvals == approvals


def test_two_must_approve_even_what_nobody_would_need_to() -> None:
    assert rule(replace(limited(9_000), second_above_pence=5_000), 5_001).approvals == 2


def test_a_row_for_a_cost_centre_stands_in_place_of_the_general_one_there() -> None:
    scheme = replace(
        REAL,
        rows=(
            *REAL.rows,
            Row(50_000, person_id=HEAD, cost_centre_id=ICT),
            Row(200_000, cost_centre_id=ESTATES),
        ),
    )
    assert may(50_001, scheme, ICT)[0] != "Ruth Head"
    assert "Ruth Head" in may(300_000, scheme, ESTATES)
    assert rule(scheme, 200_000, ESTATES).approvals == 0
    assert rule(scheme, 200_000, ICT).approvals == 1
    assert scheme.free_pence(ESTATES) == 200_000
    assert scheme.free_pence() == 0


def earlier(*sums: int) -> list[Earlier]:
    return [Earlier(f"ORD-{pence}", pence, date(2027, 3, 1)) for pence in sums]


def test_what_is_split_to_stay_under_a_limit_is_added_up() -> None:
    ruling = rule(REAL, 200_000, earlier=earlier(200_000))
    assert (ruling.counted_pence, ruling.crossed_pence) == (400_000, 300_000)
    assert ruling.fired == REAL.rows[2]
    assert "with ORD-200000 (£2,000.00) this comes to £4,000.00, above the limit of £3,000.00" in (
        wording.split(ruling)
    )


@pytest.mark.parametrize("before", [[], [50_000], [100_000]])
def test_what_stays_under_a_limit_together_is_not_flagged(before: list[int]) -> None:
    ruling = rule(REAL, 200_000, earlier=earlier(*before))
    assert not ruling.is_split
    assert ruling.counted_pence == 200_000


def test_a_large_order_that_was_approved_as_such_splits_nothing() -> None:
    assert not rule(REAL, 100_000, earlier=earlier(1_200_000)).is_split


def test_a_large_order_hides_no_small_ones_that_are_split() -> None:
    ruling = rule(REAL, 200_000, earlier=earlier(1_200_000, 200_000))
    assert (ruling.crossed_pence, ruling.counted_pence) == (300_000, 400_000)


def test_many_small_ones_cross_the_highest_limit_that_they_reach() -> None:
    ruling = rule(REAL, 290_000, earlier=earlier(*[290_000] * 7))
    assert (ruling.crossed_pence, ruling.counted_pence) == (2_000_000, 2_320_000)
    assert ruling.fired == REAL.rows[4]


def test_splitting_beyond_every_row_is_approved_by_nobody() -> None:
    assert rule(REAL, 6_000_000, earlier=earlier(6_000_000)).is_beyond


def test_two_approvers_are_not_avoided_by_splitting() -> None:
    scheme = replace(limited(0), second_above_pence=1_000_000)
    assert rule(scheme, 600_000, earlier=earlier(600_000)).approvals == 2


def test_a_budget_that_does_not_reach_asks_for_somebody_to_say_so() -> None:
    over = [Shortfall(date(2027, 9, 1), 30_000, 45_000)]
    ruling = with_shortfall(rule(limited(100_000), 45_000), over)
    assert ruling.approvals == 1
    assert {row.role for row in ruling.may} == {Role.APPROVER, Role.ADMINISTRATOR, Role.FINANCE}
    assert wording.sentences(ruling, NAMES, "Estates")[-1] == (
        "Estates has £300.00 left in the financial year from 1 September 2027, and this takes £450.00 of it: "
        "£150.00 too much."
    )
    assert with_shortfall(rule(limited(100_000), 45_000), []).approvals == 0


def test_a_budget_opens_no_higher_limit_to_finance() -> None:
    over = [Shortfall(date(2027, 9, 1), 0, 1)]
    ruling = with_shortfall(rule(REAL, 5_000_000), over)
    assert [row.person_id for row in ruling.may] == [BOARD]


LOOSER = [
    replace(REAL, rows=(Row(1), *REAL.rows[1:])),
    replace(REAL, rows=(*REAL.rows, Row(300_001, person_id=HEAD))),
    replace(REAL, rows=(*REAL.rows, Row(1, Role.FINANCE))),
    replace(REAL, rows=(*REAL.rows, Row(6_500_001, person_id=BOARD))),
    replace(REAL, rows=tuple(replace(row, quotes=0) for row in REAL.rows)),
    replace(REAL, requires_po_number=False),
    replace(REAL, rows=(*REAL.rows, Row(5, cost_centre_id=ICT))),
    replace(REAL, rows=(*REAL.rows, Row(400_000, person_id=HEAD, cost_centre_id=ICT))),
]
STRICTER = [
    REAL,
    replace(REAL, rows=REAL.rows[:-1]),
    replace(REAL, second_above_pence=1_000_000),
    replace(REAL, stops_over_budget=True),
    replace(REAL, rows=(*REAL.rows, Row(100_000, person_id=HEAD, cost_centre_id=ICT))),
    replace(REAL, rows=tuple(replace(row, body="other") for row in REAL.rows)),
    replace(REAL, rows=tuple(reversed(REAL.rows))),
]


@pytest.mark.parametrize("scheme", LOOSER)
def test_whatever_lets_anything_more_pass_is_looser(scheme: Scheme) -> None:
    assert scheme.is_looser_than(REAL)


@pytest.mark.parametrize("scheme", STRICTER)
def test_whatever_stops_no_less_is_not_looser(scheme: Scheme) -> None:
    assert not scheme.is_looser_than(REAL)


def test_giving_up_a_stop_or_a_second_person_is_looser() -> None:
    for strict in (replace(REAL, stops_over_budget=True), replace(REAL, second_above_pence=1_000_000)):
        assert REAL.is_looser_than(strict)


def test_a_scheme_reads_as_sentences() -> None:
    scheme = Scheme((Row(50_000), Row(None, Role.APPROVER, cost_centre_id=ICT)), 1_000_000, False, True)
    assert wording.lines(scheme, NAMES) == [
        "Nobody needs to approve up to £500.00.",
        "An approver may approve any sum in Computers.",
        "Nobody approves their own order, or one that they changed or sent.",
        "Above £10,000.00 two different people must approve.",
        "Orders may be sent and invoiced without a purchase order (PO) number.",
        "What a budget has no money left for cannot be ordered.",
    ]
