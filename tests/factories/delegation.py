"""Schemes of delegation, cost centres and what is asked for, for tests."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation import budgeting, undertaking
from marketplace.delegation.kinds import SchemeState, UndertakingSource
from marketplace.delegation.models import CostCentre, StoredScheme
from marketplace.delegation.rules import Row, Ruling, Scheme, limited
from marketplace.delegation.schemes import open_scheme
from marketplace.delegation.spreading import Part
from marketplace.delegation.undertaking import Asked
from marketplace.kernel import clock
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.trusts import an_actor, an_organisation


def a_policy(
    session: Session, organisation_id: Any, approval_limit_pence: int = 0, requires_po_number: bool = True
) -> StoredScheme:
    """The simplest scheme of an organisation: any approver approves what is above a limit."""
    return the_scheme(session, organisation_id, limited(approval_limit_pence, requires_po_number))


def the_scheme(session: Session, organisation_id: Any, scheme: Scheme) -> StoredScheme:
    """Another scheme holds at an organisation from now on, whatever was there before."""
    mine = (StoredScheme.organisation_id == organisation_id, StoredScheme.state == SchemeState.IN_FORCE)
    for old in session.scalars(sa.select(StoredScheme).where(*mine)).all():
        old.state = SchemeState.REPLACED
    session.flush()
    return open_scheme(session, organisation_id, scheme)


def a_cost_centre(
    session: Session, actor: Actor, code: str = "EST", budget_pence: int | None = None
) -> CostCentre:
    """A cost centre of the actor's organisation; with a budget for this financial year if one is given."""
    keeper = an_actor(session, session.get_one(Organisation, actor.organisation_id), Role.FINANCE)
    centre = budgeting.open_cost_centre(session, keeper, code, f"Cost centre {code}")
    if budget_pence is not None:
        budgeting.set_budget(session, keeper, centre.id, clock.today(), budget_pence)
    return centre


def asked(session: Session, net_pence: int = 100_000, on: date | None = None, **more: Any) -> Asked:
    """Something for one day, from a supplier of its own unless one is given."""
    day = on or clock.today()
    values: dict[str, Any] = {
        "source": UndertakingSource.ORDER,
        "source_id": uuid.uuid4(),
        "category": "Estates and capital",
        "title": "ORD-TEST",
        "path": "/orders",
        "parts": [Part(day, day, net_pence)],
    }
    if "supplier_id" not in more:
        values["supplier_id"] = an_organisation(session).id
    return Asked(**(values | more))


def taken(session: Session, actor: Actor, wanted: Asked) -> Ruling:
    """Asked for, and bound by without anybody's approval."""
    ruling = undertaking.ask(session, actor, wanted)
    undertaking.take(session, wanted.source, wanted.source_id)
    return ruling


def up_to(pence: int | None, *people: Actor, **more: Any) -> tuple[Row, ...]:
    """Rows by which these people may each approve up to a sum."""
    return tuple(Row(pence, person_id=one.person_id, **more) for one in people)
