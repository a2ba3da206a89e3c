"""The words of waiting and of rules. Pure."""

from __future__ import annotations

import enum


class WaitingState(enum.Enum):
    """waiting <-> offered -> ordered, declined or lapsed; paused with its listing; left or closed."""

    WAITING = "waiting"
    OFFERED = "offered"
    PAUSED = "paused"
    ORDERED = "ordered"
    DECLINED = "declined"
    LAPSED = "lapsed"
    LEFT = "left"
    CLOSED = "closed"


LIVE = (WaitingState.WAITING, WaitingState.OFFERED, WaitingState.PAUSED)
"""Who still waits for something."""
IN_LINE = (WaitingState.WAITING, WaitingState.PAUSED)
"""Who has a place before or behind others."""
WAITING_WORDS = {
    WaitingState.WAITING: "Waiting",
    WaitingState.OFFERED: "Offered",
    WaitingState.PAUSED: "Paused",
    WaitingState.ORDERED: "Ordered",
    WaitingState.DECLINED: "Declined",
    WaitingState.LAPSED: "Lapsed",
    WaitingState.LEFT: "Left",
    WaitingState.CLOSED: "Closed",
}
WAITING_COLOURS = {
    WaitingState.WAITING: "blue",
    WaitingState.OFFERED: "green",
    WaitingState.PAUSED: "yellow",
    WaitingState.ORDERED: "grey",
    WaitingState.DECLINED: "grey",
    WaitingState.LAPSED: "grey",
    WaitingState.LEFT: "grey",
    WaitingState.CLOSED: "grey",
}
ANSWER_WORKING_DAYS = 5
"""So long units are held for whoever waited for them."""


class RuleKind(enum.Enum):
    """How a rule comes to the units of a month."""

    EACH_DAY = "each-day"
    EACH_MONTH = "each-month"


RULE_WORDS = {
    RuleKind.EACH_DAY: "So many on certain days of the week",
    RuleKind.EACH_MONTH: "The same in each month",
}


class Weekday(enum.Enum):
    """The days of the week, as date.weekday() counts them."""

    MONDAY = "0"
    TUESDAY = "1"
    WEDNESDAY = "2"
    THURSDAY = "3"
    FRIDAY = "4"
    SATURDAY = "5"
    SUNDAY = "6"


WEEKDAY_WORDS = {day: day.name.capitalize() for day in Weekday}


class MonthName(enum.Enum):
    """The months that a rule can leave out."""

    JANUARY = "1"
    FEBRUARY = "2"
    MARCH = "3"
    APRIL = "4"
    MAY = "5"
    JUNE = "6"
    JULY = "7"
    AUGUST = "8"
    SEPTEMBER = "9"
    OCTOBER = "10"
    NOVEMBER = "11"
    DECEMBER = "12"


MONTH_WORDS = {month: month.name.capitalize() for month in MonthName}
