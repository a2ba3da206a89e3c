"""What partnerships do about events of other floors."""

from __future__ import annotations

from marketplace.kernel import events
from marketplace.membership.events import OrganisationLeft
from marketplace.partnerships.leaving import end_memberships


def subscribe_all() -> None:
    """Hear what lower floors announce."""
    events.subscribe(OrganisationLeft, end_memberships)
