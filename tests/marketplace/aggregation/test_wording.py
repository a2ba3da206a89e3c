"""Sentences about a pool."""

from __future__ import annotations

import pytest

from marketplace.aggregation import wording
from marketplace.aggregation.tiers import Tier, standing

LAPTOPS = [Tier(10, 50_000), Tier(100, 45_000)]


@pytest.mark.parametrize(
    ("volume", "sentence"),
    [
        (0, "10 more laptops bring everyone the first price, £500.00."),
        (9, "1 more laptop brings everyone the first price, £500.00."),
        (12, "88 more laptops bring everyone to £450.00."),
        (1_200, "1,200 laptops committed: everyone has the lowest price, £450.00."),
    ],
)
def test_the_headline_says_what_the_next_units_bring(volume: int, sentence: str) -> None:
    assert " ".join(wording.headline(standing(LAPTOPS, [volume]), "laptop", "laptops")) == sentence


def test_the_days_left_are_counted_in_words() -> None:
    assert [wording.left(days) for days in (-3, 0, 1, 21)] == [
        "last day",
        "last day",
        "1 day left",
        "21 days left",
    ]
