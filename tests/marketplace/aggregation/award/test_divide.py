"""Sharing a common sum: the properties that the published method promises."""

from __future__ import annotations

import os
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.aggregation.award.divide import CannotDivide, Line, divide, shapley

CASES = int(os.environ.get("AWARD_CASES", "300"))
"""Cases a property is tried on; AWARD_CASES=10000 for the full count."""


@st.composite
def sums(draw: st.DrawFn) -> tuple[int, list[Line]]:
    size = draw(st.integers(1, 7))
    lines = [Line(f"r{at}", draw(st.integers(0, 40)), draw(st.integers(0, 30))) for at in range(size)]
    return draw(st.integers(0, sum(line.quantity * line.ceiling_pence for line in lines))), lines


@settings(max_examples=CASES, deadline=None)
@given(sums())
def test_the_shares_sum_to_the_total_and_nobody_pays_above_its_ceiling(case: tuple[int, list[Line]]) -> None:
    total, lines = case
    shares = divide(total, lines)
    assert sum(shares.values()) == total
    assert all(0 <= shares[line.id] <= line.quantity * line.ceiling_pence for line in lines)


@settings(max_examples=CASES, deadline=None)
@given(sums(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(case: tuple[int, list[Line]], chance: random.Random) -> None:
    total, lines = case
    shuffled = list(lines)
    chance.shuffle(shuffled)
    assert divide(total, shuffled) == divide(total, lines)


@settings(max_examples=CASES, deadline=None)
@given(sums())
def test_of_equal_quantities_the_higher_ceiling_pays_as_much_to_a_penny(
    case: tuple[int, list[Line]],
) -> None:
    total, lines = case
    shares = divide(total, lines)
    for one in lines:
        for other in lines:
            if one.quantity == other.quantity and one.ceiling_pence >= other.ceiling_pence:
                assert shares[one.id] >= shares[other.id] - 1


@settings(max_examples=CASES, deadline=None)
@given(sums())
def test_a_penny_more_in_total_lowers_nobody_by_more_than_a_penny(case: tuple[int, list[Line]]) -> None:
    total, lines = case
    if total < sum(line.quantity * line.ceiling_pence for line in lines):
        before, after = divide(total, lines), divide(total + 1, lines)
        assert all(after[key] >= before[key] - 1 for key in before)


@settings(max_examples=CASES, deadline=None)
@given(sums())
def test_a_share_is_within_a_penny_of_the_exact_one(case: tuple[int, list[Line]]) -> None:
    total, lines = case
    shares, rate = divide(total, lines), exact_rate(total, lines)
    for line in lines:
        exact = line.quantity * min(rate, Fraction(line.ceiling_pence))
        assert abs(shares[line.id] - exact) < 1


def exact_rate(total: int, lines: list[Line]) -> Fraction:
    """The price a unit at which quantity x min(price, ceiling) sums to the total, by trying ceilings."""
    for ceiling in sorted({line.ceiling_pence for line in lines}):
        if sum(line.quantity * min(ceiling, line.ceiling_pence) for line in lines) >= total:
            capped = [line for line in lines if line.ceiling_pence < ceiling]
            quantity = sum(line.quantity for line in lines) - sum(line.quantity for line in capped)
            left = total - sum(line.quantity * line.ceiling_pence for line in capped)
            return Fraction(left, quantity) if quantity else Fraction(0)
    return Fraction(0)


def test_ties_go_by_id() -> None:
    assert divide(10, [Line("c", 1, 9), Line("a", 1, 9), Line("b", 1, 9)]) == {"a": 4, "b": 3, "c": 3}


def test_the_odd_penny_goes_to_the_largest_remainder_not_to_the_largest_quantity() -> None:
    # 7/4 is 1.75 and 21/4 is 5.25.
    assert divide(7, [Line("a", 1, 9), Line("b", 3, 9)]) == {"a": 2, "b": 5}


def test_what_a_cap_leaves_over_goes_to_those_with_room() -> None:
    assert divide(100, [Line("a", 10, 2), Line("b", 10, 20), Line("c", 30, 20)]) == {
        "a": 20,
        "b": 20,
        "c": 60,
    }


@pytest.mark.parametrize(
    ("total", "lines", "words"),
    [
        (-1, [Line("a", 1, 5)], "-1 pence cannot be shared: from 0 to 5 can"),
        (6, [Line("a", 1, 5)], "6 pence cannot be shared: from 0 to 5 can"),
        (1, [], "1 pence cannot be shared"),
        (1, [Line("a", 1, 5), Line("a", 2, 5)], "an id comes twice"),
        (1, [Line("a", -1, 5)], "below zero"),
        (1, [Line("a", 1, -5)], "below zero"),
    ],
)
def test_a_sum_that_does_not_fit_is_refused(total: int, lines: list[Line], words: str) -> None:
    with pytest.raises(CannotDivide, match=words):
        divide(total, lines)


def test_nothing_is_shared_among_nobody() -> None:
    assert divide(0, []) == {}
    assert divide(0, [Line("a", 0, 0), Line("b", 3, 0)]) == {"a": 0, "b": 0}


def test_the_shapley_report_is_the_average_over_all_orders_of_joining() -> None:
    # A glove game: a left hand and two right ones; a pair is worth 6.
    def worth(group: frozenset[str]) -> int:
        return 6 * min("left" in group, len(group - {"left"}))

    assert shapley(["left", "right", "other"], worth) == {"left": 4, "right": 1, "other": 1}


def test_the_shapley_report_is_exact_hence_small() -> None:
    members = [str(n) for n in range(8)]
    assert set(shapley(members, len).values()) == {Fraction(1)}
    with pytest.raises(ValueError, match="at most 8 members"):
        shapley([*members, "9"], len)
