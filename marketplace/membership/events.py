"""What membership announces."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from marketplace.kernel.events import Event


@dataclass(frozen=True)
class OrganisationLeft(Event):
    """An organisation left Sharewell today; nothing bound it any more."""

    organisation_id: uuid.UUID
