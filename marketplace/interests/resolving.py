"""Which organisation people mean by a name and perhaps a number."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests.kinds import body_key, company_number
from marketplace.trusts.models import Organisation

AT_ONCE = 500
UNKNOWN = "Enter a company number of 8 characters, or the URN, UKPRN, UID or group ID of a school or trust"
IDENTIFIERS = (Organisation.urn, Organisation.group_uid, Organisation.group_id, Organisation.ukprn)
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Meant:
    """An organisation as an interest keeps it; `fault` says why its number names none."""

    name: str
    organisation_id: uuid.UUID | None = None
    number: str | None = None
    fault: str | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of an Interest."""
        return {
            "body_id": self.organisation_id,
            "body_name": self.name,
            "body_key": body_key(self.name),
            "company_number": self.number,
        }


def resolve(session: Session, wanted: Sequence[tuple[str, str]]) -> list[Meant]:
    """For each (name, number) the organisation of the register, else the firm with that number or name.

    A number counts before a name; a name counts alone when one organisation has exactly it.
    """
    numbers = {_compact(number) for _, number in wanted if number}
    by_number = _by_number(session, numbers)
    by_name = _by_name(session, {name.casefold() for name, number in wanted if not number})
    return [_meant(name, _compact(number), by_number, by_name) for name, number in wanted]


def _meant(name: str, number: str, by_number: dict[str, Any], by_name: dict[str, list[Any]]) -> Meant:
    if not number:
        same = by_name.get(name.casefold(), [])
        return _registered(name, same[0]) if len(same) == 1 else Meant(name)
    padded = company_number(number)
    found = by_number.get(number) or by_number.get(padded or "")
    if found is not None:
        return _registered(name, found)
    return Meant(name, number=padded, fault=None if padded else UNKNOWN)


def _registered(name: str, row: Any) -> Meant:
    return Meant(name, row.id, row.company_number)


def _by_number(session: Session, numbers: Collection[str]) -> dict[str, Any]:
    """Organisations by each identifier that was given."""
    found: dict[str, Any] = {}
    padded = {number for given in numbers if (number := company_number(given))}
    for column, values in ((Organisation.company_number, padded), *((one, numbers) for one in IDENTIFIERS)):
        for some in _some(values):
            for row in session.execute(_organisations(column).where(column.in_(some))):
                found[row.given] = row
    return found


def _by_name(session: Session, names: Collection[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    lowered = sa.func.lower(Organisation.name)
    for some in _some(names):
        for row in session.execute(_organisations(lowered).where(lowered.in_(some))):
            found[row.given].append(row)
    return found


def _organisations(column: Any) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (Organisation.id, Organisation.company_number, column.label("given"))
    return sa.select(*columns).order_by(Organisation.id.desc())


def _some(values: Collection[str]) -> Iterator[list[str]]:
    ordered = iter(sorted(values))
    while some := list(islice(ordered, AT_ONCE)):
        yield some


def _compact(number: str) -> str:
    return SPACES.sub("", number).upper()
