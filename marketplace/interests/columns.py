"""The columns of an uploaded register: their headings, and what a row of text says. No session, no web."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.interests.kinds import INTEREST_WORDS, POST_WORDS, InterestKind, Post
from marketplace.kernel import corrections
from marketplace.kernel.corrections import MONTHS, Values, day_of, places_of, plain, rows_under
from marketplace.kernel.errors import Refused
from marketplace.kernel.fields import UNPRINTABLE

EARLIEST, LATEST = 1900, 2100
HEADINGS = {
    "name": "Name",
    "email": "Email",
    "post": "Post",
    "post_starts_on": "In post since",
    "post_ends_on": "In post until",
    "born": "Month of birth",
    "kind": "Interest",
    "body_name": "Organisation",
    "identifier": "Company number",
    "nature": "Nature",
    "starts_on": "From",
    "ends_on": "To",
    "declared_on": "Declared on",
}
"""Every column and its heading in the file that people get as an example."""
REQUIRED = ("name", "post", "kind", "body_name")
OTHER_HEADINGS = {
    "name": ("person", "full name", "name of person"),
    "email": ("email address", "account"),
    "post": ("role", "position", "category"),
    "post_starts_on": ("appointed", "date of appointment", "appointed on", "start of post"),
    "post_ends_on": ("stepped down", "date stepped down", "end of post"),
    "born": ("born", "birth", "date of birth"),
    "kind": ("type of interest", "kind of interest", "kind", "type"),
    "body_name": (
        "company",
        "business",
        "organisation or company",
        "name of organisation",
        "name of business",
    ),
    "identifier": ("number", "companies house number", "urn", "identifier", "organisation number"),
    "nature": ("nature of interest", "details", "description"),
    "starts_on": ("start", "start date", "since", "date from", "interest from"),
    "ends_on": ("end", "end date", "until", "date to", "interest to"),
    "declared_on": ("date declared", "declared"),
}
LONGEST = {"name": 200, "body_name": 200, "nature": 300, "identifier": 20, "email": 254}
POSTS: dict[str, Post] = {
    **{words.casefold(): post for post, words in POST_WORDS.items()},
    **{post.value: post for post in Post},
    **dict.fromkeys(("trust member", "founding member"), Post.MEMBER),
    **dict.fromkeys(("director", "trust director", "board member", "non executive director"), Post.TRUSTEE),
    **dict.fromkeys(
        (
            "chair",
            "vice chair",
            "chair of the board",
            *(f"{part} of trustees" for part in ("chair", "vice chair", "chairman", "chairwoman")),
        ),
        Post.TRUSTEE,
    ),
    **dict.fromkeys(
        (
            *(
                f"{kind} governor"
                for kind in ("parent", "staff", "co opted", "community", "foundation", "school")
            ),
            "governor",
            "chair of governors",
            "vice chair of governors",
            "local governing body",
            "local board member",
            "academy councillor",
        ),
        Post.GOVERNOR,
    ),
    **dict.fromkeys(("chief executive", "chief executive officer", "ceo"), Post.ACCOUNTING_OFFICER),
    **dict.fromkeys(
        (
            *("head teacher", "headteacher", "head", "executive head teacher", "executive headteacher"),
            *("principal", "deputy head teacher", "deputy headteacher", "senior leader", "senior employee"),
            *("chief financial officer", "cfo", "finance director", "chief operating officer", "coo"),
            *("school business manager", "business manager", "senior leadership team", "staff"),
        ),
        Post.SENIOR_STAFF,
    ),
}
"""What people write for a post. A headteacher is senior staff; who is the accounting officer says that."""
KINDS: dict[str, InterestKind] = {
    **{words.casefold(): kind for kind, words in INTEREST_WORDS.items()},
    **{kind.value: kind for kind in InterestKind},
    **dict.fromkeys(
        (
            "director",
            "directorship",
            "company director",
            "partnership",
            "partner",
            "business partner",
            "owner",
        ),
        InterestKind.DIRECTORSHIP,
    ),
    **dict.fromkeys(("trustee", "charity trustee"), InterestKind.TRUSTEESHIP),
    **dict.fromkeys(("governor", "school governor", "governance role elsewhere"), InterestKind.GOVERNORSHIP),
    **dict.fromkeys(("shares", "shareholder", "shareholdings"), InterestKind.SHAREHOLDING),
    **dict.fromkeys(("employee", "employed", "job", "paid employment"), InterestKind.EMPLOYMENT),
    **dict.fromkeys(("family", "family member", "relative", "relationship", "spouse"), InterestKind.FAMILY),
    **dict.fromkeys(("local authority", "councillor", "council", "local councillor"), InterestKind.AUTHORITY),
}
MONTH = re.compile(r"(?:[0-9]{1,2}/)?([0-9]{1,2})/([0-9]{4})|([0-9]{4})-([0-9]{1,2})(?:-[0-9]{1,2})?")


@dataclass(frozen=True)
class Line(corrections.Line):
    """One row of a register: a person and, when `kind` is given, an interest; `faults` by column."""

    @property
    def has_interest(self) -> bool:
        """Whether it declares something; a row may name a person alone."""
        return bool(self.values.get("kind") or self.values.get("body_name"))

    def told(self) -> list[str]:
        """Each fault as "Row 3, Company number: Enter ..."."""
        return self.told_by(HEADINGS)


def columns_of(headings: Sequence[str]) -> dict[int, str]:
    """Which place of a row holds which column; Refused, naming them, when a needed one is missing."""
    known = {plain(words): column for column, words in HEADINGS.items()}
    for column, others in OTHER_HEADINGS.items():
        known |= dict.fromkeys(others, column)
    found = places_of(headings, known)
    missing = [HEADINGS[column] for column in REQUIRED if column not in found.values()]
    if missing:
        raise Refused(
            f"The first row must name the columns; these are missing: {', '.join(missing)}", field="file"
        )
    return found


def unused(headings: Sequence[str]) -> list[str]:
    """The headings that name no column, or one that an earlier heading names."""
    places = columns_of(headings)
    return [words.strip() for place, words in enumerate(headings) if place not in places and words.strip()]


def lines(rows: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """The rows under the headings that are not empty: {"number": 2, "values": {column: text}}."""
    return rows_under(rows, columns_of(rows[0]) if rows else {})


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
    line = Line(number, values, read, faults)
    for starts, ends in (("post_starts_on", "post_ends_on"), ("starts_on", "ends_on")):
        if read.get(starts) and read.get(ends) and read[ends] < read[starts]:
            faults[ends] = "The end must not be before the start"
    if line.has_interest:
        for column, sentence in (
            ("kind", "Say what the interest is"),
            ("body_name", "Enter the organisation"),
        ):
            if not values.get(column):
                faults.setdefault(column, sentence)
    return Line(number, values, read, {column: faults[column] for column in HEADINGS if column in faults})


def _read(column: str, text: str) -> Any:
    if UNPRINTABLE.search(text) or "\n" in text:
        raise ValueError("Write this on one line, without characters that cannot be printed")
    if len(text) > LONGEST.get(column, 100):
        raise ValueError(f"Use {LONGEST.get(column, 100)} characters or fewer")
    if not text:
        if column in {"name", "post"}:
            raise ValueError(f"Enter the {'name' if column == 'name' else 'post'}")
        return None
    return READERS.get(column, str)(text)


def _post(text: str) -> Post:
    found = POSTS.get(plain(text))
    if found is None:
        raise ValueError(f"Use one of: {', '.join(POST_WORDS.values())}")
    return found


def _kind(text: str) -> InterestKind:
    found = KINDS.get(text.casefold().strip()) or KINDS.get(plain(text))
    if found is None:
        raise ValueError(f"Use one of: {', '.join(INTEREST_WORDS.values())}")
    return found


def _day(text: str) -> date:
    return day_of(text, EARLIEST, LATEST)


def _month(text: str) -> tuple[int, int]:
    """05/1970 or 1970-05, as (year, month); of a whole date only these are kept."""
    match = MONTH.fullmatch(text)
    if match is None:
        raise ValueError("Enter a month and a year, like 05/1970")
    month, year = (match[1], match[2]) if match[1] else (match[4], match[3])
    if not 1 <= int(month) <= max(MONTHS.values()) or not EARLIEST <= int(year) <= LATEST:
        raise ValueError("Enter a month and a year, like 05/1970")
    return int(year), int(month)


def _email(text: str) -> str:
    if "@" not in text:
        raise ValueError("Enter an email address like name@example.com")
    return text.lower()


READERS: dict[str, Callable[[str], Any]] = {
    "post": _post,
    "kind": _kind,
    "post_starts_on": _day,
    "post_ends_on": _day,
    "starts_on": _day,
    "ends_on": _day,
    "declared_on": _day,
    "born": _month,
    "email": _email,
}
