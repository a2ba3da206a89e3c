"""Where an organisation is: its own place when the register has it, else the middle of its schools."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import grid
from marketplace.finding.grid import Point
from marketplace.trusts.kinds import LinkKind, OrganisationState
from marketplace.trusts.models import Organisation, OrganisationLink


def of(session: Session, organisation_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Point]:
    """The place of each organisation that has one."""
    own = {row.id: Point(row.easting, row.northing) for row in session.execute(_own(organisation_ids))}
    schools: dict[uuid.UUID, list[Point]] = defaultdict(list)
    for row in session.execute(_schools(set(organisation_ids) - own.keys())):
        schools[row.id].append(Point(row.easting, row.northing))
    middles = {group_id: grid.middle(points) for group_id, points in schools.items()}
    return own | {group_id: middle for group_id, middle in middles.items() if middle is not None}


_PLACE: tuple[Any, ...] = (Organisation.easting, Organisation.northing)


def _own(organisation_ids: Collection[uuid.UUID]) -> sa.Select[Any]:
    return sa.select(Organisation.id, *_PLACE).where(
        Organisation.id.in_(organisation_ids), Organisation.easting.is_not(None)
    )


def _schools(group_ids: Collection[uuid.UUID]) -> sa.Select[Any]:
    """The places of the open schools of groups; `id` is the group's."""
    return (
        sa.select(OrganisationLink.group_id.label("id"), *_PLACE)
        .join(Organisation, Organisation.id == OrganisationLink.school_id)
        .where(
            OrganisationLink.group_id.in_(group_ids),
            OrganisationLink.kind == LinkKind.MEMBER,
            Organisation.state == OrganisationState.OPEN,
            Organisation.easting.is_not(None),
        )
    )
