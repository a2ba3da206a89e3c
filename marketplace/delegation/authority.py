"""Who of an organisation's people may approve something now, in their own name or for somebody away. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.delegation.rules import Row, Ruling
from marketplace.trusts.kinds import Role


@dataclass(frozen=True)
class Colleague:
    """A person of the organisation and their roles there."""

    person_id: uuid.UUID
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Absence:
    """Somebody is away until a London date (that day too), and somebody else stands in for them."""

    absent_id: uuid.UUID
    stand_in_id: uuid.UUID
    until_on: date


@dataclass(frozen=True)
class Authority:
    """A person who may approve, by which row; for somebody away when `absent_name` is given."""

    person_id: uuid.UUID
    name: str
    row: Row
    absent_id: uuid.UUID | None = None
    absent_name: str = ""
    until_on: date | None = None

    @property
    def whose_id(self) -> uuid.UUID:
        """Whose limit it is: one limit approves once."""
        return self.absent_id or self.person_id


def authorities(
    ruling: Ruling,
    colleagues: Sequence[Colleague],
    absences: Iterable[Absence] = (),
    asked_by: Collection[uuid.UUID] = (),
    used: Collection[uuid.UUID] = (),
) -> list[Authority]:
    """Who may approve: nobody what they had a hand in (`asked_by`), nor twice (`used`).

    A stand-in has the limit of who is away and no more: what a stand-in stands in for is no limit of theirs
    to hand on, and nobody approves for an absent person what that person asked for.
    """
    barred = {*asked_by, *used}
    own = {one.person_id: row for one in colleagues if (row := _row(ruling, one)) is not None}
    named = {one.person_id: one for one in colleagues}
    found = [Authority(key, named[key].name, row) for key, row in own.items() if key not in barred]
    have = {one.person_id for one in found}
    for absence in absences:
        if absence.stand_in_id in have | barred or absence.absent_id in barred:
            continue
        if absence.absent_id in own and absence.stand_in_id in named:
            found.append(_for_absent(absence, own[absence.absent_id], named))
            have.add(absence.stand_in_id)
    return sorted(found, key=lambda one: (one.name, str(one.person_id)))


def has_authority(
    ruling: Ruling, colleagues: Sequence[Colleague], person_id: uuid.UUID, whose_id: uuid.UUID
) -> bool:
    """Whether a person is still there, and a row still lets whose limit they used approve.

    The days of a stand-in may be over: the limit was theirs to use when they used it.
    """
    named = {one.person_id: one for one in colleagues}
    return person_id in named and whose_id in named and _row(ruling, named[whose_id]) is not None


def _for_absent(absence: Absence, row: Row, named: dict[uuid.UUID, Colleague]) -> Authority:
    return Authority(
        person_id=absence.stand_in_id,
        name=named[absence.stand_in_id].name,
        row=row,
        absent_id=absence.absent_id,
        absent_name=named[absence.absent_id].name,
        until_on=absence.until_on,
    )


def _row(ruling: Ruling, colleague: Colleague) -> Row | None:
    """The lowest row by which somebody may approve."""
    found: Row | None = None
    for row in ruling.may:
        is_theirs = row.person_id == colleague.person_id or row.role in colleague.roles
        if is_theirs and (found is None or not found.is_within(row)):
            found = row
    return found
