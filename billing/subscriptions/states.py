"""The life of a subscription. Pure."""

from __future__ import annotations

import enum


class SubscriptionState(enum.Enum):
    """active until the last day of its last charge period has passed."""

    ACTIVE = "active"
    ENDED = "ended"
