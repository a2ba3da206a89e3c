"""What organisations announce."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from marketplace.kernel.events import Event
from marketplace.trusts.kinds import Policy, PolicyStep


@dataclass(frozen=True)
class ApprovalRulesMoved(Event):
    """Somebody set, proposed, confirmed or withdrew approval rules; `occasion_id` is this one time."""

    occasion_id: uuid.UUID
    step: PolicyStep
    organisation_id: uuid.UUID
    organisation_name: str
    person_name: str
    before: Policy
    after: Policy
