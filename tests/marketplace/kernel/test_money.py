"""Integer pence: what is shared adds up, what is rounded is rounded the same way everywhere."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.money import half_up, part, pounds, split, vat

pence = st.integers(-(10**14), 10**14)
weights = st.dictionaries(st.text(max_size=5), st.integers(0, 10**6), min_size=1, max_size=12).filter(
    lambda chosen: sum(chosen.values()) > 0
)


@given(pence, weights)
def test_a_split_adds_up_to_the_penny(total: int, shares: dict[str, int]) -> None:
    assert sum(split(total, shares, sorted(shares)).values()) == total


@given(pence, weights)
def test_no_share_is_a_penny_or_more_from_its_exact_part(total: int, shares: dict[str, int]) -> None:
    whole = sum(shares.values())
    for key, share in split(total, shares, sorted(shares)).items():
        assert abs(share - Fraction(total * shares[key], whole)) < 1


@given(pence, weights, st.randoms())
def test_only_the_given_order_decides_ties_never_the_order_of_the_weights(
    total: int, shares: dict[str, int], chance: object
) -> None:
    keys = list(shares)
    chance.shuffle(keys)  # type: ignore[attr-defined]
    shuffled = {key: shares[key] for key in keys}
    assert split(total, shares, sorted(shares)) == split(total, shuffled, sorted(shares))


def test_the_penny_left_over_goes_to_the_first_in_order() -> None:
    assert split(100, {"a": 1, "b": 1, "c": 1}, ["b", "a", "c"]) == {"a": 33, "b": 34, "c": 33}


def test_who_has_no_weight_has_no_share() -> None:
    assert split(7, {"a": 0, "b": 3}, ["a", "b"]) == {"a": 0, "b": 7}


@pytest.mark.parametrize("wrong", [{}, {"a": 0}, {"a": 2, "b": -1}])
def test_a_split_without_weight_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  min() of nothing says its own words
        split(100, wrong, list(wrong))


@pytest.mark.parametrize("order", [["a"], ["a", "a"], ["a", "b", "c"]])
def test_an_order_that_does_not_name_each_key_once_is_refused(order: list[str]) -> None:
    with pytest.raises(ValueError, match="name each key"):
        split(100, {"a": 1, "b": 1}, order)


@given(pence, st.integers(1, 10**6))
def test_half_up_is_nearest_and_halves_go_away_from_zero(numerator: int, denominator: int) -> None:
    rounded, exact = half_up(numerator, denominator), Fraction(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    assert abs(rounded) >= abs(exact) or abs(rounded - exact) < Fraction(1, 2)
    assert half_up(-numerator, denominator) == -rounded


@pytest.mark.parametrize("denominator", [0, -2])
def test_half_up_refuses_a_denominator_that_is_not_above_zero(denominator: int) -> None:
    with pytest.raises(ValueError, match="above zero"):
        half_up(1, denominator)


@pytest.mark.parametrize(("net", "tax"), [(1000, 200), (2, 0), (3, 1), (1234, 247), (-3, -1), (0, 0)])
def test_vat_at_a_fifth_is_rounded_half_up(net: int, tax: int) -> None:
    assert vat(net, 2000) == tax


@given(st.integers(0, 10**12), st.lists(st.integers(0, 366), min_size=1, max_size=20))
def test_the_parts_of_a_year_add_up_to_the_whole(whole: int, days: list[int]) -> None:
    ends = [0, *sorted(days), 366]
    parts = [part(whole, end, 366) - part(whole, start, 366) for start, end in itertools.pairwise(ends)]
    assert sum(parts) == whole
    assert min(parts) >= 0


@pytest.mark.parametrize(
    ("sum_", "words"),
    [(0, "£0.00"), (5, "£0.05"), (123450, "£1,234.50"), (-7, "-£0.07"), (10**9, "£10,000,000.00")],
)
def test_pounds_read_as_people_write_them(sum_: int, words: str) -> None:
    assert pounds(sum_) == words
