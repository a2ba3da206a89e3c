"""What an account page lists."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.people.models import ApiToken
from marketplace.trusts.models import Organisation


def tokens(session: Session, person_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """The tokens with which a person's programs still act, newest first, with the organisation of each."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            ApiToken.id,
            ApiToken.name,
            ApiToken.scopes,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.last_used_at,
            Organisation.name.label("organisation_name"),
        )
        .outerjoin(Organisation, Organisation.id == ApiToken.organisation_id)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .where(ApiToken.expires_at > clock.now())
        .order_by(ApiToken.id.desc())
    )
    return session.execute(statement).all()
