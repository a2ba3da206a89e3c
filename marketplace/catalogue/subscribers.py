"""What the catalogue hears of the floors below it."""

from __future__ import annotations

from marketplace.catalogue import moderating
from marketplace.kernel import events
from marketplace.membership.events import OrganisationLeft


def subscribe_all() -> None:
    """What a seller that leaves had sent for review is decided by nobody any more."""
    events.subscribe(OrganisationLeft, moderating.let_go)
