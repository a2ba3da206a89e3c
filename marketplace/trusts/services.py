"""What an organisation decides about itself: its people, its suppliers and its limits of spending."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.trusts.models import SpendingPolicy


@dataclass(frozen=True)
class Policy:
    """When a second person must approve; the limit is net pence over the whole life of what is bought."""

    approval_limit_pence: int = 0
    requires_po_number: bool = True


def policy_of(session: Session, organisation_id: uuid.UUID) -> Policy:
    """The approval rules of an organisation; without rules of its own everything above 0 is approved."""
    columns = sa.select(SpendingPolicy.approval_limit_pence, SpendingPolicy.requires_po_number)
    stored = session.execute(columns.where(SpendingPolicy.organisation_id == organisation_id)).one_or_none()
    return Policy() if stored is None else Policy(*stored)


def needs_approval(policy: Policy, whole_life_pence: int) -> bool:
    """Whether a second person must approve this net sum: one above the limit, not one at it."""
    return whole_life_pence > policy.approval_limit_pence
