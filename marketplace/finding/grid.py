"""Places on the British National Grid: eastings and northings in metres. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

METRES_IN_A_MILE = 1_609.344
CELL = 10_000
"""The side of a cell in metres: rows near a place are found by the cells around it."""
NORTHS = 1_000
WIDEST = 700_000
FARTHEST_NORTH = 1_300_000


@dataclass(frozen=True)
class Point:
    """Metres east and north."""

    easting: int
    northing: int


def metres(one: Point, other: Point) -> float:
    """How far apart two places are."""
    return math.hypot(one.easting - other.easting, one.northing - other.northing)


def in_metres(miles: float) -> int:
    """Miles as whole metres."""
    return round(miles * METRES_IN_A_MILE)


def in_miles(length: float) -> float:
    """Metres as miles."""
    return length / METRES_IN_A_MILE


def miles_words(length: float) -> str:
    """12 miles, less than 1 mile: how far a person would say that it is."""
    miles = round(in_miles(length))
    if miles < 1:
        return "less than 1 mile"
    return f"{miles:,} mile" if miles == 1 else f"{miles:,} miles"


def middle(points: Collection[Point]) -> Point | None:
    """The mean of several places."""
    if not points:
        return None
    count = len(points)
    east, north = sum(one.easting for one in points), sum(one.northing for one in points)
    return Point(round(east / count), round(north / count))


def cell(point: Point) -> int:
    """The number of the cell that a place lies in."""
    return point.easting // CELL * NORTHS + point.northing // CELL


def cells(around: Point, length: int) -> list[int]:
    """The cells that have a place within a length of another."""
    east, north, half = around.easting, around.northing, CELL // 2
    easts = range(max((east - length) // CELL, 0), (east + length) // CELL + 1)
    norths = range(max((north - length) // CELL, 0), min((north + length) // CELL, NORTHS - 1) + 1)
    reach = (length + CELL) ** 2
    aside = {row: (row * CELL + half - north) ** 2 for row in norths}
    return [
        column * NORTHS + row
        for column in easts
        for row in norths
        if (column * CELL + half - east) ** 2 + aside[row] <= reach
    ]
