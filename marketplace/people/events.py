"""What the accounts announce."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from marketplace.kernel.events import Event


@dataclass(frozen=True)
class PersonErased(Event):
    """Somebody's name and address are gone; whatever else is known of them must go too."""

    person_id: uuid.UUID
    addresses: tuple[str, ...]
    """Those that they had, as far as nobody else has them now."""
