"""The geometry of the tier chart: a staircase of prices that the committed volume walks down. Pure.

Every tier has a column of the same width, so that no labels meet however the thresholds lie; the volume's
place within a column is in proportion. Heights are in proportion to the price, from zero. Units: the SVG's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from marketplace.aggregation.tiers import Tier

WIDTH, TOP, BASE = 640, 34, 214
NO_PRICE_HEIGHT = 10
GAP = 3
NARROW_WIDTH, ROW = 300, 58
LABEL_ROOM = 150
"""How near the right edge a label of the volume may begin."""


@dataclass(frozen=True)
class Column:
    """One step: the part that the volume has reached, the part to go before the next step, the rest."""

    x: int
    y: int
    width: int
    height: int
    reached: int
    is_next: bool
    price_pence: int | None
    from_units: int
    units_to_go: int
    is_current: bool


@dataclass(frozen=True)
class Bar:
    """One tier on a narrow screen: how much of its threshold is reached."""

    y: int
    reached: int
    tier: Tier
    units_to_go: int
    is_current: bool


@dataclass(frozen=True)
class Chart:
    """The staircase for wide screens and the bars for narrow ones."""

    columns: tuple[Column, ...]
    marker: int
    marker_anchor: str
    bars: tuple[Bar, ...]
    width: int = WIDTH
    base: int = BASE
    narrow_width: int = NARROW_WIDTH

    @property
    def narrow_height(self) -> int:
        """The height of the bars together."""
        return ROW * len(self.bars)


def draw(tiers: Sequence[Tier], volume: int) -> Chart:
    """The chart of rising tiers at a volume in whole units."""
    columns = _columns(tiers, volume)
    reached = [column.x + column.reached for column in columns if column.reached]
    marker = reached[-1] if reached else 0
    bars = tuple(_bar(index, tier, tiers, volume) for index, tier in enumerate(tiers))
    return Chart(tuple(columns), marker, _anchor(marker), bars)


def _anchor(marker: int) -> str:
    if marker < LABEL_ROOM:
        return "start"
    return "end" if marker > WIDTH - LABEL_ROOM else "middle"


def _columns(tiers: Sequence[Tier], volume: int) -> list[Column]:
    """A column for each tier, after one for the volume below the first tier when that is above one unit."""
    starts: list[tuple[int, int | None]] = [(tier.from_units, tier.unit_price_pence) for tier in tiers]
    if starts[0][0] > 1:
        starts.insert(0, (0, None))
    ends = [after[0] for _, after in pairwise(starts)]
    ends.append(max(starts[-1][0] * 3 // 2, volume + 1))
    highest = tiers[0].unit_price_pence
    width = WIDTH // len(starts)
    return [
        _column(index * width, width - GAP, (first, end, price), volume, highest)
        for index, ((first, price), end) in enumerate(zip(starts, ends, strict=True))
    ]


def _column(x: int, width: int, step: tuple[int, int, int | None], volume: int, highest: int) -> Column:
    first, end, price = step
    height = NO_PRICE_HEIGHT if price is None else max(1, (BASE - TOP) * price // highest)
    inside = min(max(volume - first, 0), end - first)
    begun = volume >= first and volume > 0
    reached = max(1, width * inside // (end - first)) if begun else 0
    return Column(
        x=x,
        y=BASE - height,
        width=width,
        height=height,
        reached=reached,
        is_next=begun and volume < end,
        price_pence=price,
        from_units=first,
        units_to_go=max(first - volume, 0),
        is_current=price is not None and first <= volume < end,
    )


def _bar(index: int, tier: Tier, tiers: Sequence[Tier], volume: int) -> Bar:
    later = [other for other in tiers[index + 1 :] if other.from_units <= volume]
    reached = min(volume, tier.from_units)
    return Bar(
        y=ROW * index,
        reached=NARROW_WIDTH * reached // tier.from_units,
        tier=tier,
        units_to_go=tier.from_units - reached,
        is_current=volume >= tier.from_units and not later,
    )
