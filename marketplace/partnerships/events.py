"""What partnerships announce."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.events import Event


@dataclass(frozen=True)
class PartnershipFounded(Event):
    """A trust founded a partnership and is its first member."""

    partnership_id: uuid.UUID
    founder_id: uuid.UUID


@dataclass(frozen=True)
class PartnershipHandedOver(Event):
    """Another member runs a partnership from now on."""

    partnership_id: uuid.UUID
    founder_id: uuid.UUID


@dataclass(frozen=True)
class PartnerInvited(Event):
    """The founder invited an organisation."""

    partnership_id: uuid.UUID
    organisation_id: uuid.UUID


@dataclass(frozen=True)
class PartnerJoined(Event):
    """An organisation accepted and is a member from that day on."""

    partnership_id: uuid.UUID
    organisation_id: uuid.UUID
    starts_on: date


@dataclass(frozen=True)
class PartnershipEnded(Event):
    """A membership has a last day: it was left, or the founder ended it."""

    partnership_id: uuid.UUID
    organisation_id: uuid.UUID
    ends_on: date
