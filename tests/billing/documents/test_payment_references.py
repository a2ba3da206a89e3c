"""A reference survives being written by hand, and a slip is caught."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from billing.documents.payment_references import check_digits, new_payment_reference, payment_reference
from marketplace.kernel.references import ALPHABET

BODIES = st.text(ALPHABET, min_size=10, max_size=10)


def test_a_new_reference_fits_a_bank_transfer_and_checks() -> None:
    reference = new_payment_reference()
    assert len(reference) <= 18
    assert payment_reference(reference) == reference


@given(BODIES)
def test_blanks_small_letters_and_misread_letters_are_forgiven(body: str) -> None:
    reference = f"SW{body}{check_digits('SW' + body)}"
    typed = " ".join(reference.lower().replace("0", "o").replace("1", "l"))
    assert payment_reference(typed) == reference


@given(BODIES, st.integers(2, 11), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_caught(body: str, place: int, other: str) -> None:
    reference = f"SW{body}{check_digits('SW' + body)}"
    wrong = reference[:place] + other + reference[place + 1 :]
    assert (payment_reference(wrong) is None) == (wrong != reference)


@given(BODIES, st.integers(2, 10))
def test_two_neighbours_that_changed_places_are_caught(body: str, place: int) -> None:
    reference = f"SW{body}{check_digits('SW' + body)}"
    wrong = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
    assert (payment_reference(wrong) is None) == (wrong != reference)


@given(st.text(max_size=20))
def test_any_other_text_is_none_or_checks(text: str) -> None:
    found = payment_reference(text)
    assert found is None or check_digits(found[:-2]) == found[-2:]
