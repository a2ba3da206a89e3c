"""Figures, dates and names in words."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.regulations.findings import SURE_TAGS, SURE_WORDS, Sure, Unit, day_words, figure_words


@pytest.mark.parametrize(
    ("figure", "unit", "words"),
    [
        (207_720_00, Unit.PENCE, "£207,720.00"),
        (8, Unit.WORKING_DAYS, "8 working days"),
        (30, Unit.DAYS, "30 days"),
        (3, Unit.QUOTES, "3 quotes"),
        (2_000, Unit.BASIS_POINTS, "20%"),
        (1_750, Unit.BASIS_POINTS, "17.5%"),
        (None, None, ""),
    ],
)
def test_a_figure_is_shown_with_its_unit(figure: int | None, unit: Unit | None, words: str) -> None:
    assert figure_words(figure, unit) == words


def test_a_day_has_no_leading_zero() -> None:
    assert day_words(date(2026, 1, 1)) == "1 January 2026"


def test_every_grade_of_sureness_has_words() -> None:
    assert set(SURE_WORDS) == set(SURE_TAGS) == set(Sure)
