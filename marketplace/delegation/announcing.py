"""Telling who answers for an organisation's spending that its approval rules changed, or wait for them.

A scheme is built row by row. So what was set or proposed is told once, when nothing has changed for some
minutes, with what the rules were before the first of those changes; what somebody decided is told at once.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation import queries, wording
from marketplace.delegation.kinds import RULE_CONFIRMERS, SchemeState, SchemeStep
from marketplace.delegation.models import StoredScheme
from marketplace.delegation.rules import Scheme
from marketplace.kernel import clock, outbox
from marketplace.kernel.outbox import Work
from marketplace.notifications.services import Message, tell
from marketplace.people.models import Person
from marketplace.trusts.models import Organisation

KIND = "tell-of-approval-rules"
QUIET = timedelta(minutes=10)
"""So long nothing changes before a change is told."""
PAGE = "/trust/approval-rules"
STEPS = {SchemeState.WAITING: SchemeStep.PROPOSED, SchemeState.IN_FORCE: SchemeStep.SET}
SUBJECTS = {
    SchemeStep.SET: "The approval rules of {trust} changed",
    SchemeStep.PROPOSED: "Decide about looser approval rules for {trust}",
    SchemeStep.CONFIRMED: "The approval rules of {trust} are looser",
    SchemeStep.WITHDRAWN: "The approval rules of {trust} stay as they are",
}
TOLD = {
    SchemeStep.SET: "{person} changed the approval rules, and they are not looser. They hold from now on.",
    SchemeStep.PROPOSED: (
        "{person} proposed looser approval rules. They hold only when another person with the role "
        "administrator, approver or finance confirms them."
    ),
    SchemeStep.CONFIRMED: "{person} confirmed looser approval rules. They hold from now on.",
    SchemeStep.WITHDRAWN: "{person} ended a proposal of looser approval rules. Nothing changes.",
}
LABELS = {
    SchemeStep.SET: ("Until now", "From now on"),
    SchemeStep.PROPOSED: ("In force", "Proposed"),
    SchemeStep.CONFIRMED: ("Until now", "From now on"),
    SchemeStep.WITHDRAWN: ("Was proposed", "In force"),
}


def tell_later(session: Session, stored: StoredScheme) -> None:
    """Owe the news of a writing, unless another one follows before it has become quiet."""
    due_at = clock.now() + QUIET
    outbox.owe(session, KIND, f"{KIND}:{stored.id}", {"scheme_id": stored.id.hex}, due_at)


def tell_if_last(session: Session, work: Work) -> None:
    """Tell of a writing; nothing when it neither holds nor waits any more, or another followed."""
    stored = session.get(StoredScheme, uuid.UUID(work.payload["scheme_id"]))
    if stored is None or stored.state not in STEPS or _is_followed(session, stored):
        return
    step, after = STEPS[stored.state], queries.written(session, stored.id)
    if step is SchemeStep.SET and stored.decided_at is not None:
        return  # confirmed meanwhile, and told then
    in_force = queries.scheme_of(session, stored.organisation_id)
    before = _before(session, stored) if step is SchemeStep.SET else in_force
    if before != after:
        tell_now(session, stored, step, _proposer(session, stored), (before, after))


def tell_now(
    session: Session, stored: StoredScheme, step: SchemeStep, person: str, change: tuple[Scheme, Scheme]
) -> None:
    """E-mail everybody who answers for the spending, whoever made the change: what was, and what is."""
    names = queries.names(session, stored.organisation_id)
    said = [
        "\n".join([f"{label}:", *wording.lines(scheme, names)])
        for label, scheme in zip(LABELS[step], change, strict=True)
    ]
    trust = session.get_one(Organisation, stored.organisation_id).name
    text = "\n\n".join([TOLD[step].format(person=person), *said])
    key = f"approval-rules:{step.value}:{stored.id}"
    message = Message(key, SUBJECTS[step].format(trust=trust), text, PAGE)
    tell(session, stored.organisation_id, RULE_CONFIRMERS, message)


def _proposer(session: Session, stored: StoredScheme) -> str:
    name = session.scalar(sa.select(Person.name).where(Person.id == stored.proposed_by_id))
    return name or "Somebody"


def _is_followed(session: Session, stored: StoredScheme) -> bool:
    """Whether a later writing holds or waits: its own news tells of both."""
    later = sa.select(StoredScheme.id).where(
        StoredScheme.organisation_id == stored.organisation_id,
        StoredScheme.state.in_(STEPS),
        StoredScheme.id > stored.id,
    )
    return session.scalar(later.limit(1)) is not None


def _before(session: Session, stored: StoredScheme) -> Scheme:
    """What held when the changes that belong together began."""
    older = session.scalars(
        sa.select(StoredScheme)
        .where(
            StoredScheme.organisation_id == stored.organisation_id,
            StoredScheme.state == SchemeState.REPLACED,
        )
        .order_by(StoredScheme.id.desc())
    )
    since = _held_from(stored)
    for one in older:
        if since - _held_from(one) >= QUIET:
            return queries.written(session, one.id)
        since = _held_from(one)
    return Scheme()


def _held_from(stored: StoredScheme) -> datetime:
    return stored.decided_at or stored.created_at
