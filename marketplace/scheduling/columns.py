"""The columns of an uploaded table of capacity: their headings, and what a row of text says. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from marketplace.catalogue.availability import Span, months
from marketplace.kernel.corrections import ISO, Line, Values, day_of, month_number, places_of, plain

EARLIEST, LATEST = 2000, 2100
MOST_UNITS = 100_000
LONGEST = 200
HEADINGS = {
    "listing": "Listing",
    "month": "Month",
    "starts_on": "From",
    "ends_on": "To",
    "units": "Units",
}
"""Every column and its heading in the file that people get as an example."""
OTHER_HEADINGS = {
    "listing": ("service", "title", "name", "listing title", "listing identifier", "identifier", "id"),
    "month": ("month and year", "period month", "in month"),
    "starts_on": ("start", "starts", "start date", "first day", "date from", "period start"),
    "ends_on": ("end", "ends", "end date", "last day", "until", "date to", "period end"),
    "units": (
        "capacity",
        "quantity",
        "number",
        "amount",
        *("hours", "days", "places", "schools", "pupils", "licences"),
        *("hour", "day", "place", "school", "pupil", "licence"),
        *("hours offered", "days offered", "places offered", "units offered"),
    ),
}
KNOWN = {
    **{plain(words): column for column, words in HEADINGS.items()},
    **{words: column for column, others in OTHER_HEADINGS.items() for words in others},
}
MONTH = re.compile(r"(?:[0-9]{1,2}/)?([0-9]{1,2}|[A-Za-z]{3,9})[/.\- ]([0-9]{4})|([0-9]{4})-([0-9]{1,2})")
WHOLE = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2}")


def recognised(headings: Sequence[str]) -> dict[int, str]:
    """Which place of a row holds which column, as far as the headings tell."""
    return places_of(headings, KNOWN)


def unmatched(headings: Sequence[str], places: Mapping[int, str]) -> list[int]:
    """The places whose heading tells nothing, for a person to match."""
    return [place for place, words in enumerate(headings) if words.strip() and place not in places]


def lacking(columns: Sequence[str], *, needs_listing: bool) -> str | None:
    """What no column holds though it is needed, as a sentence; None when nothing lacks."""
    if len(set(columns)) < len(columns):
        twice = next(HEADINGS[column] for column in columns if list(columns).count(column) > 1)
        return f"Only one column can be {twice}"
    missing = [] if "units" in columns else ["the units"]
    if "month" not in columns and not {"starts_on", "ends_on"} <= set(columns):
        missing.append("the month, or the first and the last day")
    if needs_listing and "listing" not in columns:
        missing.append("the listing")
    return f"Say which column holds {' and '.join(missing)}" if missing else None


def read_line(number: int, values: Values) -> Line:
    """What a row says, with a sentence for each column that cannot be read."""
    read: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for column in HEADINGS:
        text = values.get(column, "")
        try:
            read[column] = _read(column, text)
        except ValueError as error:
            faults[column] = str(error)
    _check_time(values, read, faults)
    return Line(number, values, read, {column: faults[column] for column in HEADINGS if column in faults})


def span_of(line: Line) -> Span | None:
    """The time that a row names: a month, or from one day to another; None where it is at fault."""
    month, first, last = (line.read.get(name) for name in ("month", "starts_on", "ends_on"))
    if month is not None:
        return months(month, month)[0]
    return (first, last) if first and last else None


def _check_time(values: Values, read: Mapping[str, Any], faults: dict[str, str]) -> None:
    has_days = bool(values.get("starts_on") or values.get("ends_on"))
    if values.get("month") and has_days:
        faults.setdefault("month", "Give either a month or two days, not both")
    if not values.get("month") and not has_days:
        faults.setdefault("month", "Enter a month, like 09/2027, or a first and a last day")
    for column, words in (("starts_on", "first"), ("ends_on", "last")):
        if has_days and not values.get(column):
            faults.setdefault(column, f"Enter the {words} day too")
    first, last = read.get("starts_on"), read.get("ends_on")
    if first and last and last < first:
        faults.setdefault("ends_on", "The last day must not be before the first")


def _read(column: str, text: str) -> Any:
    if len(text) > LONGEST:
        raise ValueError(f"Use {LONGEST} characters or fewer")
    if column == "units":
        return _units(text)
    return READERS[column](text) if text else None


def _units(text: str) -> int:
    if not WHOLE.fullmatch(text) or int(text.replace(",", "")) > MOST_UNITS:
        raise ValueError(f"Enter a whole number from 0 to {MOST_UNITS:,}")
    return int(text.replace(",", ""))


def _month(text: str) -> date:
    """09/2027, 2027-09, Sep 2027, September 2027; of a whole date its month."""
    match, whole = MONTH.fullmatch(text), ISO.fullmatch(text)
    if match is not None:
        year, month = (match[2], match[1]) if match[2] else (match[3], match[4])
    elif whole is not None:
        year, month = whole[1], whole[2]
    else:
        raise ValueError("Enter a month and a year, like 09/2027")
    number = month_number(month)
    if not 1 <= number <= 12 or not EARLIEST <= int(year) <= LATEST:  # noqa: PLR2004  months of a year
        raise ValueError("Enter a month and a year, like 09/2027")
    return date(int(year), number, 1)


def _day(text: str) -> date:
    return day_of(text, EARLIEST, LATEST)


READERS: dict[str, Callable[[str], Any]] = {
    "listing": str,
    "month": _month,
    "starts_on": _day,
    "ends_on": _day,
}
