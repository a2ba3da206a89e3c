"""What the operator does about organisations, each act under the operator's own name in their chain."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from marketplace.kernel import database
from marketplace.kernel.database import new_id
from marketplace.kernel.errors import InvalidState
from marketplace.kernel.events import announce
from marketplace.membership import staffing
from marketplace.membership.recording import BY_OPERATOR, About, record
from marketplace.notifications.services import Message, tell
from marketplace.trusts import services as trusts
from marketplace.trusts.events import OrganisationChanged
from marketplace.trusts.kinds import Role, Standing
from marketplace.trusts.models import Organisation

OPERATOR = "the operator answers for every organisation"
MOVES = {
    Standing.UNVERIFIED: frozenset({Standing.VERIFIED, Standing.SUSPENDED}),
    Standing.VERIFIED: frozenset({Standing.SUSPENDED}),
    Standing.SUSPENDED: frozenset({Standing.VERIFIED}),
    Standing.LEFT: frozenset({Standing.VERIFIED}),
}
"""From one standing to the next; an organisation itself decides that it leaves."""
SENTENCES = {
    Standing.VERIFIED: "Its people can act for it.",
    Standing.SUSPENDED: "Nobody can act for it until that is lifted. Nothing that was agreed changes.",
}


def set_standing(
    session: Session, operator_id: uuid.UUID, organisation_id: uuid.UUID, standing: Standing, reason: str
) -> Organisation:
    """Verify, suspend or readmit an organisation; its administrators are told why.

    InvalidState for a move that is none.
    """
    with database.on_behalf_of_all(session, OPERATOR):
        organisation = staffing.lock(session, organisation_id)
        before = organisation.standing
        if standing not in MOVES[before]:
            raise InvalidState(f"{organisation.name} is {before.value}, and cannot become {standing.value}.")
        organisation.standing, organisation.left_on = standing, None
        session.flush()
        announce(session, OrganisationChanged(organisation.id))
        after = {"standing": standing.value, "before": before.value, **BY_OPERATOR}
        record(
            session, organisation.id, operator_id, "set-standing", organisation, after, About(reason=reason)
        )
        _tell(session, organisation, standing, reason)
    return organisation


def add_supplier(
    session: Session, operator_id: uuid.UUID, name: str, company_number: str | None
) -> Organisation:
    """A firm that sells, verified by the operator who adds it."""
    with database.on_behalf_of_all(session, OPERATOR):
        return trusts.add_supplier(session, name, company_number, operator_id)


def _tell(session: Session, organisation: Organisation, standing: Standing, reason: str) -> None:
    became = {Standing.VERIFIED: "verified", Standing.SUSPENDED: "suspended"}[standing]
    message = Message(
        f"standing:{new_id()}",
        f"{organisation.name} is {became} on Sharewell",
        f"The operator of Sharewell has {became} {organisation.name}. {SENTENCES[standing]}\n\n"
        f"The reason given: {reason}",
        "/",
    )
    tell(session, organisation.id, (Role.ADMINISTRATOR,), message)
