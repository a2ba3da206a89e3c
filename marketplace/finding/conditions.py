"""The filters of a search as conditions on search_rows; those who may see a row are among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from marketplace.finding import grid, kinds, months
from marketplace.finding.asking import Asked, Shape
from marketplace.finding.grid import Point
from marketplace.finding.kinds import Near
from marketplace.finding.models import NEWS, ROWS
from marketplace.finding.places import Place
from marketplace.finding.question import Question
from marketplace.kernel import clock
from marketplace.kernel.arrays import one_of
from marketplace.trusts import access

Conditions = Sequence[sa.ColumnElement[bool]]


def values(asked: Asked) -> dict[str, Any]:
    """Who asks, and on which day; and what is news to them."""
    news = {} if asked.news is None else {"told": asked.news[0], "last": asked.news[1]}
    if asked.actor is None:
        return news
    return {"me": asked.actor.organisation_id, "today": clock.today(), **news}


ME: Any = sa.bindparam("me", type_=sa.Uuid())
TODAY: Any = sa.bindparam("today", type_=sa.Date())
NEW = sa.select(NEWS.c.listing_id).where(
    NEWS.c.number > sa.bindparam("told", type_=sa.BigInteger()),
    NEWS.c.number <= sa.bindparam("last", type_=sa.BigInteger()),
)


def of(shape: Shape, by_cells: bool = True) -> Conditions:
    """Everything that a row must be, for whoever asks.

    A distance is asked by the cells around a place, which an index knows, unless rows are found otherwise.
    """
    question = shape.question
    me = ME if shape.is_known else None
    seen = access.visible_to(ROWS.c.seller_id, ROWS.c.partnership_id, me, TODAY)
    found: list[sa.ColumnElement[bool]] = [seen, *_facets(question), *_months(question)]
    if question.category is not None:
        found.append(ROWS.c.category == question.category)
    if question.most_pence is not None:
        found.append(ROWS.c.price_pence <= question.most_pence)
    if shape.place is not None:
        found += _place(question, shape.place, by_cells)
    return [*found, *_news(shape)]


def _news(shape: Shape) -> Conditions:
    if shape.only is not None:
        return [ROWS.c.listing_id == shape.only]
    return [ROWS.c.listing_id.in_(NEW)] if shape.is_news else []


def _facets(question: Question) -> Conditions:
    members = [one for one in (question.way, question.sought, question.phase) if one is not None]
    wanted = kinds.bits(*members)
    wanted |= kinds.TRIAL if question.trial else 0
    wanted |= kinds.VERIFIED if question.verified else 0
    wanted |= kinds.MEMBERS if question.members else 0
    return [_has_all(ROWS.c.facets, wanted)] if wanted else []


def _has_all(column: sa.ColumnElement[int], bits: int) -> sa.ColumnElement[bool]:
    """Never more than the bits, so not less is all of them; PostgreSQL believes that few rows are equal."""
    return column.bitwise_and(bits) >= bits


def _months(question: Question) -> Conditions:
    """So many units left in every month of a time; one when nobody says how many."""
    first = question.first_month or question.last_month
    if first is None:
        return []
    some = months.wanted(first, question.last_month or first)
    asked = months.asked(some)
    free = _has_all(ROWS.c.free_months, asked)
    if question.units is None or question.units <= 1:
        return [free]
    least = f"{question.units:0{months.DIGITS}d}"
    return [free, *(_left_in(one) >= least for one in some)]


def _left_in(month: date) -> sa.ColumnElement[str]:
    begins = months.place(month) * months.DIGITS + 1
    return sa.func.substr(ROWS.c.left_by_month, begins, months.DIGITS)


def _place(question: Question, place: Place, by_cells: bool) -> Conditions:
    """Offered at a place, or sold within some miles of it; nothing when it only orders what is found."""
    if question.miles is not None:
        if place.point is None:
            return [sa.false()]
        length = grid.in_metres(question.miles)
        return within(place.point, length) if by_cells else [_is_within(place.point, length)]
    if question.near is Near.SERVES:
        return [_serves(place)]
    return []


def _serves(place: Place) -> sa.ColumnElement[bool]:
    ways: list[Any] = [ROWS.c.serves_england]
    if place.authority_code:
        ways.append(ROWS.c.authorities.contains(f",{place.authority_code},", autoescape=True))
    if place.point:
        square = _square(place.point.easting, place.point.northing)
        ways.append(square <= ROWS.c.reach_metres * ROWS.c.reach_metres)
    return sa.or_(*ways)


def within(point: Point, length: int) -> Conditions:
    """The seller is no farther from a point: in one of the cells around it, and then by the metre."""
    return [one_of(ROWS.c.cell, grid.cells(point, length)), _is_within(point, length)]


def _is_within(point: Point, length: int) -> sa.ColumnElement[bool]:
    return _square(point.easting, point.northing) <= length * length


def _square(easting: Any, northing: Any) -> sa.ColumnElement[Any]:
    """The square of the distance in metres from a place, given now or when a statement is carried out."""
    east: sa.ColumnElement[Any] = ROWS.c.easting - easting
    north: sa.ColumnElement[Any] = ROWS.c.northing - northing
    return east * east + north * north


def _given(name: str) -> Any:
    return sa.bindparam(name, type_=sa.BigInteger())


IN_A_RING: Conditions = (
    one_of(ROWS.c.cell, "cells"),
    _square(_given("east"), _given("north")) <= _given("square"),
)
"""The seller is within a ring, which is given when a statement is carried out."""


def ring(point: Point, length: int) -> dict[str, Any]:
    """A ring around a place, as IN_A_RING takes it."""
    cells = grid.cells(point, length)
    return {"cells": cells, "east": point.easting, "north": point.northing, "square": length * length}
