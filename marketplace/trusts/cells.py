"""One row of a register file: each cell read by the rule of its kind. Pure.

The register says nothing in many ways ("Not recorded"), writes dates in two, and loses leading zeros.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.kernel import clock
from marketplace.trusts.kinds import OrganisationKind, OrganisationState

NONE_WORDS = {"", "..", "not recorded", "not-applicable", "not applicable", "not collected"}
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffd\ud800-\udfff]")
DATE = re.compile(r"([0-9]{1,2})([-/])([0-9]{1,2})\2([0-9]{4})")
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9O])([A-Z]{2})")
MOST_PUPILS = 100_000
EASTERNMOST = 700_000
NORTHERNMOST = 1_300_000
FIRST_YEAR = 1800
YEARS_AHEAD = 10

GROUP_KINDS = {
    "federation": OrganisationKind.FEDERATION,
    "trust": OrganisationKind.AUTHORITY_TRUST,
    "school sponsor": OrganisationKind.SPONSOR,
    "multi-academy trust": OrganisationKind.MULTI_ACADEMY_TRUST,
    "single-academy trust": OrganisationKind.SINGLE_ACADEMY_TRUST,
    "secure single-academy trust": OrganisationKind.SINGLE_ACADEMY_TRUST,
    "umbrella trust": OrganisationKind.UMBRELLA_TRUST,
}
GROUP_CODES = {
    "1": OrganisationKind.FEDERATION,
    "2": OrganisationKind.AUTHORITY_TRUST,
    "5": OrganisationKind.SPONSOR,
    "6": OrganisationKind.MULTI_ACADEMY_TRUST,
    "10": OrganisationKind.SINGLE_ACADEMY_TRUST,
}
STATES = {
    "open": OrganisationState.OPEN,
    "open, but proposed to close": OrganisationState.OPEN,
    "closed": OrganisationState.CLOSED,
}


class WrongCell(Exception):
    """A cell breaks a rule; carries the column and the reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column, self.reason = column, reason


