"""The filters of a search as conditions on search_rows; those who may see a row are among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from marketplace.finding import grid, kinds, months
from marketplace.finding.asking import Asked
from marketplace.finding.grid import Point
from marketplace.finding.kinds import Near
from marketplace.finding.models import SearchRow
from marketplace.finding.places import Place
from marketplace.finding.question import Question
from marketplace.kernel import clock
from marketplace.trusts import access

Conditions = Sequence[sa.ColumnElement[bool]]


def of(asked: Asked) -> Conditions:
    """Everything that a row must be, for whoever asks."""
    question, today = asked.question, clock.today()
    seen = access.visible(SearchRow.seller_id, SearchRow.partnership_id, asked.actor, today)
    found: list[sa.ColumnElement[bool]] = [seen, *_facets(question), *_months(question)]
    if question.category is not None:
        found.append(SearchRow.category == question.category)
    if question.most_pence is not None:
        found.append(SearchRow.price_pence <= question.most_pence)
    if asked.place is not None:
        found += _place(question, asked.place)
    return [*found, *_news(asked)]


def _news(asked: Asked) -> Conditions:
    if asked.only is not None:
        return [SearchRow.listing_id == asked.only]
    return [] if asked.newer_than is None else [SearchRow.id < asked.newer_than]


def _facets(question: Question) -> Conditions:
    members = [one for one in (question.way, question.sought, question.phase) if one is not None]
    wanted = kinds.bits(*members)
    wanted |= kinds.TRIAL if question.trial else 0
    wanted |= kinds.VERIFIED if question.verified else 0
    wanted |= kinds.MEMBERS if question.members else 0
    return [SearchRow.facets.bitwise_and(wanted) == wanted] if wanted else []


def _months(question: Question) -> Conditions:
    """So many units left in every month of a time; one when nobody says how many."""
    first = question.first_month or question.last_month
    if first is None:
        return []
    some = months.wanted(first, question.last_month or first)
    asked = months.asked(some)
    free = SearchRow.free_months.bitwise_and(asked) == asked
    if question.units is None or question.units <= 1:
        return [free]
    least = f"{question.units:0{months.DIGITS}d}"
    return [free, *(_left_in(one) >= least for one in some)]


def _left_in(month: date) -> sa.ColumnElement[str]:
    begins = months.place(month) * months.DIGITS + 1
    return sa.func.substr(SearchRow.left_by_month, begins, months.DIGITS)


def _place(question: Question, place: Place) -> Conditions:
    """Offered at a place, or sold within some miles of it; nothing when it only orders what is found."""
    if question.miles is not None:
        if place.point is None:
            return [sa.false()]
        return within(place.point, grid.in_metres(question.miles))
    if question.near is Near.SERVES or question.place:
        return [_serves(place)]
    return []


def _serves(place: Place) -> sa.ColumnElement[bool]:
    ways: list[Any] = [SearchRow.serves_england]
    if place.authority_code:
        ways.append(SearchRow.authorities.contains(f",{place.authority_code},", autoescape=True))
    if place.point:
        ways.append(_square(place.point) <= SearchRow.reach_metres * SearchRow.reach_metres)
    return sa.or_(*ways)


def within(point: Point, length: int) -> Conditions:
    """The seller is no farther from a point: in one of the cells around it, and then by the metre."""
    near = SearchRow.cell.in_(grid.cells(point, length))
    return [near, _square(point) <= length * length]


def _square(point: Point) -> sa.ColumnElement[Any]:
    """The square of the distance in metres."""
    east, north = SearchRow.easting - point.easting, SearchRow.northing - point.northing
    return east * east + north * north
