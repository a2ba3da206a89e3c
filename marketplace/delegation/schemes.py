"""Changing the scheme of delegation: stricter holds at once, looser when a second person confirms it.

Otherwise one person could lift the limit, order, and put it back.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation import announcing, queries, wording
from marketplace.delegation.kinds import RULE_CONFIRMERS, SchemeState, SchemeStep
from marketplace.delegation.models import CostCentre, StoredRow, StoredScheme
from marketplace.delegation.rules import Row, Scheme
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, InvalidState, NotPermitted, Refused
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership, Organisation

MOST_ROWS = 50


def lock(session: Session, organisation_id: uuid.UUID) -> Organisation:
    """One decision about an organisation's spending at a time; others may still refer to its row."""
    statement = sa.select(Organisation).where(Organisation.id == organisation_id)
    locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalars(locked).one()


def set_scheme(session: Session, actor: Actor, scheme: Scheme) -> StoredScheme | None:
    """Put a scheme in force that is no looser, or let a looser one wait: that is returned.

    Only an administrator may. Whatever waited before is withdrawn. Refused at its field when the scheme
    names somebody or something that the organisation does not have.
    """
    access.require(actor, Role.ADMINISTRATOR)
    lock(session, actor.organisation_id)
    _check(session, actor, scheme)
    now = queries.scheme_of(session, actor.organisation_id)
    for waiting in session.scalars(_with_state(actor, SchemeState.WAITING)).all():
        _withdraw(session, actor, waiting, is_told=False)
    if scheme.is_looser_than(now):
        waits = _store(session, actor, scheme, SchemeState.WAITING)
        _record(session, actor, waits, SchemeStep.PROPOSED, now, scheme)
        announcing.tell_later(session, waits)
        return waits
    if scheme != now or queries.stored_id(session, actor.organisation_id) is None:
        _replace(session, actor)
        stored = _store(session, actor, scheme, SchemeState.IN_FORCE)
        _record(session, actor, stored, SchemeStep.SET, now, scheme)
        announcing.tell_later(session, stored)
    return None


def add_row(session: Session, actor: Actor, seen: uuid.UUID | None, row: Row) -> StoredScheme | None:
    """Add a row to what waits, else to what is in force; Conflict when that is not what the person saw."""
    base = _base(session, actor, seen)
    return set_scheme(session, actor, replace(base, rows=(*base.rows, row)))


def remove_row(session: Session, actor: Actor, seen: uuid.UUID | None, place: int) -> StoredScheme | None:
    """Take a row away, counted from 0."""
    base = _base(session, actor, seen)
    if not 0 <= place < len(base.rows):
        raise Conflict("This row is not there any more. Look at the rules again.")
    return set_scheme(session, actor, replace(base, rows=base.rows[:place] + base.rows[place + 1 :]))


def set_limits(
    session: Session, actor: Actor, free_pence: int, *, limits: dict[str, Any]
) -> StoredScheme | None:
    """Set what nobody needs to approve, for all cost centres, and the fields of Scheme in `limits`."""
    access.require(actor, Role.ADMINISTRATOR)
    lock(session, actor.organisation_id)
    base = queries.edited(session, actor).scheme
    rest = tuple(row for row in base.rows if not (row.is_free and row.cost_centre_id is None))
    return set_scheme(session, actor, replace(base, rows=(Row(free_pence), *rest), **limits))


def confirm_scheme(session: Session, actor: Actor, scheme_id: uuid.UUID) -> None:
    """Put in force what somebody else proposed; NotPermitted for the proposer, InvalidState when decided."""
    waiting = _decided_by(session, actor, scheme_id)
    if waiting.proposed_by_id == actor.person_id:
        raise NotPermitted("You proposed these rules, so somebody else must confirm them.")
    before, after = queries.scheme_of(session, actor.organisation_id), queries.written(session, waiting.id)
    _replace(session, actor)
    waiting.state = SchemeState.IN_FORCE
    waiting.decided_by_id, waiting.decided_at = actor.person_id, clock.now()
    _record(session, actor, waiting, SchemeStep.CONFIRMED, before, after)
    announcing.tell_now(session, waiting, SchemeStep.CONFIRMED, actor.name, (before, after))


def withdraw_scheme(session: Session, actor: Actor, scheme_id: uuid.UUID) -> None:
    """Leave the rules as they are: the proposer withdraws, or another confirmer turns them down."""
    _withdraw(session, actor, _decided_by(session, actor, scheme_id))


def open_scheme(session: Session, organisation_id: uuid.UUID, scheme: Scheme) -> StoredScheme:
    """The first scheme of an organisation that is new here, without anybody's confirmation."""
    stored = StoredScheme(organisation_id=organisation_id, state=SchemeState.IN_FORCE, **_settings(scheme))
    session.add(stored)
    session.flush()
    session.add_all(_rows(stored.id, scheme))
    session.flush()
    return stored


