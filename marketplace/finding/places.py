"""The place that somebody typed, found among the organisations of the schools register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import homes, place_names
from marketplace.finding.grid import Point
from marketplace.finding.place_names import AUTHORITY_ENDS, IN_THE_REGISTER
from marketplace.kernel.errors import Refused
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation

POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)(?:([0-9][A-Z]{2}))?")
MOST_WORDS = 8
LONGEST = 202
"""Characters of a town, a comma and an authority; the names of organisations are shorter."""
SMALL_WORDS = frozenset({"and", "by", "in", "le", "on", "of", "the", "under", "upon", "with"})


@dataclass(frozen=True)
class Place:
    """A place by its words, the code of its local authority, and where it is."""

    label: str
    authority_code: str | None
    point: Point | None


class UnknownPlace(Refused):
    """Nothing in the register is called so; `meant` are places that it knows and that are spelt alike."""

    code = "unknown-place"

    def __init__(self, sentence: str, meant: Sequence[str] = ()) -> None:
        asked = f" Did you mean {' or '.join(meant)}?" if meant else ""
        super().__init__(f"{sentence}{asked}", field="place")
        self.meant = tuple(meant)


def find(session: Session, typed: str, actor: Actor | None) -> Place:
    """The postcode, town, authority, school or trust that was typed; the actor's own trust when nothing was.

    What is found can be typed as its label has it. UnknownPlace when there is none, or nobody knows where.
    """
    plain = " ".join(typed.split())
    if not plain or (actor and plain == actor.organisation_name):
        return _own(session, actor)
    found = _by_postcode(session, plain) or _by_name(session, plain)
    if found is None:
        raise UnknownPlace(
            f"The schools register has no postcode, town, school or local authority called {plain[:60]}.",
            _meant(session, plain),
        )
    return found


def _own(session: Session, actor: Actor | None) -> Place:
    if actor is None:
        raise UnknownPlace("Enter a postcode, town, school or local authority.")
    own = session.get_one(Organisation, actor.organisation_id)
    point = homes.of(session, [own.id]).get(own.id)
    if point is None and own.authority_code is None:
        raise UnknownPlace(
            f"The schools register does not say where {own.name} is. "
            "Enter a postcode, town, school or local authority."
        )
    return Place(own.name, own.authority_code, point)


def _meant(session: Session, plain: str) -> list[str]:
    """Places spelt alike; one typed with its authority keeps that, when the register has it there."""
    town, comma, authority = plain.partition(",")
    names = place_names.meant(session, town)
    whole = [f"{name},{authority}" for name in names if comma]
    return [one for one in whole if _town_of(session, one)] or names


def _by_postcode(session: Session, plain: str) -> Place | None:
    typed, _, _ = plain.partition(",")
    match = POSTCODE.fullmatch(typed.upper().replace(" ", ""))
    if match is None:
        return None
    outward, inward = match.groups()
    exact = _middle(session, f"{outward} {inward}", _HAVING_POSTCODE, [f"{outward} {inward}"])
    if inward and exact is not None:
        return exact
    around = _middle_of(  # between finds them quickly; some languages sort as if spaces were none
        Organisation.postcode.between(f"{outward} 0", f"{outward} 9ZZ"),
        Organisation.postcode.startswith(f"{outward} "),
    )
    return _middle(session, f"{outward} {inward}" if inward else outward, around)


def _by_name(session: Session, plain: str) -> Place | None:
    """By the names as the register writes them, the widest meaning last."""
    written = _ways_to_write(plain)
    return (
        _middle(session, _titled(plain), _IN_TOWN, written)
        or _middle(session, None, _IN_AUTHORITY, _as_authority(written))
        or _organisation(session, Organisation.name.in_(written))
        or _town_of(session, plain)
        or _organisation(session, _has_every_word(plain))
    )


def _town_of(session: Session, plain: str) -> Place | None:
    """A town and its authority with a comma between, as labels have them; authorities may have one too."""
    for commas in (1, 2):
        town, *rest = plain.rsplit(",", commas)
        authority = ",".join(rest).strip()
        of = _as_authority(_ways_to_write(authority))
        found = _middle(session, _titled(town), _IN_TOWN_OF, _ways_to_write(town), of) if rest else None
        if found is not None:
            return found
    return None


def _has_every_word(plain: str) -> sa.ColumnElement[bool]:
    some = plain.split()[:MOST_WORDS]
    return sa.and_(*(Organisation.name.icontains(word, autoescape=True) for word in some))


def _middle_of(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The middle of all that answer to conditions, in the authority that most of them have.

    Two towns of one name are not mixed: the one in the authority with most schools counts.
    """
    of = Organisation.__table__.c
    return (
        sa.select(
            of.authority_code.label("code"),
            sa.func.min(of.authority_name).label("authority"),
            sa.func.avg(of.easting).label("easting"),
            sa.func.avg(of.northing).label("northing"),
        )
        .where(*conditions, *IN_THE_REGISTER)
        .group_by(of.authority_code)
        .order_by(sa.func.count().desc(), of.authority_code)
        .limit(1)
    )


