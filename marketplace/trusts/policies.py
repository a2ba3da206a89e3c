"""Changing the approval rules: stricter ones hold at once, looser ones when a second person confirms them.

Otherwise one person could lift the limit, order, and put it back.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock, events
from marketplace.kernel.database import new_id
from marketplace.kernel.errors import InvalidState, NotPermitted
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.events import ApprovalRulesMoved
from marketplace.trusts.kinds import RULE_CONFIRMERS, Policy, PolicyChangeState, PolicyStep, Role
from marketplace.trusts.models import Organisation, PolicyChange, SpendingPolicy
from marketplace.trusts.services import policy_of


def set_policy(session: Session, actor: Actor, policy: Policy) -> PolicyChange | None:
    """Put stricter rules in force, or let looser ones wait: these are returned. Only an administrator may.

    Whatever waited before is withdrawn.
    """
    access.require(actor, Role.ADMINISTRATOR)
    _lock(session, actor)
    for waiting in session.scalars(_waiting(actor)).all():
        _withdraw(session, actor, waiting)
    now = policy_of(session, actor.organisation_id)
    if policy.is_looser_than(now):
        return _propose(session, actor, now, policy)
    stored = _put_in_force(session, actor, policy)
    access.record(session, actor, "set-approval-rules", stored, asdict(now), asdict(policy))
    if policy != now:
        _announce(session, actor, PolicyStep.SET, now, policy)
    return None


def confirm_policy(session: Session, actor: Actor, change_id: uuid.UUID) -> None:
    """Put in force what somebody else proposed; NotPermitted for the proposer, InvalidState when decided."""
    change = _decided_by(session, actor, change_id)
    if change.proposed_by_id == actor.person_id:
        raise NotPermitted("You proposed these rules, so somebody else must confirm them.")
    before, after = policy_of(session, actor.organisation_id), _wanted(change)
    _decide(change, actor, PolicyChangeState.CONFIRMED)
    _put_in_force(session, actor, after)
    access.record(session, actor, "confirm-approval-rules", change, asdict(before), asdict(after))
    _announce(session, actor, PolicyStep.CONFIRMED, before, after)


def withdraw_policy(session: Session, actor: Actor, change_id: uuid.UUID) -> None:
    """Leave the rules as they are: the proposer withdraws, or another confirmer turns them down."""
    _withdraw(session, actor, _decided_by(session, actor, change_id))


def _lock(session: Session, actor: Actor) -> None:
    """One decision about an organisation's rules at a time."""
    session.get_one(Organisation, actor.organisation_id, with_for_update=True)


def _waiting(actor: Actor) -> sa.Select[PolicyChange]:
    waits = PolicyChange.state == PolicyChangeState.WAITING
    mine = PolicyChange.organisation_id == actor.organisation_id
    return sa.select(PolicyChange).where(mine, waits).execution_options(populate_existing=True)


def _decided_by(session: Session, actor: Actor, change_id: uuid.UUID) -> PolicyChange:
    access.require(actor, *RULE_CONFIRMERS)
    _lock(session, actor)
    change = access.own(
        session, PolicyChange, change_id, PolicyChange.organisation_id, acting=actor, lock=True
    )
    if change.state is not PolicyChangeState.WAITING:
        raise InvalidState("These rules wait no longer: they were confirmed, withdrawn or replaced.")
    return change


def _propose(session: Session, actor: Actor, now: Policy, policy: Policy) -> PolicyChange:
    change = PolicyChange(
        organisation_id=actor.organisation_id, proposed_by_id=actor.person_id, **asdict(policy)
    )
    session.add(change)
    session.flush()
    access.record(session, actor, "propose-approval-rules", change, asdict(now), asdict(policy))
    _announce(session, actor, PolicyStep.PROPOSED, now, policy)
    return change


def _withdraw(session: Session, actor: Actor, change: PolicyChange) -> None:
    now, wanted = policy_of(session, actor.organisation_id), _wanted(change)
    _decide(change, actor, PolicyChangeState.WITHDRAWN)
    session.flush()  # before another may wait in its place
    access.record(session, actor, "withdraw-approval-rules", change, asdict(wanted), asdict(now))
    _announce(session, actor, PolicyStep.WITHDRAWN, wanted, now)


def _decide(change: PolicyChange, actor: Actor, state: PolicyChangeState) -> None:
    change.state = state
    change.decided_by_id, change.decided_at = actor.person_id, clock.now()


def _wanted(change: PolicyChange) -> Policy:
    return Policy(change.approval_limit_pence, change.requires_po_number)


def _put_in_force(session: Session, actor: Actor, policy: Policy) -> SpendingPolicy:
    mine = SpendingPolicy.organisation_id == actor.organisation_id
    stored = session.scalars(sa.select(SpendingPolicy).where(mine)).one_or_none()
    if stored is None:
        stored = SpendingPolicy(organisation_id=actor.organisation_id)
        session.add(stored)
    stored.approval_limit_pence = policy.approval_limit_pence
    stored.requires_po_number = policy.requires_po_number
    session.flush()
    return stored


def _announce(session: Session, actor: Actor, step: PolicyStep, before: Policy, after: Policy) -> None:
    event = ApprovalRulesMoved(
        occasion_id=new_id(),
        step=step,
        organisation_id=actor.organisation_id,
        organisation_name=actor.organisation_name,
        person_name=actor.name,
        before=before,
        after=after,
    )
    events.announce(session, event)
