"""Short references that people read aloud."""

from __future__ import annotations

import re

from marketplace.kernel.references import new_reference


def test_a_reference_has_no_letter_that_is_taken_for_a_digit() -> None:
    for _ in range(500):
        assert re.fullmatch(r"ORD-[0-9A-HJKMNP-TV-Z]{7}", new_reference("ORD"))


def test_references_do_not_repeat() -> None:
    assert len({new_reference("INV") for _ in range(5000)}) == 5000
