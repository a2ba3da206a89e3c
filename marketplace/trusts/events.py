"""What organisations announce."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from marketplace.kernel.events import Event


@dataclass(frozen=True)
class OrganisationChanged(Event):
    """Others see something else of an organisation than before: its name, its place or its standing."""

    organisation_id: uuid.UUID


@dataclass(frozen=True)
class TermsChanged(Event):
    """An organisation has other term dates than before: what it sells by the term lasts other days."""

    organisation_id: uuid.UUID


@dataclass(frozen=True)
class RegisterImported(Event):
    """A file of the schools register was stored: any organisation may be another than before."""
