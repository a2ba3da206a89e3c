"""VAT: half-up on the sum of each rate, and numbers whose check holds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.kinds import VatCode
from billing.documents.vat import by_rate, code_for, rate_bp, vat_number
from marketplace.catalogue.kinds import VatTreatment

LINES = st.lists(st.tuples(st.sampled_from(VatCode), st.integers(0, 10**9)), min_size=1, max_size=30)


@given(LINES)
def test_vat_is_half_up_on_the_sum_of_each_rate(lines: list[tuple[VatCode, int]]) -> None:
    rows = by_rate(lines)
    assert sum(net for _, _, net, _ in rows) == sum(net for _, net in lines)
    for code, rate, net, vat in rows:
        exact = Fraction(net * rate, 10_000)
        assert rate == rate_bp(code)
        assert exact - Fraction(1, 2) < vat <= exact + Fraction(1, 2)


def test_two_lines_of_two_pence_and_a_half_of_vat_are_five_pence() -> None:
    assert by_rate([(VatCode.STANDARD, 12), (VatCode.STANDARD, 13)]) == [(VatCode.STANDARD, 2_000, 25, 5)]


@pytest.mark.parametrize("treatment", VatTreatment)
def test_who_is_not_registered_charges_no_vat(treatment: VatTreatment) -> None:
    assert rate_bp(code_for(treatment, is_registered=False)) == 0
    assert code_for(treatment, is_registered=True).value == treatment.value


@pytest.mark.parametrize("text", ["GB123456782", "gb 123 4567 82", "123456782", "GB-434.031.494"])
def test_a_number_whose_check_holds_is_written_one_way(text: str) -> None:
    found = vat_number(text)
    assert found is not None
    assert found.startswith("GB")
    assert len(found) == 11


@pytest.mark.parametrize(
    "text", ["", "GB", "123456783", "GB12345678", "FR123456782", "1234567821", "000000000", "ⅣⅣ"]
)
def test_a_number_whose_check_fails_is_none(text: str) -> None:
    assert vat_number(text) is None


def test_a_number_of_the_newer_scheme_is_taken() -> None:
    body = "1002003"
    weighted = sum(w * int(d) for w, d in zip(range(8, 1, -1), body, strict=True)) + 55
    assert vat_number(f"{body}{97 - weighted % 97:02d}") is not None


@pytest.mark.parametrize("place", range(9))
@pytest.mark.parametrize("change", [1, -1])
def test_a_digit_read_as_its_neighbour_is_caught(place: int, change: int) -> None:
    digits = [int(digit) for digit in "123456782"]
    digits[place] += change
    assert vat_number("".join(map(str, digits))) is None
