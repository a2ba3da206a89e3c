"""Which town or local authority somebody meant who misspelt one.

The register has a hundred thousand organisations but a few thousand towns: each name is taken from the index
of its column, from one to the next, so that no organisation is read for itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import spelling, words
from marketplace.trusts.kinds import OrganisationKind, OrganisationState
from marketplace.trusts.models import Organisation

IN_THE_REGISTER = (
    Organisation.state == OrganisationState.OPEN,
    Organisation.kind != OrganisationKind.SUPPLIER,
)
MOST_NAMES = 10_000
"""Of each column: England has fewer than half as many towns with a school."""
MOST_MEANT = 3
AUTHORITY_ENDS = ("", ", City of", ", County of")
"""The register has Bristol, City of, and Herefordshire, County of."""


def meant(session: Session, typed: str) -> list[str]:
    """The names nearest to what was typed, as the register writes them: none when none is near enough."""
    wanted = _plain(typed)
    if len(wanted) < spelling.SHORTEST or any(letter.isdigit() for letter in wanted):
        return []
    known = _known(session)
    return [known[one] for one in spelling.near(wanted, known)[:MOST_MEANT]]


def _known(session: Session) -> dict[str, str]:
    """Every name by how it is said; of several ways to write one not that in capitals alone."""
    towns, authorities = (session.scalars(statement) for statement in (_TOWNS, _AUTHORITIES))
    names = {_without_end(name) for name in authorities}.union(towns)
    return {_plain(name): name for name in sorted(names)}


def _plain(name: str) -> str:
    """King's Lynn and Stoke-on-Trent as kings lynn and stoke on trent."""
    return " ".join(words.tokens(name))


def _without_end(authority: str) -> str:
    for end in AUTHORITY_ENDS:
        authority = authority.removesuffix(end)
    return authority


def _each_once(column: Any) -> sa.Select[Any]:
    """Each value of an indexed column, by a step of the index for each."""
    least = sa.select(sa.func.min(column).label("name")).where(*IN_THE_REGISTER)
    names = least.cte("names", recursive=True)
    following = least.where(column > names.c.name).scalar_subquery()
    names = names.union_all(sa.select(following).where(names.c.name.is_not(None)))
    return sa.select(names.c.name).where(names.c.name.is_not(None)).limit(MOST_NAMES)


_TOWNS = _each_once(Organisation.town)
_AUTHORITIES = _each_once(Organisation.authority_name)
