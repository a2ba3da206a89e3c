"""Which jobs delegation carries out."""

from __future__ import annotations

from marketplace.delegation import announcing
from marketplace.kernel import outbox


def subscribe_all() -> None:
    """Tell of approval rules once nothing changes any more."""
    outbox.handle(announcing.KIND, announcing.tell_if_last)