@dataclass
class Cells:
    """One row by its column names, and the checks of single cells."""

    values: Mapping[str, str]

    def text(self, column: str, longest: int = 200) -> str | None:
        """The words of a cell, tidied; None for the register's ways to say nothing."""
        plain = self.values.get(column, "")
        if UNPRINTABLE.search(plain):
            raise WrongCell(column, "has a character that cannot be read")
        plain = " ".join(plain.split())
        if len(plain) > longest:
            raise WrongCell(column, f"has more than {longest} characters")
        return None if plain.lower() in NONE_WORDS else plain

    def needed(self, column: str, longest: int = 200) -> str:
        """The words of a cell that must have some."""
        found = self.text(column, longest)
        if found is None:
            raise WrongCell(column, "is missing")
        return found

    def identifier(self, column: str, pattern: str, rule: str, *, needed: bool = False) -> str | None:
        """An identifier in capitals without spaces, when it keeps its rule."""
        found = self.needed(column) if needed else self.text(column)
        if found is None:
            return None
        plain = found.replace(" ", "").upper()
        if not re.fullmatch(pattern, plain):
            raise WrongCell(column, f"{quoted(found)} is not {rule}")
        return plain

    def urn(self, column: str = "URN") -> str:
        """Six digits; children's centres have five."""
        return str(self.identifier(column, "[0-9]{5,6}", "a URN of 5 or 6 digits", needed=True))

    def group_uid(self, column: str) -> str:
        """Four or five digits."""
        return str(self.identifier(column, "[0-9]{4,5}", "a group UID of 4 or 5 digits", needed=True))

    def company_number(self) -> str | None:
        """Eight characters; exports lose leading zeros, which are put back."""
        rule = "a company number: 8 digits, or 2 letters and 6 digits"
        found = self.identifier("Companies House Number", "[0-9]{4,8}|[A-Z]{2}[0-9]{6}", rule)
        return None if found is None else found.zfill(8)

    def ukprn(self) -> str | None:
        """Eight digits that begin with 1."""
        return self.identifier("UKPRN", "1[0-9]{7}", "a UKPRN: 8 digits beginning with 1")

    def authority_code(self, column: str = "LA (code)", *, needed: bool = False) -> str | None:
        """Three digits."""
        return self.identifier(column, "[0-9]{3}", "a local authority code of 3 digits", needed=needed)

    def day(self, column: str) -> date | None:
        """dd-mm-yyyy or dd/mm/yyyy, from 1800 to ten years from now."""
        found = self.text(column)
        if found is None:
            return None
        match = DATE.fullmatch(found)
        try:
            if match is None:
                raise ValueError(found)
            day = date(int(match[4]), int(match[3]), int(match[1]))
        except ValueError:
            raise WrongCell(
                column, f"{quoted(found)} is not a real date like 01-09-2016 or 01/09/2016"
            ) from None
        last = clock.today().year + YEARS_AHEAD
        if not FIRST_YEAR <= day.year <= last:
            raise WrongCell(column, f"{quoted(found)} is not in the years {FIRST_YEAR} to {last}")
        return day

    def pupils(self, column: str) -> int | None:
        """A count of pupils; thousands may have commas."""
        found = self.text(column)
        if found is None:
            return None
        plain = found.replace(",", "")
        if not re.fullmatch("[0-9]{1,6}", plain) or int(plain) > MOST_PUPILS:
            raise WrongCell(column, f"{quoted(found)} is not a number of pupils")
        return int(plain)

    def postcode(self, column: str) -> str | None:
        """A postcode with its space in the right place; a letter O typed for the nought is put right."""
        found = self.text(column)
        if found is None:
            return None
        match = POSTCODE.fullmatch(found.replace(" ", "").upper())
        if match is None:
            raise WrongCell(column, f"{quoted(found)} is not a postcode")
        return f"{match[1]} {match[2].replace('O', '0')}{match[3]}"

    def grid_place(self) -> dict[str, int | None]:
        """Metres east and north on the British National Grid; one without the other is no place."""
        place = {
            "easting": self.metres("Easting", EASTERNMOST),
            "northing": self.metres("Northing", NORTHERNMOST),
        }
        if (place["easting"] is None) != (place["northing"] is None):
            missing = "Easting" if place["easting"] is None else "Northing"
            raise WrongCell(missing, "is missing where the other is given")
        return place

    def metres(self, column: str, most: int) -> int | None:
        """Whole metres within the grid; the register writes 0 for a place that it does not know."""
        found = self.text(column)
        if found is None or found == "0":
            return None
        if not re.fullmatch("[0-9]{1,7}", found) or int(found) > most:
            raise WrongCell(column, f"{quoted(found)} is not a number of metres from 0 to {most:,}")
        return int(found)

    def lines(self, *columns: str) -> str | None:
        """Address lines as one."""
        found = [line for column in columns if (line := self.text(column)) is not None]
        return ", ".join(dict.fromkeys(found))[:500] or None

    def state(self, column: str) -> OrganisationState:
        """Open or closed; what is only proposed cannot act yet."""
        found = self.needed(column)
        if found.lower() not in STATES:
            raise WrongCell(column, f"{quoted(found)} is neither open nor closed")
        return STATES[found.lower()]

    def group_kind(self) -> OrganisationKind:
        """By the name of the group's type; the code, when there is one, must agree ("06" is 6)."""
        name, code = self.text("Group Type"), (self.text("Group Type (code)") or "").lstrip("0")
        if name is not None and name.lower() not in GROUP_KINDS:
            raise WrongCell("Group Type", f"{quoted(name)} is not a kind of group that buys or is linked to")
        by_code = GROUP_CODES.get(code)
        by_name = GROUP_KINDS[name.lower()] if name is not None else by_code
        if by_name is None:
            raise WrongCell("Group Type", "is missing")
        if by_code is not None and by_code is not by_name:
            raise WrongCell("Group Type (code)", f"{quoted(code)} does not mean {name}")
        return by_name


def quoted(found: str) -> str:
    """The cell as a reason quotes it."""
    return repr(found if len(found) <= 40 else f"{found[:40]}...")  # noqa: PLR2004  enough to find it