_WRITTEN: Any = sa.bindparam("written", expanding=True, type_=sa.String())
_HAVING_POSTCODE = _middle_of(Organisation.__table__.c.postcode.in_(_WRITTEN))
_IN_TOWN = _middle_of(Organisation.__table__.c.town.in_(_WRITTEN))
_IN_TOWN_OF = _middle_of(
    Organisation.__table__.c.town.in_(_WRITTEN),
    Organisation.__table__.c.authority_name.in_(
        sa.bindparam("authorities", expanding=True, type_=sa.String())
    ),
)
_IN_AUTHORITY = _middle_of(Organisation.__table__.c.authority_name.in_(_WRITTEN))


def _middle(
    session: Session,
    label: str | None,
    statement: sa.Select[Any],
    written: Sequence[str] = (),
    authorities: Sequence[str] = (),
) -> Place | None:
    """The one place that a statement finds, by a label and its authority, or by that alone."""
    given = {"written": written, "authorities": authorities}
    row = session.execute(statement, {name: some for name, some in given.items() if some}).one_or_none()
    if row is None:
        return None
    label = label or row.authority
    point = None if row.easting is None else Point(round(row.easting), round(row.northing))
    is_more = row.authority and row.authority.lower() != label.lower()
    return Place(f"{label}, {row.authority}" if is_more else label, row.code, point)


def _organisation(session: Session, condition: sa.ColumnElement[bool]) -> Place | None:
    """The first by name that is open, and whose place is known when there is one such."""
    statement = (
        sa.select(Organisation)
        .where(condition, *IN_THE_REGISTER)
        .order_by(Organisation.easting.is_(None), Organisation.name, Organisation.id)
    )
    found = session.scalars(statement.limit(1)).one_or_none()
    if found is None:
        return None
    point = _point(found) or homes.of(session, [found.id]).get(found.id)
    return Place(found.name, found.authority_code, point)


def _point(found: Organisation) -> Point | None:
    if found.easting is None or found.northing is None:
        return None
    return Point(found.easting, found.northing)


def _ways_to_write(plain: str) -> list[str]:
    """With capitals, hyphens, apostrophes and full stops as the register may have them."""
    said = plain.replace("\u2019", "'").replace(".", "")
    marked = (plain, said, said.replace(" ", "-"), said.replace("-", " "))
    return list(dict.fromkeys(way for one in marked for way in (one, _titled(one), one.upper(), one.title())))


def _as_authority(written: Sequence[str]) -> list[str]:
    return [f"{one}{end}" for one in written for end in AUTHORITY_ENDS]


def _titled(plain: str) -> str:
    """Stoke-on-Trent, Newcastle upon Tyne: as the register writes names, however somebody typed them."""
    parts = re.split(r"([ -])", plain.lower())
    capital = (
        part if part in SMALL_WORDS and number else part[:1].upper() + part[1:]
        for number, part in enumerate(parts)
    )
    return "".join(capital)