def _base(session: Session, actor: Actor, seen: uuid.UUID | None) -> Scheme:
    access.require(actor, Role.ADMINISTRATOR)
    lock(session, actor.organisation_id)
    base = queries.edited(session, actor)
    if base.id != seen:
        raise Conflict("The approval rules changed since you opened this page. Look at them again.")
    return base.scheme


def _check(session: Session, actor: Actor, scheme: Scheme) -> None:
    """Rows may name the organisation's own people and cost centres, each row once."""
    if len(scheme.rows) > MOST_ROWS:
        raise Refused(f"A scheme of delegation has {MOST_ROWS} rows at most.")
    same = [(row.key, row.cost_centre_id, row.up_to_pence) for row in scheme.rows]
    if len(set(same)) < len(same):
        raise Refused("There is a row for the same approver, cost centre and limit already.")
    if any(row.is_free and row.up_to_pence is None for row in scheme.rows):
        raise Refused("Enter a limit: somebody must approve what is above it.", field="up_to_pence")
    people = {row.person_id for row in scheme.rows if row.person_id is not None}
    here = sa.select(Membership.person_id).where(Membership.organisation_id == actor.organisation_id)
    if people - set(session.scalars(here)):
        raise Refused("Choose a person of your own organisation.", field="person_id")
    centres = {row.cost_centre_id for row in scheme.rows if row.cost_centre_id is not None}
    own = sa.select(CostCentre.id).where(CostCentre.organisation_id == actor.organisation_id)
    if centres - set(session.scalars(own)):
        raise Refused("Choose a cost centre of your own organisation.", field="cost_centre_id")


def _with_state(actor: Actor, state: SchemeState) -> sa.Select[StoredScheme]:
    mine = StoredScheme.organisation_id == actor.organisation_id
    statement = sa.select(StoredScheme).where(mine, StoredScheme.state == state)
    return statement.execution_options(populate_existing=True)


def _decided_by(session: Session, actor: Actor, scheme_id: uuid.UUID) -> StoredScheme:
    access.require(actor, *RULE_CONFIRMERS)
    lock(session, actor.organisation_id)
    found = access.own(
        session, StoredScheme, scheme_id, StoredScheme.organisation_id, acting=actor, lock=True
    )
    if found.state is not SchemeState.WAITING:
        raise InvalidState("These rules wait no longer: they were confirmed, withdrawn or replaced.")
    return found


def _withdraw(session: Session, actor: Actor, waiting: StoredScheme, *, is_told: bool = True) -> None:
    now, wanted = queries.scheme_of(session, actor.organisation_id), queries.written(session, waiting.id)
    waiting.state = SchemeState.WITHDRAWN
    waiting.decided_by_id, waiting.decided_at = actor.person_id, clock.now()
    session.flush()  # before another may wait in its place
    _record(session, actor, waiting, SchemeStep.WITHDRAWN, wanted, now)
    if is_told:
        announcing.tell_now(session, waiting, SchemeStep.WITHDRAWN, actor.name, (wanted, now))


def _replace(session: Session, actor: Actor) -> None:
    for old in session.scalars(_with_state(actor, SchemeState.IN_FORCE)).all():
        old.state = SchemeState.REPLACED
    session.flush()  # before another is in force in its place


def _store(session: Session, actor: Actor, scheme: Scheme, state: SchemeState) -> StoredScheme:
    stored = StoredScheme(
        organisation_id=actor.organisation_id,
        proposed_by_id=actor.person_id,
        state=state,
        **_settings(scheme),
    )
    session.add(stored)
    session.flush()
    session.add_all(_rows(stored.id, scheme))
    session.flush()
    return stored


def _settings(scheme: Scheme) -> dict[str, Any]:
    return {name: value for name, value in vars(scheme).items() if name != "rows"}


def _rows(scheme_id: uuid.UUID, scheme: Scheme) -> list[StoredRow]:
    return [StoredRow(scheme_id=scheme_id, place=place, **vars(row)) for place, row in enumerate(scheme.rows)]


def _in_short(row: Row) -> str:
    who = row.role.value if row.role else str(row.person_id or "nobody")
    where = f" in {row.cost_centre_id}" if row.cost_centre_id else ""
    return f"{who}{where} {wording.limit(row)}" + (f" with {row.quotes} quotes" if row.quotes else "")


def _recorded(scheme: Scheme) -> dict[str, Any]:
    """For the audit: identifiers, roles and sums; in whose name somebody decides is people's own words."""
    rows = "; ".join(_in_short(row) for row in scheme.rows)
    return {"approval_limit_pence": scheme.free_pence(), **_settings(scheme), "rows": rows}


def _record(
    session: Session, actor: Actor, stored: StoredScheme, step: SchemeStep, before: Scheme, after: Scheme
) -> None:
    action = f"{step.value}-approval-rules"
    access.record(session, actor, action, stored, _recorded(before), _recorded(after))
