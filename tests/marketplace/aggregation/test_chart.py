"""The chart says what the table says, inside its own frame."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marketplace.aggregation import chart
from marketplace.aggregation.tiers import Tier, standing

LAPTOPS = [Tier(50, 46_500), Tier(250, 42_900), Tier(500, 39_900), Tier(900, 37_500)]


def test_each_column_is_as_high_as_its_price_and_filled_as_far_as_the_volume() -> None:
    drawn = chart.draw(LAPTOPS, 375)
    below, first, current, upcoming, last = drawn.columns
    assert (below.price_pence, below.reached) == (None, below.width)
    assert first.reached == first.width
    assert (current.is_current, current.reached) == (True, current.width // 2)
    assert (upcoming.reached, last.reached) == (0, 0)
    assert (upcoming.units_to_go, last.units_to_go) == (125, 525)
    assert first.height == chart.BASE - chart.TOP
    assert current.height == (chart.BASE - chart.TOP) * 42_900 // 46_500
    assert drawn.marker == current.x + current.reached


def test_the_bars_of_a_narrow_screen_show_how_much_of_each_threshold_is_reached() -> None:
    bars = chart.draw(LAPTOPS, 375).bars
    assert [bar.reached for bar in bars] == [300, 300, 225, 125]
    assert [bar.is_current for bar in bars] == [False, True, False, False]
    assert [bar.units_to_go for bar in bars] == [0, 0, 125, 525]


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=6, unique=True).map(sorted),
    st.integers(0, 10**8),
)
def test_nothing_lies_outside_the_frame_and_one_column_is_current(starts: list[int], volume: int) -> None:
    listed = [Tier(start, 1000 - place) for place, start in enumerate(starts)]
    drawn = chart.draw(listed, volume)
    assert 0 <= drawn.marker <= chart.WIDTH
    for column in drawn.columns:
        assert 0 <= column.reached <= column.width
        assert column.x + column.width <= chart.WIDTH
        assert chart.TOP <= column.y < chart.BASE
    assert all(0 <= bar.reached <= chart.NARROW_WIDTH for bar in drawn.bars)
    stands = standing(listed, [volume]).current
    assert [bar.tier for bar in drawn.bars if bar.is_current] == ([stands] if stands else [])
    current = [column.from_units for column in drawn.columns if column.is_current]
    assert current == ([stands.from_units] if stands else [])
