"""What happens to listings and to what they have left."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.catalogue.availability import Period
from marketplace.kernel.events import Event


@dataclass(frozen=True)
class ListingChanged(Event):
    """What buyers see or find of a listing is not what it was: its words, plans, state or visibility."""

    listing_id: uuid.UUID


@dataclass(frozen=True)
class ListingEnded(Event):
    """Its seller withdrew a listing that others could have ordered: it never comes back."""

    listing_id: uuid.UUID


@dataclass(frozen=True)
class CapacityChanged(Event):
    """Units of a listing were offered, taken or given back: its periods that are not over, as they are now.

    Whoever announces it holds the locks of all of them.
    """

    listing_id: uuid.UUID
    ahead: Sequence[Period]


@dataclass(frozen=True)
class CapacityFreed(Event):
    """Units of a listing came free, and whoever made them so holds the lock of every period of it."""

    listing_id: uuid.UUID
