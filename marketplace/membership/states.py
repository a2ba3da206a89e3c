"""The lives of claims, invitations, departures and exports, and how roles are written down. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import timedelta

from marketplace.trusts.kinds import Role

CLAIM_LASTS = timedelta(days=30)
INVITATION_LASTS = timedelta(days=7)
EXPORT_LASTS = timedelta(days=7)
NOTICE = timedelta(days=7)
"""From the decision to leave until it is carried out: any administrator can call it off."""


class ClaimState(enum.Enum):
    """A claim waits until somebody decides, the claimant withdraws it, or 30 days have passed."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


CLAIM_WORDS = {
    ClaimState.WAITING: "Waiting",
    ClaimState.ADMITTED: "Admitted",
    ClaimState.REFUSED: "Refused",
    ClaimState.WITHDRAWN: "Withdrawn",
    ClaimState.LAPSED: "Lapsed",
}


class Decider(enum.Enum):
    """Who decides a claim: the first one the operator, a later one the administrators who are there."""

    OPERATOR = "operator"
    ADMINISTRATORS = "administrators"


class InvitationState(enum.Enum):
    """An invitation is open until it is accepted or revoked; past its last instant nobody can accept it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


class DepartureState(enum.Enum):
    """An organisation that wants to leave waits for a week; then it has left, unless that was called off."""

    WAITING = "waiting"
    CALLED_OFF = "called-off"
    DONE = "done"


class ExportState(enum.Enum):
    """An export is built part by part, then it can be downloaded for some days."""

    BUILDING = "building"
    READY = "ready"


def written(roles: Iterable[Role]) -> str:
    """Roles as one word each with spaces between, in the order of the enumeration."""
    chosen = set(roles)
    return " ".join(role.value for role in Role if role in chosen)


def parsed(roles: str) -> frozenset[Role]:
    """What `written` wrote."""
    return frozenset(Role(word) for word in roles.split())
